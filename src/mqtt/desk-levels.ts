import type { Call } from '../desk/call.ts'
import type { Day } from '../desk/day.ts'
import type { Desk } from '../desk/desk.ts'
import type { LampPattern } from '../desk/effect.ts'
import { goesElsewhere } from '../desk/record-forwarding.ts'
import type { Instant, WallTime } from '../desk/time.ts'
import type { DayCounters, Presence, State } from './level-messages.ts'
import { unlistedTarget } from './notice-event.ts'
import { isoTime, schemaVersion, sequenceText } from './wire-form.ts'

/** Rings of a call at this moment, counted or derived by the core; `undefined` where it does not ring. */
export type RingsOf = (call: Call) => { readonly ring: number; readonly ringSource: 'counted' | 'estimated' } | undefined

export interface StateContext {
  readonly epoch: string
  /** Of the last event that this state includes. */
  readonly sequence: number
  readonly lamp: LampPattern
  readonly rings: RingsOf
  /** The substitute that a number stands for. */
  readonly deskOf: (target: string) => string | undefined
}

/**
 * The desk now (contract §4). Of the seat, of numbers and of names there is nothing in it. Until the shell has said what time it is, instants count
 * from 1970, and `clock` says that they are not to be trusted.
 */
export function deskToState(desk: Desk, context: StateContext): State {
  const { phone, callbacks } = desk
  const open = callbacks.filter(({ closed }) => closed === undefined)
  return {
    v: schemaVersion,
    at: iso(desk, desk.at),
    epoch: context.epoch,
    sequence: sequenceText(context.sequence),
    clock: desk.clock?.synced === true ? 'synced' : 'unsynced',
    phone: { reachable: phone.reachable ?? null, hook: phone.hook ?? null, dnd: phone.dnd ?? null },
    calls: desk.calls.map((call) => callState(desk, call, context.rings)),
    lamp: context.lamp,
    forwarding: forwardingState(desk, context.deskOf),
    callbacks: { open: open.length, overdue: open.filter(({ said }) => said.overdue === true).length },
  }
}

function callState(desk: Desk, call: Call, rings: RingsOf): State['calls'][number] {
  const { ring, ringSource } = rings(call) ?? { ring: null, ringSource: null }
  return { id: call.id, direction: call.direction, state: call.state, since: iso(desk, call.since), ring, ringSource }
}

function forwardingState(desk: Desk, deskOf: StateContext['deskOf']): State['forwarding'] {
  const { state, target, owner, kind, until } = desk.forwarding
  return {
    state,
    target: target === undefined ? null : (deskOf(target) ?? unlistedTarget),
    owner: owner ?? null,
    kind: kind ?? null,
    until: state !== 'on' || until === undefined ? null : iso(desk, until),
    lease: leaseState(desk),
  }
}

function leaseState(desk: Desk): State['forwarding']['lease'] {
  if (desk.lease === undefined) return null
  const { state, kind, desk: target, until, order } = desk.lease
  return { state, kind, target, until: iso(desk, until), order }
}

export interface PresenceContext {
  /** The core's word for it: away for `policy.absenceMs`, or a declared absence. Never a seat that has just been left (procedure R-P3). */
  readonly longerAbsence: boolean
  readonly deskOf: (target: string) => string | undefined
}

/** The only thing that neighbours may read: whether calls that are forwarded here will be answered, and who takes this desk's own. */
export function deskToPresence(desk: Desk, { longerAbsence, deskOf }: PresenceContext): Presence {
  const { phone, forwarding } = desk
  const reached = phone.reachable === true && phone.registered !== false && phone.dnd !== true
  const forwarded = goesElsewhere(forwarding)
  return {
    v: schemaVersion,
    at: iso(desk, desk.at),
    takesCalls: reached && !forwarded && !longerAbsence && !desk.frozen && desk.shell.stopping === undefined,
    substituting: forwarded && forwarding.target !== undefined ? (deskOf(forwarding.target) ?? null) : null,
  }
}

/** A day's counters; `final` for yesterday's. */
export function dayToCounters(day: Day, at: WallTime, final: boolean): DayCounters {
  // A day that an earlier version counted has fewer fields.
  const { date, observedMs, observedWorkingMs = 0, scheduledMs = 0, counts } = day
  return { v: schemaVersion, at: isoTime(at), date, final, observedMs, observedWorkingMs, scheduledMs, counts }
}

function iso(desk: Desk, instant: Instant): string {
  return isoTime(instant + (desk.clock?.offsetMs ?? 0))
}
