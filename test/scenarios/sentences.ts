import type { AbsenceKind } from '../../src/desk/absence.ts'
import type { Desk, Stamped } from '../../src/desk/desk.ts'
import { type LampPattern, lampPatterns } from '../../src/desk/effect.ts'
import type { CallRef, Fact } from '../../src/desk/event.ts'
import type { Policy } from '../../src/desk/policy.ts'
import type { ForwardingPhone, Manners } from '../desk/forwarding-phone.ts'

/** A line that cannot be understood, so that the page says nothing certain. */
export class ScenarioError extends Error {
  constructor(line: number, sentence: string) {
    super(`line ${line}: ${sentence}`)
    this.name = 'ScenarioError'
  }
}

/**
 * The language of scenarios: what a clerk's words mean, as facts that happen and as what should come of them. First the name of each pattern of the lamp.
 */
const lampWords: Readonly<Record<string, LampPattern>> = {
  'first ring': 'ring-first',
  'second ring': 'ring-second',
  'third ring': 'ring-warning',
  'too late': 'ring-overdue',
  nothing: 'dark',
  'about to hold': 'hold-warning',
  'not held': 'hold-unconfirmed',
  'ask for consent': 'ask-consent',
  'long wait': 'hold-long',
  'too long a wait': 'hold-overdue',
  'agreed time': 'promise-due',
  'somebody waits': 'call-waiting',
  'calls to make': 'callbacks',
  'is it meant': 'day-end',
  forwarded: 'forwarded',
}

/** The pattern that a lamp's words mean. */
export function lampOf(words: string, line: number): LampPattern {
  const wanted = lampWords[words] ?? lampPatterns.find((pattern) => pattern === words)
  if (wanted === undefined) throw new ScenarioError(line, `no lamp shows "${words}"`)
  return wanted
}

/** Words after an expected notice, and the field and value that they stand for. */
const fieldWords: Readonly<Record<string, readonly [string, unknown]>> = {
  'in the rule': ['inRule', true],
  'not in the rule': ['inRule', false],
  strictly: ['strict', true],
  'not strictly': ['strict', false],
  'does not count: waiting': ['excluded', 'waiting'],
  'does not count: start unknown': ['excluded', 'unknown-start'],
  'by the agent': ['by', 'agent'],
  'by the clerk': ['by', 'clerk'],
  'in time': ['inTime', true],
  late: ['inTime', false],
  muted: ['muted', true],
}

/** Whether what was said is what the words ask for: `call.answered, in the rule, rings 3`, `hold the call`, `forward to 6014`. */
export function matches(effect: Stamped, words: string, line: number): boolean {
  const [name = '', ...fields] = words.split(/,\s*/)
  if (name === 'hold the call') return effect.type === 'phone.hold' && effect.attempt === 1
  if (name === 'ask again to hold') return effect.type === 'phone.hold' && effect.attempt === 2
  if (name === 'no forwarding') return effect.type === 'phone.forward' && !effect.on
  const target = /^forward(?: to (\S+))?$/.exec(name)
  if (target !== null) return effect.type === 'phone.forward' && effect.on && (target[1] === undefined || effect.target === target[1])
  if (!/^[a-z-]+\.[a-z-]+$/.test(name)) throw new ScenarioError(line, `"${name}" is nothing that a desk says`)
  if (effect.type !== 'notice' || effect.name !== name) return false
  return fields.every((field) => {
    const [key, value] = fieldOf(field, line)
    return (effect.data as Readonly<Record<string, unknown>>)[key] === value
  })
}

function fieldOf(words: string, line: number): readonly [string, unknown] {
  const known = fieldWords[words]
  if (known !== undefined) return known
  const [, key, value] = /^([a-zA-Z]+) (\S+)$/.exec(words) ?? []
  if (key === undefined || value === undefined) throw new ScenarioError(line, `"${words}" is no field and value`)
  return [key, /^\d+$/.test(value) ? Number(value) : value === 'true' ? true : value === 'false' ? false : value]
}

