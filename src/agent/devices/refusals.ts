import type { ReceivedRequest, TurnedAway } from '../../http/listener.ts'
import { type RefusalReason, refusalReasons } from '../../phones/refusals.ts'
import type { Emit } from '../ports.ts'

/** A stranger who knocks a thousand times is one sentence, not a thousand. */
const tellEveryMs = 60_000

/** Tells the desk now and then of what was turned away at its doors: `security.refused`, each reason with its own count. */
export interface Refusals {
  /** Counts one more for this reason, of which there are few. */
  count(reason: string): void
  /** The phone's driver did not believe a request. */
  refused(reason: RefusalReason): void
  /** The listener's door did not let it in. */
  turnedAway(why: TurnedAway, request: ReceivedRequest): void
  stop(): void
}

/**
 * The first of each reason is told at once, after its answer; those that follow wait for the next round. `recognises` says whether a request is the desk's
 * own phone by its token and MAC: from an unknown address that is a phone that has moved, and something for a technician to do (procedure §4.8, case 9).
 */
export function createRefusals(emit: Emit, recognises: (request: ReceivedRequest) => boolean): Refusals {
  let stopped = false
  const waiting = new Map<string, { count: number; timer: NodeJS.Timeout }>()

  function tell(reason: string): void {
    const { count: turnedAway = 0 } = waiting.get(reason) ?? {}
    waiting.delete(reason)
    if (turnedAway === 0) return
    emit({ type: 'security.refused', reason, count: turnedAway })
    waiting.set(reason, { count: 0, timer: setTimeout(tell, tellEveryMs, reason) })
  }

  function count(reason: string): void {
    if (stopped) return
    const known = waiting.get(reason)
    if (known === undefined) waiting.set(reason, { count: 1, timer: setTimeout(tell, 0, reason) })
    else known.count += 1
  }

  const refused = (reason: RefusalReason): void => count(refusalReasons[reason])

  return {
    count,
    refused,
    turnedAway(why, request) {
      refused(why === 'stranger' && recognises(request) ? 'movedPhone' : why)
    },
    stop() {
      stopped = true
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}
