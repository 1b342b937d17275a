/**
 * The lines of the serial link (`firmware-bridge/protocol.md`), read and written. Pure: bytes in, lines out; whatever comes, nothing here throws.
 */

/** The protocol that this agent speaks. */
export const protocolNumber = 1
/** A line's bytes at most, `$` and the line's end included. */
export const lineBytesMax = 64
/** Sequence numbers count modulo this. */
export const sequences = 65_536
/** Uptime counts milliseconds modulo this. */
export const uptimes = 4_294_967_296
/** The wall clock goes over the line modulo this. */
export const phasesMs = 60_000

const fieldMax = 4_294_967_295

/** One line whose form and check are right; what it means depends on who sent it. */
export interface Frame {
  /** One capital letter. */
  readonly type: string
  readonly fields: readonly number[]
}

export interface GreetingLine {
  readonly type: 'H'
  readonly protocol: number
  /** major × 10000 + minor × 100 + patch */
  readonly version: number
  /** Bits of MCUSR. */
  readonly cause: number
}
export interface StatusLine {
  readonly type: 'S'
  readonly sequence: number
  readonly uptimeMs: number
  readonly bits: number
  readonly rings: number
  readonly flashes: number
}
export type BridgeLine =
  | GreetingLine
  | StatusLine
  | { readonly type: 'A'; readonly sequence: number }
  | { readonly type: 'N'; readonly code: number; readonly info: number }
  | { readonly type: 'T'; readonly sequence: number; readonly lamp: number; readonly line: number; readonly reset: number; readonly ram: number }

export type AgentLine =
  | { readonly type: 'L'; readonly sequence: number; readonly pattern: number; readonly steady: boolean; readonly phaseMs: number }
  | { readonly type: 'P'; readonly sequence: number; readonly phaseMs: number }
  | { readonly type: 'Q'; readonly sequence: number }
  | { readonly type: 'C'; readonly sequence: number; readonly key: number; readonly value: number }
  | { readonly type: 'T'; readonly sequence: number }

/** What the bits of a status say. */
export const statusBits = { ringing: 1, offHook: 2, occupied: 4, bytesLost: 8, agentSilent: 16 } as const

/** CRC-16/MCRF4XX: polynomial 1021 reflected, first value FFFF, nothing at the end. Of `123456789` it is 6F91. */
export function crc16(text: string): number {
  let crc = 0xffff
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index) & 0xff
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1
  }
  return crc
}

/** A line as it goes over the wire, its end included. */
export function encodeFrame({ type, fields }: Frame): string {
  const body = [type, ...fields].join(',')
  return `$${body}*${crc16(body).toString(16).toUpperCase().padStart(4, '0')}\r\n`
}

export function encodeAgentLine(line: AgentLine): string {
  return encodeFrame({ type: line.type, fields: agentFields(line) })
}

export function encodeBridgeLine(line: BridgeLine): string {
  return encodeFrame({ type: line.type, fields: bridgeFields(line) })
}

function agentFields(line: AgentLine): readonly number[] {
  switch (line.type) {
    case 'L':
      return [line.sequence, line.pattern, line.steady ? 1 : 0, line.phaseMs]
    case 'P':
      return [line.sequence, line.phaseMs]
    case 'C':
      return [line.sequence, line.key, line.value]
    case 'Q':
    case 'T':
      return [line.sequence]
    default:
      return line satisfies never
  }
}

function bridgeFields(line: BridgeLine): readonly number[] {
  switch (line.type) {
    case 'H':
      return [line.protocol, line.version, line.cause]
    case 'S':
      return [line.sequence, line.uptimeMs, line.bits, line.rings, line.flashes]
    case 'A':
      return [line.sequence]
    case 'N':
      return [line.code, line.info]
    case 'T':
      return [line.sequence, line.lamp, line.line, line.reset, line.ram]
    default:
      return line satisfies never
  }
}

/** What stands between `$` and the line's end; `undefined` if it has not the form of a line or its check is wrong. */
export function decodeFrame(text: string): Frame | undefined {
  const [, body = '', type = '', listed = '', check = ''] = /^(([A-Z])((?:,(?:0|[1-9]\d{0,9}))*))\*([0-9A-F]{4})$/.exec(text) ?? []
  if (body === '' || crc16(body) !== Number.parseInt(check, 16)) return undefined
  const fields = listed.split(',').slice(1).map(Number)
  return fields.every((field) => field <= fieldMax) ? { type, fields } : undefined
}

