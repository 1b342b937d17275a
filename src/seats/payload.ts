/** What one message of a sensor says. `gone`: the sensor's own gateway says that it has lost it. */
export type SeatReading = 'occupied' | 'empty' | 'gone' | 'unreadable'

/** A sensor has little to say; whatever is longer is not one. */
export const seatPayloadBytesMax = 4096

export interface SeatPayloadOptions {
  /** JSON pointer (RFC 6901); empty: the payload itself. */
  readonly path: string
  /** The value that means occupied; every other one means empty. */
  readonly occupied: string | number | boolean
}

/** What Home Assistant and others write where there is nothing to read. Taken for a value it would mean that somebody has left. */
const noValue = new Set(['unavailable', 'unknown', 'null', ''])

/**
 * Reads the payload of any sensor: JSON, or plain text (`ON`). Values are compared as text, because gateways disagree on whether `true` and `1` wear
 * quotes. A missing, composed or unreadable value is never taken for an empty seat.
 */
export function readSeat(payload: Buffer, { path, occupied }: SeatPayloadOptions): SeatReading {
  if (payload.length > seatPayloadBytesMax) return 'unreadable'
  const value = valueAt(parse(payload), path)
  if (value === null) return 'gone'
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    if (String(value) === String(occupied)) return 'occupied'
    return noValue.has(String(value).trim().toLowerCase()) ? 'gone' : 'empty'
  }
  return 'unreadable'
}

function parse(payload: Buffer): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    // Text that begins as JSON does and is none is broken, not a word.
    return /^\s*["[{]/.test(text) ? undefined : text.trim()
  }
}

/** RFC 6901 §4: `~1` stands for a slash in a name and `~0` for a tilde; in a list the name is a place. */
function valueAt(value: unknown, path: string): unknown {
  let found = value
  for (const token of path.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found
}
