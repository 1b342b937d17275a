import * as v from 'valibot'
import type { Desk } from '../desk/desk.ts'
import type { BridgeFault } from '../desk/event.ts'
import { bridgeFault } from './notice-data.ts'
import { amount, clock, count, instant, sequence, text, type Versioned, versioned } from './wire-form.ts'

/** How a desk fares, for a technician, each minute: the level `health`, as a type and as a schema. */
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

/** What the phone can be told, and what the desk has. */
export interface Capabilities {
  readonly hold: boolean
  readonly forward: boolean
  readonly seat: boolean
  readonly lamp: boolean
}

export const capabilities: v.GenericSchema<Capabilities> = v.object({ hold: v.boolean(), forward: v.boolean(), seat: v.boolean(), lamp: v.boolean() })
/** The outcomes of `HoldOutcome`, and the phone's own word. */
const actionOutcome = v.picklist(['sent', 'already-held', 'not-connected', 'unsafe', 'refused', 'unsupported', 'unreachable', 'confirmed', 'unconfirmed'])

export const health: v.GenericSchema<Health> = v.object({
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
