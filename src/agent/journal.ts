import { type Desk, emptyDesk, take } from '../desk/desk.ts'
import type { Event } from '../desk/event.ts'
import type { Lease } from '../desk/lease.ts'
import type { ForwardKind, Policy } from '../desk/policy.ts'
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
  'lease',
  'lastOrder',
  'cover',
  'ordered',
  'absence',
  'dayEnd',
  'frozen',
  'lastCall',
  'lastCallback',
  'contradiction',
  'yesterday',
]
/** A clock that is put right by less than this need not be remembered. */
const clockChangeMinMs = 1000

/** That the directory is still the hub's is written down so often at most; it is good for a day. */
const directorySeenEveryMs = 600_000

/** Whether something has changed that a restart must find again: only that is worth a write to a card that wears out. */
export function hasChanged(before: Desk, after: Desk): boolean {
  const offsetMs = Math.abs((after.clock?.offsetMs ?? 0) - (before.clock?.offsetMs ?? 0))
  const clock = offsetMs >= clockChangeMinMs || before.clock?.synced !== after.clock?.synced
  // Not each word of the phone, but whether its silence has been told.
  const silence = before.hearing.said !== after.hearing.said
  return clock || silence || hasNewDirectory(before, after) || lasting.some((key) => before[key] !== after[key])
}

function hasNewDirectory({ directory: before }: Desk, { directory: after }: Desk): boolean {
  if (before === after) return false
  return before?.version !== after?.version || (after?.seenAt ?? 0) - (before?.seenAt ?? 0) >= directorySeenEveryMs
}

/** What is never found again by living the facts through once more, because the office's numbers may be others by then: it is kept as it was. */
const kept = ['lease', 'lastOrder', 'cover', 'forwarding'] as const satisfies readonly (keyof Desk)[]

/**
 * Whether our forwarding, or what is known of the phone's, has become another. Such a step carries the whole desk, so that a lease is neither invented nor
 * lost by a restart, whatever was changed in the configuration meanwhile.
 */
export function hasMovedLease(before: Desk, after: Desk): boolean {
  return kept.some((key) => before[key] !== after[key])
}

/** A desk that an earlier version wrote down lacks what this one keeps beside: that is as if nothing were known of it yet. */
function fromCheckpoint(written: Desk): Desk {
  const desk = { ...emptyDesk(written.at), ...written }
  return { ...desk, phone: { ...desk.phone, canForward: kindsOf(desk.phone.canForward) } }
}

/** Earlier versions knew only whether a phone can forward. It says so anew when it is asked. */
function fromFact(fact: Event): Event {
  return fact.type === 'phone.capable' ? { ...fact, forward: kindsOf(fact.forward) } : fact
}

function kindsOf(written: unknown): readonly ForwardKind[] {
  return Array.isArray(written) ? written : []
}

/** The desk after a restart: the checkpoint, and every fact since, taken again. What it said then has been said: only the desk counts. */
export function replay(past: StoredPast, policy: Policy): { readonly desk: Desk; readonly known: boolean } {
  const start = past.checkpoint === undefined ? emptyDesk(past.facts[0]?.at ?? 0) : fromCheckpoint(past.checkpoint.desk as Desk)
  const live = (before: Desk, fact: Event): Desk => (fact.at < before.at ? before : keeping(start, take(before, fromFact(fact), policy).desk))
  return { desk: past.facts.reduce(live, start), known: past.checkpoint !== undefined || past.facts.length > 0 }
}

/** The forwarding that a desk answered for when it wrote last, without living anything through again. `undefined` also for what is not one. */
export function leaseIn(past: StoredPast | undefined): Lease | undefined {
  const lease = (past?.checkpoint?.desk as Partial<Desk> | undefined)?.lease
  const isLease = lease !== undefined && typeof lease.kind === 'string' && typeof lease.target === 'string' && typeof lease.desk === 'string'
  return isLease ? lease : undefined
}

/** Since the checkpoint nothing of this has changed, or there would be a newer one. An earlier version, which knew of no lease, wrote none for it. */
function keeping(checkpoint: Desk, { lease: _, lastOrder: __, cover: ___, ...desk }: Desk): Desk {
  const { lease, lastOrder, cover, forwarding } = checkpoint
  return {
    ...desk,
    ...(lease === undefined ? {} : { lease }),
    ...(cover === undefined ? {} : { cover }),
    ...(lastOrder === undefined ? {} : { lastOrder, forwarding }),
  }
}
