import * as v from 'valibot'
import type { Weekday } from '../desk/calendar.ts'
import { count, deskId, instant, type Versioned, versioned } from './wire-form.ts'

/** What the hub of a site says to everybody, on the topics of `hubTopic`, as types and as schemas. */

/** Everybody is to say again who they are and how they stand. */
export type Rebirth = Versioned

/** What somebody should look at now, most urgent first; an empty list: nothing. */
export interface Alarms extends Versioned {
  /** Of all that stand; where they are very many, the list has only the first. */
  readonly count: number
  readonly alarms: readonly Alarm[]
}

/** One alarm; each kind may have further fields, which say more of it. */
export interface Alarm {
  readonly kind: string
  /** `null` where it is of no single desk. */
  readonly desk: string | null
  readonly since: string
  /** Of an alarm about a forwarding. */
  readonly forwarding?: 'no-answer' | 'always'
}

/** What the hub knows of a desk that other desks need: `hub/presence/{desk}`. */
export interface HubPresence extends Versioned {
  /** Its agent is connected. */
  readonly online: boolean
  /** The desks whose calls it takes, the earliest first. */
  readonly standsInFor: readonly string[]
}

/** Who takes whose calls: `hub/directory`. Numbers of desks, never of callers. */
export interface Directory extends Versioned {
  /** Names the form of this document; a desk that does not know it keeps what it has. */
  readonly schema: 'third-ring.directory/1'
  /** Grows with each change. */
  readonly version: number
  /** SHA-256 of `desks` as canonical JSON (keys in order, no space), in hexadecimal: a document that was cut or mixed is not believed. */
  readonly digest: string
  readonly desks: Readonly<Record<string, DirectoryDesk>>
}

export interface DirectoryDesk {
  readonly number: string
  /** Somebody is always there: calls end here. */
  readonly staffed?: true
  readonly substitutes: readonly DirectorySubstitute[]
}

export interface DirectorySubstitute {
  readonly desk: string
  readonly number: string
  readonly absenteesMax: number
  /** Spans such as `07:30-15:30` by day of the week; always if left out. */
  readonly week?: Partial<Readonly<Record<Weekday, readonly string[]>>>
}

/** Whom the warden answers for, and what it is about: `hub/warden`. */
export interface Warden extends Versioned {
  readonly graceMs: number
  /** The desks whose phones it can reach with a credential of its own. */
  readonly desks: readonly string[]
  /** Forwardings of agents that are gone. */
  readonly leases: readonly WardenLease[]
}

export interface WardenLease {
  readonly desk: string
  /**
   * `waiting`: the grace runs. `undoing`: the phone is being told. `undone`: it is free, by the warden's hand. `foreign`: it is somebody else's forwarding
   * by now, and stays. `unconfirmed`: told, and nothing shows that it was done; tried again. `failed`: the phone cannot be told; tried again.
   */
  readonly state: 'waiting' | 'undoing' | 'undone' | 'foreign' | 'unconfirmed' | 'failed'
  readonly since: string
  readonly until: string | null
  /** The desk that takes the calls. */
  readonly target: string | null
  readonly reason?: string
  /** The order by which the desk had set it, as the desk's state said it: by this the desk knows whether what it finds undone was undone by the warden. */
  readonly order?: number
}

const alarm = v.object({
  kind: v.pipe(v.string(), v.maxLength(64)),
  desk: v.nullable(v.pipe(v.string(), v.maxLength(32))),
  since: instant,
  forwarding: v.exactOptional(v.picklist(['no-answer', 'always'])),
})

export const rebirthSchema: v.GenericSchema<Rebirth> = v.object(versioned)
export const alarmsSchema: v.GenericSchema<Alarms> = v.object({ ...versioned, count, alarms: v.array(alarm) })

const number = v.pipe(v.string(), v.regex(/^[0-9*#+]{1,32}$/))
const spans = v.exactOptional(v.array(v.pipe(v.string(), v.regex(/^\d\d:\d\d-\d\d:\d\d$/))))
const week = v.object({ mon: spans, tue: spans, wed: spans, thu: spans, fri: spans, sat: spans, sun: spans })

export const hubPresenceSchema: v.GenericSchema<HubPresence> = v.object({ ...versioned, online: v.boolean(), standsInFor: v.array(deskId) })

/** Who takes whose calls, apart from when that was said. */
export const directoryDesks: v.GenericSchema<Directory['desks']> = v.record(
  deskId,
  v.object({
    number,
    staffed: v.exactOptional(v.literal(true)),
    substitutes: v.array(v.object({ desk: deskId, number, absenteesMax: v.pipe(count, v.minValue(1)), week: v.exactOptional(week) })),
  }),
)

export const directorySchema: v.GenericSchema<Directory> = v.object({
  ...versioned,
  schema: v.literal('third-ring.directory/1'),
  version: v.pipe(count, v.minValue(1)),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  desks: directoryDesks,
})

export const wardenSchema: v.GenericSchema<Warden> = v.object({
  ...versioned,
  graceMs: count,
  desks: v.array(deskId),
  leases: v.array(
    v.object({
      desk: deskId,
      state: v.picklist(['waiting', 'undoing', 'undone', 'foreign', 'unconfirmed', 'failed']),
      since: instant,
      until: v.nullable(instant),
      target: v.nullable(v.pipe(v.string(), v.maxLength(32))),
      reason: v.exactOptional(v.pipe(v.string(), v.maxLength(160))),
      order: v.exactOptional(count),
    }),
  ),
})

/** How the hub's topics are published. */
export const hubTopicRules = {
  availability: { retain: true, qos: 1 },
  alarms: { retain: true, qos: 1 },
  directory: { retain: true, qos: 1 },
  warden: { retain: true, qos: 1 },
  rebirth: { retain: false, qos: 1 },
} as const

export const hubPresenceRule = { retain: true, qos: 1 } as const