/** `usc-14 6014` */
export function substituteOf(text: string): Policy['substitutes'][number] {
  const [desk = '', number = ''] = text.trim().split(/\s+/)
  return { desk, number }
}

/** What a sentence may look at: the desk as it is when it is said. */
export interface Setting {
  readonly policy: Policy
  readonly offsetMs: number
  readonly desk: Desk
  /** What it does with orders about its forwarding. */
  readonly phone: ForwardingPhone
}

/** What a clerk's sentence means, with the call in it that it speaks of. */
interface Sentence {
  readonly pattern: RegExp
  facts(words: readonly string[], setting: Setting): readonly Fact[]
}

/** The phone's id of a caller's call: the caller's own number, or the word for a second call. A sentence that names nobody means the only call. */
function refOf(who: string | undefined): CallRef {
  if (who === undefined) return {}
  return who === 'withheld' ? { phoneId: 'withheld', withheld: true } : { phoneId: who.replace(/\D/g, ''), remote: who }
}

/** What a phone does with an order about its forwarding, in a clerk's words. */
const mannersWords: Readonly<Record<string, Manners>> = {
  'does as it is told': 'obeys',
  'says yes and does nothing': 'ignores',
  'only says by itself what it does': 'tells',
  'does as it is told and never says so': 'mute',
  'answers nothing': 'dead',
  'refuses to forward': 'refused',
  'cannot be written down for': 'unjournalled',
}
const absenceWords: Readonly<Record<string, AbsenceKind>> = { leave: 'leave', lunch: 'lunch', 'remote work': 'remote', 'service in person': 'in-person' }

