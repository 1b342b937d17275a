import type { Instant, Millis, WallTime } from '../../desk/time.ts'
import type { WardenCore, WardenSettings } from './core.ts'
import type { WardenLimits } from './limits.ts'
import { isOpen, type KnownLease, nameOf, type Ward, withoutTask, withTask } from './ward.ts'

/** What follows from what is so, at every desk. A warden that hears nobody concludes nothing. */
export function judgeAll(core: WardenCore, settings: WardenSettings): WardenCore {
  if (!core.hears) return core
  let changed: Map<string, Ward> | undefined
  for (const [desk, ward] of core.wards) {
    const judged = judge(ward, core, core.phones.has(desk), settings)
    if (judged !== ward) changed = (changed ?? new Map(core.wards)).set(desk, judged)
  }
  return changed === undefined ? core : { ...core, wards: changed }
}

/** Whether there is something to do at this desk, and since when. */
function judge(ward: Ward, { at, wall }: WardenCore, hasPhone: boolean, { graceMs, limits }: WardenSettings): Ward {
  const { lease, task, online, goneAt, overAt, unheard } = ward
  if (unheard === true && task === undefined && at < goneAt + Math.min(graceMs, limits.settleMs)) return ward
  const cause = lease === undefined ? undefined : !online ? 'agent-gone' : hasPhone && isOver(overAt, at, limits) ? 'lease-over' : undefined
  if (lease === undefined || cause === undefined) return isOpen(task) ? withoutTask(ward) : unclaimed(ward, at, wall, graceMs)
  if (task !== undefined && !task.done && nameOf(task.lease) === nameOf(lease)) {
    // The agent may have said more of it since: asked, then held.
    return task.lease.state === lease.state ? ward : withTask(ward, { ...task, lease })
  }
  const nextAt = cause === 'agent-gone' ? goneAt + (unheard === true ? Math.max(graceMs, limits.rejoinMs) : graceMs) : at
  return withTask(ward, { state: 'waiting', cause, reason: cause, since: wall, began: wall, lease, nextAt, tries: 0, blind: 0, done: false })
}

/** Not ours to undo, since nobody can tell it from a person's; but somebody should know. */
function unclaimed(ward: Ward, at: Instant, wall: WallTime, graceMs: Millis): Ward {
  const { seen, task, online, goneAt } = ward
  if (seen === undefined || online || seen.at < goneAt + graceMs) return ward
  // After what was done here, it goes there again.
  if (task !== undefined && (task.reason === 'unclaimed' || seen.at <= task.nextAt)) return ward
  const lease: KnownLease = { state: 'unknown', kind: seen.kind, target: seen.target, until: null }
  const [cause, reason] = ['agent-gone', 'unclaimed'] as const
  return withTask(ward, { state: 'foreign', cause, reason, since: wall, began: wall, lease, nextAt: at, tries: 0, blind: 0, done: true })
}

function isOver(overAt: Instant | undefined, at: Instant, { overdueMs }: WardenLimits): boolean {
  return overAt !== undefined && at >= overAt + overdueMs
}
