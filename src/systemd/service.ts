import type { Progress } from '../agent/agent.ts'
import { atMost } from '../at-most.ts'
import type { Millis } from '../desk/time.ts'
import { createNotifier, type NotifyEnvironment } from './notify.ts'
import { startWatchdog, type WatchdogEnvironment, watchdogLimitMs } from './watchdog.ts'

/** How long the end waits for systemd to have heard of it; the unit gives all of it twenty seconds. */
const stoppingWithinMs: Millis = 5000

/** The part of a running agent that systemd hears of. */
export interface Supervised {
  progress(): Progress
  tick(): void
  /** One sentence on how things stand; no number, no name, nothing of the seat. */
  status(): string
}

export interface Service {
  /** The end has begun; nothing more is said afterwards. */
  stopping(reason: string): Promise<void>
}

/**
 * Tells systemd that the doors are open, from then on that the loop lives, and how things stand. Call it when everything has been started. Does nothing
 * where no service manager listens.
 */
export function tellServiceManager(environment: NotifyEnvironment & WatchdogEnvironment, supervised: Supervised, warn: (sentence: string) => void): Service {
  const notifier = createNotifier(environment, { failed: (reason) => warn(`systemd could not be told: ${reason}; is systemd-notify there?`) })
  if (notifier === undefined) return { stopping: async () => {} }
  const limitMs = watchdogLimitMs(environment, process.pid)
  const stopWatchdog =
    limitMs === undefined
      ? () => {}
      : startWatchdog(limitMs, {
          progress: supervised.progress,
          tick: supervised.tick,
          feed: () => notifier.send({ WATCHDOG: '1', STATUS: supervised.status() }),
          warn,
          after(waitMs, wake) {
            const timer = setTimeout(wake, waitMs)
            return () => clearTimeout(timer)
          },
        })
  notifier.send({ READY: '1', STATUS: supervised.status() })
  return {
    stopping(reason) {
      stopWatchdog()
      notifier.send({ STOPPING: '1', STATUS: `Stopping: ${reason}.` })
      return atMost(stoppingWithinMs, notifier.settled())
    },
  }
}
