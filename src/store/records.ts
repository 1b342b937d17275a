import type { Checkpoint, OutboxEvent } from '../agent/ports.ts'
import type { Event } from '../desk/event.ts'

/**
 * The whole layout of the database, and how each record is written. Numbers have twelve digits, so that the order of keys is their order in time;
 * a record repeats its number, so that one in the wrong place is found out.
 *
 * ```
 * checkpoint           {"factsThrough": 41, "checkpoint": {…}}      facts up to 41 are in it
 * event!000000000007   7 1763802012345 {"specversion":"1.0",…}       number, wall time, the CloudEvent as it is sent
 * fact!000000000042    42 {"type":"call.delivered",…}
 * memory!<key>         any JSON                                      what a driver wants to know next time
 * meta!acknowledged    5
 * meta!epoch           0f3a…                                         names this store
 * meta!format          1
 * meta!last            9                                             only after a fault: no number up to here is given again
 * ```
 */
export const storeFormat = 1

export const keys = {
  checkpoint: 'checkpoint',
  epoch: 'meta!epoch',
  format: 'meta!format',
  acknowledged: 'meta!acknowledged',
  last: 'meta!last',
  event: (sequence: number): string => `event!${twelveDigits(sequence)}`,
  fact: (number: number): string => `fact!${twelveDigits(number)}`,
  memory: (key: string): string => `memory!${key}`,
} as const

/** All keys of one kind lie between these two, exclusively: `"` follows `!` in the order of characters. */
export function rangeOf(kind: 'event' | 'fact' | 'memory'): { readonly gt: string; readonly lt: string } {
  return { gt: `${kind}!`, lt: `${kind}"` }
}

/** The number in the key of an event or a fact; `undefined` where somebody else wrote the key. */
export function numberOfKey(key: string): number | undefined {
  const digits = /^(?:event|fact)!(\d{12})$/.exec(key)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function writeEvent(event: OutboxEvent): string {
  return `${event.sequence} ${event.wall} ${event.json}`
}

/** Reads an event and checks that it is the one that belongs under this number. Its JSON is looked at only from outside: it is sent as it is. */
export function readEvent(number: number, value: string): OutboxEvent | undefined {
  const [, sequence, wall, json] = /^(\d+) (-?\d+) (\{.*\})$/s.exec(value) ?? []
  if (json === undefined || Number(sequence) !== number) return undefined
  return { sequence: number, wall: Number(wall), json }
}

export function writeFact(number: number, fact: Event): string {
  return `${number} ${JSON.stringify(fact)}`
}

export function readFact(number: number, value: string): Event | undefined {
  const space = value.indexOf(' ')
  if (value.slice(0, space) !== String(number)) return undefined
  const fact = parseJson(value.slice(space + 1))
  return typeof fact === 'object' && fact !== null && 'type' in fact && 'at' in fact ? (fact as Event) : undefined
}

/** A checkpoint together with the number of the last fact that is in it. */
export interface CheckpointRecord {
  readonly factsThrough: number
  readonly checkpoint: Checkpoint
}

export function readCheckpoint(value: string): CheckpointRecord | undefined {
  const record = parseJson(value) as Partial<CheckpointRecord> | null | undefined
  const whole = Number.isSafeInteger(record?.factsThrough) && typeof record?.checkpoint === 'object' && record.checkpoint !== null
  return whole ? (record as CheckpointRecord) : undefined
}

/** `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function twelveDigits(number: number): string {
  return String(number).padStart(12, '0')
}
