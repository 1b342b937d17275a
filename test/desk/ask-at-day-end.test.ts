import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, type Policy } from '../../src/desk/policy.ts'
import { policy, script } from './script.ts'

const [minute, hour] = [60_000, 3_600_000]
const day = 24 * hour
/** Half past three on the script's Monday, when the office closes. */
const closing = 6.5 * hour
const tick: Fact = { type: 'tick' }
const dnd = (on: boolean): Fact => ({ type: 'phone.dnd', on })
const forwarding = (on: boolean, kind: 'always' | 'busy' | 'no-answer' = 'always'): Fact => ({ type: 'phone.forwarding', kind, on, target: '6099' })
const free: Fact = { type: 'phone.forwarding', kind: 'unknown', on: false }
const hours = (changes: Partial<Policy['workingHours']>): Partial<Policy> => ({ workingHours: { ...policy.workingHours, ...changes } })
const asked = (desk: ReturnType<typeof script>): readonly number[] => desk.notices('day-end.asked').map(({ at }) => at)

describe('at the end of the working day the desk asks once', () => {
  test.each<[string, readonly Fact[], object]>([
    ['whether do not disturb is meant', [free, dnd(true)], { dnd: true }],
    ['whether a forwarding of a person is meant', [dnd(false), forwarding(true)], { dnd: false, kind: 'always' }],
    ['about do not disturb alone, where calls go elsewhere only while the phone is busy', [forwarding(true, 'busy'), dnd(true)], { dnd: true }],
    ['about both in one', [forwarding(true, 'busy'), forwarding(true, 'no-answer'), dnd(true)], { dnd: true, kind: 'no-answer' }],
  ])('%s', (_, facts, data) => {
    const desk = script()
      .at(0, ...facts)
      .at(closing - 1, tick)
    expect(asked(desk)).toEqual([])
    expect(desk.at(closing, tick).notices('day-end.asked')).toEqual([{ at: closing, ...data }])
    expect(desk.at(day - 1, tick, dnd(true)).notices('day-end.asked')).toHaveLength(1)
  })

  test('nobody where nothing is left on', () => {
    const desk = script()
      .at(0, free, dnd(true))
      .at(hour, dnd(false))
      .at(7 * day, tick)
    expect(desk.names()).not.toContain('day-end.asked')
    expect(desk.lamps()).toEqual([])
  })

  test('and each working day again, for as long as it is on', () => {
    expect(
      asked(
        script()
          .at(0, free, dnd(true))
          .at(8 * day, tick),
      ),
    ).toEqual([0, 1, 2, 3, 4, 7].map((days) => closing + days * day))
  })

  test('the lamp asks for its while, and is then what it was', () => {
    const desk = script()
      .at(hour, forwarding(true))
      .at(day - 1, tick)
    expect(desk.lamps()).toEqual([
      [hour, 'forwarded'],
      [closing, 'day-end'],
      [closing + limits.dayEndAskMs, 'forwarded'],
    ])
  })

  test('until what was set is taken away; set again, it is meant', () => {
    const desk = script()
      .at(0, free, dnd(true))
      .at(closing + minute, dnd(false))
      .at(closing + 2 * minute, dnd(true))
      .at(day - 1, tick)
    expect(asked(desk)).toEqual([closing])
    expect(desk.lamps()).toEqual([
      [closing, 'day-end'],
      [closing + minute, 'dark'],
    ])
  })

  test('a call and an agreed time come first', () => {
    const desk = script()
      .at(0, free, dnd(true))
      .at(closing + minute, { type: 'call.delivered', ref: { phoneId: '1', remote: '0857654321' } })
    expect(desk.lamps().at(-1)).toEqual([closing + minute, 'ring-first'])
  })

  test('what is set after the office has closed is meant', () => {
    const desk = script()
      .at(0, free)
      .at(closing + 1, dnd(true))
      .at(closing + 2, forwarding(true))
      .at(day - 1, tick)
    expect(asked(desk)).toEqual([])
    expect(desk.lamps()).toEqual([[closing + 2, 'forwarded']])
  })

  test('nothing is said to the phone', () => {
    const desk = script({ substitutes: [{ desk: 'usc-14', number: '6014' }] }).at(0, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] })
    desk.at(0, forwarding(true), dnd(true)).at(8 * day, tick)
    expect(asked(desk)).toHaveLength(6)
    expect(desk.effects.filter(({ type }) => type.startsWith('phone.'))).toEqual([])
  })
})

