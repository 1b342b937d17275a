import type { Range, Sequence } from './gaps.ts'
import type { RecordedEvent } from './record.ts'

/**
 * The whole layout of the hub's database. Numbers are padded, so that the order of keys is the desk's own order: by epoch, as they were first heard of, then
 * by sequence.
 *
 * ```
 * count!usc-12!000003                {"epoch":"0f3a…","first":1,"joined":1,"last":4711,"missing":[[9,9]],"givenUp":0,"bytes":…,"receivedAt":…}
 * event!usc-12!000003!000000004711   4711 1763802012345 {"specversion":"1.0",…}      number, when it came, the CloudEvent as it was sent
 * meta!format                        1
 * ```
 */
export const recordFormat = 1

/** One epoch of one desk: its count, the size of what is kept of it, and when its last event came. */
export interface Count {
  readonly sequence: Sequence
  readonly bytes: number
  readonly receivedAt: number
}

export const recordKeys = {
  format: 'meta!format',
  count: (desk: string, index: number): string => `count!${desk}!${padded(index, 6)}`,
  event: (desk: string, index: number, sequence: number): string => `event!${desk}!${padded(index, 6)}!${padded(sequence, 12)}`,
} as const

/** `"` follows `!` in the order of characters. */
export const countRange = { gt: 'count!', lt: 'count"' } as const

export function eventRange(desk: string, index?: number): { readonly gt: string; readonly lt: string } {
  const prefix = index === undefined ? `event!${desk}` : `event!${desk}!${padded(index, 6)}`
  return { gt: `${prefix}!`, lt: `${prefix}"` }
}

export function partsOfCountKey(key: string): { readonly desk: string; readonly index: number } | undefined {
  const [, desk, index] = /^count!([^!]+)!(\d{6})$/.exec(key) ?? []
  return desk === undefined ? undefined : { desk, index: Number(index) }
}

export function partsOfEventKey(key: string): { readonly index: number; readonly sequence: number } | undefined {
  const [, index, sequence] = /^event![^!]+!(\d{6})!(\d{12})$/.exec(key) ?? []
  return index === undefined ? undefined : { index: Number(index), sequence: Number(sequence) }
}

export function writeCount({ sequence: { told: _told, ...sequence }, bytes, receivedAt }: Count): string {
  return JSON.stringify({ ...sequence, bytes, receivedAt })
}

/** `undefined` for what this program has not written. */
export function readCount(value: string): Count | undefined {
  const { bytes, receivedAt, ...sequence } = parse(value) as Partial<Omit<Sequence, 'told'>> & { bytes?: number; receivedAt?: number }
  const { epoch, first, last, joined, missing, givenUp } = sequence
  const numbers = [first, last, joined, givenUp, bytes, receivedAt]
  if (typeof epoch !== 'string' || !numbers.every(Number.isSafeInteger) || !Array.isArray(missing) || !missing.every(isRange)) return undefined
  return { sequence: { ...(sequence as Omit<Sequence, 'told'>), told: last as number }, bytes: bytes as number, receivedAt: receivedAt as number }
}

export function writeRecorded({ sequence, receivedAt, json }: RecordedEvent): string {
  return `${sequence} ${receivedAt} ${json}`
}

export function readRecorded(epoch: string, number: number, value: string): RecordedEvent | undefined {
  const [, sequence, receivedAt, json] = /^(\d+) (-?\d+) (\{.*\})$/s.exec(value) ?? []
  return json === undefined || Number(sequence) !== number ? undefined : { epoch, sequence: number, receivedAt: Number(receivedAt), json }
}

function isRange(value: unknown): value is Range {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger)
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0')
}
