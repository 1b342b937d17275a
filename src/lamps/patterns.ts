import type { LampPattern } from '../desk/effect.ts'
import type { Millis, WallTime } from '../desk/time.ts'

/**
 * How each pattern of the lamp looks (procedure §3.6): a row of three lights in which position and rhythm carry the meaning and colour only repeats
 * it. Nothing flashes faster than 2 Hz, nothing is lit or dark for less than 250 ms, nothing is red, and no light ever gets its full current: this
 * must not trouble anybody's eyes, and must not look like a fire beacon. All phases are the wall clock's, so the lamps of a room blink as one.
 */

/** White for what is neutral, amber for what departs from the procedure, blue for what somebody must do (IEC 60073). Red is for danger alone. */
export type LampColour = 'white' | 'amber' | 'blue'

/** Brightness as a part of what the light could give. `bright` is the cap: nothing is brighter. */
export const lampLevels = { dim: 0.2, half: 0.5, bright: 0.8 } as const

/** One light's rhythm: lit from … to … (ms, the end not included) within each period of the wall clock. */
export interface LampRhythm {
  readonly periodMs: Millis
  readonly on: readonly (readonly [fromMs: Millis, toMs: Millis])[]
  /** Above 0, at most `lampLevels.bright`. */
  readonly level: number
  readonly colour: LampColour
}

export interface LampRow<Light> {
  /** `null` is dark. */
  readonly left: Light | null
  readonly middle: Light | null
  readonly right: Light | null
}
export type LampTable = Readonly<Record<LampPattern, LampRow<LampRhythm>>>

export interface LampProfile {
  /** False for a clerk who must not be shown flashing light: every pattern is then steady (policy `flashing`). */
  readonly flashing: boolean
}

const { dim, half, bright } = lampLevels
const dark = { left: null, middle: null, right: null }

/** How each pattern looks where light may flash. This very table is what the web page draws and what a lamp on the broker is sent. */
export const lampTable: LampTable = {
  test: {
    left: blink(2400, [[0, 600]], 'white'),
    middle: blink(2400, [[600, 1200]], 'white'),
    right: blink(2400, [[1200, 1800]], 'white'),
  },
  identify: { left: blink(2000, [[0, 1000]], 'white'), middle: blink(2000, [[1000, 2000]], 'white'), right: blink(2000, [[0, 1000]], 'white') },
  'hold-warning': { ...dark, middle: blink(500, [[0, 250]], 'amber') },
  'hold-unconfirmed': { ...dark, middle: blink(1000, [[0, 500]], 'amber'), right: blink(1000, [[0, 500]], 'amber') },
  'ring-overdue': all(steady(bright, 'amber')),
  'ring-warning': all(blink(1000, [[0, 500]], 'amber')),
  'ring-second': { ...dark, left: blink(5000, twice(), 'white'), middle: blink(5000, twice(), 'white') },
  'ring-first': { ...dark, left: blink(5000, [[0, 400]], 'white') },
  // The cue lasts three seconds: whatever the phase, it is seen twice.
  'ask-consent': { left: blink(1500, [[0, 750]], 'blue'), middle: null, right: blink(1500, [[0, 750]], 'blue') },
  'hold-overdue': { ...dark, right: blink(1000, [[0, 500]], 'blue') },
  'hold-long': { ...dark, right: blink(5000, [[0, 500]], 'blue') },
  'promise-due': { ...dark, left: blink(5000, twice(), 'blue') },
  'call-waiting': { ...dark, middle: blink(5000, [[0, 400]], 'white') },
  'day-end': { left: blink(4000, [[0, 2000]], 'white'), middle: null, right: blink(4000, [[0, 2000]], 'white') },
  forwarded: { ...dark, right: steady(dim, 'white') },
  callbacks: { ...dark, left: steady(dim, 'blue') },
  dark,
}

/**
 * The same patterns where nothing may flash. With the rhythm gone, position and brightness carry the meaning: a ring goes on from left to all
 * three and from half to bright, and no two patterns differ in colour only.
 */
