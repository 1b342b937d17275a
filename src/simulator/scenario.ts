import type { AbsenceKind } from '../desk/absence.ts'
import { type Desk, due, emptyDesk, type Stamped, take } from '../desk/desk.ts'
import { type LampPattern, lampPatterns } from '../desk/effect.ts'
import type { CallRef, Event, Fact } from '../desk/event.ts'
import type { Policy } from '../desk/policy.ts'
import type { Instant } from '../desk/time.ts'
import { type ForwardingPhone, forwardingPhone, type Manners } from './forwarding-phone.ts'

/**
 * A scenario is a page of plain text that a clerk can read and correct: what happens at a desk and when, and what should come of it. It runs on the
 * same core as the agent, in virtual time.
 *
 *     # Comment, and blank lines, say nothing.
 *     policy: substitutes usc-14 6014
 *     2026-11-23
 *     09:00:00      a caller (85 765 43 21) rings
 *     09:00:10      the lamp shows: third ring
 *     09:00:12      the clerk answers
 *                   expect: call.answered, in the rule
 *                   never: hold.forced
 *
 * A time is the wall clock of the day above it, with milliseconds where it matters; a line without one happens at the time of the line before. An
 * `expect` is met by what the desk says at that very time; `never` looks at the whole page.
 */
export interface Scenario {
  readonly lines: readonly Line[]
  readonly policy: readonly string[]
}

interface Line {
  readonly number: number
  readonly text: string
  /** Milliseconds since 1970 as if the wall were in UTC. */
  readonly local: number
  readonly timed: boolean
}

/** What a page came to: the first sentence that did not hold, with its line, or nothing. */
export interface Failure {
  readonly line: number
  readonly sentence: string
}

/** The name of a pattern as a clerk says it. */
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

/** A line that cannot be understood, so that the page says nothing certain. */
export class ScenarioError extends Error {
  constructor(line: number, sentence: string) {
    super(`line ${line}: ${sentence}`)
    this.name = 'ScenarioError'
  }
}

/** Reads a page. Throws a {@link ScenarioError} at the first line that it does not understand. */
export function parseScenario(text: string): Scenario {
  const lines: Line[] = []
  const policy: string[] = []
  let midnight: number | undefined
  let local: number | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const number = index + 1
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('policy:')) {
      policy.push(line.slice('policy:'.length).trim())
      continue
    }
    if (/^\d{4}-\d{2}-\d{2}$/.test(line)) {
      midnight = Date.parse(`${line}T00:00:00Z`)
      if (Number.isNaN(midnight)) throw new ScenarioError(number, `${line} is no day of the calendar`)
      continue
    }
    const time = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?\s+/.exec(line)
    if (time !== null && midnight === undefined) throw new ScenarioError(number, 'a time needs a day such as 2026-11-23 before it')
    if (time !== null && midnight !== undefined) {
      const [, hours, minutes, seconds, ms = '0'] = time
      const next = midnight + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(ms)
      if (local !== undefined && next < local) throw new ScenarioError(number, 'time only goes forward')
      local = next
    }
    if (local === undefined) throw new ScenarioError(number, 'the first line needs a time')
    lines.push({ number, text: line.slice(time?.[0].length ?? 0), local, timed: time !== null })
  }
  return { lines, policy }
}

/** What a policy may have beside its numbers. */
const optionalKeys: ReadonlySet<string> = new Set(['desk', 'remoteNumber'])

/** The page's own numbers put into the given policy: `substitutes usc-14 6014, usc-15 6015`, `mobility headset`, `seatGraceMs 10000`. */
export function policyOf(scenario: Scenario, policy: Policy): Policy {
  const changes: Record<string, unknown> = {}
  for (const line of scenario.policy) {
    const [key = '', ...rest] = line.split(/\s+/)
    if (!(key in policy) && !optionalKeys.has(key)) throw new ScenarioError(0, `the policy has no "${key}"`)
    const value = rest.join(' ')
    if (key === 'substitutes') changes[key] = value.split(',').map(substituteOf)
    else changes[key] = /^\d+$/.test(value) && !optionalKeys.has(key) ? Number(value) : value
  }
  return { ...policy, ...changes }
}

