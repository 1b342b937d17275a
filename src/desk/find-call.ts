import { type Call, type CallWord, isLive, type Remote, transitions } from './call.ts'
import type { Desk } from './desk.ts'
import type { CallRef } from './event.ts'
import { normalizeNumber } from './number.ts'
import { limits, type Policy } from './policy.ts'
import type { Instant } from './time.ts'

/** The other party, as this desk writes it. */
export function remoteOf(ref: CallRef, policy: Policy): Remote {
  const number = normalizeNumber(ref.remote, policy.numbers)
  return number === undefined ? { withheld: ref.withheld === true } : { number, withheld: false }
}

/**
 * The call that the phone means by this word. Its own id settles it. Without one, the other party does; without either, the call that the
 * word would fit. A beginning (`delivered`, `originated`) that names nobody is a new call, unless it only repeats one that has just begun.
 */
export function findCall(desk: Desk, ref: CallRef, word: CallWord | undefined, policy: Policy): Call | undefined {
  if (ref.phoneId !== undefined) {
    const named = desk.calls.findLast((call) => call.ref.phoneId === ref.phoneId)
    if (named !== undefined) return named
  }
  const unnamed = desk.calls.filter((call) => ref.phoneId === undefined || call.ref.phoneId === undefined)
  const fitting = unnamed.filter((call) => sameRemote(call, ref, policy) && !startsAnother(call, word, desk.at))
  const { number } = remoteOf(ref, policy)
  return leastOf(fitting, (call) => 2 * surprise(call, word, desk.at) + (call.remote.number === number ? 0 : 1))
}

/** Whether the reference can mean this call's other party. Where one of the two does not know it, they do not contradict each other. */
function sameRemote(call: Call, ref: CallRef, policy: Policy): boolean {
  const remote = remoteOf(ref, policy)
  if (remote.number !== undefined) return call.remote.number === remote.number || (call.remote.number === undefined && !call.remote.withheld)
  if (remote.withheld) return call.remote.number === undefined
  return true
}

/** A word that begins a call and meets one that has long begun is about another call, whoever rings. */
function startsAnother(call: Call, word: CallWord | undefined, at: Instant): boolean {
  if (word !== 'delivered' && word !== 'originated') return false
  const begun = word === 'delivered' ? 'alerting' : 'initiated'
  return call.state !== begun && at - call.startedAt >= limits.reorderMs
}

/** Of several that could be meant: the one whom the word surprises least, the youngest of equals. */
function leastOf(calls: readonly Call[], rank: (call: Call) => number): Call | undefined {
  return calls.reduce<Call | undefined>((best, call) => (best === undefined || rank(call) <= rank(best) ? call : best), undefined)
}

function surprise(call: Call, word: CallWord | undefined, at: Instant): number {
  if (word === undefined) return isLive(call) ? 0 : 3
  const cell = transitions[call.state][word]
  if ('to' in cell) return cell.odd ? 2 : 0
  if ('late' in cell) return at - call.since < limits.reorderMs ? 1 : 4
  return isLive(call) ? 1 : 3
}
