import { callbackCauses } from '../desk/callback.ts'
import type { Desk } from '../desk/desk.ts'
import type { Fact } from '../desk/event.ts'
import { canPromise } from '../desk/ledger.ts'
import type { WallTime } from '../desk/time.ts'
import { mayHold } from '../desk/touch.ts'
import { type CommandErrorCode, commandErrors } from '../mqtt/command-errors.ts'
import type { DeskCommandName } from '../mqtt/commands.ts'
import type { CommandReply, ReceivedCommand } from './ports.ts'

/** What a command of contract §4 comes to: a fact for the desk, or the code of the reason why nothing was done. */
type Understood = { readonly fact: Fact; readonly data?: Readonly<Record<string, unknown>> } | CommandErrorCode
type Deed = (body: ReceivedCommand['body'], desk: Desk, wall: WallTime) => Understood

/** What each command of the table in `mqtt/commands.ts` asks of the desk. */
const deeds: Readonly<Record<DeskCommandName, Deed>> = {
  hold(body, desk) {
    const id = text(body['call'])
    const call = desk.calls.find((one) => one.state === 'connected' && (id === undefined || one.id === id))
    if (call === undefined) return 'NO_CALL'
    if (!desk.phone.canHold) return 'NOT_CAPABLE'
    if (call.hold?.state === 'asked') return 'IN_PROGRESS'
    if (desk.frozen || !mayHold(call, desk)) return 'NOT_ALLOWED'
    return { fact: { type: 'command.hold', call: call.id }, data: { call: call.id } }
  },
  'lamp.test': () => ({ fact: { type: 'command.lamp-test' } }),
  identify: () => ({ fact: { type: 'command.identify' } }),
  'callback.done'(body, desk) {
    const callback = text(body['callback'])
    const known = desk.callbacks.find((one) => one.id === callback && one.closed === undefined)
    if (callback === undefined || known === undefined) return 'NO_CALLBACK'
    return { fact: { type: 'command.callback-done', callback, by: 'declared' } }
  },
  'callback.accept'(body) {
    const promisedAt = Date.parse(text(body['promisedAt']) ?? '')
    // A time that is over is due now, and no reason to leave a promise with nobody.
    const due = Number.isNaN(promisedAt) ? {} : { promisedAt }
    const cause = callbackCauses.find((one) => one === body['cause']) ?? 'promise'
    return { fact: { type: 'command.callback-accept', from: text(body['from']) ?? '', callback: text(body['callback']) ?? '', cause, ...due } }
  },
  'callback.promise'(body, desk, wall) {
    const target = { ...optional('call', text(body['call'])), ...optional('callback', text(body['callback'])) }
    if (!canPromise(desk, target)) return 'NO_CALLER'
    const promisedAt = ahead(body['promisedAt'], wall)
    if (promisedAt === 'past') return 'BAD_TIME'
    return { fact: { type: 'command.callback-promise', ...target, ...(promisedAt === undefined ? {} : { promisedAt }) } }
  },
  'absence.set'(body, _desk, wall) {
    const until = ahead(body['until'], wall)
    if (until === 'past') return 'BAD_TIME'
    return { fact: { type: 'command.absence', on: true, ...(until === undefined ? {} : { until }) } }
  },
  'absence.clear': () => ({ fact: { type: 'command.absence', on: false } }),
  freeze: () => ({ fact: { type: 'command.freeze', on: true } }),
  unfreeze: () => ({ fact: { type: 'command.freeze', on: false } }),
}

/** Obeys a command, or says why not. The answer goes out after the desk has taken the fact. */
export function obey(command: ReceivedCommand, desk: Desk, wall: WallTime, emit: (fact: Fact) => void): void {
  command.answer(obeyed(command, desk, wall, emit))
}

function obeyed({ name, body }: ReceivedCommand, desk: Desk, wall: WallTime, emit: (fact: Fact) => void): CommandReply {
  const understood = Object.hasOwn(deeds, name) ? deeds[name as DeskCommandName](body, desk, wall) : 'NOT_SERVED'
  if (typeof understood === 'string') return { ok: false, error: { code: understood, message: commandErrors[understood] } }
  emit(understood.fact)
  return understood.data === undefined ? { ok: true } : { ok: true, data: understood.data }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A moment that is still to come. What reads like a time and names none (31 February) is no better than one that is over. */
function ahead(value: unknown, wall: WallTime): WallTime | 'past' | undefined {
  if (value === undefined) return undefined
  const moment = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return moment > wall ? moment : 'past'
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string }
}
