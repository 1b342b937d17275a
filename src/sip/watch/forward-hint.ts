import type { Millis } from '../../desk/time.ts'
import { parseDialogInfo } from './dialog-info.ts'
import { viewOf } from './line-view.ts'
import { type Picture, takeNotify } from './picture.ts'
import { createSubscription, type SubscriptionHealth, type SubscriptionOptions } from './subscription.ts'

/** Whether the desk is forwarded, by the exchange's own word: an extension whose dialog is confirmed while it is (FreePBX: `*96101`). It never says whereto. */
export interface ForwardHint {
  start(): void
  stop(): Promise<void>
  /** `undefined` while the exchange says nothing. */
  isOn(): boolean | undefined
  /** As soon as it says so, or what it says when the time is over. */
  until(on: boolean, waitMs: Millis): Promise<boolean | undefined>
  /** As soon as it says anything. */
  known(waitMs: Millis): Promise<boolean | undefined>
  health(): SubscriptionHealth
}

export function createForwardHint(options: Omit<SubscriptionOptions, 'onNotify' | 'onDown'> & { readonly onChange: (on: boolean) => void }): ForwardHint {
  const { clock, watched, onChange } = options
  let picture: Picture | undefined
  let on: boolean | undefined
  const waiting = new Set<() => void>()

  const subscription = createSubscription({
    ...options,
    onNotify({ cseq, body }) {
      const info = parseDialogInfo(body)
      const next = info === undefined ? undefined : takeNotify(picture, cseq, info)
      if (next === undefined) return
      picture = next
      const before = on
      on = viewOf(next, watched, 'ignore').lines.some(({ role }) => role !== 'over')
      if (before !== on) onChange(on)
      for (const look of waiting) look()
    },
    onDown() {
      picture = undefined
      on = undefined
    },
  })

  function wait(enough: () => boolean, waitMs: Millis): Promise<boolean | undefined> {
    if (enough()) return Promise.resolve(on)
    return new Promise((resolve) => {
      const look = (): void => {
        if (enough()) end()
      }
      const end = (): void => {
        waiting.delete(look)
        giveUp()
        resolve(on)
      }
      waiting.add(look)
      const giveUp = clock.after(waitMs, end)
    })
  }

  return {
    start: subscription.start,
    stop: subscription.stop,
    isOn: () => on,
    until: (wanted, waitMs) => wait(() => on === wanted, waitMs),
    known: (waitMs) => wait(() => on !== undefined, waitMs),
    health: subscription.health,
  }
}
