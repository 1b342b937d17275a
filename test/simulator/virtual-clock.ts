import type { OfficeClock } from '../../src/simulator/office.ts'
import { createWakes } from '../wakes.ts'

/** Time in the hand of the test: it passes only when told to, from one wake to the next. */
export interface VirtualClock extends OfficeClock {
  pass(ms: number): void
  pending(): number
}

export function createVirtualClock(): VirtualClock {
  const { now, add, step, pending } = createWakes()
  return {
    now,
    after: (ms, wake) => add(now() + ms, wake),
    pass(ms) {
      for (const until = now() + ms; step(until); );
    },
    pending,
  }
}
