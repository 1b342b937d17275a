import { dayEndOf } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { limits, type Policy } from './policy.ts'
import { hasForeign } from './record-forwarding.ts'

/** Whether the phone is known to keep calls away because a person set it so: do not disturb, or a forwarding of any kind. */
export function isLeftSet({ phone, forwarding }: Desk): boolean {
  return phone.dnd === true || hasForeign(forwarding)
}

/**
 * At the end of each working day, once: whether the phone has still what a person set (procedure §4.8, 33). What is set after the office has closed is meant.
 * Where nothing was known of the phone at that moment (it, the agent or the clock was away), the first thing that is learnt of it shortly after counts.
 */
export function recordDayEnd(before: Desk, after: Desk, { workingHours }: Policy): Desk {
  const desk = isAnswered(after) ? { ...after, dayEnd: { date: after.dayEnd?.date ?? '' } } : after
  const wall = trustedWall(desk)
  const end = wall === undefined || desk.frozen ? undefined : dayEndOf(workingHours, wall - limits.dayEndAskMs)
  if (wall === undefined || end === undefined || wall < end.at || wall >= end.at + limits.dayEndAskMs) return desk
  const { date } = end
  // A clock that steps back must not bring a day again.
  if (desk.dayEnd !== undefined && date <= desk.dayEnd.date) return desk
  if (isLeftSet(desk) && (isLeftSet(before) || isUnknown(before))) return { ...desk, dayEnd: { date, askedUntil: desk.at + limits.dayEndAskMs } }
  return isUnknown(desk) ? desk : { ...desk, dayEnd: { date } }
}

function isUnknown({ forwarding }: Desk): boolean {
  return forwarding.state === 'unknown'
}

/** Taken away: set again, it is meant. */
function isAnswered(desk: Desk): boolean {
  return desk.dayEnd?.askedUntil !== undefined && !isLeftSet(desk) && !isUnknown(desk)
}
