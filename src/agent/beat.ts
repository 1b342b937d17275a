import type { Millis } from '../desk/time.ts'
import { healthEveryMs } from '../mqtt/topics.ts'
import type { Part } from './parts.ts'
import type { BrokerLink, Clock } from './ports.ts'

/** From a connect until the desk says how it fares: what was kept of that was written without a line, and at the start before the phone had answered. */
const healthAfterConnectMs: Millis = 1000

export interface BeatDeps {
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly link: Pick<BrokerLink, 'onConnect'>
  readonly beat: () => Promise<void>
  readonly health: () => Promise<void>
  readonly stopped: () => void
}

/**
 * Once at the start, then each minute of the desk's own clock: what changes with time alone. It is also the resolution of `day` when nothing happens, and
 * the pulse by which other desks know that this one is there: where a demonstration's time runs faster, so does the pulse. And a second after each
 * connect it is said how the desk fares.
 */
export function createBeat({ clock, link, beat, health, stopped }: BeatDeps): Part {
  let over = false
  let cancel = (): void => {}
  let cancelHealth = (): void => {}

  function next(): void {
    cancel = clock.wakeAt(clock.now() + healthEveryMs, next)
    void beat()
  }

  link.onConnect(() => {
    cancelHealth()
    if (!over) cancelHealth = clock.wakeAt(clock.now() + healthAfterConnectMs, () => void health())
  })

  return {
    async start() {
      next()
    },
    async stop() {
      over = true
      cancel()
      cancelHealth()
      stopped()
    },
  }
}
