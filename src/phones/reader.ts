import type { Emit, PhoneReading } from '../agent/ports.ts'
import { readEveryMs, unreachableRetryMs } from './driver.ts'

export interface Reader {
  start(): void
  stop(): void
  /** Soon: the phone has just started, or something should be looked at. */
  soon(delayMs: number): void
  reachable(): boolean | undefined
  /** A reading came from somewhere else, a command's answer for instance. */
  saw(reachable: boolean, reason?: string): void
}

/** Reads a phone again and again, seldom while all is well, sooner after it was lost, and says when it comes and goes. */
export function createReader(read: () => Promise<PhoneReading>, emit: Emit, everyMs: number = readEveryMs): Reader {
  let timer: NodeJS.Timeout | undefined
  let reachable: boolean | undefined
  let retryMs = unreachableRetryMs
  let running = false

  function saw(is: boolean, reason?: string): void {
    if (is) retryMs = unreachableRetryMs
    if (is === reachable) return
    reachable = is
    emit({ type: 'phone.reachable', reachable: is, ...(reason === undefined || is ? {} : { reason }) })
  }

  function next(delayMs: number): void {
    clearTimeout(timer)
    if (!running) return
    timer = setTimeout(() => {
      void read().then((reading) => {
        saw(reading.reachable, reading.fault)
        next(reading.reachable ? everyMs : Math.min(retryMs, everyMs))
        if (!reading.reachable) retryMs *= 2
      })
    }, delayMs)
  }

  return {
    start() {
      running = true
      next(0)
    },
    stop() {
      running = false
      clearTimeout(timer)
    },
    soon: next,
    reachable: () => reachable,
    saw,
  }
}
