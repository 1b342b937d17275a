import { absentAt, forwardCause, lunchEnd, orderEnd } from '../absence.ts'
import { nextChange } from '../calendar.ts'
import { trustedWall } from '../clock.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type ForwardWish, type LampPattern, notice } from '../effect.ts'
import { type ForwardKind, limits, type Policy } from '../policy.ts'
import { forwardingKinds, goesElsewhere, hasForeign, kindsOf } from '../record-forwarding.ts'
import { chainOf, elsewhere, isStale, substitutesDue, viableSubstitute } from '../substitutes.ts'
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
    if (!isArranged(desk, policy)) return undefined
    const { ordered, absence, warden, at, clock } = desk
    const wall = trustedWall(desk)
    const offsetMs = clock?.offsetMs ?? 0
    const change = wall === undefined ? undefined : nextChange(policy.workingHours, wall)
    const moments = [
      absentAt(desk, policy),
      change === undefined ? undefined : change - offsetMs,
      absence?.until === undefined ? undefined : absence.until - offsetMs,
      lunchEnd(desk),
      ordered === undefined ? undefined : orderEnd(ordered),
      warden === undefined || warden.answers ? undefined : warden.since + limits.wardenLostMs,
      substitutesDue(desk, policy),
    ]
    return earliest(moments.map((instant) => ahead(instant, at)))
  },

  lamp(desk: Desk): LampPattern | undefined {
    return goesElsewhere(desk.forwarding) ? 'forwarded' : undefined
  },

  /** `leave` where it is a person's. */
  forward(desk: Desk, policy: Policy): ForwardWish {
    if (!isArranged(desk, policy)) return { state: 'off' }
    if (hasForeign(desk.forwarding) || desk.cover?.byHand) return { state: 'leave' }
    const reason = forwardCause(desk, policy)
    const kind = kindOf(desk, policy)
    if (reason === undefined || desk.frozen || desk.shell.stopping !== undefined || kind === undefined) return { state: 'off' }
    if (reason === 'remote' && policy.remoteNumber !== undefined) return { state: 'on', kind, target: policy.remoteNumber, desk: elsewhere, reason }
    const substitute = viableSubstitute(desk, policy)
    return substitute === undefined ? { state: 'off' } : { state: 'on', kind, target: substitute.number, desk: substitute.desk, reason }
  },
}

/** Whether there is anybody at all to whom the calls could go. */
function isArranged(desk: Desk, policy: Policy): boolean {
  return policy.remoteNumber !== undefined || chainOf(desk, policy).length > 0
}

/**
 * How to forward: at once only where somebody else would undo it if this machine died. A warden that is lost for a moment takes nothing off that is on, but
 * nothing is set on the strength of one that is not there. A phone that was told is one that can be told.
 */
function kindOf({ phone, lease, warden, at }: Desk, { forwardKind }: Policy): ForwardKind | undefined {
  const answers = warden !== undefined && (warden.answers || (lease?.kind === 'always' && at < warden.since + limits.wardenLostMs))
  const can = (kind: ForwardKind): boolean => phone.canForward.includes(kind) || lease?.kind === kind
  if (forwardKind === 'always' && answers && can('always')) return 'always'
  return can('no-answer') ? 'no-answer' : undefined
}

/** Somebody should take the calls and nobody can: they ring on, and become callbacks. */
function uncovered(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
  const reason = uncoveredReason(after, policy)
  return reason === undefined || reason === uncoveredReason(before, policy) ? [] : [notice('forwarding.uncovered', { reason })]
}

type UncoveredReason = Extract<Effect, { name: 'forwarding.uncovered' }>['data']['reason']

function uncoveredReason(desk: Desk, policy: Policy): UncoveredReason | undefined {
  const { cover, look, forwarding, frozen, lease, shell } = desk
  if (!isArranged(desk, policy) || goesElsewhere(forwarding) || cover?.byHand || shell.stopping !== undefined) return undefined
  const cause = forwardCause(desk, policy)
  if (cause === undefined) return undefined
  if (frozen) return 'frozen'
  if (kindOf(desk, policy) === undefined) return 'not-capable'
  if (cause !== 'remote' || policy.remoteNumber === undefined) {
    if (viableSubstitute(desk, policy) === undefined) return isStale(desk, policy) ? 'directory-stale' : 'nobody-takes-calls'
  }
  if ((cover?.failures ?? 0) > 0) return cover?.outcome === 'unjournalled' ? 'not-journalled' : 'unconfirmed'
  return lease === undefined && look !== undefined && look.failures > 0 ? 'unconfirmed' : undefined
}

/** A forwarding that a person set or took away: shown, never touched. Of a phone that has started anew, nothing is known until it says so. */
function foreign(before: Desk, after: Desk): readonly Effect[] {
  if (after.forwarding === before.forwarding || after.forwarding.state === 'unknown') return []
  const [then, now] = [kindsOf(before.forwarding), kindsOf(after.forwarding)]
  return forwardingKinds.flatMap((kind) => {
    const [was, is] = [then[kind]?.owner === 'foreign', now[kind]?.owner === 'foreign']
    const target = is ? now[kind]?.target : undefined
    return was === is ? [] : [notice('forwarding.foreign', { kind, on: is, ...(target === undefined ? {} : { target }) })]
  })
}
