import type { Machine } from '../../src/agent/clock.ts'
import { createWakes } from '../wakes.ts'

/** A machine whose time is in the hand of the test: it boots with any wall clock, which may be stepped, and time passes only when told to. */
export interface VirtualMachine extends Machine {
  pass(ms: number): void
  /** Sets the wall clock, as a time daemon does; from then on it is trusted unless it is said not to be. */
  set(wall: number, synced?: boolean): void
}

/** Boots with the wall clock given; it has run for a minute. Not trusted until it is set, as where there is no battery. */
export function bootMachine(name: string, wallAtStart: number, synced = false): VirtualMachine {
  const uptimeMs = 60_000
  const wakes = createWakes()
  const monotonicMs = (): number => uptimeMs + wakes.now()
  let offsetMs = wallAtStart - uptimeMs
  let trusted = synced
  return {
    bootId: () => name,
    monotonicMs,
    wall: () => monotonicMs() + offsetMs,
    synced: () => trusted,
    after: (waitMs, wake) => wakes.add(wakes.now() + waitMs, wake),
    pass(ms) {
      for (const until = wakes.now() + ms; wakes.step(until); );
    },
    set(wall, isSynced = true) {
      offsetMs = wall - monotonicMs()
      trusted = isSynced
    },
  }
}
