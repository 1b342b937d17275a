import { describe, expect, test } from 'vitest'
import type { Fact, LineReading } from '../../src/desk/event.ts'
import { caller, mondayNine, otherCaller, type Script, script } from './script.ts'

const minute = 60_000
const hour = 60 * minute
const heard: Fact = { type: 'phone.heard' }
const tick: Fact = { type: 'tick' }
const line = (state: LineReading['state'] = 'connected'): Fact => ({ type: 'phone.lines', lines: [{ ref: caller, state }] })
const noLines: Fact = { type: 'phone.lines', lines: [] }
const started: Fact = { type: 'agent.started', version: 'test' }
const reachable = (is: boolean): Fact => ({ type: 'phone.reachable', reachable: is })
const silences = (desk: Script): unknown[] => desk.notices('phone.silent')

describe('a phone that shows what it has not said', () => {
  test.each([
    ['a call that no event announced', 'call-began', [], [line()]],
    ['one that rings, announced by nothing', 'call-began', [], [line('alerting')]],
    ['another call beside the one it had told of', 'call-began', [{ type: 'call.delivered', ref: caller }, heard], twoLines()],
    ['the end of a call without a word', 'call-ended', [{ type: 'call.delivered', ref: caller }, heard], [noLines]],
    ['do-not-disturb, switched on at its keys', 'setting', [{ type: 'phone.dnd', on: false }], [{ type: 'phone.dnd', on: true }]],
    [
      'a forwarding, set at its keys',
      'setting',
      [{ type: 'phone.forwarding', kind: 'always', on: false }],
      [{ type: 'phone.forwarding', kind: 'always', on: true, target: '6014' }],
    ],
  ] as [string, string, Fact[], Fact[]][])('%s: said as soon as no event can be on its way any more', (_, evidence, before, shown) => {
    const desk = script().at(0, ...before)
    desk.at(5000, ...shown).at(14_999, tick)
    expect(silences(desk)).toEqual([])
    desk.at(15_000, tick)
    expect(silences(desk)).toEqual([{ at: 15_000, evidence, sinceMs: 15_000 }])
  })

  test.each([
    [14_999, 0],
    [15_001, 1],
  ])('an event that comes late, after %i ms: told %i times', (ms, times) => {
    const desk = script().at(0, heard).at(5000, line()).at(ms, heard).at(hour, tick)
    expect(silences(desk)).toHaveLength(times)
  })

  test('an event that overtook the look, or told of it before, is an event', () => {
    const desk = script().at(0, { type: 'call.delivered', ref: caller }, heard, line('alerting'))
    desk.at(3000, { type: 'call.established', ref: caller }, heard, line()).at(9000, { type: 'call.cleared', ref: caller, cause: 'unknown' }, heard, noLines)
    desk.at(hour, tick)
    expect(silences(desk)).toEqual([])
  })

  test('once a silence, however much it shows; its next word ends it, and the next silence is another', () => {
    const desk = script()
      .at(0, line())
      .at(minute, noLines)
      .at(2 * minute, line())
      .at(3 * minute, noLines)
      .at(4 * minute, tick)
    expect(silences(desk)).toHaveLength(1)
    desk
      .at(5 * minute, heard)
      .at(6 * minute, line())
      .at(7 * minute, tick)
    expect(silences(desk)).toHaveLength(2)
    expect(desk.notices('phone.silent').at(-1)).toEqual({ at: 6 * minute + 10_000, evidence: 'call-began', sinceMs: minute + 10_000 })
  })

  test('nothing is claimed of what was there before anybody listened', () => {
    const fresh = script({}, false).at(0, started, { type: 'clock.set', wall: mondayNine, synced: true }, line(), reachable(true))
    expect(silences(fresh.at(hour, tick))).toEqual([])
    const away = script().at(0, reachable(false)).at(minute, line(), reachable(true))
    expect(silences(away.at(hour, tick))).toEqual([])
    const restarted = script().at(0, { type: 'call.delivered', ref: caller }, heard).at(minute, started).at(minute, noLines, reachable(true))
    expect(silences(restarted.at(hour, tick))).toEqual([])
    const wentAway = script().at(0, line()).at(5000, reachable(false)).at(hour, tick)
    expect(silences(wentAway)).toEqual([])
  })

  test('the desk’s own giving up of a call is nothing that the phone should have said', () => {
    const desk = script().at(0, { type: 'call.delivered', ref: caller }, heard).at(301_000, noLines).at(hour, tick)
    expect(silences(desk)).toEqual([])
  })

  function twoLines(): Fact[] {
    const lines: LineReading[] = [
      { ref: caller, state: 'alerting' },
      { ref: otherCaller, state: 'connected' },
    ]
    return [{ type: 'phone.lines', lines }]
  }
})

