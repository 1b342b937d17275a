import type { NoticeName } from '../../desk/effect.ts'
import { commandErrors } from '../command-errors.ts'
import type { CommandName } from '../commands.ts'
import type { CloudEvent } from '../event-message.ts'
import type { Health } from '../health-message.ts'
import type { Alarms, Directory, HubPresence, Rebirth, Warden } from '../hub-messages.ts'
import type { About, DayCounters, Presence, State } from '../level-messages.ts'
import type { WireData } from '../notice-data.ts'
import type { Reply } from '../reply-message.ts'
import { isoTime, sequenceText } from '../wire-form.ts'

/**
 * One message of each kind, as an invented desk says it: the published documents show them, and tests send them over a broker and read them back. Only
 * `scripts/docs.js` and tests import this file. A notice or a level without its example does not compile.
 */
const epoch = '0f3a5c1e-8d2b-4a67-9c01-23456789abcd'
const boot = '6f1c9a52-0d3e-4c1b-8a77-5e2f40d91b30'
const nine = Date.UTC(2026, 10, 23, 8)
const at = isoTime(nine)
const call = 'c7'
const callback = 'b3'

export const exampleSite = 'um-bialystok'
export const exampleDesk = 'usc-12'

const capabilities = { hold: true, forward: false, seat: true, lamp: true }

const about: About = {
  v: 1,
  at,
  agent: '0.1.0',
  department: 'usc',
  phone: { make: 'yealink', model: 'SIP-T46U', firmware: '108.86.0.20', fingerprint: 'K7Q2MZ4TQA' },
  capabilities,
  epoch,
  boot,
  firstSequence: sequenceText(1),
  lastSequence: sequenceText(4711),
}

const state: State = {
  v: 1,
  at,
  epoch,
  sequence: sequenceText(4711),
  clock: 'synced',
  phone: { reachable: true, hook: 'on', dnd: false },
  calls: [{ id: call, direction: 'in', state: 'alerting', since: isoTime(nine - 10_000), ring: 3, ringSource: 'estimated' }],
  lamp: 'ring-warning',
  forwarding: {
    state: 'on',
    target: 'usc-14',
    owner: 'agent',
    kind: 'no-answer',
    until: isoTime(nine + 1_800_000),
    lease: { state: 'held', kind: 'no-answer', target: 'usc-14', until: isoTime(nine + 1_800_000), order: 12 },
  },
  callbacks: { open: 2, overdue: 1 },
}

const presence: Presence = { v: 1, at, takesCalls: false, substituting: 'usc-14' }

const health: Health = {
  v: 1,
  at,
  version: '0.1.0',
  uptimeMs: 86_400_000,
  boot,
  clock: 'synced',
  exchange: { answers: true, phoneAnswers: true, tells: true },
  broker: { connected: true, protocol: 5, fault: null },
  phone: {
    reachable: true,
    fault: null,
    silent: false,
    lastWordAgeMs: 95_000,
    lastAction: { action: 'hold', outcome: 'confirmed', at: isoTime(nine - 3_600_000) },
  },
  seat: { driver: 'bridge', plausible: true },
  lamp: { driver: 'bridge', ok: true },
  bridge: {
    connected: true,
    fault: null,
    firmware: '1.0.0',
    frames: 172_800,
    badFrames: 2,
    lostFrames: 0,
    refused: 0,
    unanswered: 0,
    restarts: 1,
    connections: 1,
    resetCause: 1,
  },
  sequence: sequenceText(4711),
  unsent: 3,
  oldestUnsentAt: isoTime(nine - 2000),
  dropped: 0,
  diskFreeBytes: 25_000_000_000,
  diskReadOnly: false,
  temperatureC: 48.3,
  underVoltage: false,
  memoryBytes: 78_000_000,
  loopDelayMs: 21,
  forwardingUntil: null,
  capabilities,
}

const day: DayCounters = {
  v: 1,
  at,
  date: '2026-11-23',
  final: false,
  observedMs: 1_800_000,
  observedWorkingMs: 1_740_000,
  scheduledMs: 1_800_000,
  counts: { offered: 9, answered: 8, 'answered.inRule': 7, missed: 1, 'callbacks.opened': 1 },
}

export const exampleLevels: {
  readonly availability: 'online'
  readonly about: About
  readonly state: State
  readonly presence: Presence
  readonly health: Health
  readonly day: DayCounters
  readonly 'day/previous': DayCounters
} = {
  availability: 'online',
  about,
  state,
  presence,
  health,
  day,
  'day/previous': { ...day, date: '2026-11-22', final: true, observedMs: 28_800_000 },
}

type Told<Name extends NoticeName> = { readonly says: string; readonly data: WireData<Name> }

