import { type Desk, due, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Notice, NoticeName } from '../../src/desk/effect.ts'
import type { Fact } from '../../src/desk/event.ts'
import { polishNumbering } from '../../src/desk/number.ts'
import { type Policy, policyDefaults } from '../../src/desk/policy.ts'

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
  /** At this many milliseconds after the script's start. */
  at(ms: number, ...facts: readonly Fact[]): Script
  notices<Name extends NoticeName>(name: Name): (Extract<Notice, { name: Name }>['data'] & { at: number })[]
  names(): string[]
  holds(): { at: number; call: string; attempt: number }[]
  lamps(): [number, string][]
  /** What the phone's forwarding should be, each time that changed: `off`, `leave`, or the number it goes to. */
  forwards(): [number, string][]
}

/** The script's instant 0 is Monday, nine o'clock; the desk is a working one: phone reachable and able to hold, clerk seated, clock synchronised. */
export function script(changes: Partial<Policy> = {}, ready = true): Script {
  const rules: Policy = { ...policy, ...changes }
  const start = hour
  const self: Script = {
    desk: emptyDesk(start),
    effects: [],
    at(ms, ...facts) {
      for (const fact of facts) {
        const taken = take(self.desk, { ...fact, at: start + ms }, rules)
        self.desk = taken.desk
        self.effects.push(...taken.effects)
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
  if (!ready) return self
  self.at(0, { type: 'agent.started', version: 'test' }, { type: 'clock.set', wall: mondayNine, synced: true })
  self.at(0, { type: 'phone.reachable', reachable: true }, { type: 'phone.capable', hold: true, forward: [] }, { type: 'seat.seen', occupied: true })
  self.effects.length = 0
  return self
}

export { due }
