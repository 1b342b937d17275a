import assert from 'node:assert/strict'
import type { Millis } from '../desk/time.ts'

/** No wait is slept in one piece longer than this, so that a change of speed is felt at once. */
const napMaxMs = 1000

export interface OfficeClock {
  /** Milliseconds of real time. */
  now(): Millis
  /** Calls back once; the returned function gives it up. */
  after(ms: Millis, wake: () => void): () => void
}

/** Sleeps for so much of the office's time; the returned function gives it up. */
export type Sleep = (ms: Millis, wake: () => void) => () => void

/** Real time, the speed of the office against it (0 is a standstill; it may change at any time), and sleep in the office's own. */
export function createSleep(clock: OfficeClock, speed: () => number): Sleep {
  return (ms, wake) => {
    let leftMs = ms
    let giveUpNap: () => void = () => {}
    const nap = (): void => {
      const rate = speed()
      assert(Number.isFinite(rate) && rate >= 0, 'the speed of the office is a number, 0 or more')
      const napMs = rate === 0 ? napMaxMs : Math.min(napMaxMs, leftMs / rate)
      giveUpNap = clock.after(napMs, () => {
        leftMs -= napMs * rate
        if (leftMs < 1) wake()
        else nap()
      })
    }
    nap()
    return () => giveUpNap()
  }
}
