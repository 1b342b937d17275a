import { absenceOf } from './absence.ts'
import { localDate, workedMsOfDay, workingMsBetween, workingMsOfDay } from './calendar.ts'
import { trustedWall } from './clock.ts'
import { changeKeys, noticeKeys } from './day-counts.ts'
import type { Desk } from './desk.ts'
import type { Effect } from './effect.ts'
import type { Policy } from './policy.ts'
import { goesElsewhere } from './record-forwarding.ts'
import { chainOf } from './substitutes.ts'
import type { Millis, WallTime } from './time.ts'

/** What one desk did in one day, as counts: enough for every figure of the office's report (procedure §4.5), and nothing about anybody. */
export interface Day {
  /** The local date, as `2026-11-22`. */
  readonly date: string
  /** How long the desk was watched: every figure is only as good as this one. */
  readonly observedMs: Millis
  /** How much of that was working time with a phone that was not known to be out of reach, … */
  readonly observedWorkingMs: Millis
  /** … and how much working time the day had so far. */
  readonly scheduledMs: Millis
  readonly counts: Readonly<Record<string, number>>
}

/** Brings the day's counters up to the desk's present instant: a new day begins at local midnight, and yesterday's figures are final. */
export function recordDay(before: Desk, recorded: Desk, watched: boolean, policy: Policy): Desk {
  const after = recordAway(recorded, policy)
  const wall = trustedWall(after)
  // A clock that cannot be trusted opens no day: one of the year 2099 would never be over. What happens meanwhile belongs to the day that is open.
  const date = wall === undefined ? after.day?.date : localDate(policy.workingHours, wall)
  if (date === undefined) return after
  const scheduledMs = wall === undefined ? (after.day?.scheduledMs ?? 0) : workedMsOfDay(policy.workingHours, wall)
  const fresh: Day = { date, observedMs: 0, observedWorkingMs: 0, scheduledMs, counts: {} }
  if (after.day === undefined) return { ...after, day: fresh }
  const passedMs = watched ? after.at - before.at : 0
  const { day } = after
  // A day that an earlier version began has fewer fields.
  const seen = before.phone.reachable !== false && passedMs > 0
  const observedWorkingMs = (day.observedWorkingMs ?? 0) + (seen ? workedMs(before, after, scheduledMs, policy) : 0)
  const observed = { ...day, observedMs: day.observedMs + passedMs, observedWorkingMs, counts: added(day.counts, changeKeys(before, after, policy)) }
  // A clock that steps back over midnight must not open a day that was already closed: only a later date begins a new one.
  if (date <= day.date) return { ...after, day: date < day.date ? observed : { ...observed, scheduledMs } }
  return { ...after, day: fresh, yesterday: { ...observed, scheduledMs: wholeMs(day, (wall ?? 0) - (after.at - before.at), policy) } }
}

/** All the working time of a day that is over; where the clock has been put to another day meanwhile, as much as was known of it. */
function wholeMs(day: Day, lastWall: number, { workingHours }: Policy): Millis {
  return localDate(workingHours, lastWall) === day.date ? workingMsOfDay(workingHours, lastWall) : (day.scheduledMs ?? 0)
}

/** The working time of one step: within a day by one clock, it is what the day has grown by. */
function workedMs(before: Desk, after: Desk, scheduledMs: Millis, { workingHours }: Policy): Millis {
  const [then, now] = [trustedWall(before), trustedWall(after)]
  if (now === undefined) return 0
  const sameClock = then !== undefined && before.clock?.offsetMs === after.clock?.offsetMs
  const isOpenDay = (wall: WallTime): boolean => localDate(workingHours, wall) === before.day?.date
  // By a clock that was put back over midnight the open day is another one: what that has grown by says nothing of this step.
  if (sameClock && before.day?.scheduledMs !== undefined && isOpenDay(then) && isOpenDay(now)) return scheduledMs - before.day.scheduledMs
  return workingMsBetween(workingHours, now - (after.at - before.at), now)
}

/** Whether a longer absence goes on, and whether anybody has taken the calls meanwhile. Only where there are substitutes can it be covered. */
function recordAway(desk: Desk, policy: Policy): Desk {
  const cause = chainOf(desk, policy).length > 0 ? absenceOf(desk, policy) : undefined
  // The statutory break is no absence to report.
  const isAway = cause !== undefined && cause !== 'lunch'
  const covered = goesElsewhere(desk.forwarding)
  if (!isAway) {
    if (desk.away === undefined) return desk
    const { away: _, ...back } = desk
    return back
  }
  if (desk.away !== undefined && (desk.away.covered || !covered)) return desk
  return { ...desk, away: { covered } }
}

/** Counts what the desk has just said. */
export function countDay(desk: Desk, effects: readonly Effect[], policy: Policy): Desk {
  if (desk.day === undefined) return desk
  const notices = effects.flatMap((effect) => (effect.type === 'notice' ? [effect] : []))
  const counts = added(desk.day.counts, noticeKeys(desk, notices, policy))
  return counts === desk.day.counts ? desk : { ...desk, day: { ...desk.day, counts } }
}

function added(before: Day['counts'], keys: readonly string[]): Day['counts'] {
  if (keys.length === 0) return before
  const counts: Record<string, number> = { ...before }
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return counts
}
