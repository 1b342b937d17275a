import type { Emit, PhoneReading } from '../agent/ports.ts'
import type { PhoneLimits } from './limits.ts'

export interface Reader {
  start(): void
  stop(): void
  /** The phone should be read before its turn: it has just started, or it has been heard although it could not be reached. */
  soon(delayMs: number): void
  reachable(): boolean | undefined
}

/** Reads a phone again and again, seldom while all is well, sooner after it was lost, and says when it comes and goes, only then. */
export function createReader(read: () => Promise<PhoneReading>, emit: Emit, limits: PhoneLimits): Reader {
  let timer: NodeJS.Timeout | undefined
  let reachable: boolean | undefined
  let retryMs = limits.unreachableRetryMs
  let running = false
  let turn = 0

  function schedule(delayMs: number): void {
    clearTimeout(timer)
    turn += 1
    if (running) timer = setTimeout(() => void readNow(turn), delayMs)
  }

  async function readNow(mine: number): Promise<void> {
    const reading = await read()
    if (!running) return
    note(reading)
    const delayMs = reading.reachable ? limits.readEveryMs : Math.min(retryMs, limits.readEveryMs)
    retryMs = reading.reachable ? limits.unreachableRetryMs : delayMs * 2
    // Somebody may have asked for a reading of their own meanwhile: that one goes on instead.
    if (mine === turn) schedule(delayMs)
  }

  function note(reading: PhoneReading): void {
    if (reading.reachable === reachable) return
    reachable = reading.reachable
    emit({ type: 'phone.reachable', reachable, ...(reachable || reading.fault === undefined ? {} : { reason: reading.fault }) })
  }

  return {
    start() {
      running = true
      schedule(0)
    },
    stop() {
      running = false
      clearTimeout(timer)
    },
    soon: schedule,
    reachable: () => reachable,
  }
}
