import { isOpen } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import type { Policy } from './policy.ts'
import type { Instant } from './time.ts'

/** Away for long: declared by a person, or the seat empty past the limit while the office works. What is not known is never an absence. */
export function isAbsent(desk: Desk, policy: Policy): boolean {
  const wall = trustedWall(desk)
  if (wall === undefined || !isOpen(policy.workingHours, wall)) return false
  if (desk.absence !== undefined && (desk.absence.until === undefined || wall < desk.absence.until)) return true
  const since = absentAt(desk, policy)
  return since !== undefined && since <= desk.at
}

/** When an empty seat becomes a longer absence. */
export function absentAt(desk: Desk, policy: Policy): Instant | undefined {
  const { occupied, plausible, since } = desk.seat
  return occupied === false && plausible ? since + policy.absenceMs : undefined
}
