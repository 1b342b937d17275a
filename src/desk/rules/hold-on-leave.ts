import { type Call, type HoldRequest, isTurnedDown } from '../call.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type LampPattern, type MobilityReason, notice } from '../effect.ts'
import { limits, type Policy } from '../policy.ts'
import { ahead, earliest, type Instant } from '../time.ts'
import { mayHold } from '../touch.ts'
import { hasCome, type Rule } from './rule.ts'

/**
 * The clerk got up in the middle of a call: the lamp warns, then the phone is asked to hold, once. Only the phone's own word that the call is held
 * counts; without it one more attempt is made, which the driver refuses where it could resume the call. Nothing here ever resumes one.
 */
export const holdOnLeave: Rule = {
  name: 'hold-on-leave',
  clause: 'III.8',
  sentence: 'When leaving the conversation station, mute the telephone using the hold function.',

  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    return after.calls.flatMap((call) => {
      const earlier = before.calls.find(({ id }) => id === call.id)
      return [...departure(call, before, after, policy), ...answer(call, earlier, before, after, policy)]
    })
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    const { leftAt, seenAt } = desk.seat
    // One past the evidence's age: from there on it warns of nothing any more.
    const left = leftAt === undefined ? [] : [leftAt + policy.seatWarningMs, leftAt + policy.seatGraceMs, seenAt + policy.seatEvidenceMaxAgeMs + 1]
    return earliest([...left, ...desk.calls.map((call) => confirmBy(call, policy))].map((instant) => ahead(instant, desk.at)))
  },

  lamp(desk: Desk, policy: Policy): LampPattern | undefined {
    if (desk.calls.some((call) => call.state === 'connected' && call.hold?.state === 'given-up' && call.hold.leftAt === desk.seat.leftAt && isAway(desk))) {
      return 'hold-unconfirmed'
    }
    const { leftAt } = desk.seat
    if (leftAt === undefined || desk.at < leftAt + policy.seatWarningMs || !desk.calls.some((call) => wasLeft(call, desk, policy))) return undefined
    if (desk.at < leftAt + policy.seatGraceMs) return 'hold-warning'
    // Nobody can be asked to hold: the caller hears an empty room, and all that is left is to say so.
    return remindOnlyReason(desk, policy) === 'not-capable' ? 'hold-unconfirmed' : undefined
  },
}

/** The two instants of a departure: the warning, and the hold. */
function departure(call: Call, before: Desk, after: Desk, policy: Policy): readonly Effect[] {
  const { leftAt } = after.seat
  if (leftAt === undefined || !wasLeft(call, after, policy)) return []
  const remindOnly = remindOnlyReason(after, policy)
  if (hasCome(leftAt + policy.seatWarningMs, before, after)) {
    return [notice('hold.warned', { call: call.id, afterMs: after.at - leftAt, ...(remindOnly === undefined ? {} : { remindOnly }) })]
  }
  // What a person has just asked for is not asked for again.
  const asked = call.hold?.state === 'asked'
  if (hasCome(leftAt + policy.seatGraceMs, before, after) && remindOnly === undefined && !asked) return [holdEffect(call, 1)]
  return []
}

/** What comes of a hold that was asked for: the phone's word, its refusal, or nothing in time. */
function answer(call: Call, earlier: Call | undefined, before: Desk, after: Desk, policy: Policy): readonly Effect[] {
  const { hold } = call
  if (hold === undefined) return []
  if (hold.state === 'wanted') return earlier?.hold === hold ? [] : [holdEffect(call, 1)]
  const afterMs = after.at - (hold.leftAt ?? hold.firstAt)
  if (hold.state === 'confirmed') return earlier?.hold?.state === 'confirmed' ? [] : [notice('hold.forced', { call: call.id, afterMs })]
  if (hold.state !== 'asked' || call.state !== 'connected') return []
  if (!isTurnedDown(hold) && !hasCome(confirmBy(call, policy), before, after)) return []
  if (mayAskAgain(call, hold, after, policy)) return [holdEffect(call, 2)]
  return [notice('hold.unconfirmed', { call: call.id, afterMs, reason: hold.outcome ?? 'no-answer' })]
}

/** A second attempt, while everything still speaks for it. A driver that found the call held already would find the same again. */
function mayAskAgain(call: Call, hold: HoldRequest, desk: Desk, policy: Policy): boolean {
  if (hold.attempt === 2 || isTurnedDown(hold) || hold.outcome === 'already-held' || desk.frozen) return false
  return hold.leftAt === undefined ? mayHold(call, desk) : hold.leftAt === desk.seat.leftAt && wasLeft(call, desk, policy)
}

/** Whether somebody was seen to leave this very call, by evidence that is fresh and can be believed (procedure INV-5). */
function wasLeft(call: Call, desk: Desk, policy: Policy): boolean {
  const { leftAt, seenAt } = desk.seat
  const fresh = desk.at - seenAt <= policy.seatEvidenceMaxAgeMs
  return leftAt !== undefined && isAway(desk) && fresh && call.since <= leftAt && !desk.frozen && mayHold(call, desk)
}

function isAway(desk: Desk): boolean {
  return desk.seat.occupied === false && desk.seat.plausible
}

function remindOnlyReason(desk: Desk, policy: Policy): MobilityReason | undefined {
  if (policy.mobility !== 'fixed') return policy.mobility
  return desk.phone.canHold ? undefined : 'not-capable'
}

/** By when the phone should have said that the call is held. A driver that has not answered at all is not waited for longer than its own limit. */
function confirmBy(call: Call, policy: Policy): Instant | undefined {
  return call.hold?.state === 'asked' ? call.hold.at + Math.min(policy.holdConfirmMs, limits.commandAnswerMs) : undefined
}

function holdEffect(call: Call, attempt: 1 | 2): Effect {
  return { type: 'phone.hold', call: call.id, ref: call.ref, attempt }
}
