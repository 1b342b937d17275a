import { type Call, isEngaged } from '../call.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type LampPattern, notice } from '../effect.ts'
import { limits, type Policy } from '../policy.ts'
import { ringSourceOf, ringsOf } from '../rings.ts'
import { ahead, earliest, type Instant, nextOf } from '../time.ts'
import type { Rule } from './rule.ts'

/** Says each ring as it begins, and shows the clerk which one it is: calm at first, a warning from the third, all three lamps when it is too late. */
export const thirdRing: Rule = {
  name: 'third-ring',
  clause: 'III.1',
  sentence: 'The telephone should be answered at the latest after three rings.',

  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    // Whoever is in a call cannot answer another, and is not asked to.
    const waiting = after.calls.some(isEngaged) ? { waiting: true as const } : {}
    return after.calls.filter(isRinging).flatMap((call) => {
      const earlier = before.calls.find(({ id }) => id === call.id)
      const told = earlier === undefined || !isRinging(earlier) ? 0 : ringsOf(earlier, before.at, policy)
      const ring = ringsOf(call, after.at, policy)
      return ring > told ? [notice('call.ring', { call: call.id, ring, ringSource: ringSourceOf(call), ...waiting })] : []
    })
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    return earliest(desk.calls.filter(isRinging).map((call) => nextRing(call, desk.at, policy)))
  },

  lamp(desk: Desk, policy: Policy): LampPattern | undefined {
    const ringing = desk.calls.filter(isRinging)
    if (ringing.length === 0) return undefined
    if (desk.calls.some(isEngaged)) return 'call-waiting'
    const ring = Math.max(...ringing.map((call) => ringsOf(call, desk.at, policy)))
    if (ring > policy.warnAtRing) return 'ring-overdue'
    if (ring === policy.warnAtRing) return 'ring-warning'
    return ring <= 1 ? 'ring-first' : 'ring-second'
  },
}

/** Only a call whose ringing was seen from its beginning can be counted. */
function isRinging(call: Call): boolean {
  return call.state === 'alerting' && call.startKnown
}

function nextRing(call: Call, at: Instant, policy: Policy): Instant | undefined {
  if (call.counted !== undefined || call.deliveredAt === undefined) return undefined
  const last = call.deliveredAt + (limits.ringsMax - 1) * policy.ringPeriodMs
  const next = nextOf({ from: call.deliveredAt, everyMs: policy.ringPeriodMs }, at)
  return next > last ? undefined : ahead(next, at)
}
