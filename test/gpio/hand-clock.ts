import type { Clock } from '../../src/agent/ports.ts'
import { createWakes } from '../wakes.ts'

/** Both clocks in the hand of the test. Time passes only when told to; a wake may be made late, and the wall clock may be set. */
export interface HandClock extends Pick<Clock, 'now' | 'wall' | 'wakeAt'> {
  /** From wake to wake; `each` is called after every one, and at the end. */
  pass(ms: number, each?: () => void): void
  /** All wakes from now on come late by what this says. */
  late(by: () => number): void
  setWall(wall: number): void
  pending(): number
}

export function createHandClock(wallStart = 0): HandClock {
  const { now, add, step, pending } = createWakes()
  let offset = wallStart
  let lateness = (): number => 0
  return {
    now,
    wall: () => now() + offset,
    wakeAt: (instant, wake) => add(Math.max(now(), instant) + lateness(), wake),
    pass(ms, each) {
      for (const until = now() + ms; step(until); ) each?.()
      each?.()
    },
    late(by) {
      lateness = by
    },
    setWall(wall) {
      offset = wall - now()
    },
    pending,
  }
}
