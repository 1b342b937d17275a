/**
 * Chance with a seed: the same seed gives the same office, so that what was seen once can be seen again. A counter that steps by the golden ratio, each
 * step stirred by two multiplications (the scheme known as mulberry32): quick, small, and good enough for an office; never for a secret.
 * Each call gives a number from 0 to just below 1.
 */
export function createRandom(seed: number): () => number {
  let counter = seed >>> 0
  return () => {
    counter = (counter + 0x6d2b79f5) >>> 0
    const stirred = Math.imul(counter ^ (counter >>> 15), counter | 1)
    const mixed = stirred ^ (stirred + Math.imul(stirred ^ (stirred >>> 7), stirred | 61))
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A number between the two, spread evenly. */
export function between(random: () => number, from: number, to: number): number {
  return from + random() * (to - from)
}

/** True as often as said: 0.25 is one time in four. */
export function chance(random: () => number, share: number): boolean {
  return random() < share
}