/** A line of the bridge; `undefined` for a type or number of fields that this protocol does not have. */
export function bridgeLineOf({ type, fields }: Frame): BridgeLine | undefined {
  const [one = 0, two = 0, three = 0, four = 0, five = 0] = fields
  switch (type) {
    case 'H':
      // A greeting is what every protocol has; of another one only its number is certain.
      return fields.length === 3 || (fields.length > 0 && one !== protocolNumber)
        ? { type, protocol: one, version: fields.length === 3 ? two : 0, cause: fields.length === 3 ? three : 0 }
        : undefined
    case 'S':
      // A later program of the same protocol may say more at the end; one that does not look for flashes says less.
      return fields.length >= 4 && one < sequences && five < sequences
        ? { type, sequence: one, uptimeMs: two, bits: three, rings: four, flashes: five }
        : undefined
    case 'A':
      return fields.length === 1 && one < sequences ? { type, sequence: one } : undefined
    case 'N':
      return fields.length === 2 ? { type, code: one, info: two } : undefined
    case 'T':
      return fields.length === 5 && one < sequences ? { type, sequence: one, lamp: two, line: three, reset: four, ram: five } : undefined
    default:
      return undefined
  }
}

/** A line of the agent, as a microcontroller reads it; `undefined` for what this protocol does not have. Ranges of values are the reader's to judge. */
export function agentLineOf({ type, fields }: Frame): AgentLine | undefined {
  const [sequence = 0, two = 0, three = 0, four = 0] = fields
  if (sequence >= sequences) return undefined
  switch (type) {
    case 'L':
      return fields.length === 4 && three <= 1 ? { type, sequence, pattern: two, steady: three === 1, phaseMs: four } : undefined
    case 'P':
      return fields.length === 2 ? { type, sequence, phaseMs: two } : undefined
    case 'C':
      return fields.length === 3 ? { type, sequence, key: two, value: three } : undefined
    case 'Q':
    case 'T':
      return fields.length === 1 ? { type, sequence } : undefined
    default:
      return undefined
  }
}

const dollar = 0x24
const lineFeed = 0x0a
const carriageReturn = 0x0d

export interface FrameReader {
  /** Bytes as they come, in pieces of any size. */
  push(bytes: Uint8Array): void
}

/**
 * Finds the lines in a stream of bytes. `$` always begins a new one; what is too long or holds a control byte or one above 126 is dropped up to its end.
 * `onBad` is told once for each line that was dropped, and for noise between lines once for as many bytes as a line may have. One reader belongs to
 * one connection: with a second one, half a line of the first would be glued to it.
 */
export function createFrameReader(onFrame: (frame: Frame) => void, onBad: () => void): FrameReader {
  /** What has come of a line since its `$`; `undefined` between lines. */
  let line: number[] | undefined
  let noise = 0

  function drop(): void {
    line = undefined
    noise = 0
    onBad()
  }

  function end(): void {
    if (line === undefined) {
      if (noise > 0) drop()
      return
    }
    const bytes = line.at(-1) === carriageReturn ? line.slice(0, -1) : line
    const frame = decodeFrame(String.fromCharCode(...bytes))
    line = undefined
    if (frame === undefined) onBad()
    else onFrame(frame)
  }

  function takeWithin(bytes: number[], byte: number): void {
    // The `$` before and the line feed to come count, too.
    const tooLong = bytes.length + 2 >= lineBytesMax
    const afterReturn = bytes.at(-1) === carriageReturn
    const printable = byte >= 32 && byte <= 126
    if (tooLong || afterReturn || (!printable && byte !== carriageReturn)) dropRest()
    else bytes.push(byte)
  }

  /** What follows up to the line's end belongs to what has been counted. */
  function dropRest(): void {
    drop()
    noise = Number.NEGATIVE_INFINITY
  }

  function takeBetween(byte: number): void {
    if (byte === carriageReturn) return
    noise += 1
    if (noise >= lineBytesMax) drop()
  }

  return {
    push(bytes) {
      for (const byte of bytes) {
        if (byte === dollar) {
          if (line !== undefined || noise > 0) drop()
          noise = 0
          line = []
        } else if (byte === lineFeed) {
          end()
          noise = 0
        } else if (line === undefined) takeBetween(byte)
        else takeWithin(line, byte)
      }
    },
  }
}
