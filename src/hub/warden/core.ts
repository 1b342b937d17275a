import assert from 'node:assert/strict'
import type { ForwardKind } from '../../desk/policy.ts'
import type { Instant, Millis, WallTime } from '../../desk/time.ts'
import type { WardenLimits } from './limits.ts'
import { dueOfLooks, type Looks, lookNow, startLooks, takeLooked } from './looks.ts'
import { afterAttempt, type UndoOutcome } from './outcome.ts'
import { type KnownLease, nameOf, type Task, type Ward } from './ward.ts'

/**
 * The warden as one plain value: facts come in with their instant, what is to be done at phones goes out, and `dueOf` says when it wants to be asked next.
 * It has no clock, no timer and no phone of its own, so that its tests run in invented time.
 *
 * Its one idea: a lease whose agent is gone for the whole grace is undone at the phone, by the hand of the same code by which agents set and undo; and
 * nothing is ever concluded from a silence that may be the warden's own.
 */
export interface WardenCore {
  readonly at: Instant
  readonly wall: WallTime
  /** Whether it would hear an agent that speaks. */
  readonly hears: boolean
  readonly wards: ReadonlyMap<string, Ward>
  /** The desks whose phones are in its file. */
  readonly phones: ReadonlySet<string>
  readonly looks: Looks
  /** Orders that are under way at phones, with the instant by which an answer is given up. */
  readonly underWay: ReadonlyMap<string, { readonly order: number; readonly givenUpAt: Instant }>
  readonly lastOrder: number
  readonly startedAt: Instant
  /** Phones that it has freed. */
  readonly freed: number
}

export interface WardenSettings {
  readonly graceMs: Millis
  readonly limits: WardenLimits
}

export type WardenFact =
  | { readonly type: 'tick' }
  /** The line to the broker: from now on agents that speak are heard, or are not. */
  | { readonly type: 'hears'; readonly on: boolean }
  /** An agent's own word, or its will. */
  | { readonly type: 'availability'; readonly desk: string; readonly online: boolean }
  /** The broker keeps nothing of this desk any more. */
  | { readonly type: 'forgotten'; readonly desk: string }
  /** What a desk's state says; without a lease: that there is none. */
  | { readonly type: 'lease'; readonly desk: string; readonly lease?: KnownLease; readonly leftMs?: Millis }
  /** The phones file was read, for the first time or again. */
  | { readonly type: 'phones'; readonly desks: readonly string[] }
  | { readonly type: 'undid'; readonly desk: string; readonly order: number; readonly outcome: UndoOutcome }
  | { readonly type: 'looked'; readonly desk: string; readonly ok: boolean; readonly seen?: Seen }

/** A forwarding that a look has found, to one of the desk's substitutes. */
export interface Seen {
  readonly kind: ForwardKind
  readonly target: string
}

export type WardenEvent = WardenFact & { readonly at: Instant; readonly wall: WallTime }

export type WardenEffect =
  | { readonly type: 'undo'; readonly desk: string; readonly order: number; readonly lease: KnownLease }
  | { readonly type: 'look'; readonly desk: string }

/** What an earlier life of the hub knew of a desk. */
export interface KeptWard {
  readonly lease?: KnownLease
  readonly settled?: string
  /** A task that was done. */
  readonly task?: Task
}

export function emptyWarden(at: Instant, wall: WallTime, kept: ReadonlyMap<string, KeptWard> = new Map()): WardenCore {
  const wards = new Map(
    [...kept].map(([desk, { task, ...each }]): [string, Ward] => {
      return [desk, { online: false, unheard: true, restored: true, goneAt: at, ...each, ...(task === undefined ? {} : { task: { ...task, nextAt: at } }) }]
    }),
  )
  return {
    at,
    wall,
    hears: false,
    wards,
    phones: new Set(),
    looks: new Map(),
    underWay: new Map(),
    lastOrder: 0,
    startedAt: Number.NEGATIVE_INFINITY,
    freed: 0,
  }
}

/** Takes one fact in. Facts come in the order of their instants. */
export function takeWarden(
  before: WardenCore,
  event: WardenEvent,
  settings: WardenSettings,
): { readonly core: WardenCore; readonly effects: readonly WardenEffect[] } {
  const { at, wall } = event
  const slept = at - (dueOf(before, settings) ?? at) > settings.limits.asleepMs
  const awake = slept ? withGraceAnew({ ...before, at, wall }, settings) : { ...before, at, wall }
  const told = judgeAll(record(awake, event, settings), settings)
  const undoing = startUndoing(giveUpLate(told, settings), settings)
  const looking = startLooks(undoing.core, settings.limits)
  return { core: { ...undoing.core, looks: looking.looks }, effects: [...undoing.effects, ...looking.effects] }
}

