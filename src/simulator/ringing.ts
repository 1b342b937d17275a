import type { Millis } from '../desk/time.ts'

/** How a line rings, as a ring detector on it shows. */
export interface Ringing {
  readonly hz?: number
  /** The detector gives a pulse each half wave. */
  readonly fullWave?: boolean
  /** The part of a wave, or half wave, in which the detector conducts: the rest is below its threshold. */
  readonly conducts?: number
  /** On, off, on, off …, and again from the beginning. */
  readonly cadence: readonly Millis[]
  /** Bursts until it ends by itself; left out, it goes on until it is stopped. */
  readonly bursts?: number
}

/** The detector's next change after so many ms of ringing. */
export interface RingEdge {
  readonly atMs: Millis
  readonly low: boolean
}

/** The edges of a detector, from the beginning of the ringing on. Each burst begins with a wave of its own. */
export function* ringEdges({ hz = 25, fullWave = false, conducts = 0.5, cadence, bursts = Number.POSITIVE_INFINITY }: Ringing): Generator<RingEdge, void> {
  const periodMs = 1000 / hz / (fullWave ? 2 : 1)
  let fromMs = 0
  for (let burst = 0; burst < bursts; burst += 1) {
    const onMs = cadence[(burst * 2) % cadence.length] ?? 0
    const offMs = cadence[(burst * 2 + 1) % cadence.length] ?? 0
    if (onMs + offMs <= 0) throw new RangeError('a cadence has at least one burst or pause that lasts')
    for (let waves = 0; (waves + conducts) * periodMs <= onMs; waves += 1) {
      yield { atMs: fromMs + waves * periodMs, low: true }
      yield { atMs: fromMs + (waves + conducts) * periodMs, low: false }
    }
    fromMs += onMs + offMs
  }
}
