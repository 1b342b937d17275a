import * as v from 'valibot'
import type { CallState as CallStateName, Direction } from '../desk/call.ts'
import type { Desk } from '../desk/desk.ts'
import { type LampPattern, lampPatterns, type NoticeName } from '../desk/effect.ts'
import type { BridgeFault } from '../desk/event.ts'
import type { Lease } from '../desk/lease.ts'
import type { ForwardKind } from '../desk/policy.ts'
import type { ForwardingKind } from '../desk/record-forwarding.ts'
import type { WallTime } from '../desk/time.ts'
import { namePattern } from '../name-form.ts'
import { type CommandErrorCode, commandErrors } from './command-errors.ts'
import { bridgeFault, noticeData, type WireData } from './notice-data.ts'

/**
 * Every payload of contract §4, as a type and as a schema: what the agent sends is built to these and tested against them, and what is published of the
 * interface is made from them. In levels a field that does not apply or is not known is `null`; in events it is left out. A reader must expect
 * further fields.
 */

/** Raised when a field changes its meaning or goes away. New fields do not raise it. */
export const schemaVersion = 1

interface Versioned {
  readonly v: typeof schemaVersion
  readonly at: string
}

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

/** What the phone can be told, and what the desk has. */
export interface Capabilities {
  readonly hold: boolean
  readonly forward: boolean
  readonly seat: boolean
  readonly lamp: boolean
}

export interface CallState {
  readonly id: string
  readonly direction: Direction
  readonly state: CallStateName
  readonly since: string
  readonly ring: number | null
  readonly ringSource: 'counted' | 'estimated' | null
}

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

export interface LeaseState {
  readonly state: Lease['state']
  readonly kind: ForwardKind
  /** The desk that gets the calls; `unlisted` where that is none. */
  readonly target: string
  readonly until: string
  /** The last order about it, by the desk's own count: a name for it. */
  readonly order: number
}

export interface Presence extends Versioned {
  readonly takesCalls: boolean
  /** The desk that takes this one's calls now. */
  readonly substituting: string | null
}

export interface Health extends Versioned {
  readonly version: string
  readonly uptimeMs: number
  readonly boot: string
  readonly clock: 'synced' | 'unsynced'
  readonly phone: {
    readonly reachable: boolean | null
    readonly fault: string | null
    /** It can be reached and posts nothing; told by `phone.silent` and over with its next word. */
    readonly silent: boolean
    /** Since it last said anything by itself. */
    readonly lastWordAgeMs: number | null
    /** What came of the last thing it was told to do; `confirmed` and `unconfirmed` are by its own word. */
    readonly lastAction: { readonly action: 'hold'; readonly outcome: ActionOutcome; readonly at: string } | null
  }
  /** Never whether somebody sits there (procedure R-P3). */
  readonly seat: { readonly driver: string; readonly plausible: boolean | null }
  /** Whether what it shows can be seen; `null` where there is none. */
  readonly lamp: { readonly driver: string; readonly ok: boolean | null }
  readonly bridge: BridgeLevel | null
  /** The telephone exchange as a second source; `null` where none is configured. */
  readonly exchange: ExchangeLevel | null
  /** The line to the broker; a line that is up may have a fault as well. */
  readonly broker: { readonly connected: boolean; readonly protocol: 4 | 5 | null; readonly fault: string | null }
  /** Of the last event that was numbered. */
  readonly sequence: string
  readonly unsent: number
  readonly oldestUnsentAt: string | null
  /** Facts and steps let go since the start, because a queue was full. */
  readonly dropped: number
  readonly diskFreeBytes: number | null
  readonly diskReadOnly: boolean | null
  readonly temperatureC: number | null
  readonly underVoltage: boolean | null
  readonly memoryBytes: number
  readonly loopDelayMs: number
  /** The end of the lease of a forwarding of ours; `null` where none is on. */
  readonly forwardingUntil: string | null
  readonly capabilities: Capabilities
}

export type ActionOutcome = NonNullable<Desk['phone']['lastAction']>['outcome']

/** The microcontroller and the line to it; counted since the agent started. */
export interface BridgeLevel {
  readonly connected: boolean
  readonly fault: BridgeFault | null
  /** As it greeted last. */
  readonly firmware: string | null
  readonly frames: number
  readonly badFrames: number
  readonly lostFrames: number
  readonly refused: number
  readonly unanswered: number
  readonly restarts: number
  readonly connections: number
  /** Bits of MCUSR. */
  readonly resetCause: number | null
}

/** What is known over SIP. While `tells` is not true, the exchange says nothing of this desk's calls: they are not known by it, which is never "none". */
export interface ExchangeLevel {
  /** It answers when it is asked whether it is there; `null` until that is known. */
  readonly answers: boolean | null
  /** The phone's own SIP stack answers; `null` where it is not asked, or not known. */
  readonly phoneAnswers: boolean | null
  /** It tells of this desk's calls now; `null` until that is known. */
  readonly tells: boolean | null
}

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

/** One event: CloudEvents 1.0 in JSON, with its `sequence` extension. */
export interface CloudEvent<Name extends NoticeName = NoticeName> {
  readonly specversion: '1.0'
  /** `<epoch>-<sequence>`: a consumer that drops repeated ids has every event once. */
  readonly id: string
  readonly source: string
  readonly type: `third-ring.${Name}`
  readonly time: string
  readonly sequence: string
  readonly datacontenttype: 'application/json'
  /** An extension of ours, there only while `time` cannot be trusted. */
  readonly clock?: 'unsynced'
  /**
   * Extensions of ours, on events whose `time` cannot be trusted and on `clock.stepped`: the boot of the desk's machine, and the milliseconds since then.
   * The first event of the same boot that is not unsynced tells what time it was.
   */
  readonly boot?: string
  readonly monotonic?: string
  readonly data: WireData<Name>
}

