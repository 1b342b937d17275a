import type { BridgeClock } from '../../src/bridge/command.ts'
import { createWakes } from '../wakes.ts'

/** Time in the hand of the test; promises that are ready run between one wake and the next. */
export interface VirtualTime {
  readonly clock: BridgeClock
  pass(ms: number): Promise<void>
  /** Wakes that somebody still waits for. */
  pending(): number
}

export function createVirtualTime(wallAtStart = Date.UTC(2026, 10, 23, 8)): VirtualTime {
  const { now, add, step, pending } = createWakes()
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    clock: { now, wall: () => wallAtStart + now(), wakeAt: (at, wake) => add(Math.max(at, now()), wake) },
    async pass(ms) {
      const until = now() + ms
      do await settle()
      while (step(until))
    },
    pending,
  }
}
