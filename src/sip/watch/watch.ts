import type { Desk } from '../../desk/desk.ts'
import type { Fact } from '../../desk/event.ts'
import type { Instant } from '../../desk/time.ts'
import type { SipStack, SipStackOptions } from '../ports.ts'
import type { SipUseLimits } from '../use-limits.ts'
import { type DialogInfo, parseDialogInfo } from './dialog-info.ts'
import { compare, type Fusion, nothingFused } from './fusion.ts'
import { type ExchangeView, type HoldSemantics, type Seen, viewOf } from './line-view.ts'
import type { OwnCalls } from './own-calls.ts'
import { type Picture, takeNotify } from './picture.ts'
import { createSubscription, type Notification, type SubscriptionHealth } from './subscription.ts'

export interface WatchOptions {
  readonly stack: SipStack
  readonly clock: SipStackOptions['clock']
  readonly random: () => number
  readonly user: string
  /** The extension whose calls are watched. */
  readonly watched: string
  readonly domain: string
  readonly holdSemantics: HoldSemantics
  /** Calls of the agent itself from the same extension, which are none of the desk's. */
  readonly own?: OwnCalls
  /** The desk as it is now, and where facts go: after `emit` it has taken them. */
  readonly desk: () => Desk
  readonly emit: (fact: Fact) => void
  /** The exchange has begun to tell of the extension, or does not any more, and why. Told when it changes. */
  readonly onTells?: (tells: boolean, reason?: string) => void
  readonly log: { warn(fields: object, message: string): void }
  readonly limits?: Partial<SipUseLimits>
}

export interface Watch {
  start(): void
  stop(): Promise<void>
  /** The exchange is deaf: what it last said is not believed any more. */
  restart(reason: string): void
  /** How many calls the exchange shows; `undefined` while nothing is known of it, which is never "none". */
  calls(): number | undefined
  health(): WatchHealth
}

export interface WatchHealth extends SubscriptionHealth {
  /** Facts that the phone had not told. */
  readonly filled: number
  readonly unreadable: number
}

/** So often one comparison may lead to another: each tells something, and there is not so much to tell. */
const roundsMax = 16

/**
 * The exchange as a second source of one desk's calls: what it says of the extension, held against what the desk knows; where the phone has left something
 * out, the desk is told. It never says anything while the subscription is down.
 */
export function createWatch(options: WatchOptions): Watch {
  const { clock, watched, holdSemantics, own, desk, emit, log } = options
  const counts = { filled: 0, unreadable: 0 }
  let startedAt: Instant = 0
  let fusion: Fusion = nothingFused
  let picture: Picture | undefined
  let view: ExchangeView | undefined
  /** The last picture may show a call of the agent itself, and is looked at when that is over. */
  let held = false
  let tells: boolean | undefined
  let cancelTimer = (): void => {}

  const subscription = createSubscription({ ...options, onNotify, onDown })
  own?.onQuiet(onQuiet)

  function onNotify({ cseq, body, asked }: Notification): void {
    const info = parseDialogInfo(body)
    if (info === undefined) {
      counts.unreadable += 1
      if (counts.unreadable === 1) log.warn({ length: body.length }, 'the exchange sent something that is no dialog information; nothing is taken from it')
      return
    }
    telling(true)
    const next = takeNotify(picture, cseq, info)
    if (next === undefined) {
      // It is over, and says all the same that it was so: an answer may have overtaken its ring.
      const ring = picture === undefined || cseq >= picture.cseq ? undefined : ringIn(info)
      if (ring !== undefined) assess({ lateRing: ring })
      return
    }
    picture = next
    // What is missing between two changes is not in the second: all of it is asked for once more.
    if (picture.gap && info.state === 'partial') subscription.refresh()
    held = own?.mayShowIn(picture.dialogs.values()) === true
    if (!held) take(picture, asked ? {} : { unsolicited: true, gap: picture.gap })
  }

  function take(now: Picture, news: Parameters<typeof assess>[0]): void {
    const theirs = [...now.dialogs].filter(([, { callId }]) => own?.has(callId) !== true)
    view = viewOf({ ...now, dialogs: new Map(theirs) }, watched, holdSemantics)
    assess(news)
  }

  /** Whatever is still there when the agent's own call is over is the desk's. */
  function onQuiet(): void {
    if (!held || picture === undefined) return
    held = false
    take(picture, { unsolicited: true })
  }

  function onDown(reason: string): void {
    picture = undefined
    view = undefined
    assess({})
    telling(false, reason)
  }

  function telling(now: boolean, reason?: string): void {
    if (tells === now) return
    tells = now
    options.onTells?.(now, reason)
  }

  function assess(news: { readonly unsolicited?: boolean; readonly gap?: boolean; readonly lateRing?: Seen['lateRing'] }): void {
    cancelTimer()
    cancelTimer = () => {}
    let { unsolicited = false, gap = false, lateRing } = news
    for (let round = 0; round < roundsMax; round += 1) {
      const now = desk()
      const compared = compare(fusion, { view, unsolicited, gap, lateRing, desk: now, phoneSpeaks: speaks(now), at: Math.max(now.at, clock.now()) })
      unsolicited = false
      gap = false
      lateRing = undefined
      fusion = compared.fusion
      for (const fact of compared.facts) {
        counts.filled += 1
        emit(fact)
      }
      if (compared.facts.length > 0) continue
      if (compared.due !== undefined) cancelTimer = clock.after(Math.max(1, compared.due - clock.now()), () => assess({}))
      return
    }
  }

  /** The call that rings in a document. */
  function ringIn(info: DialogInfo): Seen['lateRing'] {
    const old = takeNotify(undefined, 0, info)
    const ringing = old === undefined ? undefined : viewOf(old, watched, holdSemantics).lines.find(({ role }) => role === 'ringing')
    return ringing === undefined ? undefined : ringing.remote === undefined ? {} : { remote: ringing.remote }
  }

  /** Whether the phone has been heard in this run: only then is its word waited for. */
  function speaks({ hearing }: Desk): boolean {
    return hearing.heardAt !== undefined && hearing.heardAt > startedAt
  }

  return {
    start() {
      startedAt = desk().at
      subscription.start()
    },
    async stop() {
      cancelTimer()
      view = undefined
      await subscription.stop()
      cancelTimer()
    },
    restart: subscription.restart,
    calls: () => view?.lines.filter(({ role }) => role !== 'over').length,
    health: () => ({ ...subscription.health(), ...counts }),
  }
}
