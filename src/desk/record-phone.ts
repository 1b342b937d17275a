import { type Call, isLive } from './call.ts'
import type { Desk } from './desk.ts'
import type { Event } from './event.ts'
import { withAction } from './note.ts'
import { limits, type Policy } from './policy.ts'
import { clear, replace } from './record-call.ts'
import { forgetForwarding } from './record-forwarding.ts'
import { forgetLease, phoneIsBack, recordForwardAnswer, recordForwardingWord, recordLook } from './record-lease.ts'
import { recordWork } from './record-seat.ts'

type PhoneEvent = Exclude<Extract<Event, { type: `phone.${string}` | `forward.${string}` | 'hold.answered' }>, { type: 'phone.lines' }>

/** What the phone tells of itself rather than of one call, and what came of what it was told to do. */
export function recordPhone(desk: Desk, event: PhoneEvent, policy: Policy): Desk {
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
