import type { Call } from './call.ts'
import type { Desk } from './desk.ts'

/** Whether a call can be put on hold at all. Never an emergency call, never a conference, never one the phone has not just proved. */
export function mayHold(call: Call, desk: Desk): boolean {
  return call.state === 'connected' && call.proven && !call.heldByThem && !call.emergency && !inConference(call, desk.calls)
}

/** Whether somebody is on the line with more than one other: two calls connected at once, or the phone's word. */
function inConference(call: Call, calls: readonly Call[]): boolean {
  return call.conference || (call.state === 'connected' && calls.some((other) => other.id !== call.id && other.state === 'connected'))
}
