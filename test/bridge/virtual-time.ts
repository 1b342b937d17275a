import type { BridgeClock } from '../../src/bridge/command.ts'

/** Time in the hand of the test; promises that are ready run between one wake and the next. */
export interface VirtualTime {
  readonly clock: BridgeClock
  pass(ms: number): Promise<void>
  /** Wakes that somebody still waits for. */
  pending(): number
}

export function createVirtualTime(wallAtStart = Date.UTC(2026, 10, 23, 8)): VirtualTime {
  let now = 0
  let order = 0
  const wakes = new Map<number, { at: number; wake: () => void }>()
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    clock: {
      now: () => now,
      wall: () => wallAtStart + now,
      wakeAt(at, wake) {
        const id = order++
        wakes.set(id, { at: Math.max(at, now), wake })
        return () => void wakes.delete(id)
      },
    },
    async pass(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        const [next] = [...wakes].filter(([, { at }]) => at <= until).sort(([a, left], [b, right]) => left.at - right.at || a - b)
        if (next === undefined) break
        wakes.delete(next[0])
        now = next[1].at
        next[1].wake()
        await settle()
      }
      now = until
    },
    pending: () => wakes.size,
  }
}
