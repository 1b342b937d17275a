import type { Millis } from '../../desk/time.ts'
import type { SipStackOptions } from '../ports.ts'
import type { Dialog } from './dialog-info.ts'

/** So many ids of calls that are over are remembered: an exchange tells of them for a while. */
const rememberedMax = 32
/** What an exchange says of a code's call is heard within this after its end, even if it must be said a second time (RFC 3261 §17.1.2.2, timer E). */
const echoMs: Millis = 1500

/**
 * The feature codes that the agent dials as the desk's own user are calls of the watched extension, too: Asterisk shows them as a conversation of nobody with
 * nobody. They are not the clerk's, so whoever watches the extension must know of them.
 */
export interface OwnCalls {
  begin(callId: string): void
  end(callId: string): void
  /** Whether this picture may be of one of them: one is under way or was just now, and something goes on there that does not say which call it is. */
  mayShowIn(dialogs: Iterable<Dialog>): boolean
  /** Whether the exchange says so itself, by its id. */
  has(callId: string | undefined): boolean
  /** None is under way any more, and its echo has died away. */
  onQuiet(handler: () => void): void
}

export function createOwnCalls(clock: SipStackOptions['clock']): OwnCalls {
  const underWay = new Set<string>()
  const known: string[] = []
  const handlers: (() => void)[] = []
  let echoes = false
  let cancelTimer = (): void => {}

  return {
    begin(callId) {
      cancelTimer()
      underWay.add(callId)
      known.push(callId)
      if (known.length > rememberedMax) known.shift()
    },
    end(callId) {
      underWay.delete(callId)
      if (underWay.size > 0) return
      echoes = true
      cancelTimer = clock.after(echoMs, () => {
        echoes = false
        for (const handler of handlers) handler()
      })
    },
    mayShowIn(dialogs) {
      if (underWay.size === 0 && !echoes) return false
      return [...dialogs].some(
        ({ state, direction, callId }) => callId === undefined && state !== 'terminated' && !(state === 'early' && direction === 'recipient'),
      )
    },
    has: (callId) => callId !== undefined && known.includes(callId),
    onQuiet: (handler) => void handlers.push(handler),
  }
}
