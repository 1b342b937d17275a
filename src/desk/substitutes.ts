import { isOpen, nextChange, type WorkingHours } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { limits, type Policy, type Substitute } from './policy.ts'
import { earliest, type Instant } from './time.ts'

/** Stands for the desk of a clerk who works elsewhere. */
export const elsewhere = 'elsewhere'

/** Whom the calls may go to, in this order: the desk's own list, or else the directory's. */
export function chainOf(desk: Desk, policy: Policy): readonly Substitute[] {
  const chain = policy.substitutes.length > 0 ? policy.substitutes : (desk.directory?.substitutes ?? [])
  return chain.filter((each) => each.desk !== policy.desk)
}

/** When the directory is too old to forward anybody by it; `undefined` where the desk's own list counts. */
export function staleAt({ directory }: Desk, policy: Policy): Instant | undefined {
  return policy.substitutes.length > 0 || directory === undefined ? undefined : directory.seenAt + limits.directoryMaxAgeMs
}

export function isStale(desk: Desk, policy: Policy): boolean {
  const stale = staleAt(desk, policy)
  return stale !== undefined && stale <= desk.at
}

/**
 * The first of the chain that can take the calls now. Of a desk that was ordered, only that one is asked; by a directory that is stale, only the one that has
 * them already.
 */
export function viableSubstitute(desk: Desk, policy: Policy): Substitute | undefined {
  const only = desk.ordered?.on ? desk.ordered.target : undefined
  const running = isStale(desk, policy) ? (desk.lease?.desk ?? '') : undefined
  return chainOf(desk, policy).find(
    (each) => (only === undefined || each.desk === only) && (running === undefined || each.desk === running) && isViable(each, desk, policy),
  )
}

/**
 * Whether this substitute can take this desk's calls now: seen to take calls, not with its hands full, in its hours. What is not known is "no", unless it has
 * the calls already and the agent has only just started.
 */
function isViable({ desk: id, absenteesMax = limits.absenteesMax, week }: Substitute, desk: Desk, policy: Policy): boolean {
  const { lease } = desk
  const isAwaited = lease?.desk === id && lease.unseenUntil !== undefined && desk.at < lease.unseenUntil
  const { takesCalls, standsInFor = [] } = desk.substitutes[id] ?? { takesCalls: isAwaited }
  if (!takesCalls) return false
  const place = policy.desk === undefined ? -1 : standsInFor.indexOf(policy.desk)
  // Who is in the list already has its place there; who is not would be the last.
  if ((place === -1 ? standsInFor.length : place) >= absenteesMax) return false
  if (week === undefined) return true
  const wall = trustedWall(desk)
  return wall !== undefined && isOpen(hoursOf(week, policy), wall)
}

/** A substitute's own hours; that the office is closed on a holiday is another matter. */
function hoursOf(week: WorkingHours['week'], { workingHours }: Policy): WorkingHours {
  return { zone: workingHours.zone, week, holidays: 'none', exceptions: {} }
}

/** The next instant at which time alone changes who can take the calls. */
export function substitutesDue(desk: Desk, policy: Policy): Instant | undefined {
  const wall = trustedWall(desk)
  const offsetMs = desk.clock?.offsetMs ?? 0
  const changes = chainOf(desk, policy).map(({ week }) => (week === undefined || wall === undefined ? undefined : nextChange(hoursOf(week, policy), wall)))
  const next = earliest(changes)
  return earliest([next === undefined ? undefined : next - offsetMs, staleAt(desk, policy), desk.lease?.unseenUntil])
}