/** What each event says, in one sentence, and its data. */
export const exampleEvents: { readonly [Name in NoticeName]: Told<Name> } = {
  'call.alerting': { says: 'A call comes in, or its other end rings.', data: { call, direction: 'in' } },
  'call.ring': { says: 'A ring begins.', data: { call, ring: 2, ringSource: 'estimated' } },
  'call.answered': {
    says: 'A call was taken.',
    data: { call, direction: 'in', rings: 2, ringSource: 'estimated', waitMs: 7100, inRule: true, strict: true, caller: 'MZXW6YTBOI' },
  },
  'call.missed': {
    says: 'Nobody took a call that came in.',
    data: { call, direction: 'in', cause: 'cancelled', rings: 5, ringSource: 'estimated', waitMs: 24_800 },
  },
  'call.held': { says: 'A call was put on hold.', data: { call, direction: 'in', by: 'agent' } },
  'call.resumed': { says: 'A held call was taken back.', data: { call, direction: 'in', heldMs: 31_000, by: 'clerk', heldBy: 'agent' } },
  'call.ended': { says: 'A call is over.', data: { call, direction: 'in', cause: 'remote-bye', talkMs: 184_000, heldMs: 31_000 } },
  'call.hung-up-first': { says: 'Who ended a call, and by what that is known.', data: { call, by: 'remote', evidence: 'end-before-hook' } },
  'call.transferred': { says: 'A call was handed over.', data: { call, kind: 'attended' } },
  'call.speaker-cue': { says: 'The loudspeaker was switched on: time to ask for consent.', data: { call } },
  'call.contradiction': { says: 'The phone said something unexpected; its word was taken.', data: { call, state: 'held', event: 'delivered' } },
  'hold.warned': { says: 'The seat is empty in a call: the lamp warns.', data: { call, afterMs: 6000 } },
  'hold.forced': { says: 'The seat stayed empty: the phone was told to hold.', data: { call, afterMs: 8000 } },
  'hold.unconfirmed': { says: 'The phone did not confirm the hold.', data: { call, afterMs: 9500, reason: 'the phone did not answer' } },
  'hold.long': { says: 'A caller waits on hold without word.', data: { call, heldMs: 45_000 } },
  'hold.overdue': { says: 'A caller waits on hold much too long.', data: { call, heldMs: 120_000, muted: true } },
  'forwarding.on': {
    says: 'Calls of this desk go to a substitute now.',
    data: { target: 'usc-14', kind: 'no-answer', reason: 'seat-empty', until: isoTime(nine + 1_800_000) },
  },
  'forwarding.off': { says: 'They do not any more.', data: { target: 'usc-14', kind: 'no-answer', reason: 'returned' } },
  'forwarding.unconfirmed': {
    says: 'The phone did not confirm a forwarding.',
    data: { target: 'usc-14', kind: 'no-answer', reason: 'no-answer' },
  },
  'forwarding.uncovered': { says: 'The desk is empty, and nobody takes its calls.', data: { reason: 'nobody-takes-calls' } },
  'forwarding.foreign': { says: 'Somebody has changed the forwarding at the phone.', data: { kind: 'always', on: true, target: 'unlisted' } },
  'day-end.asked': {
    says: 'The working day is over, and what a person set at the phone is still on: do not disturb, or a forwarding of this kind. Asked once.',
    data: { dnd: false, kind: 'always' },
  },
  'callback.opened': {
    says: 'Somebody is owed a call.',
    data: { callback, call, cause: 'missed', misses: 1, dueAt: isoTime(nine + 86_400_000), caller: 'MZXW6YTBOI' },
  },
  'callback.attempted': {
    says: 'They were called, without success.',
    data: { callback, cause: 'missed', misses: 1, attempts: 1, dueAt: isoTime(nine + 86_400_000) },
  },
  'callback.closed': {
    says: 'Nobody is owed that call any more.',
    data: { callback, by: 'desk', cause: 'missed', misses: 1, attempts: 2, inTime: true, workingMinutes: 42 },
  },
  'callback.due': { says: 'A call was promised for now.', data: { callback, cause: 'promise', misses: 0, dueAt: at } },
  'callback.overdue': { says: 'A call that is owed is late.', data: { callback, cause: 'missed', misses: 2, dueAt: at } },
  'callback.reassigned': {
    says: 'The substitute is to keep a promise: the agreed time is near, and the clerk is away.',
    data: { callback, cause: 'promise', misses: 0, by: 'usc-14', dueAt: at },
  },
  'seat.implausible': { says: 'The seat sensor is not believed.', data: { reason: 'flapping' } },
  'phone.silent': { says: 'The phone answers, but tells nothing.', data: { sinceMs: 86_400_000, evidence: 'nothing-heard' } },
  'phone.unreachable': { says: 'The phone does not answer.', data: { reason: 'connect ECONNREFUSED 10.20.30.40:80' } },
  'phone.back': { says: 'The phone answers again.', data: {} },
  'phone.refused': { says: 'The phone turns down what it is told.', data: { reason: 'HTTP 401', retryMs: 300_000 } },
  'phone.restarted': { says: 'The phone has restarted.', data: {} },
  'bridge.lost': { says: 'The microcontroller is gone.', data: { reason: 'unplugged' } },
  'bridge.back': { says: 'The microcontroller is there again.', data: { firmware: '1.0.0', afterMs: 12_000 } },
  'clock.stepped': { says: 'The wall clock was set: earlier times were wrong by so much.', data: { byMs: -3_600_000, synced: true } },
  'security.refused': { says: 'Requests were turned down at the door.', data: { reason: 'token', count: 3 } },
  'journal.incomplete': {
    says: 'Events of an earlier epoch are lost, or some were not numbered at all.',
    data: { cause: 'damaged', epoch: '5b7d1f20-3c44-4e8a-b1a6-0d9e8f7a6b5c', from: 4712, to: 4715, count: 4 },
  },
  'command.obeyed': { says: 'A command was obeyed.', data: { command: 'identify', id: 'example-identify' } },
  'command.refused': { says: 'A command was refused.', data: { command: 'hold', id: 'example-hold', code: 'NO_CALL' } },
  'agent.started': { says: 'The agent runs.', data: { version: '0.1.0', adopted: 1 } },
  'agent.stopping': { says: 'The agent ends in order.', data: { reason: 'SIGTERM' } },
}

