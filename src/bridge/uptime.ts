import type { Instant, Millis } from '../desk/time.ts'
import { sequences, uptimes } from './frame.ts'
import { bridgeLimits } from './limits.ts'

/** What the microcontroller's clock showed, and when that was heard. */
export interface Heard {
  readonly uptimeMs: Millis
  readonly at: Instant
}

/** By how much the clock went on, modulo 2^32; negative if it went back. */
function advanceMs(from: Millis, to: Millis): Millis {
  const forward = (to - from + uptimes) % uptimes
  return forward < uptimes / 2 ? forward : forward - uptimes
}

/** Within one connection lines come in order but may come late: only a clock that went back has started anew. */
export function wentBack(before: Heard, now: Heard): boolean {
  return advanceMs(before.uptimeMs, now.uptimeMs) < 0
}

/** Over a time in which nothing was heard, a clock that stayed behind ours has started anew, too. */
export function startedBetween(before: Heard, now: Heard): boolean {
  const awayMs = now.at - before.at
  const slackMs = bridgeLimits.uptimeSlackMs + awayMs * bridgeLimits.uptimeDrift
  return wentBack(before, now) || advanceMs(before.uptimeMs, now.uptimeMs) < awayMs - slackMs
}

/** The status lines that are missing between two, modulo 65536. One that came twice, or out of order, is missing none. */
export function missingBetween(before: number, now: number): number {
  const step = (now - before + sequences) % sequences
  return step === 0 || step >= sequences / 2 ? 0 : step - 1
}
