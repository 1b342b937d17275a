import { type Desk, due, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Notice, NoticeName } from '../../src/desk/effect.ts'
import type { Event, Fact } from '../../src/desk/event.ts'
import { polishNumbering } from '../../src/desk/number.ts'
import { type Policy, policyDefaults } from '../../src/desk/policy.ts'
import type { ForwardingPhone } from './forwarding-phone.ts'

const hour = 3_600_000
/** Monday 2026-11-23, 09:00 in Warsaw. */
export const mondayNine = Date.UTC(2026, 10, 23, 8)

/** Warsaw in 2026: summer time from 29 March to 25 October. */
const warsaw = [
  { from: Date.UTC(2025, 9, 26, 1), offsetMinutes: 60 },
  { from: Date.UTC(2026, 2, 29, 1), offsetMinutes: 120 },
  { from: Date.UTC(2026, 9, 25, 1), offsetMinutes: 60 },
  { from: Date.UTC(2027, 2, 28, 1), offsetMinutes: 120 },
]
const workday = [{ from: 450, to: 930 }]

export const policy: Policy = {
  ...policyDefaults,
  workingHours: {
    zone: warsaw,
    week: { mon: workday, tue: workday, wed: workday, thu: workday, fri: workday, sat: [], sun: [] },
    holidays: 'pl',
    exceptions: {},
  },
  numbers: { ...polishNumbering, extensions: [{ pattern: '6xxx', prefix: '+4885869' }], shared: ['858797979'] },
  substitutes: [],
}

export const caller = { remote: '0857654321' }
export const otherCaller = { remote: '+48 600 700 800' }

/** A desk told what happens and when, keeping all that it said. */
export interface Script {
  desk: Desk
  readonly effects: Stamped[]
  /** The phone's answers to orders about its forwarding, where the script has such a phone. */
  phone?: ForwardingPhone
  /** At this many milliseconds after the script's start. */
  at(ms: number, ...facts: readonly Fact[]): Script
  notices<Name extends NoticeName>(name: Name): (Extract<Notice, { name: Name }>['data'] & { at: number })[]
  names(): string[]
  holds(): { at: number; call: string; attempt: number }[]
  lamps(): [number, string][]
  /** What the phone was told about forwarding: `off`, or the number it should go to. */
  forwards(): [number, string][]
}

/** So many deadlines and answers may fall on one instant; no real moment has as many. */
const stepsPerInstantMax = 100

/** The script's instant 0 is Monday, nine o'clock; the desk is a working one: phone reachable and able to hold, clerk seated, clock synchronised. */
export function script(changes: Partial<Policy> = {}, ready = true): Script {
  const rules: Policy = { ...policy, ...changes }
  const start = hour
  const self: Script = {
    desk: emptyDesk(start),
    effects: [],
    at(ms, ...facts) {
      for (const fact of facts) {
        answerUntil(start + ms)
        one({ ...fact, at: start + ms })
        answerUntil(start + ms)
      }
      return self
    },
    notices: (name) =>
      self.effects.flatMap((effect) => (effect.type === 'notice' && effect.name === name ? [{ ...effect.data, at: effect.at - start }] : [])) as never,
    names: () => self.effects.flatMap((effect) => (effect.type === 'notice' ? [effect.name] : [])),
    holds: () =>
      self.effects.flatMap((effect) => (effect.type === 'phone.hold' ? [{ at: effect.at - start, call: effect.call, attempt: effect.attempt }] : [])),
    lamps: () => self.effects.flatMap((effect) => (effect.type === 'lamp' ? [[effect.at - start, effect.pattern] as [number, string]] : [])),
    forwards: () =>
      self.effects.flatMap((effect) => {
        if (effect.type !== 'phone.forward') return []
        return [[effect.at - start, effect.on ? effect.target : 'off'] as [number, string]]
      }),
  }
  /** What the phone has still to say, in order. */
  const pending: Event[] = []
  const one = (event: Event): void => {
    const taken = take(self.desk, event, rules)
    self.desk = taken.desk
    self.effects.push(...taken.effects)
    for (const effect of self.phone === undefined ? [] : taken.effects) {
      for (const { afterMs, fact } of self.phone?.take(effect) ?? []) pending.push({ ...fact, at: Math.max(self.desk.at, effect.at + afterMs) })
    }
    pending.sort((first, second) => first.at - second.at)
  }
  /** The phone's answers come at their own instants, between the deadlines. */
  const answerUntil = (until: number): void => {
    let [instant, steps] = [start, 0]
    while (self.phone !== undefined) {
      const deadline = due(self.desk, rules) ?? Number.POSITIVE_INFINITY
      const answer = pending[0]?.at ?? Number.POSITIVE_INFINITY
      const next = Math.min(deadline, answer)
      if (next > until) return
      steps = next === instant ? steps + 1 : 0
      instant = next
      if (steps > stepsPerInstantMax) throw new Error(`desk and phone answer each other without end ${instant - start} ms after the start`)
      if (deadline <= answer) one({ type: 'tick', at: deadline })
      else one(pending.shift() as Event)
    }
  }
  if (!ready) return self
  self.at(0, { type: 'agent.started', version: 'test' }, { type: 'clock.set', wall: mondayNine, synced: true })
  self.at(0, { type: 'phone.reachable', reachable: true }, { type: 'phone.capable', hold: true, forward: [] }, { type: 'seat.seen', occupied: true })
  self.effects.length = 0
  return self
}

export { due }
