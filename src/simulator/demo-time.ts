import type { Millis } from '../desk/time.ts'
import type { ScaledTime } from './scaled-clock.ts'
import type { OfficeClock } from './sleep.ts'

/** What waits in the demonstration's time and has nobody who gives it up, such as a phone that rings. */
export interface DemoWaits {
  after(ms: Millis, wake: () => void): void
  /** Nothing of it wakes any more. */
  stop(): void
}

export function createDemoWaits(time: ScaledTime): DemoWaits {
  const clock = time.clock()
  const waiting = new Set<() => void>()
  return {
    after(ms, wake) {
      const cancel = clock.wakeAt(clock.now() + ms, () => {
        waiting.delete(cancel)
        wake()
      })
      waiting.add(cancel)
    },
    stop() {
      for (const cancel of waiting) cancel()
      waiting.clear()
    },
  }
}

export const realClock: OfficeClock = {
  now: () => performance.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}
