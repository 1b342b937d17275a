import * as v from 'valibot'
import type { CallState as CallStateName, Direction } from '../desk/call.ts'
import { type LampPattern, lampPatterns } from '../desk/effect.ts'
import type { Lease } from '../desk/lease.ts'
import type { ForwardKind } from '../desk/policy.ts'
import type { ForwardingKind } from '../desk/record-forwarding.ts'
import { type Capabilities, capabilities, type Health, health } from './health-message.ts'
import { amount, clock, count, deskId, instant, sequence, text, type Versioned, versioned } from './wire-form.ts'

/**
 * What the broker shows of a desk (contract §4), each level as a type and as a schema: what the agent sends is built to these and tested against them, and
 * what is published of the interface is made from them. A field that does not apply or is not known is `null`. A reader must expect further fields.
 */

export const availabilitySchema: v.GenericSchema<'online' | 'offline'> = v.picklist(['online', 'offline'])

/** Who this desk is, since when, and which of its events can still be asked for. */
export interface About extends Versioned {
  /** The agent's version. */
  readonly agent: string
  readonly department: string | null
  readonly phone: {
    readonly make: string
    readonly model: string | null
    readonly firmware: string | null
    /** The same wherever this telephone stands; never its address. */
    readonly fingerprint: string | null
  }
  readonly capabilities: Capabilities
  readonly epoch: string
  readonly boot: string
  readonly firstSequence: string
  readonly lastSequence: string
}

const epoch = v.pipe(v.string(), v.regex(/^[0-9a-f-]{16,36}$/))

const about = v.object({
  ...versioned,
  agent: text,
  department: v.nullable(text),
  phone: v.object({ make: text, model: v.nullable(text), firmware: v.nullable(text), fingerprint: v.nullable(v.pipe(v.string(), v.regex(/^[A-Z2-7]{10}$/))) }),
  capabilities,
  epoch,
  boot: text,
  firstSequence: sequence,
  lastSequence: sequence,
})

/** The desk now. */
export interface State extends Versioned {
  readonly epoch: string
  /** Of the last event that this state includes. */
  readonly sequence: string
  readonly clock: 'synced' | 'unsynced'
  readonly phone: { readonly reachable: boolean | null; readonly hook: 'on' | 'off' | null; readonly dnd: boolean | null }
  readonly calls: readonly CallState[]
  readonly lamp: LampPattern
  readonly forwarding: {
    readonly state: 'unknown' | 'off' | 'on'
    /** The desk that gets the calls; `unlisted` for any number that is not a substitute's. */
    readonly target: string | null
    readonly owner: 'agent' | 'foreign' | null
    readonly kind: ForwardingKind | null
    readonly until: string | null
    /**
     * What the agent has ordered and answers for, from before the phone is told until it is known to be undone: so that whoever frees the phone of a dead
     * agent knows of an order that was under way.
     */
    readonly lease: LeaseState | null
  }
  readonly callbacks: { readonly open: number; readonly overdue: number }
}

export interface CallState {
  readonly id: string
  readonly direction: Direction
  readonly state: CallStateName
  readonly since: string
  readonly ring: number | null
  readonly ringSource: 'counted' | 'estimated' | null
}

export interface LeaseState {
  readonly state: Lease['state']
  readonly kind: ForwardKind
  /** The desk that gets the calls; `unlisted` where that is none. */
  readonly target: string
  readonly until: string
  /** The last order about it, by the desk's own count: a name for it. Agents of an earlier version say none. */
  readonly order?: number
}

const call = v.object({
  id: v.pipe(v.string(), v.maxLength(32)),
  direction: v.picklist(['in', 'out', 'unknown']),
  state: v.picklist(['alerting', 'connected', 'held', 'initiated', 'cleared']),
  since: instant,
  ring: v.nullable(count),
  ringSource: v.nullable(v.picklist(['counted', 'estimated'])),
})

const state = v.object({
  ...versioned,
  epoch,
  sequence,
  clock,
  phone: v.object({ reachable: v.nullable(v.boolean()), hook: v.nullable(v.picklist(['on', 'off'])), dnd: v.nullable(v.boolean()) }),
  calls: v.array(call),
  lamp: v.picklist(lampPatterns),
  forwarding: v.object({
    state: v.picklist(['unknown', 'off', 'on']),
    target: v.nullable(text),
    owner: v.nullable(v.picklist(['agent', 'foreign'])),
    kind: v.nullable(v.picklist(['no-answer', 'always', 'busy', 'unknown'])),
    until: v.nullable(instant),
    lease: v.nullable(
      v.object({
        state: v.picklist(['asked', 'held', 'releasing', 'unknown']),
        kind: v.picklist(['no-answer', 'always']),
        target: text,
        until: instant,
        order: v.exactOptional(count),
      }),
    ),
  }),
  callbacks: v.object({ open: count, overdue: count }),
})

export interface Presence extends Versioned {
  readonly takesCalls: boolean
  /** The desk that takes this one's calls now. */
  readonly substituting: string | null
}

const presence = v.object({ ...versioned, takesCalls: v.boolean(), substituting: v.nullable(deskId) })

/** A day's counters. */
export interface DayCounters extends Versioned {
  /** The local date. */
  readonly date: string
  /** Nothing will be added any more. */
  readonly final: boolean
  /** How long the desk was watched: every figure is only as good as this one. */
  readonly observedMs: number
  /** How much of that was working time with a phone that was not known to be out of reach, and how much working time the day had so far. */
  readonly observedWorkingMs: number
  readonly scheduledMs: number
  readonly counts: Readonly<Record<string, number>>
}

const day = v.object({
  ...versioned,
  date: v.pipe(v.string(), v.isoDate()),
  final: v.boolean(),
  observedMs: amount,
  observedWorkingMs: amount,
  scheduledMs: amount,
  counts: v.record(v.pipe(v.string(), v.maxLength(64)), count),
})

/** The schema of each level, by the name of its topic. */
export const levelSchemas: {
  readonly about: v.GenericSchema<About>
  readonly state: v.GenericSchema<State>
  readonly presence: v.GenericSchema<Presence>
  readonly health: v.GenericSchema<Health>
  readonly day: v.GenericSchema<DayCounters>
  readonly 'day/previous': v.GenericSchema<DayCounters>
} = { about, state, presence, health, day, 'day/previous': day }
export type LevelName = keyof typeof levelSchemas