function substituteOf(text: string): Policy['substitutes'][number] {
  const [desk = '', number = ''] = text.trim().split(/\s+/)
  return { desk, number }
}

/** A desk that lives through the page, and what it has said. */
interface Stage {
  readonly policy: Policy
  readonly offsetMs: number
  readonly desk: Desk
  readonly said: readonly Stamped[]
  /** What it does with orders about its forwarding. */
  readonly phone: ForwardingPhone
  /** How much of that had been said when the line with the present time began. */
  readonly heard: number
}

/**
 * Lives through the page on a desk that is ready for work: phone reachable and able to hold and to forward, the clerk in the chair, the clock right. The
 * offset is what the wall is ahead of UTC, in minutes. Returns the first expectation that was not met, or nothing.
 */
export function runScenario(scenario: Scenario, given: Policy, offsetMinutes: number): Failure | undefined {
  const policy = policyOf(scenario, given)
  const [first] = scenario.lines
  if (first === undefined) return { line: 0, sentence: 'the page is empty' }
  let stage = readyStage(policy, first.local - 1, offsetMinutes)
  for (const line of scenario.lines) {
    const at = line.local - stage.offsetMs
    if (line.timed) stage = { ...tell({ ...stage, heard: stage.said.length }, { type: 'tick' }, at), heard: stage.said.length }
    const failure = expectation(line, stage, scenario)
    if (failure === 'not an expectation') stage = factsOf(line, stage).reduce((before, fact) => tell(before, fact, at), stage)
    else if (failure !== undefined) return failure
  }
  return broken(scenario, stage)
}

