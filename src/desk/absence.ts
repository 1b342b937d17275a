import { isAlwaysOpen, isOpen } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { limits, type Policy } from './policy.ts'
import type { Instant, WallTime } from './time.ts'

/**
 * What an absence that a person declares is: `leave`, planned and not ended by a seat that is taken; `lunch`, over when the clerk is back, and not counted
 * as an absence; `remote`, the clerk works elsewhere and the seat says nothing; `in-person`, the clerk serves somebody in the house and is not away
 * (procedure §4.6).
 */
export const absenceKinds = ['leave', 'lunch', 'remote', 'in-person'] as const
export type AbsenceKind = (typeof absenceKinds)[number]

/** Why the calls should go to a substitute: a person declared it (`declared`: without a kind), the seat is empty for long, or somebody ordered it. */
export type AbsenceCause = 'seat-empty' | 'declared' | Exclude<AbsenceKind, 'in-person'> | 'ordered'

/** Away for long: declared by a person, or the seat empty past the limit while the office works. What is not known is never an absence. */
export function isAbsent(desk: Desk, policy: Policy): boolean {
  return absenceOf(desk, policy) !== undefined
}

/** The same with its cause. */
export function absenceOf(desk: Desk, policy: Policy): AbsenceCause | undefined {
  const wall = trustedWall(desk)
  // An office that never closes needs no clock for it.
  if (wall === undefined ? !isAlwaysOpen(policy.workingHours) : !isOpen(policy.workingHours, wall)) return undefined
  const declared = declaredOf(desk, wall)
  if (declared !== undefined) return declared === 'in-person' ? undefined : declared
  const since = absentAt(desk, policy)
  return since !== undefined && since <= desk.at ? 'seat-empty' : undefined
}

/** Why the calls should go to a substitute now. An order needs neither an empty seat nor the office's hours, and one to stop is above all the rest. */
export function forwardCause(desk: Desk, policy: Policy): AbsenceCause | undefined {
  if (desk.ordered !== undefined) return desk.ordered.on ? 'ordered' : undefined
  return absenceOf(desk, policy)
}

function declaredOf({ absence, at }: Desk, wall: WallTime | undefined): 'declared' | AbsenceKind | undefined {
  if (absence === undefined) return undefined
  const { kind, since, until } = absence
  if (until !== undefined ? wall === undefined || until <= wall : kind === 'lunch' && since + limits.lunchMs <= at) return undefined
  return kind ?? 'declared'
}

/** When an empty seat becomes a longer absence: so long after the last sign of somebody at the desk. */
export function absentAt(desk: Desk, policy: Policy): Instant | undefined {
  const { occupied, plausible, since, workedAt } = desk.seat
  if (occupied !== false || !plausible) return undefined
  const empty = Math.max(since, workedAt ?? since) + policy.absenceMs
  return desk.ordered?.on === false ? Math.max(empty, orderEnd(desk.ordered)) : empty
}

/** When an order about forwarding is over by itself. */
export function orderEnd({ on, since, forMs = Number.POSITIVE_INFINITY }: NonNullable<Desk['ordered']>): Instant {
  return since + Math.min(forMs, on ? limits.forwardOrderMs : limits.notAwayMs)
}

/** When a declared absence is over by itself, as far as that is an instant and no time on the wall. */
export function lunchEnd({ absence }: Desk): Instant | undefined {
  return absence?.kind === 'lunch' && absence.until === undefined ? absence.since + limits.lunchMs : undefined
}
