import { absenceKinds } from '../../desk/absence.ts'
import { callbackCauses } from '../../desk/callback.ts'
import type { Desk } from '../../desk/desk.ts'
import type { Fact } from '../../desk/event.ts'
import { canPromise } from '../../desk/ledger.ts'
import { limits, type Policy } from '../../desk/policy.ts'
import { hasForeign } from '../../desk/record-forwarding.ts'
import { chainOf } from '../../desk/substitutes.ts'
import type { WallTime } from '../../desk/time.ts'
import { mayHold } from '../../desk/touch.ts'
import { type CommandErrorCode, commandErrors } from '../../mqtt/command-errors.ts'
import type { DeskCommandName } from '../../mqtt/commands.ts'
import type { CommandReply, ReceivedCommand } from '../ports.ts'

/** What a command of contract §4 comes to: a fact for the desk, or the code of the reason why nothing was done. */
type Understood = { readonly fact: Fact; readonly data?: Readonly<Record<string, unknown>> } | CommandErrorCode
/** The desk now, what time it is, and the office's numbers. */
interface Around {
  readonly desk: Desk
  readonly wall: WallTime
  readonly policy: Policy
}
type Deed = (body: ReceivedCommand['body'], around: Around) => Understood

/** What each command of the table in `mqtt/commands.ts` asks of the desk. */
const deeds: Readonly<Record<DeskCommandName, Deed>> = {
  hold(body, { desk }) {
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
  'callback.done'(body, { desk }) {
    const callback = text(body['callback'])
    const known = desk.callbacks.find((one) => one.id === callback && one.closed === undefined)
    if (callback === undefined || known === undefined) return 'NO_CALLBACK'
    return { fact: { type: 'command.callback-done', callback, by: 'declared' } }
  },
  'callback.promise'(body, { desk, wall }) {
    const target = { ...optional('call', text(body['call'])), ...optional('callback', text(body['callback'])) }
    if (!canPromise(desk, target)) return 'NO_CALLER'
    const promisedAt = ahead(body['promisedAt'], wall)
    if (promisedAt === 'past') return 'BAD_TIME'
    return { fact: { type: 'command.callback-promise', ...target, ...(promisedAt === undefined ? {} : { promisedAt }) } }
  },
  'callback.accept'(body, { desk, policy }) {
    const [from = '', callback = ''] = [text(body['from']), text(body['callback'])]
    const cause = callbackCauses.find((each) => each === body['cause']) ?? 'promise'
    if (from === policy.desk) return 'OWN_DESK'
    const known = desk.callbacks.find((each) => each.from === from && each.of === callback && each.closed === undefined)
    if (known === undefined && desk.callbacks.filter(({ closed }) => closed === undefined).length >= limits.callbacksMax) return 'TOO_MANY_CALLBACKS'
    // An agreed time that has just passed is as much owed as one that is to come.
    const promisedAt = moment(body['promisedAt'])
    const when = Number.isNaN(promisedAt) ? {} : { promisedAt }
    const data = { callback: known?.id ?? `b${desk.lastCallback + 1}` }
    return { fact: { type: 'command.callback-accept', from, callback, cause, ...when }, data }
  },
  'forward.set'(body, { desk, wall, policy }) {
    const named = text(body['target'])
    const until = ahead(body['until'], wall)
    if (hasForeign(desk.forwarding)) return 'BY_HAND'
    if (desk.phone.canForward.length === 0) return 'NOT_CAPABLE'
    const wanted = chainOf(desk, policy).find((each) => named === undefined || each.desk === named || each.number === named)
    if (wanted === undefined) return 'NO_SUBSTITUTE'
    if (until === 'past') return 'BAD_TIME'
    const forMs = until === undefined ? {} : { forMs: until - wall }
    return { fact: { type: 'command.forward', on: true, ...optional('target', named === undefined ? undefined : wanted.desk), ...forMs } }
  },
  'forward.clear': () => ({ fact: { type: 'command.forward', on: false } }),
  'absence.set'(body, { wall }) {
    const until = ahead(body['until'], wall)
    if (until === 'past') return 'BAD_TIME'
    const kind = absenceKinds.find((each) => each === body['kind'])
    return { fact: { type: 'command.absence', on: true, ...(until === undefined ? {} : { until }), ...(kind === undefined ? {} : { kind }) } }
  },
  'absence.clear': () => ({ fact: { type: 'command.absence', on: false } }),
  freeze: () => ({ fact: { type: 'command.freeze', on: true } }),
  unfreeze: () => ({ fact: { type: 'command.freeze', on: false } }),
}

/** Obeys a command, or says why not. The answer goes out after the desk has taken the fact. */
export function obey(command: ReceivedCommand, around: Around, emit: (fact: Fact) => void): void {
  command.answer(obeyed(command, around, emit))
}

function obeyed({ name, body }: ReceivedCommand, around: Around, emit: (fact: Fact) => void): CommandReply {
  const understood = Object.hasOwn(deeds, name) ? deeds[name as DeskCommandName](body, around) : 'NOT_SERVED'
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
  const when = moment(value)
  return when > wall ? when : 'past'
}

function moment(value: unknown): WallTime {
  return typeof value === 'string' ? Date.parse(value) : Number(value)
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string }
}
