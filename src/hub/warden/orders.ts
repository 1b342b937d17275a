import type { ForwardKind } from '../../desk/policy.ts'
import type { Instant } from '../../desk/time.ts'
import type { WardenCore, WardenSettings } from './core.ts'
import type { WardenEffect, WardenEvent } from './fact.ts'
import type { WardenLimits } from './limits.ts'
import { takeLooked } from './looks.ts'
import { afterAttempt } from './outcome.ts'
import { isOpen, nameOf, type Task, withoutTask, withTask } from './ward.ts'
import { changeWard } from './wards.ts'

/** Orders that are under way at phones, with the instant by which an answer is given up. */
export type Orders = ReadonlyMap<string, { readonly order: number; readonly givenUpAt: Instant }>

/** Those who are due, the gravest and the oldest first, a few at a time. */
export function startOrders(core: WardenCore, settings: WardenSettings): { readonly core: WardenCore; readonly effects: readonly WardenEffect[] } {
  const { limits } = settings
  const effects: WardenEffect[] = []
  let now = core
  for (const [desk, task] of waiting(core)) {
    const isFree = now.underWay.size < limits.handsMax && !now.underWay.has(desk) && now.at >= now.startedAt + limits.staggerMs
    if (!core.phones.has(desk)) {
      const failed = afterAttempt(task, 'no-phone', now, limits)
      now = changeWard(now, desk, (ward) => withTask(ward, failed))
    } else if (isFree) {
      const order = now.lastOrder + 1
      const underWay = new Map(now.underWay).set(desk, { order, givenUpAt: now.at + limits.attemptMs })
      const told: Task = { ...task, ...(task.state === 'waiting' ? { state: 'undoing', since: now.wall } : {}), order }
      now = changeWard({ ...now, underWay, lastOrder: order, startedAt: now.at }, desk, (ward) => withTask(ward, told))
      effects.push({ type: 'undo', desk, order, lease: task.lease })
    }
  }
  return { core: now, effects }
}

const gravity: Readonly<Record<ForwardKind, number>> = { always: 0, 'no-answer': 1 }

function waiting({ hears, at, wards }: WardenCore): readonly (readonly [string, Task])[] {
  if (!hears) return []
  const due = [...wards].flatMap(([desk, { task }]) => (isOpen(task) && task.nextAt <= at ? [[desk, task] as const] : []))
  return due.sort(([one, a], [other, b]) => gravity[a.lease.kind] - gravity[b.lease.kind] || a.nextAt - b.nextAt || (one < other ? -1 : 1))
}

/** When the next phone may be told, and by when those that were told have to answer. */
export function dueOfOrders({ hears, wards, underWay, startedAt }: WardenCore, limits: WardenLimits): readonly Instant[] {
  const late = [...underWay.values()].map(({ givenUpAt }) => givenUpAt)
  if (!hears || underWay.size >= limits.handsMax) return late
  const untold = [...wards].flatMap(([desk, { task }]) => (isOpen(task) && !underWay.has(desk) ? [task.nextAt] : []))
  return untold.length === 0 ? late : [Math.max(Math.min(...untold), startedAt + limits.staggerMs), ...late]
}

/** What came of an order. */
export function takeUndid(core: WardenCore, { desk, order, outcome }: Extract<WardenEvent, { type: 'undid' }>, { limits }: WardenSettings): WardenCore {
  if (core.underWay.get(desk)?.order !== order) return core
  const underWay = new Map(core.underWay)
  underWay.delete(desk)
  const { task } = core.wards.get(desk) ?? {}
  if (task?.order !== order) return { ...core, underWay }
  const after = afterAttempt(task, outcome, core, limits)
  const isFreed = after.state === 'undone' && after.reason !== 'found-free'
  const freed = isFreed ? core.freed + 1 : core.freed
  const looks = takeLooked(core.looks, desk, outcome === 'refused' ? false : after.done ? true : undefined, core.at, limits)
  return changeWard({ ...core, underWay, freed, looks }, desk, (ward) => {
    // The agent came back meanwhile, and its lease is its own. That its phone was freed all the same it must hear: it would take it for a person's doing.
    if (ward.online && task.cause === 'agent-gone') return isFreed ? withTask(ward, after) : withoutTask(ward)
    if (!after.done) return withTask(ward, after)
    const { lease: _lease, overAt: _overAt, ...rest } = ward
    return withTask({ ...rest, settled: nameOf(task.lease) }, after)
  })
}

/** An answer that never came is a phone out of reach. */
export function giveUpLate(core: WardenCore, settings: WardenSettings): WardenCore {
  let left = core
  for (const [desk, { order, givenUpAt }] of core.underWay) {
    if (givenUpAt > core.at) continue
    left = takeUndid(left, { type: 'undid', desk, order, outcome: 'unreachable', at: core.at, wall: core.wall }, settings)
  }
  return left
}