const of = '(?: \\(([^)]+)\\))?'
const sentences: readonly Sentence[] = [
  { pattern: /^the line counts ring (\d+)$/, facts: ([ring]) => [{ type: 'call.ring', ref: {}, ring: Number(ring) }] },
  { pattern: new RegExp(`^a caller${of} rings$`), facts: ([who]) => [{ type: 'call.delivered', ref: refOf(who) }] },
  { pattern: new RegExp(`^the clerk answers${of}$`), facts: ([who]) => [{ type: 'call.established', ref: refOf(who) }] },
  {
    pattern: new RegExp(`^the clerk lifts the handset and answers${of}$`),
    facts: ([who]) => [
      { type: 'phone.hook', hook: 'off' },
      { type: 'call.established', ref: refOf(who) },
    ],
  },
  { pattern: new RegExp(`^the clerk dials${of}$`), facts: ([who]) => [{ type: 'call.originated', ref: refOf(who) }] },
  { pattern: new RegExp(`^they answer${of}$`), facts: ([who]) => [{ type: 'call.established', ref: refOf(who) }] },
  { pattern: new RegExp(`^the clerk holds the call${of}$`), facts: ([who]) => [{ type: 'call.held', ref: refOf(who) }] },
  { pattern: new RegExp(`^the phone says that the call is held${of}$`), facts: ([who]) => [{ type: 'call.held', ref: refOf(who) }] },
  { pattern: new RegExp(`^the clerk takes the call back${of}$`), facts: ([who]) => [{ type: 'call.retrieved', ref: refOf(who) }] },
  { pattern: new RegExp(`^the call ends${of}$`), facts: ([who]) => [{ type: 'call.cleared', ref: refOf(who), cause: 'unknown' }] },
  { pattern: new RegExp(`^the caller${of} gives up$`), facts: ([who]) => [{ type: 'call.cleared', ref: refOf(who), cause: 'missed' }] },
  { pattern: new RegExp(`^a colleague takes the call${of}$`), facts: ([who]) => [{ type: 'call.cleared', ref: refOf(who), cause: 'answered-elsewhere' }] },
  { pattern: new RegExp(`^the call is a conference${of}$`), facts: ([who]) => [{ type: 'call.conferenced', ref: refOf(who) }] },
  {
    pattern: new RegExp(`^the clerk transfers the call${of} (without a word|with a word before)$`),
    facts: ([who, how]) => [{ type: 'call.transferred', ref: refOf(who), kind: how === 'without a word' ? 'blind' : 'attended', outcome: 'finished' }],
  },
  {
    pattern: new RegExp(`^the transfer${of} fails$`),
    facts: ([who]) => [{ type: 'call.transferred', ref: refOf(who), kind: 'unknown', outcome: 'failed' }],
  },
  { pattern: /^the clerk puts the handset down$/, facts: () => [{ type: 'phone.hook', hook: 'on' }] },
  { pattern: /^the clerk lifts the handset$/, facts: () => [{ type: 'phone.hook', hook: 'off' }] },
  { pattern: /^the clerk turns the loudspeaker on$/, facts: () => [{ type: 'phone.audio', path: 'speaker' }] },
  { pattern: /^the clerk (mutes|unmutes) the microphone$/, facts: ([what]) => [{ type: 'call.muted', ref: {}, on: what === 'mutes' }] },
  { pattern: /^the clerk (leaves|comes back)$/, facts: ([what]) => [{ type: 'seat.seen', occupied: what === 'comes back' }] },
  { pattern: /^the seat is (?:still )?(empty|occupied)$/, facts: ([what]) => [{ type: 'seat.seen', occupied: what === 'occupied' }] },
  { pattern: /^the seat sensor is gone$/, facts: () => [{ type: 'seat.lost' }] },
  { pattern: /^the phone cannot be told to hold$/, facts: () => [{ type: 'phone.capable', hold: false, forward: [] }] },
  {
    pattern: /^a look at the phone shows a call(?: \(([^)]+)\))?$/,
    facts: ([who]) => [{ type: 'phone.lines', lines: [{ ref: refOf(who), state: 'connected' }] }],
  },
  { pattern: /^a look at the phone shows no call$/, facts: () => [{ type: 'phone.lines', lines: [] }] },
  { pattern: /^the phone says that (nobody is to|people may) disturb$/, facts: ([who]) => [{ type: 'phone.dnd', on: who === 'nobody is to' }] },
  { pattern: /^the phone cannot be reached$/, facts: () => [{ type: 'phone.reachable', reachable: false }] },
  { pattern: /^the phone can be reached again$/, facts: () => [{ type: 'phone.reachable', reachable: true }] },
  {
    pattern: /^the phone restarts( and forgets its forwarding)?$/,
    facts: ([forgets], { phone }) => {
      if (forgets !== undefined) phone.on.clear()
      return [{ type: 'phone.restarted' }]
    },
  },
  {
    pattern: /^the agent restarts$/,
    facts: (_, { policy }) => [
      { type: 'agent.started', version: 'scenario' },
      { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
      ...policy.substitutes.map((one): Fact => ({ type: 'substitute.seen', desk: one.desk, takesCalls: true })),
    ],
  },
  { pattern: /^(evacuation|all clear)$/, facts: ([what]) => [{ type: 'command.freeze', on: what === 'evacuation' }] },
  {
    pattern: /^the clock is set (forward|back) by (\d+) s$/,
    facts: ([way, seconds], setting) => [clockSet(setting, Number(seconds) * (way === 'back' ? -1000 : 1000))],
  },
  {
    pattern: /^a person forwards (the phone|unanswered calls) to (\S+)( unseen)?$/,
    facts: ([what, target = '', unseen], { phone }) => {
      const kind = what === 'the phone' ? 'always' : 'no-answer'
      phone.on.set(kind, target)
      return unseen === undefined ? [{ type: 'phone.forwarding', kind, on: true, target }] : []
    },
  },
  {
    pattern: /^(?:a person turns the forwarding off|the warden frees the phone)( unseen)?$/,
    facts: ([unseen], { phone }) => {
      const kinds = [...phone.on.keys()]
      phone.on.clear()
      return unseen === undefined ? kinds.map((kind): Fact => ({ type: 'phone.forwarding', kind, on: false })) : []
    },
  },
  {
    pattern: new RegExp(`^the phone (${Object.keys(mannersWords).join('|')})$`),
    facts: ([words = ''], { phone }) => {
      phone.manners = mannersWords[words] ?? 'obeys'
      return []
    },
  },
  { pattern: /^a warden (answers|does not answer)$/, facts: ([what]) => [{ type: 'warden.seen', answers: what === 'answers' }] },
  { pattern: /^the warden says that it has undone order (\d+)$/, facts: ([order]) => [{ type: 'warden.freed', order: Number(order) }] },
  {
    pattern: /^(leave|lunch|remote work|service in person|an absence) is declared(?: until (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}))?$/,
    facts: ([what = '', date, time], setting) => {
      const kind = absenceWords[what]
      const until = date === undefined ? {} : { until: wallOf(setting, `${date}T${time}:00Z`) }
      return [{ type: 'command.absence', on: true, ...(kind === undefined ? {} : { kind }), ...until }]
    },
  },
  { pattern: /^the absence is over$/, facts: () => [{ type: 'command.absence', on: false }] },
  {
    pattern: /^somebody orders forwarding(?: to (\S+))?$/,
    facts: ([target]) => [{ type: 'command.forward', on: true, ...(target === undefined ? {} : { target }) }],
  },
  { pattern: /^somebody orders no forwarding$/, facts: () => [{ type: 'command.forward', on: false }] },
  {
    pattern: /^the directory names (.+)$/,
    facts: ([list = '']) => [{ type: 'directory.seen', version: 1, substitutes: list.split(',').map(substituteOf) }],
  },
  {
    pattern: /^substitute (\S+) takes calls for (.+)$/,
    facts: ([desk = '', list = '']) => [{ type: 'substitute.seen', desk, takesCalls: true, standsInFor: list.split(/,\s*/) }],
  },
  {
    pattern: /^substitute (\S+) (takes calls|takes no calls)$/,
    facts: ([desk, what]) => [{ type: 'substitute.seen', desk: desk ?? '', takesCalls: what === 'takes calls' }],
  },
  { pattern: /^the phone refuses to hold call (\S+)$/, facts: ([call]) => [{ type: 'hold.answered', call: call ?? '', attempt: 1, outcome: 'refused' }] },
  {
    pattern: /^the clerk promises (?:the caller of call (\S+)|the person of (b\d+)) to call at (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/,
    facts: ([call, callback, date, time], setting) => [promised(setting, call, callback, `${date}T${time}:00Z`)],
  },
  { pattern: /^the clerk says that (b\d+) is done$/, facts: ([callback]) => [{ type: 'command.callback-done', callback: callback ?? '', by: 'declared' }] },
]