/** When it wants a tick, should nothing else happen before; always later than its own instant, since what was due by then is done. */
export function dueOf(core: WardenCore, { limits }: WardenSettings): Instant | undefined {
  const wards = [...core.wards.values()]
  const untold = [...core.wards].flatMap(([desk, { task }]) => (isOpen(task) && !core.underWay.has(desk) ? [task.nextAt] : []))
  // Whoever looks at the time often enough knows that they were not asleep.
  const stands = wards.some(({ lease, task }) => lease !== undefined || task?.done === false)
  const tasks = core.hears && core.underWay.size < limits.handsMax ? untold : []
  const next = tasks.length === 0 ? [] : [Math.max(Math.min(...tasks), core.startedAt + limits.staggerMs)]
  const late = [...core.underWay.values()].map(({ givenUpAt }) => givenUpAt)
  const all = [...next, ...late, ...dueOfLooks(core, limits), ...(stands ? [core.at + limits.tickMs] : [])]
  if (all.length === 0) return undefined
  const due = Math.min(...all)
  assert(due > core.at, 'what was due is done')
  return due
}

/** The desks that it answers for: their phones were read at the last look, by its own credential. */
export function answersFor({ phones, looks }: WardenCore): readonly string[] {
  return [...phones].filter((desk) => looks.get(desk)?.ok === true).sort()
}

function record(core: WardenCore, event: WardenEvent, settings: WardenSettings): WardenCore {
  switch (event.type) {
    case 'tick':
      return core
    case 'hears':
      return event.on ? withGraceAnew({ ...core, hears: true }, settings) : { ...core, hears: false, wards: mapWards(core, unheardOf) }
    case 'availability':
      return event.online ? changeWard(core, event.desk, (ward) => cameBack(ward, core.at, settings)) : wentAway(core, event.desk, settings)
    case 'forgotten':
      return forget(core, event.desk)
    case 'lease':
      return takeLease(core, event, settings)
    case 'phones': {
      const phones = new Set(event.desks)
      const looks = new Map([...phones].map((desk) => [desk, lookNow(core.looks.get(desk), core.at)] as const))
      // Whatever it was that kept it from a phone may have been mended by the new file.
      const wards = mapWards(core, (ward) => (isOpen(ward.task) && ward.task.tries > 0 ? withTask(ward, { ...ward.task, nextAt: core.at }) : ward))
      return { ...core, phones, looks, wards }
    }
    case 'undid':
      return takeUndid(core, event, settings)
    case 'looked':
      return takeSeen({ ...core, looks: takeLooked(core.looks, event.desk, event.ok, core.at, settings.limits) }, event, settings)
    default:
      return event satisfies never
  }
}

/** Without a line nothing is known of anybody. */
function unheardOf(ward: Ward): Ward {
  return ward.online ? { ...ward, online: false, unheard: true } : ward
}

/** Everybody has the whole grace to say that they are there, and to renew what ran out meanwhile. */
function withGraceAnew(core: WardenCore, { graceMs }: WardenSettings): WardenCore {
  const { at } = core
  const wards = mapWards(core, ({ overAt, ...ward }) => {
    const gone = ward.online ? ward : { ...ward, goneAt: at }
    const left = { ...gone, ...(overAt === undefined ? {} : { overAt: Math.max(overAt, at + graceMs) }) }
    return isOpen(left.task) ? withoutTask(left) : left
  })
  return { ...core, wards }
}

/** An agent that is there answers for its phone itself, and reads it: what the warden has done meanwhile is its own business now. */
function cameBack(ward: Ward, at: Instant, { graceMs }: WardenSettings): Ward {
  if (ward.online) return ward
  const { unheard: _unheard, overAt, ...heard } = ward
  // Its lease may have run out while it was gone, and it says how it stands only after it has said that it is there.
  return withoutTask({ ...heard, online: true, ...(overAt === undefined ? {} : { overAt: Math.max(overAt, at + graceMs) }) })
}

/** A wiped topic is no proof that a phone is free: what was known of a lease stays. */
function forget(core: WardenCore, desk: string): WardenCore {
  const ward = core.wards.get(desk)
  if (ward === undefined || ward.lease !== undefined || ward.task !== undefined) return core
  const wards = new Map(core.wards)
  wards.delete(desk)
  return { ...core, wards }
}

function wentAway(core: WardenCore, desk: string, { graceMs }: WardenSettings): WardenCore {
  const gone = changeWard(core, desk, (ward) => {
    const { unheard, ...rest } = ward
    return ward.online || unheard === true ? { ...rest, online: false, goneAt: ward.online ? core.at : ward.goneAt } : ward
  })
  // An agent may have forwarded its phone while nobody heard it, and have died then.
  return lookBy(gone, desk, core.at + graceMs)
}

function lookBy(core: WardenCore, desk: string, by: Instant): WardenCore {
  const look = core.looks.get(desk)
  return look === undefined || look.nextAt <= by ? core : { ...core, looks: new Map(core.looks).set(desk, lookNow(look, by)) }
}

