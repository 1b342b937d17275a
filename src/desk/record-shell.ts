import { type Call, isLive } from './call.ts'
import type { Desk } from './desk.ts'
import type { Event } from './event.ts'
import { accept, closed, promise } from './ledger.ts'
import { limits, type Policy } from './policy.ts'
import { recordAbsence, recordOrder, seenOf } from './record-absence.ts'
import { replace } from './record-call.ts'
import { forgetAtStart, recordFreed } from './record-lease.ts'
import { loseSeat } from './record-seat.ts'
import { mayHold } from './touch.ts'

type ShellEvent = Extract<
  Event,
  {
    type:
      | `agent.${string}`
      | `command.${string}`
      | 'clock.set'
      | 'security.refused'
      | 'journal.incomplete'
      | 'substitute.seen'
      | 'directory.seen'
      | `warden.${string}`
  }
>

/** What the agent around the desk tells of itself, of the office and of the clock, and what people ask of it. */
export function recordShell(desk: Desk, event: ShellEvent, policy: Policy): Desk {
  const { at } = desk
  switch (event.type) {
    case 'clock.set':
      return { ...desk, clock: { offsetMs: event.wall - at, synced: event.synced } }
    case 'agent.started':
      return recordAgentStart(desk, event)
    case 'agent.stopping':
      return { ...desk, shell: { ...desk.shell, stopping: event.reason } }
    case 'security.refused':
      return { ...desk, shell: { ...desk.shell, refusals: desk.shell.refusals + 1, refused: { reason: event.reason, count: event.count } } }
    case 'journal.incomplete': {
      const { type: _, at: __, ...lost } = event
      return { ...desk, shell: { ...desk.shell, losses: (desk.shell.losses ?? 0) + 1, lost } }
    }
    case 'substitute.seen':
      return { ...desk, substitutes: { ...desk.substitutes, [event.desk]: seenOf(event) } }
    case 'directory.seen':
      return { ...desk, directory: { version: event.version, substitutes: event.substitutes, seenAt: at } }
    case 'warden.seen':
      return desk.warden?.answers === event.answers ? desk : { ...desk, warden: { answers: event.answers, since: at } }
    case 'warden.freed':
      return recordFreed(desk, event.order)
    case 'command.forward':
      return recordOrder(desk, event)
    case 'command.callback-accept':
      return accept(desk, event, policy)
    case 'command.hold':
      return recordHoldWanted(desk, event.call)
    case 'command.lamp-test':
      return { ...desk, lampTestUntil: at + limits.lampTestMs }
    case 'command.identify':
      return { ...desk, identifyUntil: at + limits.identifyMs }
    case 'command.callback-done':
      return {
        ...desk,
        callbacks: desk.callbacks.map((callback) => (callback.id === event.callback && !callback.closed ? closed(callback, 'declared', at) : callback)),
      }
    case 'command.callback-promise':
      return promise(desk, event, event.promisedAt, policy)
    case 'command.absence':
      return recordAbsence(desk, event)
    case 'command.freeze':
      return { ...desk, frozen: event.on }
    case 'command.answered': {
      const { command, id, code } = event
      const answered = { command, ...(id === undefined ? {} : { id }), ...(code === undefined ? {} : { code }) }
      return { ...desk, shell: { ...desk.shell, commands: (desk.shell.commands ?? 0) + 1, command: answered } }
    }
    default:
      return event satisfies never
  }
}

/**
 * Nobody watched until now: the calls may be there or not, and what the seat or the hook was is not known. A call that ran out of its time meanwhile has
 * just been given up; it stays for its verdict, because who rang is owed a call however long the agent was away.
 */
function recordAgentStart(desk: Desk, { version, wall, synced = false }: Extract<Event, { type: 'agent.started' }>): Desk {
  const { stopping: _, ...shell } = desk.shell
  const { warden: __, ...kept } = forgetAtStart(loseSeat(desk))
  return {
    ...kept,
    clock: wall === undefined ? desk.clock : { offsetMs: wall - desk.at, synced },
    calls: desk.calls.map((call) => (isLive(call) ? { ...withoutHold(call), proven: false, startKnown: false } : call)),
    phone: { ...desk.phone, reachable: undefined, hook: undefined, audio: undefined, canHold: false, canForward: [] },
    substitutes: {},
    bridge: undefined,
    lampTestUntil: undefined,
    identifyUntil: undefined,
    shell: { ...shell, starts: shell.starts + 1, version },
  }
}

function withoutHold({ hold: _, ...call }: Call): Call {
  return call
}

/** A person's wish is no reason to touch what must not be touched, nor to ask the phone twice at once: on some phones the second would resume the call. */
function recordHoldWanted(desk: Desk, id: string | undefined): Desk {
  const call = desk.calls.find((one) => one.state === 'connected' && (id === undefined || one.id === id))
  if (call === undefined || call.hold?.state === 'asked' || !desk.phone.canHold || desk.frozen || !mayHold(call, desk)) return desk
  return replace(desk, call, { ...call, hold: { at: desk.at, firstAt: desk.at, attempt: 1, state: 'wanted' } })
}
