import { due, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Event, Fact } from '../../src/desk/event.ts'
import type { Policy } from '../../src/desk/policy.ts'
import type { Instant } from '../../src/desk/time.ts'
import { forwardingPhone } from '../desk/forwarding-phone.ts'
import { factsOf, lampOf, matches, ScenarioError, type Setting, substituteOf } from './sentences.ts'

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

/** A desk that lives through the page, and what it has said. */
interface Stage extends Setting {
  readonly said: readonly Stamped[]
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
    const wanted = lampOf(rest, number)
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

function describe(effects: readonly Stamped[]): string {
  if (effects.length === 0) return 'nothing'
  return effects
    .map((effect) => {
      if (effect.type === 'notice') return `${effect.name} ${JSON.stringify(effect.data)}`
      return effect.type === 'lamp' ? `lamp ${effect.pattern}` : effect.type
    })
    .join('; ')
}
