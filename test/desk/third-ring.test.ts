import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { kpisOf } from '../../src/mqtt/kpi.ts'
import { caller, script } from './script.ts'

const incoming = { type: 'call.delivered', ref: { phoneId: '1', ...caller } } as const
const answered = { type: 'call.established', ref: { phoneId: '1' } } as const
const tick = { type: 'tick' } as const

describe('III.1: answer at the latest after the third ring', () => {
  test('the lamp warns at the start of the third ring and is overdue at the fourth', () => {
    const desk = script().at(1000, incoming).at(17_000, tick)
    expect(desk.lamps()).toEqual([
      [1000, 'ring-first'],
      [6000, 'ring-second'],
      [11_000, 'ring-warning'],
      [16_000, 'ring-overdue'],
    ])
    expect(desk.notices('call.ring').map(({ at, ring, ringSource }) => [at, ring, ringSource])).toEqual([
      [1000, 1, 'estimated'],
      [6000, 2, 'estimated'],
      [11_000, 3, 'estimated'],
      [16_000, 4, 'estimated'],
    ])
  })

  test.each([
    [9999, 2, true, true],
    [10_000, 3, true, true],
    [11_000, 3, true, true],
    [11_001, 3, true, false],
    [14_999, 3, true, false],
    [15_000, 4, false, false],
  ])('answered after %i ms: ring %i, in the rule %s, strictly %s', (ms, rings, inRule, strict) => {
    const desk = script().at(0, incoming).at(ms, answered)
    expect(desk.notices('call.answered')[0]).toMatchObject({ rings, inRule, strict, waitMs: ms, ringSource: 'estimated' })
    expect(desk.lamps().at(-1)).toEqual([ms, 'dark'])
  })

  test('rings counted on the line are believed instead of the clock', () => {
    const desk = script()
      .at(0, incoming)
      .at(6000, { type: 'call.ring', ref: {}, ring: 2 })
      .at(12_000, { type: 'call.ring', ref: {}, ring: 3 })
      .at(17_900, answered)
    expect(desk.notices('call.ring').map(({ at, ring }) => [at, ring])).toEqual([
      [0, 1],
      [5000, 2],
      [12_000, 3],
    ])
    expect(desk.notices('call.answered')[0]).toMatchObject({ rings: 3, inRule: true, strict: false, ringSource: 'counted' })
  })

  test('a call that waits behind another one shows a dim cue and does not count', () => {
    const desk = script()
      .at(0, incoming)
      .at(2000, answered)
      .at(5000, { type: 'call.delivered', ref: { phoneId: '2', remote: '600700800' } })
      .at(30_000, { type: 'call.established', ref: { phoneId: '2' } })
    expect(desk.lamps().map(([, pattern]) => pattern)).toEqual(['ring-first', 'dark', 'call-waiting', 'dark'])
    expect(desk.notices('call.answered')[1]).toMatchObject({ excluded: 'waiting' })
    expect(desk.notices('call.answered')[1]).not.toHaveProperty('inRule')
  })

  test('each of its rings is said to be one that waits, for as long as the clerk is in a call', () => {
    const desk = script()
      .at(0, incoming)
      .at(2000, answered)
      .at(5000, { type: 'call.delivered', ref: { phoneId: '2', remote: '600700800' } })
      .at(12_000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'local-bye' })
      .at(16_000, tick)
    expect(desk.notices('call.ring').map(({ at, ring, waiting }) => [at, ring, waiting])).toEqual([
      [0, 1, undefined],
      [5000, 1, true],
      [10_000, 2, true],
      [15_000, 3, undefined],
    ])
  })

  test('a call carried over a restart keeps nobody waiting, until the phone names it again', () => {
    const carried = (): ReturnType<typeof script> =>
      script()
        .at(0, incoming)
        .at(2000, answered)
        .at(60_000, { type: 'agent.started', version: 'test' })
        .at(90_000, { type: 'call.delivered', ref: { phoneId: '2', remote: '600700800' } })
    const second = { type: 'call.established', ref: { phoneId: '2' } } as const
    const gone = carried().at(102_000, second)
    expect(gone.lamps().map(([at, pattern]) => [at, pattern])).toContainEqual([100_000, 'ring-warning'])
    expect(gone.notices('call.answered')[1]).toMatchObject({ rings: 3, inRule: true, strict: false })
    const there = carried()
      .at(101_000, { type: 'call.held', ref: { phoneId: '1' } })
      .at(102_000, second)
    expect(there.lamps()).toContainEqual([101_000, 'call-waiting'])
    expect(there.notices('call.answered')[1]).toMatchObject({ excluded: 'waiting' })
  })

  test('a call to a phone on which a person set do not disturb or a forwarding does not count for K1, and is told apart', () => {
    const k1 = (...facts: readonly Fact[]) => {
      const desk = script()
        .at(0, ...facts)
        .at(1000, incoming)
        .at(3000, answered)
        .at(9000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'unknown' })
      desk.at(60_000, { type: 'call.delivered', ref: { phoneId: '2', remote: '600700800' } })
      desk.at(90_000, { type: 'call.cleared', ref: { phoneId: '2' }, cause: 'missed' }).at(120_000, tick)
      const { K1, 'K1.excluded': excluded } = kpisOf(desk.desk.day ?? { counts: {}, observedWorkingMs: 0, scheduledMs: 0 })
      return { K1, excluded, why: desk.notices('call.answered')[0]?.excluded }
    }
    const forwarded = (kind: 'always' | 'busy' | 'no-answer' | 'unknown'): Fact => ({ type: 'phone.forwarding', kind, on: true, target: '6099' })
    expect(k1()).toEqual({ K1: 0.5, excluded: 0, why: undefined })
    expect(k1({ type: 'phone.dnd', on: true })).toEqual({ K1: null, excluded: 2, why: 'dnd' })
    for (const kind of ['always', 'no-answer', 'unknown'] as const) expect(k1(forwarded(kind))).toEqual({ K1: null, excluded: 2, why: 'forwarded' })
    // A phone that only sends on what comes while it is busy rings as ever: else nobody at such a desk would ever have to answer.
    expect(k1(forwarded('busy'))).toEqual({ K1: 0.5, excluded: 0, why: undefined })
  })

  test('each of two callers has a ring clock of their own, and the lamp shows the worst', () => {
    const desk = script()
      .at(0, incoming)
      .at(8000, { type: 'call.delivered', ref: { phoneId: '2', remote: '600700800' } })
      .at(16_000, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'cancelled' })
      .at(16_500, tick)
    expect(desk.lamps().at(-2)).toEqual([15_000, 'ring-overdue'])
    expect(desk.lamps().at(-1)).toEqual([16_000, 'ring-second'])
  })

  test('the sixtieth ring is the last that is said', () => {
    const desk = script()
      .at(0, incoming)
      .at(59 * 5000 + 2500, tick)
    expect(desk.notices('call.ring').at(-1)).toMatchObject({ ring: 60, at: 59 * 5000 })
  })

  test.each([
    [999, ['alerting']],
    [1000, ['cleared']],
  ])('a reading without the call, %i ms after it began, ends it only if it cannot have been overtaken', (ms, states) => {
    const desk = script().at(0, incoming).at(ms, { type: 'phone.lines', lines: [] })
    expect(desk.desk.calls.map(({ state }) => state)).toEqual(states)
  })
})
