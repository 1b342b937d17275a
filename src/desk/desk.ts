import type { AbsenceKind } from './absence.ts'
import type { Call, CallId } from './call.ts'
import type { Callback } from './callback.ts'
import type { Day } from './day.ts'
import type { Effect } from './effect.ts'
import type { AudioPath, BridgeFault, Event, HoldOutcome, HookState, JournalLoss } from './event.ts'
import type { Hearing } from './hearing.ts'
import { lampOf } from './lamp.ts'
import type { Cover, Doubt, Guard, Lease, Look } from './lease.ts'
import { note } from './note.ts'
import { orderForwarding } from './order-forwarding.ts'
import type { ForwardKind, Policy, Substitute } from './policy.ts'
import { record } from './record.ts'
import type { ForwardingKind, ForwardingKinds } from './record-forwarding.ts'
import { judges } from './rules/index.ts'
import type { Judge } from './rules/rule.ts'
import { settleDue } from './settle.ts'
import { earliest, type Instant, type Millis, type WallTime } from './time.ts'

/** What is known of the phone. `undefined` is "not known", which is never "no". */
export interface Phone {
  readonly reachable: boolean | undefined
  /** Only the exchange says so: the phone is not listened to, and its silence means nothing. */
  readonly reachableBy?: 'exchange'
  readonly registered: boolean | undefined
  readonly hook: HookState | undefined
  readonly audio: AudioPath | undefined
  readonly dnd: boolean | undefined
  readonly model?: string
  readonly firmware?: string
  readonly canHold: boolean
  /** The kinds of forwarding that it can be told to do. */
  readonly canForward: readonly ForwardKind[]
  /** The handset is off and there has been no call on it yet. */
  readonly untalked?: true
  /** The phone turned us down, and until when the driver leaves it alone. */
  readonly refused?: { readonly reason: string; readonly until: Instant }
  /** Why it cannot be reached, in the driver's words. */
  readonly fault?: string
  /** What came of the last thing it was told to do: the driver's answer, then the phone's own word, or that there was none. */
  readonly lastAction?: { readonly action: 'hold'; readonly outcome: HoldOutcome | 'confirmed' | 'unconfirmed'; readonly at: Instant }
  /** How often it has started since this store began: ids of calls hold only within one start. */
  readonly starts: number
}

/** What is known of the seat: only what the rules need now, never a series. */
export interface Seat {
  readonly occupied: boolean | undefined
  /** Since when it has been so, and the last report of it. */
  readonly since: Instant
  readonly seenAt: Instant
  /** The moment at which a person was seen to leave: occupied, then empty. */
  readonly leftAt?: Instant
  /** When somebody last worked at the phone. */
  readonly workedAt?: Instant
  readonly plausible: boolean
  /** Work at the phone while the seat said empty; or, once it is not believed, work while it said occupied. */
  readonly contradictions: number
  readonly agreements: number
  /** Changes within the running minute: how many, and since when it is counted. */
  readonly changes: { readonly from: Instant; readonly count: number }
}

/** The forwarding of the phone, as far as is known, and whose it is. Of several kinds at once, the one that is shown. */
export interface Forwarding {
  readonly state: 'unknown' | 'off' | 'on'
  /** All that is on; the rest here is derived from it (`record-forwarding.ts`). */
  readonly kinds?: ForwardingKinds
  readonly owner?: 'agent' | 'foreign'
  readonly kind?: ForwardingKind
  readonly target?: string
  /** The end of our lease. */
  readonly until?: Instant
}

