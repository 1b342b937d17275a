import { absentAt, isAbsent } from '../absence.ts'
import { nextChange } from '../calendar.ts'
import { isLive } from '../call.ts'
import { trustedWall } from '../clock.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type ForwardWish, type LampPattern, notice } from '../effect.ts'
import type { Policy } from '../policy.ts'
import { forwardingKinds, kindsOf } from '../record-forwarding.ts'
import { ahead, earliest, type Instant } from '../time.ts'
import type { Rule } from './rule.ts'

/**
 * On a longer absence in working hours the calls go to the first substitute who can take them, and come back at once when the clerk does. It is
 * recommended, not demanded: a desk without substitutes is silent about it. What a person set on the phone is theirs, and is never touched.
 */
export const forwardOnAbsence: Rule = {
  name: 'forward-on-absence',
  clause: 'III.3b',
  sentence: 'For a longer absence, forwarding calls to the substitute is recommended.',

  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    return [...foreign(before, after), ...uncovered(before, after, policy)]
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    if (policy.substitutes.length === 0) return undefined
    const wall = trustedWall(desk)
    const change = wall === undefined ? undefined : nextChange(policy.workingHours, wall)
    const offsetMs = desk.clock?.offsetMs ?? 0
    const until = desk.absence?.until
    return earliest([
      ahead(absentAt(desk, policy), desk.at),
      change === undefined ? undefined : change - offsetMs,
      until === undefined ? undefined : ahead(until - offsetMs, desk.at),
    ])
  },

  lamp(desk: Desk): LampPattern | undefined {
    return desk.forwarding.state === 'on' ? 'forwarded' : undefined
  },

  /** `leave` where it is a person's, or where this phone cannot be told. */
  forward(desk: Desk, policy: Policy): ForwardWish {
    if (!desk.phone.canForward.includes(policy.forwardKind) || policy.substitutes.length === 0) return { state: 'leave' }
    if (desk.forwarding.owner === 'foreign' && desk.forwarding.state === 'on') return { state: 'leave' }
    if (!isAbsent(desk, policy) || desk.frozen || desk.calls.some(isLive)) return { state: 'off' }
    const substitute = viableSubstitute(desk, policy)
    if (substitute === undefined) return { state: 'off' }
    return { state: 'on', kind: policy.forwardKind, target: substitute.number, desk: substitute.desk }
  },
}

function viableSubstitute(desk: Desk, policy: Policy): Policy['substitutes'][number] | undefined {
  return policy.substitutes.find(({ desk: id }) => desk.substitutes[id]?.takesCalls === true)
}

/** Somebody should take the calls and nobody can: they ring on, and become callbacks. */
function uncovered(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
  const reason = uncoveredReason(after, policy)
  return reason === undefined || reason === uncoveredReason(before, policy) ? [] : [notice('forwarding.uncovered', { reason })]
}

function uncoveredReason(desk: Desk, policy: Policy): 'not-capable' | 'nobody-takes-calls' | 'frozen' | undefined {
  if (policy.substitutes.length === 0 || desk.forwarding.state === 'on' || !isAbsent(desk, policy)) return undefined
  if (desk.frozen) return 'frozen'
  if (!desk.phone.canForward.includes(policy.forwardKind)) return 'not-capable'
  return viableSubstitute(desk, policy) === undefined ? 'nobody-takes-calls' : undefined
}

/** A forwarding that a person set or took away: shown, never touched. Of a phone that has started anew, nothing is known until it says so. */
function foreign(before: Desk, after: Desk): readonly Effect[] {
  if (after.forwarding === before.forwarding || after.forwarding.state === 'unknown') return []
  const [then, now] = [kindsOf(before.forwarding), kindsOf(after.forwarding)]
  return forwardingKinds.flatMap((kind) => {
    const [was, is] = [then[kind]?.owner === 'foreign', now[kind]?.owner === 'foreign']
    return was === is ? [] : [notice('forwarding.foreign', { kind, on: is })]
  })
}
