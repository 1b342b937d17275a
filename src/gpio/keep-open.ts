import { messageOf } from '../errors.ts'
import { againAfterMs, backToStayMs } from './back-off.ts'
import type { After, RawInput, RawListener } from './driver.ts'
import type { Input } from './port.ts'

/** After so many tries in vain the line is said to be lost: 7 s, before the desk would cease to believe the last evidence by itself. */
export const lostAfterTries = 3

export interface KeepOpenDeps {
  readonly after: After
  readonly onLevel: (high: boolean) => void
  readonly onLost: (reason: string) => void
  /** Each time it goes down or cannot be opened again. */
  readonly fault: (reason: string) => void
}

/**
 * Opens an input and opens it again when it goes down. Levels are told once each: the same one again only after the line was lost. Rejects if it cannot
 * be opened the first time, because then a person must act; afterwards it never gives up.
 */
export async function keepOpen(open: (listener: RawListener) => Promise<RawInput>, { after, onLevel, onLost, fault }: KeepOpenDeps): Promise<Input> {
  let raw: RawInput | undefined
  let told: boolean | undefined
  let tries = 0
  let closed = false
  let forget = (): void => {}

  async function attempt(): Promise<void> {
    let live = true
    const opened = await open({
      level(high) {
        if (!live || closed || high === told) return
        told = high
        onLevel(high)
      },
      down(reason) {
        if (!live) return
        live = false
        wentDown(reason)
      },
    })
    if (closed) await opened.close()
    else if (live) {
      raw = opened
      forget = after(backToStayMs, () => {
        tries = 0
      })
    }
  }

  function wentDown(reason: string): void {
    raw = undefined
    forget()
    if (closed) return
    fault(reason)
    tries += 1
    if (tries === lostAfterTries + 1) {
      told = undefined
      onLost(reason)
    }
    forget = after(againAfterMs(tries), again)
  }

  function again(): void {
    attempt().catch((error: unknown) => wentDown(messageOf(error)))
  }

  await attempt()
  return {
    read: () => raw?.read(),
    async close() {
      if (closed) return
      closed = true
      forget()
      await raw?.close()
      raw = undefined
    },
  }
}
