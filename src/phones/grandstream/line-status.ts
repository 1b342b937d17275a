import type { CallRef, HoldOutcome, LineReading } from '../../desk/event.ts'
import { isSameNumber, partyOf } from '../call-ref.ts'

/** One line of `api-get_line_status`, as far as the phone filled it (reference/grandstream.md §2.2). */
export interface Line {
  readonly line: number
  /** `unknown`: a state that no document names. What the phone does there, nobody can say. */
  readonly state: 'idle' | 'alerting' | 'initiated' | 'connected' | 'held' | 'unknown'
  readonly ref: CallRef
  readonly active: boolean
  readonly conference: boolean
}

const states: ReadonlyMap<unknown, Line['state']> = new Map([
  ['idle', 'idle'],
  ['failed', 'idle'],
  ['ringing', 'alerting'],
  ['calling', 'initiated'],
  ['dialing', 'initiated'],
  ['connected', 'connected'],
  ['onhold', 'held'],
])

const linesMax = 32

/** The lines in an answer's body; `undefined` if there are none in it. Every field is optional, and numbers come as text or as numbers. */
export function parseLines(body: unknown): readonly Line[] | undefined {
  if (!Array.isArray(body)) return undefined
  return body.slice(0, linesMax).flatMap((item: unknown, index) => (typeof item === 'object' && item !== null ? [lineOf({ ...item }, index)] : []))
}

function lineOf({ line, state, remotenumber, active, conf }: Readonly<Record<string, unknown>>, index: number): Line {
  const number = typeof remotenumber === 'string' || typeof remotenumber === 'number' ? String(remotenumber) : ''
  return {
    line: typeof line === 'number' ? line : index + 1,
    state: states.get(typeof state === 'string' ? state.toLowerCase() : (state ?? 'idle')) ?? 'unknown',
    ref: partyOf(number) ?? {},
    active: isSet(active),
    conference: isSet(conf),
  }
}

/** Of an object nothing is asked, not even what it is as a number: that, too, can be made to throw. */
function isSet(value: unknown): boolean {
  return value === true || ((typeof value === 'number' || typeof value === 'string') && Number(value) > 0)
}

/** The lines that carry a call, as the desk reads them; `undefined` if one of them is in a state that cannot be told. */
export function toLineReadings(lines: readonly Line[]): readonly LineReading[] | undefined {
  const readings: LineReading[] = []
  for (const { state, ref, conference } of lines) {
    if (state === 'unknown') return undefined
    if (state !== 'idle') readings.push({ state, ref, ...(conference ? { conference } : {}) })
  }
  return readings
}

/** What to do about a hold, by a fresh reading. */
export type HoldDecision = { readonly hold: Line } | { readonly outcome: HoldOutcome }

/**
 * `holdcall` is a toggle and takes no line (reference/grandstream.md §2.3): it acts on the phone's active call. So it is sent only if this call is
 * connected, no call of the same number is on hold, and no other line can be the one that the phone would act on.
 */
export function decideHold(lines: readonly Line[], ref: CallRef): HoldDecision {
  const busy = lines.filter(({ state }) => state !== 'idle')
  const mine = linesOf(busy, ref)
  const connected = mine.filter(({ state }) => state === 'connected')
  const onHold = mine.some(({ state }) => state === 'held')
  if (connected.length === 0) return { outcome: onHold ? 'already-held' : 'not-connected' }
  if (onHold && isNamed(ref)) return { outcome: 'unsafe' }
  const talking = busy.filter(({ state }) => state === 'connected')
  const [line, ...rivals] = talking.length > 1 ? talking.filter(({ active }) => active) : talking
  if (line === undefined || rivals.length > 0 || !connected.includes(line) || line.conference) return { outcome: 'unsafe' }
  const doubtful = busy.some(({ state, active }) => state === 'unknown' || (state === 'held' && active))
  return doubtful ? { outcome: 'unsafe' } : { hold: line }
}

/** The lines that can carry this call: those of its number, else those that show none. A reference that names nobody can mean any. */
function linesOf(busy: readonly Line[], ref: CallRef): readonly Line[] {
  if (!isNamed(ref)) return busy
  const same = busy.filter((line) => isNamed(line.ref) && isSameParty(line.ref, ref))
  return same.length > 0 ? same : busy.filter((line) => !isNamed(line.ref))
}

function isNamed(ref: CallRef): boolean {
  return ref.remote !== undefined || ref.withheld === true
}

function isSameParty(one: CallRef, other: CallRef): boolean {
  if (one.remote === undefined || other.remote === undefined) return one.remote === other.remote
  return isSameNumber(one.remote, other.remote)
}
