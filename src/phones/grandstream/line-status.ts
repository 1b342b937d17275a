import type { LineReading } from '../../desk/event.ts'

/** One line of `api-get_line_status`, as far as the phone filled it (reference/grandstream.md §2.2). */
export interface Line {
  readonly line: number
  readonly state: 'idle' | 'alerting' | 'initiated' | 'connected' | 'held'
  readonly remote?: string
  readonly active: boolean
  readonly conference: boolean
}

/** `unauthorized` comes inside a success, too: the body decides. */
export type LineStatus = { readonly kind: 'lines'; readonly lines: readonly Line[] } | { readonly kind: 'unauthorized' } | { readonly kind: 'unreadable' }

const states: Readonly<Record<string, Line['state']>> = {
  idle: 'idle',
  ringing: 'alerting',
  calling: 'initiated',
  dialing: 'initiated',
  connected: 'connected',
  onhold: 'held',
}

/** Every field is optional, and a line in a state that is not known counts as idle only if it names nobody. */
export function parseLineStatus(text: string): LineStatus {
  const answer = parseAnswer(text)
  if (answer === undefined) return { kind: 'unreadable' }
  if (saysUnauthorized(answer)) return { kind: 'unauthorized' }
  const { body } = answer
  if (!Array.isArray(body)) return { kind: 'unreadable' }
  return {
    kind: 'lines',
    lines: body.slice(0, 32).flatMap((item: unknown, index) => (typeof item === 'object' && item !== null ? [lineOf({ ...item }, index)] : [])),
  }
}

function lineOf(item: Record<string, unknown>, index: number): Line {
  const number = typeof item['remotenumber'] === 'string' || typeof item['remotenumber'] === 'number' ? String(item['remotenumber']).trim() : ''
  const state = states[String(item['state'] ?? 'idle').toLowerCase()] ?? 'idle'
  return {
    line: typeof item['line'] === 'number' ? item['line'] : index + 1,
    state,
    ...(number === '' ? {} : { remote: number }),
    active: isSet(item['active']),
    conference: isSet(item['conf']),
  }
}

function isSet(value: unknown): boolean {
  return value === 1 || value === true || value === '1'
}

/** The common envelope of the CTI answers. */
export interface CtiAnswer {
  readonly response: string
  readonly body: unknown
}

export function parseAnswer(text: string): CtiAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { response, body } = value as Record<string, unknown>
    return { response: String(response ?? ''), body }
  } catch {
    return undefined
  }
}

export function saysUnauthorized({ body, response }: CtiAnswer): boolean {
  return body === 'unauthorized' || response === 'unauthorized'
}

/** The lines that carry a call, as the desk reads them. */
export function toLineReadings(lines: readonly Line[]): readonly LineReading[] {
  return lines.flatMap(({ state, remote, conference }) =>
    state === 'idle' ? [] : [{ state, ref: remote === undefined ? {} : refOf(remote), ...(conference ? { conference } : {}) }],
  )
}

function refOf(remote: string): LineReading['ref'] {
  return /^(anonymous|private|unavailable|unknown|restricted)$/i.test(remote) ? { withheld: true } : { remote }
}
