import type { OfficeClock } from '../../src/simulator/office.ts'

/** Time in the hand of the test: it passes only when told to, from one wake to the next. */
export interface VirtualClock extends OfficeClock {
  pass(ms: number): void
  pending(): number
}

export function createVirtualClock(): VirtualClock {
  let now = 0
  let order = 0
  const wakes = new Map<number, { at: number; wake: () => void }>()
  return {
    now: () => now,
    after(ms, wake) {
      const id = order++
      wakes.set(id, { at: now + ms, wake })
      return () => wakes.delete(id)
    },
    pass(ms) {
      const until = now + ms
      for (;;) {
        const [next] = [...wakes].filter(([, { at }]) => at <= until).sort(([a, left], [b, right]) => left.at - right.at || a - b)
        if (next === undefined) break
        wakes.delete(next[0])
        now = next[1].at
        next[1].wake()
      }
      now = until
    },
    pending: () => wakes.size,
  }
}
