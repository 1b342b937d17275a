import { forwardCause } from './absence.ts'
import { isEngaged } from './call.ts'
import type { Desk } from './desk.ts'
import { type Effect, type ForwardWish, notice } from './effect.ts'
import { forwardOf } from './forward.ts'
import { answerBy, guardEnd, type Lease, mayAskAt, nextLookAt, undoAgainAt } from './lease.ts'
import { limits, type Policy } from './policy.ts'
import { kindsOf } from './record-forwarding.ts'
import type { Judge } from './rules/rule.ts'
import { isStale } from './substitutes.ts'
import { ahead, earliest, type Instant } from './time.ts'

/**
 * Brings the phone to what is wanted of its forwarding: the wish is compared with the lease, and where they differ one order goes out. It never acts on a
 * word of the phone as such, only on what is wanted and what is held, so that no echo can start a dance of on and off.
 */
export const orderForwarding: Judge = {
  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    const order = orderOf(after, policy)
    const looks = order === undefined && (lookAt(after, policy) ?? Number.POSITIVE_INFINITY) <= after.at
    return [...saidOf(before, after, policy), ...(order === undefined ? [] : [order]), ...(looks ? [{ type: 'phone.look' } as const] : [])]
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    const { lease, guard } = desk
    const ofLease = lease === undefined ? [askAt(desk, forwardOf(desk, policy))] : [answerBy(lease), undoAgainAt(lease), lease.until]
    const moments = [...ofLease, lookAt(desk, policy), guard === undefined ? undefined : guardEnd(guard)]
    return earliest(moments.map((instant) => ahead(instant, desk.at)))
  },
}

/** The order that is to go out now, if any: to undo what is not wanted (any more), or to set what is and is not there. */
function orderOf(desk: Desk, policy: Policy): Effect | undefined {
  const { at, lease, lastOrder = 0 } = desk
  const wish = forwardOf(desk, policy)
  const order = { type: 'phone.forward', order: lastOrder + 1, ringMs: policy.warnAtRing * policy.ringPeriodMs } as const
  if (lease === undefined) {
    const isTime = (askAt(desk, wish) ?? Number.POSITIVE_INFINITY) <= at && isRead(desk)
    return wish.state === 'on' && isTime ? { ...order, on: true, kind: wish.kind, target: wish.target } : undefined
  }
  const { kind, target } = lease
  const isToUndo = lease.state === 'releasing' ? (undoAgainAt(lease) ?? Number.POSITIVE_INFINITY) <= at : at >= lease.until || !isWanted(lease, wish)
  return isToUndo ? { ...order, on: false, kind, target } : undefined
}

function isWanted({ kind, target }: Lease, wish: ForwardWish): boolean {
  return wish.state === 'on' && wish.kind === kind && wish.target === target
}

/** When a forwarding that is wanted may be set: never in the middle of a call. A phone that rings is no reason to wait: that is what it is for. */
function askAt({ calls, cover, toldAt }: Desk, wish: ForwardWish): Instant | undefined {
  return wish.state !== 'on' || calls.some(isEngaged) ? undefined : mayAskAt(cover, toldAt)
}

/** Whether it is known what the phone does now, so that nothing of a person's is written over; of one that does not show it, as far as it can be known. */
function isRead({ at, look, forwarding }: Desk): boolean {
  return (forwarding.state !== 'unknown' || look?.hidden === true) && look?.readAt !== undefined && at - look.readAt <= limits.forwardReadingMs
}

/** When the phone is to be read: before it is told, when a word of it is in doubt, to renew the lease, after a restart, and at the warden's word. */
function lookAt(desk: Desk, policy: Policy): Instant | undefined {
  const { lease, guard, doubt, look } = desk
  const next = nextLookAt(look)
  const doubted = doubt === undefined ? undefined : Math.max(guard === undefined ? 0 : guardEnd(guard), next)
  if (lease === undefined) {
    const ask = isRead(desk) ? undefined : askAt(desk, forwardOf(desk, policy))
    return earliest([doubted, ask === undefined ? undefined : Math.max(ask, next)])
  }
  if (lease.state === 'unknown') return next
  if (lease.state !== 'held') return doubted
  const renewal = look !== undefined && look.failures > 0 ? next : Math.max(lease.orderedAt, look?.askedAt ?? 0) + policy.leaseRenewMs
  return earliest([doubted, isStale(desk, policy) ? undefined : renewal])
}

/** What has become of the forwarding in this step. */
function saidOf(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
  const [was, is] = [before.lease, after.lease]
  const effects: Effect[] = []
  const until = (is?.until ?? 0) + (after.clock?.offsetMs ?? 0)
  if (is?.claimed && !was?.claimed) {
    effects.push(notice('forwarding.on', { target: is.desk, kind: is.kind, reason: forwardCause(after, policy) ?? 'over', until }))
  }
  if (was !== undefined && (after.cover?.failures ?? 0) > (before.cover?.failures ?? 0)) {
    effects.push(notice('forwarding.unconfirmed', { target: was.desk, kind: was.kind, reason: after.cover?.outcome ?? 'no-answer' }))
  }
  // Each undoing that comes to nothing is said once, however often it is tried.
  if (is?.failedAt !== undefined && was?.failedAt === undefined) {
    effects.push(notice('forwarding.unconfirmed', { target: is.desk, kind: is.kind, reason: 'still-on' }))
  }
  if (was?.claimed && is === undefined) {
    // The clerk may be back by the time at which the phone is found to have another number: the absence is over then, and with it how it was covered.
    const byHand = (after.cover?.byHand && !before.cover?.byHand) || kindsOf(after.forwarding)[was.kind]?.owner === 'foreign'
    effects.push(notice('forwarding.off', { target: was.desk, kind: was.kind, reason: byHand ? 'by-hand' : (was.why ?? 'restarted') }))
  }
  return effects
}
