import { healthEveryMs } from '../mqtt/topics.ts'
import type { Part } from './parts.ts'
import type { Clock } from './ports.ts'

/**
 * Once at the start, then each minute of the desk's time: what changes with time alone. It is also the resolution of `day` when nothing happens. Neighbours
 * believe a desk's word for two and a half of these minutes, by the same time.
 */
export function createBeat(beat: () => Promise<void>, stopped: () => void, clock: Pick<Clock, 'now' | 'wakeAt'>): Part {
  let cancel = (): void => {}

  function again(): void {
    cancel = clock.wakeAt(clock.now() + healthEveryMs, again)
    void beat()
  }

  return {
    async start() {
      again()
    },
    async stop() {
      cancel()
      stopped()
    },
  }
}