describe('the end of the working day is the calendar’s', () => {
  test('the last of the day’s hours, not a break in it', () => {
    const mon = [
      { from: 450, to: 720 },
      { from: 780, to: 1020 },
    ]
    expect(
      asked(
        script(hours({ week: { ...policy.workingHours.week, mon } }))
          .at(0, free, dnd(true))
          .at(day - 1, tick),
      ),
    ).toEqual([8 * hour])
  })

  test('a holiday and a weekend have none; a local exception has its own', () => {
    const exceptions = { '2026-11-24': [], '2026-11-25': [{ from: 480, to: 720 }] }
    const desk = script(hours({ exceptions }))
      .at(0, free, dnd(true))
      .at(3 * day, tick)
    expect(asked(desk)).toEqual([closing, 2 * day + 3 * hour])
    // Christmas: Thursday the 24th to Sunday the 27th.
    const december = 29 * day
    const late = script()
      .at(0, free)
      .at(december, dnd(true))
      .at(december + 7 * day, tick)
    expect(asked(late).map((at) => (at - closing) / day)).toEqual([29, 30, 35])
  })

  test('over both nights on which clocks change it is half past three by the office’s clock', () => {
    for (const [friday, shiftMs] of [
      [Date.UTC(2026, 9, 23, 7), hour],
      [Date.UTC(2026, 2, 27, 8), -hour],
    ] as const) {
      const desk = script()
        .at(0, { type: 'clock.set', wall: friday, synced: true }, free, dnd(true))
        .at(4 * day, tick)
      expect(asked(desk)).toEqual([closing, closing + 3 * day + shiftMs])
    }
  })

  test('an office that closes at midnight is asked then, and one that never closes is not', () => {
    const evening = [{ from: 960, to: 1440 }]
    const shut = script(hours({ week: { ...policy.workingHours.week, mon: evening, tue: [] } }))
      .at(0, free, dnd(true))
      .at(day, tick)
    expect(asked(shut)).toEqual([15 * hour])
    const all = [{ from: 0, to: 1440 }]
    const always = hours({ holidays: 'none', week: { mon: all, tue: all, wed: all, thu: all, fri: all, sat: all, sun: all } })
    expect(
      asked(
        script(always)
          .at(0, free, dnd(true))
          .at(8 * day, tick),
      ),
    ).toEqual([])
  })
})

describe('where somebody or something is away at that moment', () => {
  test('a clock that is not to be trusted asks nobody; put right shortly after, it asks late', () => {
    const untrusted = script().at(0, free, dnd(true), { type: 'clock.set', wall: Date.UTC(2026, 10, 23, 8), synced: false })
    expect(asked(untrusted.at(closing + 5 * minute, tick))).toEqual([])
    const late = closing + 6 * minute
    untrusted.at(late, { type: 'clock.set', wall: Date.UTC(2026, 10, 23, 8) + late, synced: true }).at(day - 1, tick)
    expect(asked(untrusted)).toEqual([late])
    expect(untrusted.lamps().at(-1)).toEqual([late + limits.dayEndAskMs, 'dark'])
  })

  test('a clock that steps back over the end does not ask again', () => {
    const desk = script()
      .at(0, free, dnd(true))
      .at(closing + minute, { type: 'clock.set', wall: Date.UTC(2026, 10, 23, 14, 20), synced: true })
    expect(asked(desk.at(day - 2 * hour, tick))).toEqual([closing])
    expect(desk.lamps()).toEqual([
      [closing, 'day-end'],
      [closing + limits.dayEndAskMs, 'dark'],
    ])
  })

  test('the agent: started anew after the question it does not ask again, started shortly after the end it asks late, long after it does not', () => {
    const started: Fact = { type: 'agent.started', version: 'test' }
    const twice = script()
      .at(0, free, dnd(true))
      .at(closing + minute, tick, started, dnd(true))
      .at(day - 1, tick)
    expect(asked(twice)).toEqual([closing])
    expect(twice.lamps()).toContainEqual([closing + limits.dayEndAskMs, 'dark'])
    const over = closing + 10 * minute
    expect(
      asked(
        script()
          .at(0, free, dnd(true))
          .at(over, started, dnd(true))
          .at(day - 1, tick),
      ),
    ).toEqual([over])
    expect(
      asked(
        script()
          .at(0, free, dnd(true))
          .at(closing + limits.dayEndAskMs, started, dnd(true))
          .at(day - 1, tick),
      ),
    ).toEqual([])
  })

  test('the phone: what is read of it after a restart shortly after the end is asked about; what is free then is not asked about later', () => {
    const restarted = (): ReturnType<typeof script> =>
      script()
        .at(0, forwarding(true))
        .at(closing - minute, { type: 'phone.restarted' })
    expect(asked(restarted().at(closing + minute, tick))).toEqual([])
    expect(asked(restarted().at(closing + 2 * minute, { ...forwarding(true), read: true } as Fact))).toEqual([closing + 2 * minute])
    expect(
      asked(
        restarted()
          .at(closing + 2 * minute, free)
          .at(closing + 3 * minute, forwarding(true)),
      ),
    ).toEqual([])
  })

  test('an evacuation asks nobody', () => {
    const desk = script()
      .at(0, free, dnd(true), { type: 'command.freeze', on: true })
      .at(day - 1, tick)
    expect(asked(desk)).toEqual([])
  })
})
