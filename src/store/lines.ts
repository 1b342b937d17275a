import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'

/** One write within a batch. */
export type Operation = { readonly type: 'put'; readonly key: string; readonly value: string } | { readonly type: 'del'; readonly key: string }

/**
 * A segment of the log is text. Each line begins with the CRC-32 of the rest of it, so that one that was damaged is found out by itself and costs nothing
 * but itself. A batch is its lines and an `end` that counts them; without it the batch never was.
 *
 * ```
 * 5a1f0c33 all                        what follows in this batch is all there is, but for events
 * 91e2b004 put meta!format 2
 * 0bd4479e put event!000000000007 1763802012345 {"specversion":"1.0",…}
 * c7713a90 del fact!000000000041
 * 3c5b8e12 end 3
 * ```
 *
 * The rest of a segment, up to its size, is zeroes: space that the file system need not find when it is written, so that a flush writes the lines alone.
 */
export type Line = Operation | { readonly type: 'all' } | { readonly type: 'end'; readonly count: number }

/** A line within the bytes of a segment, without its newline. */
export interface PlacedLine {
  readonly offset: number
  readonly length: number
  /** `undefined` where it is not as it was written. */
  readonly line: Line | undefined
}

const newline = 0x0a
const space = 0x20
const checkLength = 9

export function encodeLine(line: Line): Buffer {
  const text = textOf(line)
  assert(!text.includes('\n'), 'a record is one line')
  return Buffer.from(`${hex(crc32(text))} ${text}\n`)
}

function textOf(line: Line): string {
  switch (line.type) {
    case 'put':
      return `put ${line.key} ${line.value}`
    case 'del':
      return `del ${line.key}`
    case 'end':
      return `end ${line.count}`
    case 'all':
      return 'all'
    default:
      return line satisfies never
  }
}

/** Reads one line without its newline. */
export function decodeLine(bytes: Buffer): Line | undefined {
  const body = bytes.subarray(checkLength)
  if (bytes.toString('latin1', 0, checkLength) !== `${hex(crc32(body))} `) return undefined
  const [type, keyEnd] = [body.toString('latin1', 0, 3), body.indexOf(space, 4)]
  if (type === 'put') return { type, key: body.toString('utf8', 4, keyEnd), value: body.toString('utf8', keyEnd + 1) }
  if (type === 'del') return { type, key: body.toString('utf8', 4) }
  if (type === 'end') return { type, count: Number(body.toString('latin1', 4)) }
  return type === 'all' ? { type } : undefined
}

/** All lines of a segment in order, with what cannot be read. Zeroes between them are nothing. */
export function* linesOf(segment: Buffer): Generator<PlacedLine> {
  let offset = 0
  while (offset < segment.length) {
    if (segment[offset] === 0) {
      offset += 1
      continue
    }
    const end = segment.indexOf(newline, offset)
    const length = (end === -1 ? segment.length : end) - offset
    yield { offset, length, line: end === -1 ? undefined : decodeLine(segment.subarray(offset, end)) }
    offset += length + 1
  }
}

function hex(check: number): string {
  return check.toString(16).padStart(8, '0')
}
