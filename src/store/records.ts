import type { Checkpoint, OutboxEvent } from '../agent/ports.ts'
import type { Event } from '../desk/event.ts'
import type { Operation } from './lines.ts'

/**
 * All records of the database. Numbers have twelve digits, so that the order of keys is their order in time.
 *
 * ```
 * checkpoint           {"factsThrough": 41, "checkpoint": {…}}      facts up to 41 are in it
 * epoch!000000000000   0f3a…                                        names the epoch of the events at positions above this one
 * event!000000000007   1763802012345 {"specversion":"1.0",…}         by position: wall time, the CloudEvent as it is sent
 * event!000000000008   lost 12                                      events 8 to 12 are gone, and that was noticed
 * fact!000000000042    {"type":"call.delivered",…}
 * loss!outage!0f3a…    {"cause":"outage","epoch":"0f3a…",…}           the desk has still to tell of it
 * memory!<key>         any JSON                                     what a driver wants to know next time
 * meta!acknowledged    5                                            a position
 * meta!epoch           0 0f3a…                                      the present epoch once more: its name must not be lost with one record
 * meta!first           3                                            the position of the first event that is kept
 * meta!format          2
 * ```
 */
export const storeFormat = 2

export const keys = {
  checkpoint: 'checkpoint',
  present: 'meta!epoch',
  format: 'meta!format',
  first: 'meta!first',
  acknowledged: 'meta!acknowledged',
  epoch: (base: number): string => `epoch!${twelveDigits(base)}`,
  event: (position: number): string => `event!${twelveDigits(position)}`,
  fact: (number: number): string => `fact!${twelveDigits(number)}`,
  loss: (cause: string, epoch: string): string => `loss!${cause}!${epoch}`,
  /** What a driver calls it may have anything in it; a key has no spaces. */
  memory: (key: string): string => `memory!${encodeURIComponent(key)}`,
} as const

export type RecordKind = 'epoch' | 'event' | 'fact' | 'loss' | 'memory'

/** All keys of one kind lie between these two, exclusively: `"` follows `!` in the order of characters. */
export function rangeOf(kind: RecordKind): { readonly gt: string; readonly lt: string } {
  return { gt: `${kind}!`, lt: `${kind}"` }
}

export function isEvent(key: string): boolean {
  return key.startsWith('event!')
}

/** The number in the key of an epoch, an event or a fact; `undefined` where somebody else wrote the key. */
export function numberOfKey(key: string): number | undefined {
  const digits = /^(?:epoch|event|fact)!(\d{12})$/.exec(key)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function put(key: string, value: string): Operation {
  return { type: 'put', key, value }
}

export function writeEvent({ wall, json }: Pick<OutboxEvent, 'wall' | 'json'>): string {
  return `${wall} ${json}`
}

/** An event, or word that it and those after it up to a position are gone. Its JSON is not looked at: it is sent as it is. */
export type EventRecord = Pick<OutboxEvent, 'wall' | 'json'> | { readonly lostThrough: number }

export function readEvent(value: string): EventRecord | undefined {
  const space = value.indexOf(' ')
  if (space === -1) return undefined
  const [first, rest] = [value.slice(0, space), value.slice(space + 1)]
  return first === 'lost' ? { lostThrough: Number(rest) } : { wall: Number(first), json: rest }
}

export function writeLost(through: number): string {
  return `lost ${through}`
}

export function readFact(value: string): Event | undefined {
  const fact = parseJson(value)
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
