import type { Emit, PhoneReading } from '../agent/ports.ts'
import { readEveryMs, unreachableRetryMs } from './driver.ts'

/** From a word of a phone that could not be reached to the next try. */
const afterHeardMs = 500

export interface Reader {
  start(): void
  stop(): void
  /** Soon: the phone has just started, or something should be looked at. */
  soon(delayMs: number): void
  reachable(): boolean | undefined
  /** The phone spoke. That is no proof that it can be spoken to, but a good moment to try again. */
  heard(): void
}

/** Reads a phone again and again, seldom while all is well, sooner after it was lost, and says when it comes and goes. */
export function createReader(read: () => Promise<PhoneReading>, emit: Emit, everyMs: number = readEveryMs): Reader {
  let timer: NodeJS.Timeout | undefined
  let reachable: boolean | undefined
  let retryMs = unreachableRetryMs
  let running = false
  let trying = false

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
        trying = false
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
    heard() {
      if (reachable !== false || trying) return
      trying = true
      next(afterHeardMs)
    },
  }
}
