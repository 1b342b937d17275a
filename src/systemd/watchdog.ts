import type { Progress } from '../agent/agent.ts'
import type { Millis } from '../desk/time.ts'

/** A deadline of the desk that has been over for longer than this shows that the timer is lost: no machine that works is so late. */
export const overdueMaxMs: Millis = 5000
/** While something is overdue, so soon the watchdog looks again. */
const lookAgainMs: Millis = 1000
/** systemd asks for at least two signs of life within its time (sd_watchdog_enabled(3)); with three, one may be missed. */
const beatsWithinLimit = 3

/** Why no sign of life is given, or that one may be. `late` is not yet wrong: the loop's own timer may be about to do its work. */
export type Verdict = 'alive' | 'late' | 'overdue' | 'not-taken' | 'not-drained'

/** Whether what is to be done has been done. A loop that is late must not be given a tick: it would do the work of a timer that is lost, and so hide it. */
export function lateness({ overdueMs }: Progress): 'late' | 'overdue' | undefined {
  if (overdueMs === 0) return undefined
  return overdueMs > overdueMaxMs ? 'overdue' : 'late'
}

/** Whether the loop works, from what it has done itself: its progress before a tick was handed in, and since. */
export function judge(before: Progress, after: Progress): Verdict {
  if (after.taken <= before.taken) return 'not-taken'
  return after.waiting > 0 ? 'not-drained' : 'alive'
}

const sentences: Readonly<Record<Exclude<Verdict, 'alive' | 'late'>, string>> = {
  overdue: 'a deadline of the desk has been over for too long: its timer is lost',
  'not-taken': 'the loop did not take a tick',
  'not-drained': 'the queue does not drain',
}

export interface WatchdogDeps {
  readonly progress: () => Progress
  /** Hands a tick to the loop. */
  readonly tick: () => void
  /** A sign of life. */
  readonly feed: () => void
  readonly warn: (sentence: string) => void
  /** Calls back once; the returned function gives it up. */
  readonly after: (waitMs: Millis, wake: () => void) => () => void
}

/**
 * systemd's watchdog (`WatchdogSec=`). Its own timer only asks; a sign of life is given for what the loop did with the tick, and not otherwise: a loop that
 * is stuck, a queue that does not drain and a lost timer all starve it, and systemd ends the process and starts another one. A store or a broker that does
 * not answer does not: lamp and phone go on without them, and a restart would not mend them.
 */
export function startWatchdog(limitMs: Millis, { progress, tick, feed, warn, after }: WatchdogDeps): () => void {
  let said: Verdict = 'alive'
  let cancel = after(limitMs / beatsWithinLimit, beat)

  function beat(): void {
    const verdict = look()
    cancel = after(verdict === 'alive' ? limitMs / beatsWithinLimit : lookAgainMs, beat)
    if (verdict === 'alive') feed()
    else if (verdict !== 'late' && verdict !== said) warn(`systemd gets no sign of life: ${sentences[verdict]}`)
    said = verdict
  }

  function look(): Verdict {
    const before = progress()
    const late = lateness(before)
    if (late !== undefined) return late
    tick()
    return judge(before, progress())
  }

  return () => cancel()
}

/** What `WatchdogSec=` gives its main process. */
export interface WatchdogEnvironment {
  readonly WATCHDOG_USEC?: string | undefined
  readonly WATCHDOG_PID?: string | undefined
}

/** The watchdog's time, where there is one and it is meant for this process (sd_watchdog_enabled(3)). */
export function watchdogLimitMs({ WATCHDOG_USEC, WATCHDOG_PID }: WatchdogEnvironment, pid: number): Millis | undefined {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== '' && WATCHDOG_PID !== `${pid}`) return undefined
  if (WATCHDOG_USEC === undefined || !/^[1-9][0-9]{0,15}$/.test(WATCHDOG_USEC)) return undefined
  return Number(WATCHDOG_USEC) / 1000
}