/** The answer to a command. */
export interface Reply {
  /** Of the command; `null` where it had none that could be read. */
  readonly id: string | null
  readonly ok: boolean
  readonly error?: { readonly code: CommandErrorCode; readonly message: string }
  readonly data?: Readonly<Record<string, unknown>>
}

const instant = v.pipe(v.string(), v.isoTimestamp())
const deskId = v.pipe(v.string(), v.regex(namePattern))
const text = v.pipe(v.string(), v.maxLength(128))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const amount = v.pipe(v.number(), v.minValue(0))
const epoch = v.pipe(v.string(), v.regex(/^[0-9a-f-]{16,36}$/))
/** Twelve digits, so that the order of texts is the order of events; the same in `state` and `about` as in events. */
const sequence = v.pipe(v.string(), v.regex(/^\d{12}$/))
const clock = v.picklist(['synced', 'unsynced'])
const versioned = { v: v.literal(schemaVersion), at: instant }

const capabilities = v.object({ hold: v.boolean(), forward: v.boolean(), seat: v.boolean(), lamp: v.boolean() })
/** The outcomes of `HoldOutcome`, and the phone's own word. */
const actionOutcome = v.picklist(['sent', 'already-held', 'not-connected', 'unsafe', 'refused', 'unsupported', 'unreachable', 'confirmed', 'unconfirmed'])

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
        order: count,
      }),
    ),
  }),
  callbacks: v.object({ open: count, overdue: count }),
})

const presence = v.object({ ...versioned, takesCalls: v.boolean(), substituting: v.nullable(deskId) })

const health = v.object({
  ...versioned,
  version: text,
  uptimeMs: amount,
  boot: text,
  clock,
  phone: v.object({
    reachable: v.nullable(v.boolean()),
    fault: v.nullable(text),
    silent: v.boolean(),
    lastWordAgeMs: v.nullable(amount),
    lastAction: v.nullable(v.object({ action: v.literal('hold'), outcome: actionOutcome, at: instant })),
  }),
  seat: v.object({ driver: text, plausible: v.nullable(v.boolean()) }),
  lamp: v.object({ driver: text, ok: v.nullable(v.boolean()) }),
  bridge: v.nullable(
    v.object({
      connected: v.boolean(),
      fault: v.nullable(bridgeFault),
      firmware: v.nullable(text),
      frames: count,
      badFrames: count,
      lostFrames: count,
      refused: count,
      unanswered: count,
      restarts: count,
      connections: count,
      resetCause: v.nullable(count),
    }),
  ),
  exchange: v.nullable(v.object({ answers: v.nullable(v.boolean()), phoneAnswers: v.nullable(v.boolean()), tells: v.nullable(v.boolean()) })),
  broker: v.object({ connected: v.boolean(), protocol: v.nullable(v.picklist([4, 5])), fault: v.nullable(text) }),
  sequence,
  unsent: count,
  oldestUnsentAt: v.nullable(instant),
  dropped: count,
  diskFreeBytes: v.nullable(amount),
  diskReadOnly: v.nullable(v.boolean()),
  temperatureC: v.nullable(v.number()),
  underVoltage: v.nullable(v.boolean()),
  memoryBytes: amount,
  loopDelayMs: amount,
  forwardingUntil: v.nullable(instant),
  capabilities,
})

const day = v.object({
  ...versioned,
  date: v.pipe(v.string(), v.isoDate()),
  final: v.boolean(),
  observedMs: amount,
  observedWorkingMs: amount,
  scheduledMs: amount,
  counts: v.record(v.pipe(v.string(), v.maxLength(64)), count),
})

const envelope = {
  specversion: v.literal('1.0'),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f-]{16,36}-[1-9]\d{0,11}$/)),
  source: v.pipe(v.string(), v.regex(/^\/[a-z0-9-]+\/[a-z0-9-]+$/)),
  time: instant,
  sequence,
  datacontenttype: v.literal('application/json'),
  clock: v.exactOptional(v.literal('unsynced')),
  boot: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
  monotonic: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
}

export const availabilitySchema: v.GenericSchema<'online' | 'offline'> = v.picklist(['online', 'offline'])

/** The schema of each level, by the name of its topic. */
export const levelSchemas: {
  readonly about: v.GenericSchema<About>
  readonly state: v.GenericSchema<State>
  readonly presence: v.GenericSchema<Presence>
  readonly health: v.GenericSchema<Health>
  readonly day: v.GenericSchema<DayCounters>
  readonly 'day/previous': v.GenericSchema<DayCounters>
} = { about, state, presence, health, day, 'day/previous': day }

/** What all events have in common. */
export const eventEnvelope: v.GenericSchema = v.object(envelope)

/** The schema of each event, by the name of its notice. */
export const eventSchemas: Readonly<Record<NoticeName, v.GenericSchema>> = Object.fromEntries(
  Object.entries(noticeData).map(([name, data]): [string, v.GenericSchema] => [name, v.object({ ...envelope, type: v.literal(`third-ring.${name}`), data })]),
) as Record<NoticeName, v.GenericSchema>

export const replySchema: v.GenericSchema<Reply> = v.object({
  id: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  ok: v.boolean(),
  error: v.exactOptional(v.object({ code: v.picklist(Object.keys(commandErrors) as CommandErrorCode[]), message: v.string() })),
  data: v.exactOptional(v.record(v.string(), v.unknown())),
})

/** A sequence as it is written on the wire. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(12, '0')
}

/** A moment as it is written on the wire: ISO 8601 in UTC with milliseconds. */
export function isoTime(wall: WallTime): string {
  return new Date(wall).toISOString()
}
