import { healthEveryMs } from '../mqtt/topics.ts'
import type { Part } from './parts.ts'
import type { Clock } from './ports.ts'

/**
 * Once at the start, then each minute of the desk's own clock: what changes with time alone. It is also the resolution of `day` when nothing happens, and
 * the pulse by which other desks know that this one is there: where a demonstration's time runs faster, so does the pulse.
 */
export function createBeat(clock: Pick<Clock, 'now' | 'wakeAt'>, beat: () => Promise<void>, stopped: () => void): Part {
  let cancel = (): void => {}

  function next(): void {
    cancel = clock.wakeAt(clock.now() + healthEveryMs, next)
    void beat()
  }

  return {
    async start() {
      next()
    },
    async stop() {
      cancel()
      stopped()
    },
  }
}
