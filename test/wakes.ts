/** Whoever waits, in the order of the time for which they wait; time stands still but when it is told to move to the next of them. */
export interface Wakes {
  now(): number
  /** The function that comes back gives it up. */
  add(at: number, wake: () => void): () => void
  /** Moves to the next wake up to that moment and makes it; without one, moves there and says so by `false`. */
  step(until: number): boolean
  /** Moves on by so much, and makes every wake on the way. */
  pass(ms: number): void
  pending(): number
}

export function createWakes(): Wakes {
  let now = 0
  let order = 0
  const wakes = new Map<number, { at: number; wake: () => void }>()
  const wakesAll: Wakes = {
    now: () => now,
    add(at, wake) {
      const id = order++
      wakes.set(id, { at, wake })
      return () => void wakes.delete(id)
    },
    step(until) {
      const [next] = [...wakes].filter(([, { at }]) => at <= until).sort(([a, left], [b, right]) => left.at - right.at || a - b)
      if (next === undefined) {
        now = until
        return false
      }
      wakes.delete(next[0])
      now = next[1].at
      next[1].wake()
      return true
    },
    pass(ms) {
      const until = now + ms
      while (wakesAll.step(until)) {}
    },
    pending: () => wakes.size,
  }
  return wakesAll
}
