import { type Call, isEngaged, isLive } from './call.ts'
import { recordDay } from './day.ts'
import type { Desk } from './desk.ts'
import type { CallRef, Event } from './event.ts'
import { findCall, fitOfRing, fitOfTalk } from './find-call.ts'
import { recordHearing } from './hearing.ts'
import { dateCallbacks, judgeObligations, recordLedger } from './ledger.ts'
import type { Policy } from './policy.ts'
import { recordReturn } from './record-absence.ts'
import { changeCall, recordWord, replace } from './record-call.ts'
import { recordDayEnd } from './record-day-end.ts'
import { recordCover, settleLease } from './record-lease.ts'
import { recordLines } from './record-lines.ts'
import { recordPhone } from './record-phone.ts'
import { loseSeat, recordSeat, recordWork } from './record-seat.ts'
import { recordShell } from './record-shell.ts'
import { expireCallbacks, settle } from './settle.ts'
import type { Instant } from './time.ts'

/** What is so after the event. Nothing here judges: it only writes down. */
export function record(before: Desk, event: Event, policy: Policy): Desk {
  const settled = judgeObligations(settleLease(settle({ ...before, at: event.at }, policy)), before.calls, policy)
  const recorded = recordHearing(settled, recordUse(recordWaiting(settled, recordFact(settled, event, policy))), event, before.at, policy)
  const covered = recordCover(recordReturn(settled, recorded), policy)
  const owed = expireCallbacks(dateCallbacks(recordLedger(before, covered, policy)), policy)
  const remembered = remember(before, owed)
  // Of the time without an agent nothing is claimed.
  const watched = event.type !== 'agent.started'
  return recordDay(before, watched ? recordDayEnd(before, remembered, policy) : remembered, watched, policy)
}

function recordFact(desk: Desk, event: Event, policy: Policy): Desk {
  switch (event.type) {
    case 'tick':
      return desk
    case 'call.delivered':
      return recordWord(desk, event.ref, 'delivered', policy)
    case 'call.originated':
      return recordWord(desk, event.ref, 'originated', policy)
    case 'call.established':
      return recordWord(desk, event.ref, 'established', policy)
    case 'call.held':
      return recordWord(desk, event.ref, 'held', policy)
    case 'call.retrieved':
      return recordTakenBack(desk, recordWord(desk, event.ref, 'retrieved', policy))
    case 'call.cleared':
      return recordWord(desk, event.ref, 'cleared', policy, event.cause)
    case 'call.ring':
      return recordRing(desk, event.ref, event.ring, policy)
    case 'call.held-by-them':
      return changeCall(desk, event.ref, fitOfTalk, policy, (call) => ({ ...call, heldByThem: event.on, touched: true }))
    case 'call.muted':
      return changeCall(desk, event.ref, fitOfTalk, policy, (call) => muted(call, event.on, desk.at))
    case 'call.conferenced':
      return changeCall(desk, event.ref, fitOfTalk, policy, (call) => ({ ...call, conference: true, touched: true }))
    case 'call.transferred':
      return recordTransfer(desk, event, policy)
    case 'phone.lines':
      return recordLines(desk, event.lines, policy)
    case 'phone.hook':
    case 'phone.audio':
    case 'phone.idle':
    case 'phone.restarted':
    case 'phone.described':
    case 'phone.registered':
    case 'phone.dnd':
    case 'phone.forwarding':
    case 'phone.reachable':
    case 'phone.refused':
    case 'phone.capable':
    case 'phone.heard':
    case 'hold.answered':
    case 'forward.answered':
    case 'forward.looked':
      return recordPhone(desk, event, policy)
    case 'seat.seen':
      return recordSeat(desk, event.occupied)
    case 'seat.lost':
      return loseSeat(desk)
    case 'bridge.lost':
    case 'bridge.back':
      return { ...desk, bridge: bridgeOf(desk, event) }
    default:
      return recordShell(desk, event, policy)
  }
}

