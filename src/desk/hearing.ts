import { addWorkingMinutes, workingMinutesBetween } from './calendar.ts'
import { isLive } from './call.ts'
import { instantOf, trustedWall, wallOf } from './clock.ts'
import type { Desk } from './desk.ts'
import type { Event } from './event.ts'
import { limits, type Policy } from './policy.ts'
import { ahead, earliest, type Instant } from './time.ts'

const minuteMs = 60_000

/** What a look at the phone showed although the phone had not said it: it is there, and it does not post. */
export type Unannounced = 'call-began' | 'call-ended' | 'setting'

/** Whether the phone speaks by itself. A phone that rings but posts nothing is the failure that nobody sees (procedure §4.2). */
export interface Hearing {
  /** When it last said anything by itself; absent where it never has. */
  readonly heardAt?: Instant
  /** Since when it has been listened to without a word; absent while it cannot be reached, since silence says nothing then. */
  readonly from?: Instant
  /** Working minutes of this silence before `from`: those in which nobody listened do not count. */
  readonly silentMinutes: number
  readonly unannounced?: { readonly at: Instant; readonly what: Unannounced }
  /** This silence has been told. */
  readonly said: boolean
}

/** Brings the hearing up to what has just become so. `before` is the desk at the same instant, without the event; `livedAt` its last one before. */
export function recordHearing(before: Desk, after: Desk, event: Event, livedAt: Instant, policy: Policy): Desk {
  const { at, phone } = after
  const { from, unannounced, ...rest } = after.hearing
  const listens = phone.reachable === true && phone.reachableBy === undefined
  if (event.type === 'phone.heard') return { ...after, hearing: { heardAt: at, silentMinutes: 0, said: false, ...(listens ? { from: at } : {}) } }
  if (!listens || event.type === 'agent.started') {
    if (from === undefined && unannounced === undefined) return after
    // Between the last step and this start nobody listened.
    const until = event.type === 'agent.started' ? livedAt : at
    return { ...after, hearing: { ...rest, silentMinutes: rest.silentMinutes + silentWork(after, from, until, policy) } }
  }
  if (from === undefined) return { ...after, hearing: { ...rest, from: at } }
  const what = unannounced === undefined ? surprise(before, after, event) : undefined
  return what === undefined ? after : { ...after, hearing: { ...after.hearing, unannounced: { at, what } } }
}

function silentWork(desk: Desk, from: Instant | undefined, until: Instant, policy: Policy): number {
  const [start, end] = [from === undefined ? undefined : wallOf(desk, from), wallOf(desk, until)]
  if (start === undefined || end === undefined || desk.clock?.synced !== true) return 0
  return workingMinutesBetween(policy.workingHours, start, Math.max(start, end))
}

/** What a reading of the phone tells that no event had told. The phone's events never bring these facts without `phone.heard`. */
function surprise(before: Desk, after: Desk, event: Event): Unannounced | undefined {
  switch (event.type) {
    case 'phone.lines': {
      if (after.lastCall > before.lastCall) return 'call-began'
      const live = after.calls.filter(isLive).length
      return live < before.calls.filter(isLive).length ? 'call-ended' : undefined
    }
    case 'phone.dnd':
      return before.phone.dnd !== undefined && before.phone.dnd !== event.on ? 'setting' : undefined
    case 'phone.forwarding':
      // What we have told it to do is no news.
      if (before.lease?.kind === event.kind) return undefined
      return before.forwarding.state !== 'unknown' && before.forwarding !== after.forwarding ? 'setting' : undefined
    default:
      return undefined
  }
}

/** When the silence is certain: an event that might still have been on its way would have come by then. */
function certainAt({ hearing }: Desk): Instant | undefined {
  return hearing.unannounced === undefined ? undefined : hearing.unannounced.at + limits.eventLateMs
}

/**
 * When the silence is suspected: so much working time without a word. As long as not even so much time has passed, the end of that is answer enough: it is
 * never too late to look into the calendar then, and most phones speak before.
 */
function suspectedAt(desk: Desk, policy: Policy): Instant | undefined {
  const { from, silentMinutes } = desk.hearing
  const wall = from === undefined || trustedWall(desk) === undefined ? undefined : wallOf(desk, from)
  if (wall === undefined || from === undefined) return undefined
  const minutes = Math.max(0, policy.phoneSilentWorkingMinutes - silentMinutes)
  const atLeast = from + minutes * minuteMs
  return desk.at < atLeast ? atLeast : instantOf(desk, addWorkingMinutes(policy.workingHours, wall, minutes))
}

/** The next instant at which a silence is told, should nothing be heard. */
export function silenceDue(desk: Desk, policy: Policy): Instant | undefined {
  if (desk.hearing.said) return undefined
  return earliest([ahead(certainAt(desk), desk.at), ahead(suspectedAt(desk, policy), desk.at)])
}

/** The silence that is to be told now, and what it is known by. */
export function silenceOf(desk: Desk, policy: Policy): { readonly sinceMs: number; readonly evidence: Unannounced | 'nothing-heard' } | undefined {
  const { at, hearing } = desk
  if (hearing.said) return undefined
  const certain = (certainAt(desk) ?? Number.POSITIVE_INFINITY) <= at
  if (!certain && (suspectedAt(desk, policy) ?? Number.POSITIVE_INFINITY) > at) return undefined
  const sinceMs = at - (hearing.heardAt ?? hearing.from ?? at)
  return { sinceMs, evidence: certain ? (hearing.unannounced?.what ?? 'nothing-heard') : 'nothing-heard' }
}
