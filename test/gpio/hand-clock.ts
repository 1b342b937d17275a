import type { Clock } from '../../src/agent/ports.ts'

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
  let now = 0
  let offset = wallStart
  let lateness = (): number => 0
  let order = 0
  const wakes = new Map<number, { at: number; wake: () => void }>()
  return {
    now: () => now,
    wall: () => now + offset,
    wakeAt(instant, wake) {
      const id = order++
      wakes.set(id, { at: Math.max(now, instant) + lateness(), wake })
      return () => void wakes.delete(id)
    },
    pass(ms, each) {
      const until = now + ms
      for (;;) {
        const [next] = [...wakes].filter(([, { at }]) => at <= until).sort(([a, left], [b, right]) => left.at - right.at || a - b)
        if (next === undefined) break
        wakes.delete(next[0])
        now = next[1].at
        next[1].wake()
        each?.()
      }
      now = until
      each?.()
    },
    late(by) {
      lateness = by
    },
    setWall(wall) {
      offset = wall - now
    },
    pending: () => wakes.size,
  }
}
