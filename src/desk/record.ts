import { type Call, isEngaged, isLive } from './call.ts'
import { recordDay } from './day.ts'
import type { Desk } from './desk.ts'
import type { CallRef, Event } from './event.ts'
import { findCall, fitOfRing, fitOfTalk } from './find-call.ts'
import { recordHearing } from './hearing.ts'
import { dateCallbacks, judgeObligations, recordLedger } from './ledger.ts'
import { withAction } from './note.ts'
import { limits, type Policy } from './policy.ts'
import { recordReturn } from './record-absence.ts'
import { changeCall, clear, recordWord, replace } from './record-call.ts'
import { recordDayEnd } from './record-day-end.ts'
import { forgetForwarding } from './record-forwarding.ts'
import { forgetLease, phoneIsBack, recordCover, recordForwardAnswer, recordForwardingWord, recordLook, settleLease } from './record-lease.ts'
import { recordLines } from './record-lines.ts'
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

type PhoneEvent = Extract<Event, { type: `phone.${string}` | `forward.${string}` | 'hold.answered' }>

function recordPhone(desk: Desk, event: Exclude<PhoneEvent, { type: 'phone.lines' }>, policy: Policy): Desk {
  const { at, phone } = desk
  switch (event.type) {
    case 'phone.hook':
      return recordHook(desk, event.hook)
    case 'phone.audio':
      return recordAudio(event.path === 'handset' || event.path === phone.audio ? desk : recordWork(desk), event.path)
    case 'phone.idle':
      return recordIdle(desk, event.idle)
    case 'phone.restarted':
      return recordRestart(desk)
    case 'phone.described':
      return {
        ...desk,
        phone: {
          ...phone,
          ...(event.model === undefined ? {} : { model: event.model }),
          ...(event.firmware === undefined ? {} : { firmware: event.firmware }),
        },
      }
    case 'phone.registered':
      return { ...desk, phone: { ...phone, registered: event.registered } }
    case 'phone.dnd':
      return { ...desk, phone: { ...phone, dnd: event.on } }
    case 'phone.forwarding':
      return recordForwardingWord(desk, event, policy)
    case 'phone.reachable': {
      const { fault: _, refused, reachableBy: __, ...rest } = phone
      const known = {
        ...rest,
        reachable: event.reachable,
        ...(event.reachable || event.reason === undefined ? {} : { fault: event.reason }),
        ...(event.by === undefined ? {} : { reachableBy: event.by }),
      }
      const told = { ...desk, phone: event.reachable || refused === undefined ? known : { ...known, refused } }
      return event.reachable && !phone.reachable ? phoneIsBack(told) : told
    }
    case 'phone.refused':
      return { ...desk, phone: { ...phone, refused: { reason: event.reason, until: at + event.retryMs } } }
    case 'phone.heard':
      return desk
    case 'forward.answered':
      return recordForwardAnswer(desk, event, policy)
    case 'forward.looked':
      return recordLook(desk, event, policy)
    case 'phone.capable':
      return { ...desk, phone: { ...phone, canHold: event.hold, canForward: event.forward } }
    case 'hold.answered': {
      const call = desk.calls.find(({ id }) => id === event.call)
      if (call?.hold === undefined || call.hold.attempt !== event.attempt || call.hold.state !== 'asked') return desk
      return replace(withAction(desk, event.outcome), call, { ...call, hold: { ...call.hold, outcome: event.outcome } })
    }
    default:
      return event satisfies never
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

function recordHook(desk: Desk, hook: 'on' | 'off'): Desk {
  const { at, phone } = desk
  if (hook === 'off') {
    const lifted = { ...desk, phone: { ...phone, hook, audio: phone.audio ?? ('handset' as const) } }
    return phone.hook === 'off' ? lifted : recordWork({ ...lifted, phone: { ...lifted.phone, untalked: true } })
  }
  const { hook: _, audio: __, untalked: ___, ...rest } = phone
  const calls = desk.calls.map((call) => (call.handset && call.onHookAt === undefined ? { ...call, onHookAt: at } : call))
  return { ...desk, calls, phone: { ...rest, hook, audio: undefined } }
}

function recordAudio(desk: Desk, path: 'handset' | 'headset' | 'speaker'): Desk {
  const calls = desk.calls.map((call): Call => {
    if (call.state !== 'connected') return call
    if (path === 'speaker') return { ...call, handset: false, speakerAt: call.speakerAt ?? desk.at }
    return { ...call, handset: path === 'handset' }
  })
  return { ...desk, calls, phone: { ...desk.phone, audio: path } }
}

/**
 * An idle phone has no calls; what began just now may have overtaken the word. A phone that *becomes* busy was idle before, so that whatever was
 * carried over a restart is gone.
 */
function recordIdle(desk: Desk, idle: boolean): Desk {
  const gone = desk.calls.filter((call) => isLive(call) && desk.at - call.since >= (call.startedAt === call.since ? limits.reorderMs : 0))
  if (idle) return gone.reduce((rest, call) => clear(rest, call, 'unknown'), desk)
  return gone.filter((call) => !call.proven).reduce((rest, call) => clear(rest, call, 'lost'), desk)
}

/** The phone has started anew: its calls are gone, and its ids mean nothing any more. */
function recordRestart(desk: Desk): Desk {
  const over = desk.calls.filter(isLive).reduce((rest, call) => clear(rest, call, 'lost'), desk)
  const { refused: _, untalked: __, ...phone } = desk.phone
  return {
    ...forgetLease(over),
    calls: over.calls.map((call) => ({ ...call, ref: {} })),
    phone: { ...phone, hook: undefined, audio: undefined, starts: phone.starts + 1 },
    forwarding: forgetForwarding(desk.forwarding),
  }
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
