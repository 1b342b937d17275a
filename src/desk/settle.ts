import { nextMidnight } from './calendar.ts'
import { type Call, isLive } from './call.ts'
import { type Callback, isOpen } from './callback.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { dueInstantOf } from './ledger.ts'
import { limits, type Policy } from './policy.ts'
import { clear } from './record-call.ts'
import { ahead, earliest, type Instant } from './time.ts'

/**
 * Nothing waits for ever (procedure INV-12). A cleared call stays provisional until the word that may still explain it has had its time; a call of
 * which nothing more is heard is given up; a callback that nobody can make ends with its day.
 */
export function settle(desk: Desk, policy: Policy): Desk {
  const given = desk.calls.filter((call) => isLive(call) && expiresAt(call) <= desk.at).reduce((rest, call) => clear(rest, call, 'lost'), desk)
  const calls = given.calls.filter((call) => isLive(call) || verdictAt(call, policy) > desk.at)
  const lastCaller = desk.lastCaller !== undefined && desk.lastCaller.at + limits.promiseAfterCallMs > desk.at ? desk.lastCaller : undefined
  return {
    ...given,
    calls: calls.length === given.calls.length ? given.calls : calls,
    // What was closed in the last step has been said.
    callbacks: desk.callbacks.some((callback) => callback.closed) ? desk.callbacks.filter((callback) => !callback.closed) : desk.callbacks,
    lastCaller,
  }
}

/** Closes what nobody can do any more: no number to call, and its time is over. After the facts, because a clock that was set may have ended it. */
export function expireCallbacks(desk: Desk, policy: Policy): Desk {
  if (!desk.callbacks.some((callback) => isExpired(desk, callback, policy))) return desk
  return {
    ...desk,
    callbacks: desk.callbacks.map((callback) => (isExpired(desk, callback, policy) ? { ...callback, closed: { by: 'expired', at: desk.at } } : callback)),
  }
}

function isExpired(desk: Desk, callback: Callback, policy: Policy): boolean {
  const due = callback.uncallable === undefined ? undefined : dueInstantOf(callback, desk, policy)
  return callback.closed === undefined && due !== undefined && due <= desk.at
}

/** When the desk decides what a cleared call was: a while after its reason was given, later if none was. */
function verdictAt(call: Call, policy: Policy): Instant {
  const { cleared } = call
  if (cleared === undefined) return Number.POSITIVE_INFINITY
  const open = cleared.from === 'alerting' && call.answeredAt === undefined && cleared.cause === 'unknown'
  const settled = open ? call.since + limits.unresolvedMs : (cleared.reasonAt ?? call.since) + limits.settleMs
  return Math.max(settled, call.since + policy.hangUpWindowMs)
}

/** When a call of which nothing more is heard is given up. */
function expiresAt(call: Call): Instant {
  if (call.state === 'alerting') return call.since + limits.alertingMaxMs
  if (call.state === 'initiated') return call.since + limits.dialingMaxMs
  return call.since + limits.talkingMaxMs
}

/** The next instant at which something settles by itself. */
export function settleDue(desk: Desk, policy: Policy): Instant | undefined {
  const { at } = desk
  const wall = trustedWall(desk)
  return earliest([
    ...desk.calls.map((call) => ahead(isLive(call) ? expiresAt(call) : verdictAt(call, policy), at)),
    ...desk.callbacks.map((callback) => (isOpen(callback) || callback.closed ? undefined : ahead(dueInstantOf(callback, desk, policy), at))),
    desk.lastCaller === undefined ? undefined : ahead(desk.lastCaller.at + limits.promiseAfterCallMs, at),
    ahead(desk.lampTestUntil, at),
    ahead(desk.identifyUntil, at),
    wall === undefined || desk.clock === undefined ? undefined : ahead(nextMidnight(policy.workingHours, wall) - desk.clock.offsetMs, at),
  ])
}