export const steadyTable: LampTable = {
  test: all(steady(dim, 'white')),
  identify: { left: steady(bright, 'white'), middle: steady(dim, 'white'), right: steady(bright, 'white') },
  'hold-warning': { ...dark, middle: steady(bright, 'amber') },
  'hold-unconfirmed': { ...dark, middle: steady(bright, 'amber'), right: steady(bright, 'amber') },
  'ring-overdue': all(steady(bright, 'amber')),
  'ring-warning': all(steady(half, 'amber')),
  'ring-second': { ...dark, left: steady(bright, 'white'), middle: steady(bright, 'white') },
  'ring-first': { ...dark, left: steady(bright, 'white') },
  'ask-consent': { left: steady(bright, 'blue'), middle: null, right: steady(bright, 'blue') },
  'hold-overdue': { ...dark, right: steady(bright, 'blue') },
  'hold-long': { ...dark, right: steady(half, 'blue') },
  'promise-due': { ...dark, left: steady(half, 'blue') },
  'call-waiting': { ...dark, middle: steady(half, 'white') },
  'day-end': { left: steady(dim, 'white'), middle: null, right: steady(dim, 'white') },
  forwarded: { ...dark, right: steady(dim, 'white') },
  callbacks: { ...dark, left: steady(dim, 'blue') },
  dark,
}

/** What one light shows at one moment. */
export interface LampLight {
  readonly level: number
  readonly colour: LampColour
}

/** What the three lights show at this moment of the wall clock. Two lamps that are given the same moment show the same. */
export function lampAt(pattern: LampPattern, wallMs: WallTime, profile: LampProfile): LampRow<LampLight> {
  const row = rowOf(pattern, profile)
  return { left: lightOf(row.left, wallMs), middle: lightOf(row.middle, wallMs), right: lightOf(row.right, wallMs) }
}

/** The next moment of the wall clock, after the given one, at which a light must be switched; undefined if nothing changes with time. */
export function nextEdge(pattern: LampPattern, wallMs: WallTime, profile: LampProfile): WallTime | undefined {
  const { left, middle, right } = rowOf(pattern, profile)
  const waits = [left, middle, right].flatMap((rhythm) => (rhythm === null || isSteady(rhythm) ? [] : [untilEdge(rhythm, wallMs)]))
  return waits.length === 0 ? undefined : wallMs + Math.min(...waits)
}

/** How this pattern looks for a desk of this profile. */
export function rowOf(pattern: LampPattern, { flashing }: LampProfile): LampRow<LampRhythm> {
  return flashing ? lampTable[pattern] : steadyTable[pattern]
}

function lightOf(rhythm: LampRhythm | null, wallMs: WallTime): LampLight | null {
  if (rhythm === null) return null
  const phase = phaseOf(rhythm, wallMs)
  const lit = rhythm.on.some(([fromMs, toMs]) => fromMs <= phase && phase < toMs)
  return lit ? { level: rhythm.level, colour: rhythm.colour } : null
}

function untilEdge(rhythm: LampRhythm, wallMs: WallTime): Millis {
  const phase = phaseOf(rhythm, wallMs)
  return Math.min(...rhythm.on.flat().map((edgeMs) => (edgeMs > phase ? edgeMs - phase : edgeMs + rhythm.periodMs - phase)))
}

/** A wall clock that was never set may stand before 1970; the phase goes on all the same. */
function phaseOf({ periodMs }: LampRhythm, wallMs: WallTime): Millis {
  return ((wallMs % periodMs) + periodMs) % periodMs
}

function isSteady({ periodMs, on }: LampRhythm): boolean {
  return on.some(([fromMs, toMs]) => fromMs === 0 && toMs === periodMs)
}

function blink(periodMs: Millis, on: LampRhythm['on'], colour: LampColour): LampRhythm {
  return { periodMs, on, level: bright, colour }
}

function twice(): LampRhythm['on'] {
  return [
    [0, 400],
    [800, 1200],
  ]
}

function steady(level: number, colour: LampColour): LampRhythm {
  return { periodMs: 1000, on: [[0, 1000]], level, colour }
}

function all(rhythm: LampRhythm): LampRow<LampRhythm> {
  return { left: rhythm, middle: rhythm, right: rhythm }
}
