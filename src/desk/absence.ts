import { isOpen } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import type { Policy } from './policy.ts'
import type { Instant } from './time.ts'

/**
 * What an absence that a person declares is: `leave`, planned and not ended by a seat that is taken; `lunch`, over when the clerk is back, and not counted as an
 * absence; `remote`, the clerk works elsewhere and the seat says nothing; `in-person`, the clerk serves somebody in the house and is not away (procedure §4.6).
 */
export const absenceKinds = ['leave', 'lunch', 'remote', 'in-person'] as const
export type AbsenceKind = (typeof absenceKinds)[number]

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