describe('a phone of which nothing is heard', () => {
  // Of the Monday six and a half hours are left at nine, eight are the Tuesday's; the rest is on Wednesday, from half past seven.
  const twoDays = 46.5 * hour + 1.5 * hour

  test('two working days after its last word, not a millisecond before', () => {
    const desk = script().at(0, heard)
    desk.at(twoDays - 1, tick)
    expect(silences(desk)).toEqual([])
    desk.at(twoDays, tick)
    expect(silences(desk)).toEqual([{ at: twoDays, evidence: 'nothing-heard', sinceMs: twoDays }])
    expect(silences(desk.at(10 * 24 * hour, tick))).toHaveLength(1)
  })

  test('or since it could first be reached, if it never said a word', () => {
    expect(silences(script().at(twoDays, tick))).toEqual([{ at: twoDays, evidence: 'nothing-heard', sinceMs: twoDays }])
  })

  test('a word begins it anew', () => {
    const desk = script()
      .at(0, heard)
      .at(4 * hour, heard)
      .at(twoDays, tick)
    expect(silences(desk)).toEqual([])
    expect(silences(desk.at(twoDays + 4 * hour, tick))).toHaveLength(1)
  })

  test('the office’s own number', () => {
    const desk = script({ phoneSilentWorkingMinutes: 30 })
      .at(0, heard)
      .at(30 * minute - 1, tick)
    expect(silences(desk)).toEqual([])
    expect(silences(desk.at(hour, tick))).toEqual([{ at: 30 * minute, evidence: 'nothing-heard', sinceMs: 30 * minute }])
  })

  test('while it cannot be reached its silence does not count; what was before does', () => {
    const desk = script({ phoneSilentWorkingMinutes: 60 }).at(0, heard)
    desk
      .at(20 * minute, reachable(false))
      .at(2 * hour, tick)
      .at(3 * hour, reachable(true))
    desk.at(3 * hour + 40 * minute - 1, tick)
    expect(silences(desk)).toEqual([])
    expect(silences(desk.at(3 * hour + 40 * minute, tick))).toHaveLength(1)
  })

  test('nor does the time without an agent', () => {
    const desk = script({ phoneSilentWorkingMinutes: 60 })
      .at(0, heard)
      .at(20 * minute, tick)
      .at(3 * hour, started, reachable(true))
    desk.at(3 * hour + 40 * minute - 1, tick)
    expect(silences(desk)).toEqual([])
    expect(silences(desk.at(3 * hour + 40 * minute, tick))).toHaveLength(1)
  })

  test('without a clock that can be trusted no working day has passed', () => {
    const desk = script({}, false).at(0, started, { type: 'clock.set', wall: mondayNine, synced: false }, reachable(true), heard)
    expect(silences(desk.at(30 * 24 * hour, tick))).toEqual([])
  })

  test('it is not said again after a restart of the agent', () => {
    const desk = script()
      .at(twoDays, tick)
      .at(twoDays + hour, started, reachable(true))
      .at(10 * 24 * hour, tick)
    expect(silences(desk)).toHaveLength(1)
  })
})

test('a telephone that only its exchange can see is not listened to: that it says nothing means nothing', () => {
  const desk = script().at(0, { type: 'phone.reachable', reachable: true, by: 'exchange' })
  desk.at(30 * 24 * hour, tick)
  expect([silences(desk), desk.desk.phone.reachableBy]).toEqual([[], 'exchange'])
  desk.at(30 * 24 * hour, reachable(true)).at(60 * 24 * hour, tick)
  expect(silences(desk)).toHaveLength(1)
})