function takeSeen(core: WardenCore, { desk, ok, seen }: Extract<WardenEvent, { type: 'looked' }>, { graceMs }: WardenSettings): WardenCore {
  const known = core.wards.get(desk)
  if (!ok || (seen === undefined && known?.seen === undefined)) return core
  const after = changeWard(core, desk, ({ seen: _seen, ...ward }) => {
    const rest = seen === undefined && ward.task?.reason === 'unclaimed' ? withoutTask(ward) : ward
    return seen === undefined ? rest : { ...rest, seen: { at: core.at, ...seen } }
  })
  const { online = true, goneAt = core.at } = after.wards.get(desk) ?? {}
  return online || core.at >= goneAt + graceMs ? after : lookBy(after, desk, goneAt + graceMs)
}

function takeLease(core: WardenCore, { desk, lease, leftMs }: Extract<WardenEvent, { type: 'lease' }>, { limits }: WardenSettings): WardenCore {
  const known = core.wards.get(desk)
  const isSettled = lease !== undefined && known?.settled === nameOf(lease)
  if (isSettled) return core
  const changed = changeWard(core, desk, ({ lease: before, overAt, settled: _settled, restored: _restored, ...ward }) => {
    // A live agent's own word ends what was shown of the warden; a dead one's, which the broker kept, does not.
    const rest = ward.online ? withoutTask(ward) : ward
    if (lease === undefined) return rest
    const left = Math.min(Math.max(leftMs ?? limits.leaseMs, 0), limits.leaseMaxMs)
    const same = before !== undefined && nameOf(before) === nameOf(lease)
    const over = same && overAt !== undefined ? Math.min(overAt, core.at + left) : core.at + left
    return { ...rest, lease, overAt: over }
  })
  const confirmed = lease?.state === 'held' && (known?.lease?.state !== 'held' || known.restored === true)
  const look = changed.looks.get(desk)
  // What is read while the agent says that it is ours tells the number that will have to be undone, and that this phone can be reached at all.
  return confirmed && look !== undefined ? { ...changed, looks: new Map(changed.looks).set(desk, lookNow(look, core.at)) } : changed
}

function takeUndid(core: WardenCore, { desk, order, outcome }: Extract<WardenEvent, { type: 'undid' }>, { limits }: WardenSettings): WardenCore {
  if (core.underWay.get(desk)?.order !== order) return core
  const underWay = new Map(core.underWay)
  underWay.delete(desk)
  const { task } = core.wards.get(desk) ?? {}
  // The agent is back, or has other news: what came of the old order is not its business.
  if (task?.order !== order) return { ...core, underWay }
  const after = afterAttempt(task, outcome, core, limits)
  const freed = after.state === 'undone' && after.reason !== 'found-free' ? core.freed + 1 : core.freed
  const looks = takeLooked(core.looks, desk, outcome === 'refused' ? false : after.done ? true : undefined, core.at, limits)
  return changeWard({ ...core, underWay, freed, looks }, desk, (ward) => {
    if (!after.done) return withTask(ward, after)
    const { lease: _lease, overAt: _overAt, ...rest } = ward
    return withTask({ ...rest, settled: nameOf(task.lease) }, after)
  })
}

/** An answer that never came is a phone out of reach. */
function giveUpLate(core: WardenCore, settings: WardenSettings): WardenCore {
  let left = core
  for (const [desk, { order, givenUpAt }] of core.underWay) {
    if (givenUpAt > core.at) continue
    left = takeUndid(left, { type: 'undid', desk, order, outcome: 'unreachable', at: core.at, wall: core.wall }, settings)
  }
  return left
}

function judgeAll(core: WardenCore, settings: WardenSettings): WardenCore {
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

/** Those who are due, the gravest and the oldest first, a few at a time. */
function startUndoing(core: WardenCore, settings: WardenSettings): { readonly core: WardenCore; readonly effects: readonly WardenEffect[] } {
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

/** Something is still to be done about it, and nothing is under way. */
function isOpen(task: Task | undefined): task is Task {
  return task !== undefined && !task.done && task.order === undefined
}

function changeWard(core: WardenCore, desk: string, change: (ward: Ward) => Ward): WardenCore {
  const before = core.wards.get(desk)
  const after = change(before ?? { online: false, goneAt: core.at })
  return after === before ? core : { ...core, wards: new Map(core.wards).set(desk, after) }
}

function mapWards({ wards }: WardenCore, change: (ward: Ward) => Ward): ReadonlyMap<string, Ward> {
  return new Map([...wards].map(([desk, ward]) => [desk, change(ward)]))
}

function withTask({ task: _task, ...ward }: Ward, task: Task): Ward {
  return { ...ward, task }
}

function withoutTask({ task: _task, ...ward }: Ward): Ward {
  return ward
}
