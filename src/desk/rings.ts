import type { Call } from './call.ts'
import { limits, type Policy } from './policy.ts'
import { type Instant, timesCome } from './time.ts'

/** How many rings have begun: counted on the line where a sensor does, else derived from time. 0 for a call that has not rung here. */
export function ringsOf(call: Call, at: Instant, policy: Policy): number {
  if (call.counted !== undefined) return call.counted.ring
  if (call.deliveredAt === undefined) return 0
  const until = call.answeredAt ?? (call.state === 'alerting' ? at : call.since)
  return Math.min(limits.ringsMax, timesCome({ from: call.deliveredAt, everyMs: policy.ringPeriodMs }, until) + 1)
}

export function ringSourceOf(call: Call): 'counted' | 'estimated' {
  return call.counted === undefined ? 'estimated' : 'counted'
}