function clockSet({ desk }: Setting, byMs: number): Fact {
  return { type: 'clock.set', wall: desk.at + (desk.clock?.offsetMs ?? 0) + byMs, synced: true }
}

/** A time on the wall of the page, as the wall time that it is. */
function wallOf({ desk, offsetMs }: Setting, local: string): number {
  return Date.parse(local) - offsetMs + (desk.clock?.offsetMs ?? 0)
}

function promised(setting: Setting, call: string | undefined, callback: string | undefined, local: string): Fact {
  const promisedAt = wallOf(setting, local)
  return { type: 'command.callback-promise', promisedAt, ...(call === undefined ? {} : { call }), ...(callback === undefined ? {} : { callback }) }
}

/** What is said of a call, the phone has posted. */
function heard(facts: readonly Fact[]): readonly Fact[] {
  return facts.some(({ type }) => type.startsWith('call.') || type === 'phone.restarted') ? [...facts, { type: 'phone.heard' }] : facts
}

/** The facts that a line means. Throws a {@link ScenarioError} where it means nothing. */
export function factsOf(line: { readonly text: string; readonly number: number }, setting: Setting): readonly Fact[] {
  if (line.text === '' || line.text === 'time passes') return []
  for (const { pattern, facts } of sentences) {
    const found = pattern.exec(line.text)
    if (found !== null) return heard(facts(found.slice(1), setting))
  }
  throw new ScenarioError(line.number, `"${line.text}" is no sentence that a scenario knows`)
}
