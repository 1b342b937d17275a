import { forbiddenNames, fullName, kindOf } from './header-names.ts'
import { sipLimits } from './limits.ts'

/** Why a message was not read; the counters have these names. */
export const refusals = [
  'too-long',
  'head-too-long',
  'no-head-end',
  'control-character',
  'line-end',
  'line-too-long',
  'too-many-headers',
  'too-many-vias',
  'too-many-values',
  'too-many-blanks',
  'first-line',
  'header-line',
  'forbidden-name',
  'doubled-header',
  'content-length',
  'codec',
  'via',
  'cseq',
  'from-to',
  'call-id',
  'contact',
] as const
export type Refusal = (typeof refusals)[number]
export interface Refused {
  readonly kind: 'refused'
  readonly reason: Refusal
}

export type FirstLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: string }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }

/** A message whose every part is small, named and counted. Texts are bytes as they came: one character a byte, not yet read as UTF-8. */
export interface GuardedMessage {
  readonly kind: 'guarded'
  readonly first: FirstLine
  /** The values of each header that is read, by its full name in lower case; list headers with one value an entry. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: Uint8Array
}

/** How a message's end is known: a datagram ends with itself; on a stream Content-Length says it, and must be there (RFC 3261 §18.3). */
export type Framing = 'datagram' | 'stream'

const headEnd = Buffer.from('\r\n\r\n')
const [tab, lineFeed, carriageReturn, space, deleted] = [9, 10, 13, 32, 127]

export function refused(reason: Refusal): Refused {
  return { kind: 'refused', reason }
}

/**
 * What stands before the codec, whose patterns take quadratic time and stumble over names. Everything here takes one pass over at most `headBytesMax`
 * bytes; what it lets through is lines of at most `lineBytesMax` bytes, of known headers, without long runs of blanks. `keep-alive` is a message of
 * nothing but empty lines (RFC 5626 §4.4.1).
 */
export function guardMessage(bytes: Uint8Array, framing: Framing): GuardedMessage | Refused | { readonly kind: 'keep-alive' } {
  if (bytes.length > sipLimits.packetBytesMax) return refused('too-long')
  const packet = withoutLeadingLineEnds(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (packet.length === 0) return { kind: 'keep-alive' }
  const end = packet.subarray(0, sipLimits.headBytesMax + headEnd.length).indexOf(headEnd)
  if (end < 0) return refused(packet.length > sipLimits.headBytesMax ? 'head-too-long' : 'no-head-end')
  const head = packet.subarray(0, end)
  const fault = faultInBytes(head)
  if (fault !== undefined) return refused(fault)
  // A line that begins with a blank goes on with the one before (RFC 3261 §7.3.1).
  const [firstLine = '', ...lines] = head
    .toString('latin1')
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
  const first = readFirstLine(firstLine)
  if (first === undefined) return refused('first-line')
  const headers = readHeaders(lines)
  if (!(headers instanceof Map)) return headers
  const body = packet.subarray(end + headEnd.length)
  if (!lengthAgrees(headers.get('content-length')?.[0], body.length, framing)) return refused('content-length')
  if (body.includes(0)) return refused('control-character')
  return { kind: 'guarded', first, headers, body }
}

function withoutLeadingLineEnds(packet: Buffer): Buffer {
  let start = 0
  while (packet[start] === carriageReturn && packet[start + 1] === lineFeed) start += 2
  return packet.subarray(start)
}

/** Control characters, line ends that are none, and long runs of blanks, over the ends of folded lines as well. */
function faultInBytes(head: Buffer): Refusal | undefined {
  let blanks = 0
  for (let at = 0; at < head.length; at += 1) {
    const byte = head[at] ?? 0
    if (byte === space || byte === tab) {
      blanks += 1
      if (blanks > sipLimits.blanksMax) return 'too-many-blanks'
    } else if (byte === carriageReturn) {
      if (head[at + 1] !== lineFeed) return 'line-end'
      at += 1
      const next = head[at + 1]
      if (next !== space && next !== tab) blanks = 0
    } else if (byte === lineFeed) return 'line-end'
    else if (byte < space || byte === deleted) return 'control-character'
    else blanks = 0
  }
  return undefined
}

/** RFC 3261 §7.1 and §7.2, narrowed: one blank each, methods in capitals, the three schemes that a telephone has. */
function readFirstLine(line: string): FirstLine | undefined {
  if (line.length > sipLimits.lineBytesMax) return undefined
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(line)
  if (status !== null) return { kind: 'response', status: Number(status[1]), reason: (status[2] ?? '').trim() }
  const [method = '', uri = '', version, ...more] = line.split(' ')
  if (version !== 'SIP/2.0' || more.length > 0 || !/^[A-Z]+$/.test(method) || method.length > sipLimits.methodLengthMax) return undefined
  return isPlainUri(uri) ? { kind: 'request', method, uri } : undefined
}

/** A URI that can stand anywhere in a message without being taken for something else. */
export function isPlainUri(uri: string): boolean {
  return uri.length <= sipLimits.uriLengthMax && /^(?:sips?|tel):[\x21\x23-\x3b\x3d\x3f-\x7e]+$/i.test(uri)
}

function readHeaders(lines: readonly string[]): Map<string, readonly string[]> | Refused {
  if (lines.length > sipLimits.headersMax) return refused('too-many-headers')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = fullName(line.slice(0, Math.max(0, colon)).trim())
    if (name.length > sipLimits.lineBytesMax || !/^[a-z0-9!%*_+`'~.-]+$/.test(name)) return refused('header-line')
    if (isForbidden(name)) return refused('forbidden-name')
    const kind = kindOf(name)
    if (kind === undefined) continue
    if (line.length > sipLimits.lineBytesMax) return refused('line-too-long')
    const value = line.slice(colon + 1).trim()
    if (hasForbiddenName(value)) return refused('forbidden-name')
    const values = kind === 'listed' ? splitList(value) : [value]
    const known = headers.get(name)
    if (known === undefined) headers.set(name, values)
    else if (kind === 'single') return refused('doubled-header')
    else known.push(...values)
    const count = headers.get(name)?.length ?? 0
    if (name === 'via' && count > sipLimits.viasMax) return refused('too-many-vias')
    if (count > sipLimits.listValuesMax) return refused('too-many-values')
  }
  return headers
}

function isForbidden(name: string): boolean {
  return forbiddenNames.some((forbidden) => forbidden === name)
}

/** The first name of JavaScript wherever it stands; the others, which are words, only where a parameter is named. */
function hasForbiddenName(value: string): boolean {
  const lower = value.toLowerCase()
  if (lower.includes('__proto__')) return true
  return lower.split(/[;,?&\s]/).some((piece) => isForbidden(piece.split('=', 1)[0] ?? ''))
}

/** The values of a list header: apart at the commas outside quotes and angle brackets (RFC 3261 §7.3.1). */
function splitList(value: string): string[] {
  const values: string[] = []
  let quoted = false
  let bracketed = false
  let start = 0
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at]
    if (quoted) {
      if (character === '\\') at += 1
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '<') bracketed = true
    else if (character === '>') bracketed = false
    else if (character === ',' && !bracketed) {
      values.push(value.slice(start, at).trim())
      start = at + 1
    }
  }
  return [...values, value.slice(start).trim()]
}

function lengthAgrees(said: string | undefined, bodyBytes: number, framing: Framing): boolean {
  if (said === undefined) return framing === 'datagram'
  return /^\d{1,6}$/.test(said) && Number(said) === bodyBytes
}
