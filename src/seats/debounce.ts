import type { Clock } from '../agent/ports.ts'

/** A contact that bounces, made into one that has been steady. */
export interface Debounce {
  /** What the contact shows now; equal reports may be repeated. */
  level(high: boolean): void
  /** The level that has been steady for long enough; undefined while it is not. */
  steady(): boolean | undefined
  /** Nothing is known of the contact any more. */
  forget(): void
}

export interface DebounceOptions {
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly steadyMs: number
  /** Each time another level has become steady; also the first. Never twice the same without `forget` in between. */
  readonly settled: (high: boolean) => void
}

/** Every edge begins the wait anew, so that a contact which chatters without end is never believed. One that falls back to what it was is not told of. */
export function createDebounce({ clock, steadyMs, settled }: DebounceOptions): Debounce {
  let seen: boolean | undefined
  let believed: boolean | undefined
  let pending: (() => void) | undefined

  function cancel(): void {
    pending?.()
    pending = undefined
  }

  return {
    level(high) {
      if (high === seen) return
      seen = high
      cancel()
      pending = clock.wakeAt(clock.now() + steadyMs, () => {
        pending = undefined
        if (high === believed) return
        believed = high
        settled(high)
      })
    },
    steady: () => (pending === undefined ? believed : undefined),
    forget() {
      cancel()
      seen = undefined
      believed = undefined
    },
  }
}
