import type { SeatConfig } from '../config/config.ts'

export type MqttSeatConfig = Extract<SeatConfig, { readonly driver: 'mqtt' }>

/** A sensor's report is a few words; more than this is something else on the same topic. */
const reportBytesMax = 16_384
/** What Home Assistant and Zigbee2MQTT write when they do not know: no evidence of an empty seat. */
const notKnown: readonly string[] = ['', 'unavailable', 'unknown', 'none', 'null']

/**
 * Whether a report says that somebody sits there; undefined if it cannot be read. The value at the pointer, from JSON or, with no pointer, from plain
 * text, is compared with `occupied` as text, so that `1` and `"1"` are the same. Where `occupied` is true or false, only those two can be read: a
 * sensor that says ON and OFF must be configured so, or every report of it would pass for an empty seat and put calls on hold.
 */
export function readSeat(payload: Buffer, { path, occupied }: Pick<MqttSeatConfig, 'path' | 'occupied'>): boolean | undefined {
  if (payload.length > reportBytesMax) return undefined
  const text = payload.toString('utf8').trim()
  const value = valueAt(path, parse(text) ?? (path === '' ? text : undefined))
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const word = String(value)
  if (notKnown.includes(word.toLowerCase())) return undefined
  if (typeof occupied === 'boolean' && word !== 'true' && word !== 'false') return undefined
  return word === String(occupied)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** RFC 6901, evaluated: `~1` is a slash, `~0` a tilde, and only what the document itself holds is found. */
function valueAt(pointer: string, document: unknown): unknown {
  let value = document
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
