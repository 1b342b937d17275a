import * as v from 'valibot'
import type { WallTime } from '../desk/time.ts'
import { namePattern } from '../name-form.ts'

/** What payloads have in common: how a version, a moment, a number and a name are written on the wire, and the schema of each. */

/** Raised when a field changes its meaning or goes away. New fields do not raise it. */
export const schemaVersion = 1

/** What every level begins with, the desk's and the hub's. */
export interface Versioned {
  readonly v: typeof schemaVersion
  readonly at: string
}

export const instant: v.GenericSchema<string> = v.pipe(v.string(), v.isoTimestamp())
export const deskId: v.GenericSchema<string> = v.pipe(v.string(), v.regex(namePattern))
export const text: v.GenericSchema<string> = v.pipe(v.string(), v.maxLength(128))
export const count: v.GenericSchema<number> = v.pipe(v.number(), v.integer(), v.minValue(0))
export const amount: v.GenericSchema<number> = v.pipe(v.number(), v.minValue(0))
/** Twelve digits, so that the order of texts is the order of events; the same in `state` and `about` as in events. */
export const sequence: v.GenericSchema<string> = v.pipe(v.string(), v.regex(/^\d{12}$/))
export const clock: v.GenericSchema<'synced' | 'unsynced'> = v.picklist(['synced', 'unsynced'])
export const versioned: { readonly v: v.GenericSchema<typeof schemaVersion>; readonly at: v.GenericSchema<string> } = {
  v: v.literal(schemaVersion),
  at: instant,
}

/** A sequence as it is written on the wire. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(12, '0')
}

/** A moment as it is written on the wire: ISO 8601 in UTC with milliseconds. */
export function isoTime(wall: WallTime): string {
  return new Date(wall).toISOString()
}