/** One desk: all that the procedure needs to know, as one plain, read-only value. Only `take` makes the next one. */
export interface Desk {
  /** The instant up to which everything that was due has been done. */
  readonly at: Instant
  /** Wall time = instant + offset; absent until the shell has said what time it is. */
  readonly clock: { readonly offsetMs: Millis; readonly synced: boolean } | undefined
  readonly phone: Phone
  readonly hearing: Hearing
  readonly seat: Seat
  /** The microcontroller, if the desk has one: whether it is there, and since when. Found out anew at each start of the agent. */
  readonly bridge: { readonly connected: boolean; readonly since: Instant; readonly firmware?: string; readonly fault?: BridgeFault } | undefined
  readonly calls: readonly Call[]
  readonly callbacks: readonly Callback[]
  /** The person last spoken with, for as long as a promise can still be made to them. */
  readonly lastCaller: { readonly call: CallId; readonly number?: string; readonly at: Instant } | undefined
  readonly forwarding: Forwarding
  /** The forwarding that the agent has ordered and answers for; absent where there is none. */
  readonly lease?: Lease
  /** The number of the last order to the phone. */
  readonly lastOrder?: number
  /** When the phone was last told to forward; forgotten by a handover, which waits for no echoes of it, and at each start of the agent. */
  readonly toldAt?: Instant
  readonly cover?: Cover
  readonly guard?: Guard
  readonly doubt?: Doubt
  readonly look?: Look
  readonly substitutes: Readonly<Record<string, { readonly takesCalls: boolean; readonly standsInFor?: readonly string[] }>>
  /** What the hub's directory says of this desk, and when it was last known to be the hub's. */
  readonly directory?: { readonly version: number; readonly substitutes: readonly Substitute[]; readonly seenAt: Instant }
  /** Whether somebody undoes a forwarding if this machine dies, and since when that is so. */
  readonly warden?: { readonly answers: boolean; readonly since: Instant }
  /** An absence that a person declared. */
  readonly absence: { readonly since: Instant; readonly until?: WallTime; readonly kind?: AbsenceKind } | undefined
  /** A person's order to forward, or not to; it is over after a while. */
  readonly ordered?: { readonly on: boolean; readonly target?: string; readonly since: Instant; readonly forMs?: Millis }
  /** An evacuation: all automation off. */
  readonly frozen: boolean
  /** A longer absence of a desk with substitutes goes on, and whether anybody has taken its calls so far: for the day's counters. */
  readonly away?: { readonly covered: boolean }
  /** The last working day after whose end something of a person was on, and until when the desk asks whether that is meant. */
  readonly dayEnd?: { readonly date: string; readonly askedUntil?: Instant }
  readonly lampTestUntil: Instant | undefined
  readonly identifyUntil: Instant | undefined
  /** The last numbers given to a call and to a callback. */
  readonly lastCall: number
  readonly lastCallback: number
  /** How often the phone's word was not what the desk expected, and the last such word. */
  readonly contradiction: { readonly count: number; readonly call?: CallId; readonly state?: string; readonly event?: string }
  /** Starts of the agent, refusals at its doors, commands: said once each, told apart by their count. */
  readonly shell: {
    readonly starts: number
    readonly stopping?: string
    readonly version?: string
    readonly refusals: number
    readonly refused?: { reason: string; count: number }
    /** Losses of the journal, told apart by their count in the same way; none if left out. */
    readonly losses?: number
    readonly lost?: JournalLoss
    /** Left out in desks that were written down before commands were counted. */
    readonly commands?: number
    readonly command?: { readonly command: string; readonly id?: string; readonly code?: string }
  }
  /** The day's counters, and yesterday's. */
  readonly day: Day | undefined
  readonly yesterday: Day | undefined
}

/** A desk of which nothing is known yet. */
export function emptyDesk(at: Instant): Desk {
  return {
    at,
    clock: undefined,
    phone: { reachable: undefined, registered: undefined, hook: undefined, audio: undefined, dnd: undefined, canHold: false, canForward: [], starts: 0 },
    hearing: { silentMinutes: 0, said: false },
    seat: { occupied: undefined, since: at, seenAt: at, plausible: true, contradictions: 0, agreements: 0, changes: { from: at, count: 0 } },
    bridge: undefined,
    calls: [],
    callbacks: [],
    lastCaller: undefined,
    forwarding: { state: 'unknown' },
    substitutes: {},
    absence: undefined,
    frozen: false,
    lampTestUntil: undefined,
    identifyUntil: undefined,
    lastCall: 0,
    lastCallback: 0,
    contradiction: { count: 0 },
    shell: { starts: 0, refusals: 0 },
    day: undefined,
    yesterday: undefined,
  }
}

/** A wish or notice at the instant at which the desk had it. A machine that woke late still says when it was due. */
export type Stamped = Effect & { readonly at: Instant }

/** What one event came to: the next desk, and every wish and notice on the way, in order. */
export interface Taken {
  readonly desk: Desk
  readonly effects: readonly Stamped[]
}

/**
 * The only thing that changes a desk. Everything that was due up to the event is done first, each at its own instant, however late the machine
 * woke; then the event itself. Only the agent's start is not lived through: nobody watched the desk until then, so nothing is claimed of it.
 */
export function take(desk: Desk, event: Event, policy: Policy): Taken {
  assert(event.at >= desk.at, 'an event cannot come before what the desk already knows')
  const effects: Stamped[] = []
  let now = desk
  const lived = event.type !== 'agent.started'
  for (let next = due(now, policy); lived && next !== undefined && next <= event.at; next = due(now, policy)) {
    now = step(now, { type: 'tick', at: next }, policy, effects)
  }
  now = step(now, event, policy, effects)
  const next = due(now, policy)
  assert(next === undefined || next > now.at, 'a deadline is always ahead')
  return { desk: now, effects }
}

/** All who look at a step: the office's card says what is wanted, and last what the phone is to be told for it. */
const everybody: readonly Judge[] = [...judges, orderForwarding]

/** The next instant at which the desk has something to say or to do, should nothing else happen. Derived anew each time: never armed, never stale. */
export function due(desk: Desk, policy: Policy): Instant | undefined {
  return earliest([settleDue(desk, policy), ...everybody.map((judge) => judge.due?.(desk, policy))])
}

/** First what is so; then what the office says of it; then the levels that have changed. */
function step(before: Desk, event: Event, policy: Policy, effects: Stamped[]): Desk {
  const recorded = record(before, event, policy)
  const said = everybody.flatMap((judge) => judge.judge(before, recorded, policy))
  const after = note(recorded, said, policy)
  const stamp = (effect: Effect): Stamped => ({ ...effect, at: after.at })
  const pattern = lampOf(after, policy)
  // The lamp first: it is what the clerk waits for.
  if (pattern !== lampOf(before, policy)) effects.push(stamp({ type: 'lamp', pattern }))
  effects.push(...said.map(stamp))
  return after
}

/** An assertion of ours: if it fails, the program is wrong, not the world. The shell lets the process end and be started again. */
function assert(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(`assertion failed: ${sentence}`)
}