function readyStage(policy: Policy, local: number, offsetMinutes: number): Stage {
  // The desk's own clock starts at an hour, so that an instant is never mistaken for a time of day.
  const start: Instant = 3_600_000
  const facts: readonly Fact[] = [
    { type: 'agent.started', version: 'scenario' },
    { type: 'clock.set', wall: local - offsetMinutes * 60_000, synced: true },
    { type: 'phone.reachable', reachable: true },
    { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
    { type: 'seat.seen', occupied: true },
    ...policy.substitutes.map((one): Fact => ({ type: 'substitute.seen', desk: one.desk, takesCalls: true })),
  ]
  const empty: Stage = { policy, offsetMs: local - start, desk: emptyDesk(start), said: [], phone: forwardingPhone(), heard: 0 }
  return { ...facts.reduce((stage, fact) => tell(stage, fact, start), empty), said: [] }
}

/** Tells the desk a fact. Each deadline on the way is taken by itself, so that the phone's answer comes at its own instant. */
function tell(stage: Stage, fact: Fact, at: Instant): Stage {
  let [now, next] = [stage, due(stage.desk, stage.policy)]
  while (fact.type !== 'agent.started' && next !== undefined && next <= at) {
    now = one(now, { type: 'tick', at: next })
    next = due(now.desk, now.policy)
  }
  return one(now, { ...fact, at })
}

function one(stage: Stage, event: Event): Stage {
  const taken = take(stage.desk, event, stage.policy)
  const after: Stage = { ...stage, desk: taken.desk, said: [...stage.said, ...taken.effects] }
  return taken.effects.flatMap((effect) => stage.phone.take(effect)).reduce<Stage>((before, { fact }) => one(before, { ...fact, at: event.at }), after)
}

/** Whether the line is an expectation, and whether it holds. `never` is kept for the end. */
function expectation(line: Line, stage: Stage, scenario: Scenario): Failure | 'not an expectation' | undefined {
  const { text, number } = line
  const [, verb, rest = ''] = /^(expect|never|the lamp shows):\s*(.*)$/.exec(text) ?? []
  if (verb === undefined) return 'not an expectation'
  if (verb === 'never') return undefined
  if (verb === 'the lamp shows') {
    const wanted = lampWords[rest] ?? lampPatterns.find((pattern) => pattern === rest)
    if (wanted === undefined) throw new ScenarioError(number, `no lamp shows "${rest}"`)
    const shown = stage.said.findLast((effect) => effect.type === 'lamp')
    const pattern = shown?.type === 'lamp' ? shown.pattern : 'dark'
    return pattern === wanted ? undefined : { line: number, sentence: `the lamp shows ${pattern}, not ${wanted}` }
  }
  const first = scenario.lines.findLast((one) => one.timed && one.number <= number)
  const since = (first?.local ?? 0) - stage.offsetMs
  const heard = stage.said.slice(stage.heard).filter((effect) => effect.at === since)
  return heard.some((effect) => matches(effect, rest, number)) ? undefined : { line: number, sentence: `expected "${rest}", heard ${describe(heard)}` }
}

/** The first `never` that was said all the same. */
function broken(scenario: Scenario, stage: Stage): Failure | undefined {
  for (const { text, number } of scenario.lines) {
    const [, rest] = /^never:\s*(.*)$/.exec(text) ?? []
    if (rest === undefined) continue
    const said = stage.said.filter((effect) => matches(effect, rest, number))
    if (said.length > 0) return { line: number, sentence: `never "${rest}", yet ${describe(said)}` }
  }
  return undefined
}

/** Whether what was said is what the words ask for: `call.answered, in the rule, rings 3`, `hold the call`, `forward to 6014`. */
function matches(effect: Stamped, words: string, line: number): boolean {
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

function describe(effects: readonly Stamped[]): string {
  if (effects.length === 0) return 'nothing'
  return effects
    .map((effect) => {
      if (effect.type === 'notice') return `${effect.name} ${JSON.stringify(effect.data)}`
      return effect.type === 'lamp' ? `lamp ${effect.pattern}` : effect.type
    })
    .join('; ')
}

/** What a clerk's sentence means, with the call in it that it speaks of. */
interface Sentence {
  readonly pattern: RegExp
  facts(words: readonly string[], stage: Stage): readonly Fact[]
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
    facts: ([way, seconds], stage) => [clockSet(stage, Number(seconds) * (way === 'back' ? -1000 : 1000))],
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
    pattern: /^a person turns the forwarding off( unseen)?$/,
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
  {
    pattern: /^(leave|lunch|remote work|service in person|an absence) is declared(?: until (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}))?$/,
    facts: ([what = '', date, time], stage) => {
      const kind = absenceWords[what]
      const until = date === undefined ? {} : { until: wallOf(stage, `${date}T${time}:00Z`) }
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
    facts: ([call, callback, date, time], stage) => [promised(stage, call, callback, `${date}T${time}:00Z`)],
  },
  { pattern: /^the clerk says that (b\d+) is done$/, facts: ([callback]) => [{ type: 'command.callback-done', callback: callback ?? '', by: 'declared' }] },
]

function clockSet({ desk }: Stage, byMs: number): Fact {
  return { type: 'clock.set', wall: desk.at + (desk.clock?.offsetMs ?? 0) + byMs, synced: true }
}

/** A time on the wall of the page, as the wall time that it is. */
function wallOf({ desk, offsetMs }: Stage, local: string): number {
  return Date.parse(local) - offsetMs + (desk.clock?.offsetMs ?? 0)
}

function promised(stage: Stage, call: string | undefined, callback: string | undefined, local: string): Fact {
  const promisedAt = wallOf(stage, local)
  return { type: 'command.callback-promise', promisedAt, ...(call === undefined ? {} : { call }), ...(callback === undefined ? {} : { callback }) }
}

/** What is said of a call, the phone has posted. */
function heard(facts: readonly Fact[]): readonly Fact[] {
  return facts.some(({ type }) => type.startsWith('call.') || type === 'phone.restarted') ? [...facts, { type: 'phone.heard' }] : facts
}

function factsOf(line: Line, stage: Stage): readonly Fact[] {
  if (line.text === '' || line.text === 'time passes') return []
  for (const { pattern, facts } of sentences) {
    const found = pattern.exec(line.text)
    if (found !== null) return heard(facts(found.slice(1), stage))
  }
  throw new ScenarioError(line.number, `"${line.text}" is no sentence that a scenario knows`)
}