/** The event with this name and number, as it goes on the wire. */
export function exampleEvent<Name extends NoticeName>(name: Name, sequence: number): CloudEvent<Name> {
  return {
    specversion: '1.0',
    id: `${epoch}-${sequence}`,
    source: `/${exampleSite}/${exampleDesk}`,
    type: `third-ring.${name}`,
    time: isoTime(nine + sequence),
    sequence: sequenceText(sequence),
    datacontenttype: 'application/json',
    data: exampleEvents[name].data as WireData<Name>,
  }
}

const expires = isoTime(nine + 10_000)

/** What each command says besides its id and its end, and the `data` of its answer, where it has any. */
const exampleCommands: { readonly [Name in CommandName]: { readonly body: Body; readonly data?: Body } } = {
  hold: { body: { call }, data: { call } },
  replay: { body: { epoch, from: 4700, to: 4711 }, data: { from: 4700, to: 4711, sent: 12, next: null } },
  'lamp.test': { body: {} },
  'forward.set': { body: { target: 'usc-14' } },
  'forward.clear': { body: {} },
  'absence.set': { body: { until: isoTime(nine + 3_600_000), kind: 'leave' } },
  'absence.clear': { body: {} },
  'callback.promise': { body: { callback, promisedAt: isoTime(nine + 3_600_000) } },
  'callback.done': { body: { callback } },
  'callback.accept': { body: { from: 'usc-14', callback: 'b9', cause: 'promise', promisedAt: isoTime(nine + 3_600_000) }, data: { callback } },
  freeze: { body: {} },
  unfreeze: { body: {} },
  identify: { body: {} },
}
type Body = Readonly<Record<string, unknown>>

export function exampleCommand(name: CommandName): Body {
  return { id: `example-${name}`, expires, ...exampleCommands[name].body }
}

/** What the hub says to everybody. */
export const exampleHub: {
  readonly availability: 'online'
  readonly alarms: Alarms
  readonly directory: Directory
  readonly presence: HubPresence
  readonly warden: Warden
  readonly rebirth: Rebirth
} = {
  availability: 'online',
  alarms: {
    v: 1,
    at,
    count: 2,
    alarms: [
      { kind: 'warden.freed', desk: exampleDesk, since: isoTime(nine - 120_000), forwarding: 'no-answer' },
      { kind: 'desk.silent', desk: exampleDesk, since: isoTime(nine - 300_000) },
    ],
  },
  directory: {
    v: 1,
    at,
    schema: 'third-ring.directory/1',
    version: 1_795_600_800,
    digest: '572eb956003c1db7df315056f4ba5eed29f6a2487f98b95282fbc0efc0be8dca',
    desks: {
      [exampleDesk]: {
        number: '6012',
        substitutes: [
          { desk: 'usc-14', number: '6014', absenteesMax: 2 },
          { desk: 'reception', number: '6000', absenteesMax: 4, week: { mon: ['07:30-15:30'] } },
        ],
      },
      'usc-14': { number: '6014', substitutes: [{ desk: 'reception', number: '6000', absenteesMax: 4 }] },
      reception: { number: '6000', staffed: true, substitutes: [] },
    },
  },
  presence: { v: 1, at, online: true, standsInFor: [exampleDesk] },
  warden: {
    v: 1,
    at,
    graceMs: 180_000,
    desks: [exampleDesk],
    leases: [{ desk: exampleDesk, state: 'waiting', since: isoTime(nine - 60_000), until: isoTime(nine + 1_200_000), target: 'usc-14', order: 12 }],
  },
  rebirth: { v: 1, at },
}

export const exampleReplies: Readonly<Record<'done' | 'refused', Reply>> = {
  done: { id: 'example-identify', ok: true },
  refused: { id: 'example-identify', ok: false, error: { code: 'REPEATED', message: commandErrors.REPEATED } },
}

/** The answer of a command that has something to tell. */
export function exampleAnswer(name: CommandName): Reply {
  const { data = {} } = exampleCommands[name]
  return { id: `example-${name}`, ok: true, data }
}
