import assert from 'node:assert/strict'
import type { Instant, Millis, WallTime } from '../../desk/time.ts'
import type { WardenEffect, WardenEvent } from './fact.ts'
import { judgeAll } from './judge.ts'
import type { WardenLimits } from './limits.ts'
import { dueOfLooks, type Looks, startLooks } from './looks.ts'
import { dueOfOrders, giveUpLate, type Orders, startOrders } from './orders.ts'
import { record, withGraceAnew } from './record.ts'
import type { KeptWard, Ward } from './ward.ts'

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
  readonly underWay: Orders
  readonly lastOrder: number
  readonly startedAt: Instant
  /** Phones that it has freed. */
  readonly freed: number
}

export interface WardenSettings {
  readonly graceMs: Millis
  readonly limits: WardenLimits
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
  const undoing = startOrders(giveUpLate(told, settings), settings)
  const looking = startLooks(undoing.core, settings.limits)
  return { core: { ...undoing.core, looks: looking.looks }, effects: [...undoing.effects, ...looking.effects] }
}

/** When it wants a tick, should nothing else happen before; always later than its own instant, since what was due by then is done. */
export function dueOf(core: WardenCore, { limits }: WardenSettings): Instant | undefined {
  // Whoever looks at the time often enough knows that they were not asleep.
  const stands = [...core.wards.values()].some(({ lease, task }) => lease !== undefined || task?.done === false)
  const all = [...dueOfOrders(core, limits), ...dueOfLooks(core, limits), ...(stands ? [core.at + limits.tickMs] : [])]
  if (all.length === 0) return undefined
  const due = Math.min(...all)
  assert(due > core.at, 'what was due is done')
  return due
}

/** The desks that it answers for: their phones were read at the last look, by its own credential. */
export function answersFor({ phones, looks }: WardenCore): readonly string[] {
  return [...phones].filter((desk) => looks.get(desk)?.ok === true).sort()
}
