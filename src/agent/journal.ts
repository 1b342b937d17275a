import { type Desk, emptyDesk, take } from '../desk/desk.ts'
import type { Event } from '../desk/event.ts'
import type { Policy } from '../desk/policy.ts'
import type { Instant } from '../desk/time.ts'
import type { Machine } from './clock.ts'
import type { Checkpoint, StoredPast } from './ports.ts'

/** Facts after which the past is folded into a checkpoint, so that a restart replays little. */
export const factsBetweenCheckpoints = 256
/** A checkpoint is never older than this, so that little of the day's watched time is lost with the power. */
export const checkpointEveryMs = 600_000

/**
 * The desk as it may be written down: everything but the seat. When somebody sat and when they stood is nobody's business once it has been acted upon
 * (procedure R-P3): it is neither in a checkpoint nor among the facts.
 */
export function checkpointOf(desk: Desk, wall: number, machine: Pick<Machine, 'bootId' | 'monotonicMs'>): Checkpoint {
  return { desk: { ...desk, seat: emptyDesk(desk.at).seat }, wall, bootId: machine.bootId(), bootMs: machine.monotonicMs() }
}

/** Whether a fact may be written down as it is. Facts of the seat never are; a tick that says nothing comes again by itself. */
export function isJournalled(event: Event): boolean {
  return event.type !== 'tick' && event.type !== 'seat.seen' && event.type !== 'seat.lost'
}

/**
 * That time has passed is written down where something was said and nothing else is to be kept: a restart would find that moment still to come, and say it
 * again.
 */
export function spoken(at: Instant): Event {
  return { type: 'tick', at }
}

/** What a restart must find again. The rest is either found out anew (the seat, the phone's hook) or only of the moment. */
const lasting: readonly (keyof Desk)[] = [
  'phone',
  'calls',
  'callbacks',
  'lastCaller',
  'forwarding',
  'absence',
  'frozen',
  'lastCall',
  'lastCallback',
  'contradiction',
  'yesterday',
]
/** A clock that is put right by less than this need not be remembered. */
const clockChangeMinMs = 1000

/** Whether something has changed that a restart must find again: only that is worth a write to a card that wears out. */
export function hasChanged(before: Desk, after: Desk): boolean {
  const offsetMs = Math.abs((after.clock?.offsetMs ?? 0) - (before.clock?.offsetMs ?? 0))
  const clock = offsetMs >= clockChangeMinMs || before.clock?.synced !== after.clock?.synced
  // Not each word of the phone, but whether its silence has been told.
  const silence = before.hearing.said !== after.hearing.said
  return clock || silence || lasting.some((key) => before[key] !== after[key])
}

/** A desk that an earlier version wrote down lacks what this one keeps beside: that is as if nothing were known of it yet. */
function fromCheckpoint(desk: Desk): Desk {
  return { ...emptyDesk(desk.at), ...desk }
}

/** The desk after a restart: the checkpoint, and every fact since, taken again. What it said then has been said: only the desk counts. */
export function replay(past: StoredPast, policy: Policy): { readonly desk: Desk; readonly known: boolean } {
  const start = past.checkpoint === undefined ? emptyDesk(past.facts[0]?.at ?? 0) : fromCheckpoint(past.checkpoint.desk as Desk)
  const desk = past.facts.reduce((before, fact) => (fact.at < before.at ? before : take(before, fact, policy).desk), start)
  return { desk, known: past.checkpoint !== undefined || past.facts.length > 0 }
}
