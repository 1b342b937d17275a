import type { Desk } from '../desk/desk.ts'
import type { Fact } from '../desk/event.ts'
import { canPromise } from '../desk/ledger.ts'
import { mayHold } from '../desk/touch.ts'
import type { CommandReply, ReceivedCommand } from './ports.ts'

/** What a command of contract §4 comes to: a fact for the desk, or the reason why nothing was done. */
type Understood = { readonly fact: Fact; readonly data?: Readonly<Record<string, unknown>> } | { readonly code: string; readonly message: string }

const refuse = (code: string, message: string): Understood => ({ code, message })

/** Every command this agent obeys. A name that is not here is answered with an error and changes nothing. */
const commands: Readonly<Record<string, (body: ReceivedCommand['body'], desk: Desk) => Understood>> = {
  hold(body, desk) {
    const id = text(body['call'])
    const call = desk.calls.find((one) => one.state === 'connected' && (id === undefined || one.id === id))
    if (call === undefined) return refuse('NO_CALL', 'no connected call to put on hold')
    if (!desk.phone.canHold) return refuse('NOT_CAPABLE', 'this phone cannot be told to hold')
    if (call.hold?.state === 'asked') return refuse('IN_PROGRESS', 'a hold has been asked for already')
    if (desk.frozen || !mayHold(call, desk))
      return refuse('NOT_ALLOWED', 'this call must not be touched: an emergency, a conference, held by the other side, or not certain')
    return { fact: { type: 'command.hold', call: call.id }, data: { call: call.id } }
  },
  'lamp.test': () => ({ fact: { type: 'command.lamp-test' } }),
  identify: () => ({ fact: { type: 'command.identify' } }),
  'callback.done'(body, desk) {
    const callback = text(body['callback'])
    const known = desk.callbacks.find((one) => one.id === callback && one.closed === undefined)
    if (callback === undefined || known === undefined) return refuse('NO_CALLBACK', 'no open callback of that id; its `callback.opened` event names it')
    return { fact: { type: 'command.callback-done', callback, by: 'declared' } }
  },
  'callback.promise'(body, desk) {
    const target = { ...optional('call', text(body['call'])), ...optional('callback', text(body['callback'])) }
    if (!canPromise(desk, target)) return refuse('NO_CALLER', 'name an open `callback`, or a `call` that goes on or ended within two minutes')
    const promisedAt = wall(body['promisedAt'])
    if (body['promisedAt'] !== undefined && promisedAt === undefined) return refuse('BAD_TIME', '`promisedAt` is not a time, such as 2026-11-23T14:00:00+01:00')
    return { fact: { type: 'command.callback-promise', ...target, ...(promisedAt === undefined ? {} : { promisedAt }) } }
  },
  'absence.set'(body) {
    const until = wall(body['until'])
    if (body['until'] !== undefined && until === undefined) return refuse('BAD_TIME', '`until` is not a time, such as 2026-11-23T14:00:00+01:00')
    return { fact: { type: 'command.absence', on: true, ...(until === undefined ? {} : { until }) } }
  },
  'absence.clear': () => ({ fact: { type: 'command.absence', on: false } }),
  freeze: () => ({ fact: { type: 'command.freeze', on: true } }),
  unfreeze: () => ({ fact: { type: 'command.freeze', on: false } }),
}

/** The names that this agent obeys; the broker link refuses the others. */
export const servedCommands = [
  'hold',
  'lamp.test',
  'identify',
  'callback.done',
  'callback.promise',
  'absence.set',
  'absence.clear',
  'freeze',
  'unfreeze',
] as const

/** Obeys a command, or says why not. The answer goes out after the desk has taken the fact. */
export function obey(command: ReceivedCommand, desk: Desk, emit: (fact: Fact) => void): void {
  command.answer(obeyed(command, desk, emit))
}

function obeyed({ name, body }: ReceivedCommand, desk: Desk, emit: (fact: Fact) => void): CommandReply {
  const understand = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (understand === undefined) return { ok: false, error: { code: 'UNKNOWN_COMMAND', message: `this agent does not know the command "${name.slice(0, 32)}"` } }
  const understood = understand(body, desk)
  if ('code' in understood) return { ok: false, error: { code: understood.code, message: understood.message } }
  emit(understood.fact)
  return understood.data === undefined ? { ok: true } : { ok: true, data: understood.data }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 64 ? value : undefined
}

function wall(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : undefined
  return ms === undefined || Number.isNaN(ms) ? undefined : ms
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string }
}
