import * as v from 'valibot'
import { schemaVersion } from './messages.ts'

/** What the hub of a site says to everybody, on the topics of `hubTopic`, as types and as schemas. */

/** Everybody is to say again who they are and how they stand. */
export interface Rebirth {
  readonly v: typeof schemaVersion
  readonly at: string
}

/** What somebody should look at now, most urgent first; an empty list: nothing. */
export interface Alarms extends Rebirth {
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
}

const instant = v.pipe(v.string(), v.isoTimestamp())
const versioned = { v: v.literal(schemaVersion), at: instant }
const alarm = v.object({ kind: v.pipe(v.string(), v.maxLength(64)), desk: v.nullable(v.pipe(v.string(), v.maxLength(32))), since: instant })

export const rebirthSchema: v.GenericSchema<Rebirth> = v.object(versioned)
export const alarmsSchema: v.GenericSchema<Alarms> = v.object({ ...versioned, count: v.pipe(v.number(), v.integer(), v.minValue(0)), alarms: v.array(alarm) })

/** How the hub's topics are published. */
export const hubTopicRules = {
  availability: { retain: true, qos: 1 },
  alarms: { retain: true, qos: 1 },
  rebirth: { retain: false, qos: 1 },
} as const
