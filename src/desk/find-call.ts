import { type Call, type CallWord, endsUnanswered, isLive, type Remote, transitions } from './call.ts'
import type { Desk } from './desk.ts'
import type { CallRef, ClearedCause } from './event.ts'
import { normalizeNumber } from './number.ts'
import { limits, type Policy } from './policy.ts'
import type { Instant } from './time.ts'

/** The other party, as this desk writes it. */
export function remoteOf(ref: CallRef, policy: Policy): Remote {
  const number = normalizeNumber(ref.remote, policy.numbers)
  return number === undefined ? { withheld: ref.withheld === true } : { number, withheld: false }
}

/** What the phone points at: its reference, the other party in it, and when it was said. */
export interface Meant {
  readonly ref: CallRef
  readonly remote: Remote
  readonly at: Instant
}

/** How much it would surprise, were it said of this call: 0 fits best; `undefined` where this call cannot be meant. */
export type Fit = (call: Call, meant: Meant) => number | undefined

/**
 * The call that the phone means. Its own id settles it. Without one, the other party does; without either, the call that what it says fits best.
 * A beginning (`delivered`, `originated`) is a new call, unless it only repeats one that has just begun.
 */
export function findCall(desk: Desk, ref: CallRef, rankOf: Fit, policy: Policy): Call | undefined {
  const named = namedCall(desk.calls, ref)
  if (named !== undefined) return named
  const meant = { ref, remote: remoteOf(ref, policy), at: desk.at }
  const ranks = desk.calls.flatMap((call) => {
    const rank = canMean(call, meant) ? rankOf(call, meant) : undefined
    return rank === undefined ? [] : [{ call, rank: 2 * rank + (call.remote.number === meant.remote.number ? 0 : 1) }]
  })
  // Of equals, the youngest.
  return ranks.reduce<(typeof ranks)[number] | undefined>((best, one) => (best === undefined || one.rank <= best.rank ? one : best), undefined)?.call
}

/** The call that bears the phone's own id. */
export function namedCall(calls: readonly Call[], { phoneId }: CallRef): Call | undefined {
  return phoneId === undefined ? undefined : calls.findLast((call) => call.ref.phoneId === phoneId)
}

/** Whether the reference can mean this call: no other id, no other party. Where one of the two does not know it, they do not contradict each other. */
export function canMean(call: Call, { ref, remote }: Meant): boolean {
  if (ref.phoneId !== undefined && call.ref.phoneId !== undefined) return ref.phoneId === call.ref.phoneId
  if (remote.number !== undefined) return call.remote.number === remote.number || (call.remote.number === undefined && !call.remote.withheld)
  if (remote.withheld) return call.remote.number === undefined
  return true
}

/** How a word that moves calls fits a call, by the table in `call.ts`. `cause` goes with `cleared`. */
export function fitOfWord(word: CallWord, cause: ClearedCause = 'unknown'): Fit {
  return (call, meant) => {
    if (startsAnother(call, word, meant)) return undefined
    const answered = call.answeredAt !== undefined
    // Somebody rang in vain: that is nobody with whom the clerk has spoken in this call.
    if (word === 'cleared' && cause === 'missed' && answered) return undefined
    const unlikely = word === 'cleared' && answered && endsUnanswered(cause) ? 1 : 0
    return unlikely + surprise(call, word, meant.at)
  }
}

/** What can only be said of a conversation: the one that goes on, else one that waits; after them what is only about to be one, or was. */
export const fitOfTalk: Fit = (call) => {
  if (call.state === 'connected') return 0
  if (call.state === 'held') return 1
  return isLive(call) ? 2 : 3
}

/** A burst on the line is one of a call that rings, and of no other. */
export const fitOfRing: Fit = (call) => (call.state === 'alerting' ? 0 : undefined)

/**
 * A word that begins a call and meets one that has long begun is about another call, whoever rings. Only where it says for the first time who rings, it
 * may be about one that has been ringing without a name.
 */
function startsAnother(call: Call, word: CallWord, meant: Meant): boolean {
  if ((word !== 'delivered' && word !== 'originated') || meant.at - call.startedAt < limits.reorderMs) return false
  if (word === 'originated') return call.state !== 'initiated'
  return call.state !== 'alerting' || !names(meant, call)
}

/** Whether the reference adds an id or a party to a call that had none. */
function names({ ref, remote }: Meant, call: Call): boolean {
  if (ref.phoneId !== undefined && call.ref.phoneId === undefined) return true
  return call.remote.number === undefined && !call.remote.withheld && (remote.number !== undefined || remote.withheld)
}

/** From a word that was expected, over one that was known already, to one that contradicts what the desk knows. */
function surprise(call: Call, word: CallWord, at: Instant): number {
  const cell = transitions[call.state][word]
  if ('to' in cell) return cell.odd ? 2 : 0
  if ('late' in cell) return at - call.since < limits.reorderMs ? 1 : 4
  return isLive(call) ? 1 : 3
}
