import type { Clock } from '../../agent/ports.ts'
import type { Instant } from '../../desk/time.ts'
import type { LinkLimits } from '../limits.ts'

/** What a desk does when the hub asks everybody to say again who they are and how they stand. */
export interface Rebirth {
  hear(retained: boolean): void
  /** The line is down: the next connection says everything anyway. */
  forget(): void
}

/**
 * Each desk answers at a moment of its own within a while, so that a fleet does not answer at once. Those that ask meanwhile are answered by the same
 * answer; one that asks just after it is answered, too, but not before a pause. A retained request is a ghost: a broker that keeps it would
 * make each desk speak twice at each connect, for ever.
 */
export function createRebirth(again: () => void, clock: Pick<Clock, 'now'>, random: () => number, limits: LinkLimits): Rebirth {
  let timer: NodeJS.Timeout | undefined
  let answeredAt: Instant = Number.NEGATIVE_INFINITY
  return {
    hear(retained) {
      if (retained || timer !== undefined) return
      const pauseMs = answeredAt + limits.rebirthPauseMs - clock.now()
      timer = setTimeout(
        () => {
          timer = undefined
          answeredAt = clock.now()
          again()
        },
        Math.max(pauseMs, 0) + random() * limits.rebirthSpreadMs,
      )
    },
    forget() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