/** The same word told again changes nothing: since when it is so stays. */
function bridgeOf({ at, bridge }: Desk, event: Extract<Event, { type: `bridge.${string}` }>): Desk['bridge'] {
  if (event.type === 'bridge.lost') return bridge?.connected === false ? bridge : { connected: false, since: at, fault: event.reason }
  const since = bridge?.connected === true ? bridge.since : at
  return { connected: true, since, ...(event.firmware === undefined ? {} : { firmware: event.firmware }) }
}

/** A call that the phone names again after a restart has been there all the time: who has rung meanwhile has waited behind it. */
function recordWaiting(before: Desk, after: Desk): Desk {
  const proven = after.calls.filter((call) => isEngaged(call) && before.calls.some(({ id, proven }) => id === call.id && !proven))
  const isBehind = (call: Call): boolean => call.state === 'alerting' && proven.some(({ startedAt }) => startedAt <= call.startedAt)
  return proven.length === 0 ? after : { ...after, calls: after.calls.map((call) => (isBehind(call) ? { ...call, waiting: true } : call)) }
}

/** A handset that is off for a call is in use, from the dialling on. */
function recordUse(desk: Desk): Desk {
  if (desk.phone.untalked === undefined || !desk.calls.some((call) => isLive(call) && call.state !== 'alerting')) return desk
  const { untalked: _, ...phone } = desk.phone
  return { ...desk, phone }
}

/** Taking a call back is work at the phone; the same word told again is not. */
function recordTakenBack(before: Desk, after: Desk): Desk {
  const isConnected = (desk: Desk, id: string): boolean => desk.calls.some((call) => call.id === id && call.state === 'connected')
  return after.calls.some(({ id }) => isConnected(after, id) && !isConnected(before, id)) ? recordWork(after) : after
}

/** One burst counted on the line: from now on the rings of this call are counted, not derived. */
function recordRing(desk: Desk, ref: CallRef, ring: number, policy: Policy): Desk {
  const known = findCall(desk, ref, fitOfRing, policy)?.state === 'alerting' ? desk : recordWord(desk, ref, 'delivered', policy)
  return changeCall(known, ref, fitOfRing, policy, (call) =>
    call.state === 'alerting' && ring > (call.counted?.ring ?? 0) ? { ...call, counted: { ring, at: desk.at } } : call,
  )
}

function muted(call: Call, on: boolean, at: Instant): Call {
  const { mutedSince, ...rest } = call
  if (on) return mutedSince === undefined ? { ...rest, mutedSince: at } : call
  return rest
}

/**
 * A transfer hands over everybody the clerk is engaged with; a blind one only the call that the phone names. The phone may say so just after it
 * said that the calls are over.
 */
function recordTransfer(desk: Desk, event: Extract<Event, { type: 'call.transferred' }>, policy: Policy): Desk {
  const { ref, kind, outcome } = event
  const transfer = (call: Call): Call => ({
    ...call,
    transfer: { kind: kind === 'unknown' ? (call.transfer?.kind ?? kind) : kind, outcome, at: desk.at },
  })
  if (kind === 'blind') return changeCall(desk, ref, fitOfTalk, policy, transfer)
  const handed = desk.calls.filter((call) => (isLive(call) ? call.state !== 'alerting' : call.answeredAt !== undefined))
  const concerned = outcome === 'started' || handed.length === 0 ? handed : handed.filter((call) => call.transfer !== undefined)
  return (concerned.length === 0 ? handed : concerned).reduce((rest, call) => replace(rest, call, transfer(call)), desk)
}

/** The person last spoken with can be promised a call for a while after. */
function remember(before: Desk, after: Desk): Desk {
  const ended = after.calls.find(
    (call) => call.state === 'cleared' && call.answeredAt !== undefined && before.calls.some((one) => one.id === call.id && isLive(one)),
  )
  if (ended === undefined) return after
  const { number } = ended.remote
  return { ...after, lastCaller: { call: ended.id, at: after.at, ...(number === undefined ? {} : { number }) } }
}
