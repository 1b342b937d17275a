import { dayEndOf } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { limits, type Policy } from './policy.ts'
import { hasForeign } from './record-forwarding.ts'

/** Whether the phone is known to keep calls away because a person set it so: do not disturb, or a forwarding but for a busy phone alone. */
export function isLeftSet({ phone, forwarding }: Desk): boolean {
  return phone.dnd === true || hasForeign(forwarding)
}

/**
 * At the end of each working day, once: the phone has still what a person set (procedure §4.8, 33). What is set after the office has closed is meant. Where
 * nothing could be said at that moment (the phone had just started, the agent or the time was away), the first that is known shortly after counts.
 */
export function recordDayEnd(before: Desk, after: Desk, { workingHours }: Policy): Desk {
  if (!isLeftSet(after)) return withoutQuestion(after)
  const wall = trustedWall(after)
  const end = wall === undefined || after.frozen ? undefined : dayEndOf(workingHours, wall - limits.dayEndAskMs)
  if (wall === undefined || end === undefined || wall < end.at || wall >= end.at + limits.dayEndAskMs) return after
  const { date } = end
  // A clock that steps back must not bring a day again.
  if (after.dayEnd !== undefined && date <= after.dayEnd.date) return after
  const isMeant = !isLeftSet(before) && !isUnknown(before)
  return { ...after, dayEnd: isMeant ? { date } : { date, askedUntil: after.at + limits.dayEndAskMs } }
}

/** Taken away: set again, it is meant. */
function withoutQuestion(desk: Desk): Desk {
  const { dayEnd } = desk
  return dayEnd?.askedUntil === undefined || isUnknown(desk) ? desk : { ...desk, dayEnd: { date: dayEnd.date } }
}

function isUnknown({ forwarding }: Desk): boolean {
  return forwarding.state === 'unknown'
}
