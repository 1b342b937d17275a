import { describe, expect, test } from 'vitest'
import type { Fact, HoldOutcome } from '../../src/desk/event.ts'
import { limits, type Policy, policyDefaults } from '../../src/desk/policy.ts'
import { caller, type Script, script } from './script.ts'

const ref = { phoneId: '1', ...caller }
const incoming: Fact = { type: 'call.delivered', ref }
const answered: Fact = { type: 'call.established', ref }
const held: Fact = { type: 'call.held', ref }
const resumed: Fact = { type: 'call.retrieved', ref }
const empty: Fact = { type: 'seat.seen', occupied: false }
const seated: Fact = { type: 'seat.seen', occupied: true }
const tick: Fact = { type: 'tick' }

/** The clerk answers at 2 s and leaves at this moment; all instants below count from it. */
const leave = 20_000
const { seatWarningMs, seatGraceMs, holdConfirmMs } = policyDefaults

function inCall(changes: Partial<Policy> = {}): Script {
  return script(changes).at(0, incoming).at(2000, answered)
}
function left(changes: Partial<Policy> = {}): Script {
  return inCall(changes).at(leave, empty)
}
const holdsOf = (desk: Script): [number, number][] => desk.holds().map(({ at, attempt }) => [at - leave, attempt])
const outcome = (outcome: HoldOutcome, attempt: 1 | 2 = 1): Fact => ({ type: 'hold.answered', call: 'c1', attempt, outcome })

describe('III.8: leaving the desk puts the call on hold', () => {
  test('the lamp warns at 6 s and exactly one hold goes out at 8 s, with the call in it', () => {
    const desk = left().at(leave + seatGraceMs + holdConfirmMs - 1, tick)
    expect(desk.lamps().slice(-2)).toEqual([
      [leave + seatWarningMs, 'hold-warning'],
      [leave + seatGraceMs, 'dark'],
    ])
    expect(desk.notices('hold.warned')).toEqual([{ at: leave + seatWarningMs, call: 'c1', afterMs: seatWarningMs }])
    expect(desk.effects.filter(({ type }) => type === 'phone.hold')).toMatchObject([{ call: 'c1', ref, attempt: 1 }])
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
  })

  test.each([
    [seatWarningMs - 1, 0, 0],
    [seatWarningMs, 1, 0],
    [seatGraceMs - 1, 1, 0],
    [seatGraceMs, 1, 1],
  ])('back after %i ms: warned %i times, held %i times', (backMs, warned, holds) => {
    const desk = left()
      .at(leave + backMs, seated)
      .at(leave + 60_000, tick)
    expect(desk.notices('hold.warned')).toHaveLength(warned)
    expect(desk.holds()).toHaveLength(holds)
    expect(desk.lamps().at(-1)?.[1]).toBe('dark')
  })

  test.each([
    [holdConfirmMs - 1, [[seatGraceMs, 1]]],
    [
      holdConfirmMs,
      [
        [seatGraceMs, 1],
        [seatGraceMs + holdConfirmMs, 2],
      ],
    ],
  ])('the phone says after %i ms that the call is held: asked %j', (afterMs, asked) => {
    const desk = left()
      .at(leave + seatGraceMs + afterMs, held)
      .at(leave + 30_000, tick)
    expect(holdsOf(desk)).toEqual(asked)
    expect(desk.notices('hold.forced')).toMatchObject([{ call: 'c1', afterMs: seatGraceMs + afterMs }])
    expect(desk.notices('call.held')).toMatchObject([{ by: 'agent' }])
    expect(desk.notices('hold.unconfirmed')).toEqual([])
  })

  test('INV-6: a phone that never says so is asked once more, then the desk gives up and the lamp says so until the clerk is back', () => {
    const desk = left()
      .at(leave + 60_000, tick)
      .at(leave + 60_000, seated)
    expect(holdsOf(desk)).toEqual([
      [seatGraceMs, 1],
      [seatGraceMs + holdConfirmMs, 2],
    ])
    expect(desk.notices('hold.unconfirmed')).toEqual([
      { at: leave + seatGraceMs + 2 * holdConfirmMs, call: 'c1', afterMs: seatGraceMs + 2 * holdConfirmMs, reason: 'no-answer' },
    ])
    expect(desk.lamps().slice(-2)).toEqual([
      [leave + seatGraceMs + 2 * holdConfirmMs, 'hold-unconfirmed'],
      [leave + 60_000, 'dark'],
    ])
  })

  test.each(['refused', 'unsupported', 'unsafe', 'not-connected'] as const)('a phone that answers "%s" is not asked again', (answer) => {
    const at = leave + seatGraceMs + 300
    const desk = left()
      .at(at, outcome(answer))
      .at(at, outcome(answer))
      .at(leave + 60_000, tick)
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
    expect(desk.notices('hold.unconfirmed')).toEqual([{ at, call: 'c1', afterMs: seatGraceMs + 300, reason: answer }])
  })

  test.each(['sent', 'unreachable'] as const)('"%s" is no proof: it is tried once more', (answer) => {
    const desk = left()
      .at(leave + seatGraceMs + 300, outcome(answer))
      .at(leave + seatGraceMs + holdConfirmMs + 300, outcome(answer, 2))
      .at(leave + 60_000, tick)
    expect(holdsOf(desk).map(([, attempt]) => attempt)).toEqual([1, 2])
    expect(desk.notices('hold.unconfirmed')).toMatchObject([{ reason: answer }])
  })

  test('a clerk who was quicker held the call: nothing is asked again, and nothing is claimed', () => {
    const desk = left()
      .at(leave + seatGraceMs + 300, outcome('already-held'))
      .at(leave + seatGraceMs + 400, { type: 'call.held', ref: { phoneId: '1' } })
      .at(leave + 60_000, tick)
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
    expect(desk.notices('call.held')).toMatchObject([{ by: 'clerk' }])
    expect(desk.names()).not.toContain('hold.forced')
  })

  test('said to be held already, and no word of it from the phone: nothing is asked again, and the lamp says what is not known', () => {
    const desk = left()
      .at(leave + seatGraceMs + 300, outcome('already-held'))
      .at(leave + 60_000, tick)
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
    expect(desk.notices('hold.unconfirmed')).toMatchObject([{ at: leave + seatGraceMs + holdConfirmMs, reason: 'already-held' }])
    expect(desk.lamps().at(-1)).toEqual([leave + seatGraceMs + holdConfirmMs, 'hold-unconfirmed'])
    // Even then it was the clerk's.
    desk.at(leave + 61_000, held).at(leave + 62_000, tick)
    expect(desk.notices('call.held')).toMatchObject([{ by: 'clerk' }])
    expect(desk.lamps().at(-1)).toEqual([leave + 61_000, 'dark'])
  })

  test.each(['refused', 'unsupported', 'unsafe', 'not-connected', 'already-held'] as const)('"%s", then held by hand: the clerk’s own hold', (answer) => {
    const desk = left()
      .at(leave + seatGraceMs + 300, outcome(answer))
      .at(leave + seatGraceMs + 4000, held)
      .at(leave + 60_000, tick)
    expect(desk.notices('call.held')).toMatchObject([{ by: 'clerk' }])
    expect(desk.names()).not.toContain('hold.forced')
  })

  test.each([
    ['unsafe', 'agent'],
    ['already-held', 'agent'],
    ['refused', 'clerk'],
  ] as const)('"%s" to the second attempt, then held: by the %s', (answer, by) => {
    const second = leave + seatGraceMs + holdConfirmMs
    const desk = left()
      .at(leave + seatGraceMs + 300, outcome('sent'))
      .at(second + 300, outcome(answer, 2))
      .at(second + 900, held)
    expect(desk.notices('call.held')).toMatchObject([{ by }])
  })

  test('after the clerk’s own hold the next departure is held again', () => {
    const desk = left()
      .at(leave + seatGraceMs + 300, outcome('already-held'))
      .at(leave + seatGraceMs + 400, held)
      .at(leave + 20_000, seated)
      .at(leave + 21_000, resumed)
      .at(leave + 40_000, empty)
      .at(leave + 40_000 + seatGraceMs, tick)
    expect(holdsOf(desk).at(-1)).toEqual([40_000 + seatGraceMs, 1])
  })

  test('an answer to the first attempt that comes after the second was sent is not taken for its answer', () => {
    const desk = left()
      .at(leave + seatGraceMs + holdConfirmMs + 100, outcome('refused', 1))
      .at(leave + seatGraceMs + holdConfirmMs + 200, tick)
    expect(desk.notices('hold.unconfirmed')).toEqual([])
  })

  test.each([
    [limits.commandAnswerMs - 1, 'agent', 1],
    [limits.commandAnswerMs, 'clerk', 0],
  ])('held %i ms after the last attempt: by the %s', (afterMs, by, forced) => {
    const desk = left().at(leave + seatGraceMs + holdConfirmMs + afterMs, held)
    expect(desk.notices('call.held')).toMatchObject([{ by }])
    expect(desk.notices('hold.forced')).toHaveLength(forced)
  })

  test('back between the two attempts: no second one', () => {
    const desk = left()
      .at(leave + seatGraceMs + 700, seated)
      .at(leave + 60_000, tick)
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
    expect(desk.notices('hold.unconfirmed')).toHaveLength(1)
  })

  test('INV-7: back in the chair, nothing is resumed for the clerk; the hold stays until the clerk takes it back', () => {
    const desk = left()
      .at(leave + seatGraceMs + 300, held)
      .at(leave + 30_000, seated)
      .at(leave + 90_000, tick)
    expect(desk.desk.calls[0]?.state).toBe('held')
    desk.at(leave + 91_000, resumed)
    expect(desk.notices('call.resumed')).toMatchObject([{ by: 'clerk', heldBy: 'agent', heldMs: 91_000 - seatGraceMs - 300 }])
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
  })

  test('the next departure in the same call is held again', () => {
    const desk = left()
      .at(leave + seatGraceMs + 300, held)
      .at(leave + 20_000, seated)
      .at(leave + 20_500, resumed)
      .at(leave + 40_000, empty)
      .at(leave + 40_000 + seatGraceMs, tick)
    expect(holdsOf(desk)).toEqual([
      [seatGraceMs, 1],
      [40_000 + seatGraceMs, 1],
    ])
  })

  test('a call that was taken back while the seat is still empty is the clerk’s own choice: it stays open', () => {
    const desk = left()
      .at(leave + seatGraceMs + 300, held)
      .at(leave + 20_000, resumed)
      .at(leave + 90_000, tick)
    expect(holdsOf(desk)).toEqual([[seatGraceMs, 1]])
  })

  test.each([
    [0, 1],
    [1, 0],
  ])('answered %i ms after the clerk left: held %i times', (afterMs, holds) => {
    const desk = script().at(0, incoming)
    if (afterMs === 0) desk.at(leave, answered, empty)
    else desk.at(leave, empty).at(leave + afterMs, answered)
    expect(desk.at(leave + seatGraceMs, tick).holds()).toHaveLength(holds)
  })

  test.each([
    [{ seatEvidenceMaxAgeMs: seatGraceMs }, 1],
    [{ seatEvidenceMaxAgeMs: seatGraceMs - 1 }, 0],
  ])('the last report of the seat is %j old at the hold: held %i times', (changes, holds) => {
    expect(
      left(changes)
        .at(leave + 60_000, tick)
        .at(leave + 60_000, tick)
        .holds()
        .filter(({ attempt }) => attempt === 1),
    ).toHaveLength(holds)
  })

  test('a warning that no fresh evidence supports any more goes out', () => {
    const desk = left({ seatGraceMs: 60_000, seatEvidenceMaxAgeMs: 7000 }).at(leave + 59_000, tick)
    expect(desk.lamps().slice(-2)).toEqual([
      [leave + seatWarningMs, 'hold-warning'],
      [leave + 7001, 'dark'],
    ])
  })

  test('fresh evidence keeps a long grace alive', () => {
    const desk = left({ seatGraceMs: 30_000 })
    for (let ms = 5000; ms <= 30_000; ms += 5000) desk.at(leave + ms, empty)
    expect(holdsOf(desk)).toEqual([[30_000, 1]])
  })
})

describe('INV-5: never a wrong hold', () => {
  const cases: readonly (readonly [string, (desk: Script) => void, Partial<Policy>?])[] = [
    ['the call only rings', (desk) => desk.at(0, incoming).at(100, empty)],
    ['the clerk only dials', (desk) => desk.at(0, { type: 'call.originated', ref }).at(100, empty)],
    ['no call', (desk) => desk.at(100, empty)],
    ['held already', (desk) => desk.at(0, incoming).at(1000, answered).at(3000, held).at(4000, empty)],
    ['over', (desk) => desk.at(0, incoming).at(1000, answered).at(3000, empty).at(3500, { type: 'call.cleared', ref, cause: 'unknown' })],
    ['the other side put us on hold', (desk) => desk.at(0, incoming).at(1000, answered, { type: 'call.held-by-them', ref, on: true }).at(4000, empty)],
    ['a conference', (desk) => desk.at(0, incoming).at(1000, answered, { type: 'call.conferenced', ref }).at(4000, empty)],
    [
      'two calls connected at once',
      (desk) =>
        desk
          .at(0, incoming)
          .at(1000, answered)
          .at(3000, { type: 'call.established', ref: { phoneId: '2', remote: '600700800' } })
          .at(4000, empty),
    ],
    [
      'a conference that a reading of the phone shows',
      (desk) =>
        desk
          .at(0, incoming)
          .at(1000, answered)
          .at(3000, { type: 'phone.lines', lines: [{ ref, state: 'connected', conference: true }] })
          .at(4000, empty),
    ],
    [
      'an emergency call',
      (desk) =>
        desk
          .at(0, { type: 'call.originated', ref: { phoneId: '1', remote: '112' } })
          .at(1000, { type: 'call.established', ref: { phoneId: '1' } })
          .at(4000, empty),
    ],
    [
      'an emergency call with the own number kept back',
      (desk) =>
        desk
          .at(0, { type: 'call.originated', ref: { phoneId: '1', remote: '#31#112' } })
          .at(1000, { type: 'call.established', ref: { phoneId: '1' } })
          .at(4000, empty),
    ],
    [
      'an emergency call whose number came late',
      (desk) =>
        desk
          .at(0, { type: 'call.originated', ref: { phoneId: '1' } })
          .at(1000, { type: 'call.established', ref: { phoneId: '1', remote: '0112' } })
          .at(4000, empty),
    ],
    ['evacuation', (desk) => desk.at(0, incoming).at(1000, answered).at(4000, empty).at(5000, { type: 'command.freeze', on: true })],
    ['the sensor went away', (desk) => desk.at(0, incoming).at(1000, answered).at(4000, empty).at(5000, { type: 'seat.lost' })],
    ['nobody was seen to leave', (desk) => desk.at(0, { type: 'seat.lost' }, incoming).at(1000, answered).at(4000, empty)],
    [
      'the agent restarted: the call is adopted, not proven',
      (desk) =>
        desk
          .at(0, incoming)
          .at(1000, answered)
          .at(4000, { type: 'agent.started', version: 'test' }, { type: 'phone.capable', hold: true, forward: [] }, { type: 'seat.seen', occupied: true })
          .at(5000, empty),
    ],
    [
      'a seat that contradicts the work at the phone',
      (desk) => implausible(desk, limits.seatContradictionsMax).at(10_000, incoming).at(11_000, answered, { type: 'seat.seen', occupied: true }, empty),
    ],
    ['a headset', (desk) => desk.at(0, incoming).at(1000, answered).at(4000, empty), { mobility: 'headset' }],
    ['a clerk who stands', (desk) => desk.at(0, incoming).at(1000, answered).at(4000, empty), { mobility: 'standing' }],
    ['a phone that cannot', (desk) => desk.at(0, incoming, { type: 'phone.capable', hold: false, forward: [] }).at(1000, answered).at(4000, empty)],
  ]

  test.each(cases.map(([name, tell, changes]) => ({ name, tell, changes })))('$name', ({ tell, changes }) => {
    const desk = script(changes)
    tell(desk)
    // The evidence stays fresh all the time: it is not its age that prevents the hold.
    const from = desk.desk.at - 3_600_000
    for (let ms = 1000; ms <= 30_000; ms += 1000) desk.at(from + ms, desk.desk.seat.occupied === undefined ? tick : empty)
    expect(desk.holds()).toEqual([])
  })

  test('once a fresh word of the phone proves the adopted call, the next departure counts again', () => {
    const desk = inCall().at(5000, { type: 'agent.started', version: 'test' }, { type: 'phone.capable', hold: true, forward: [] }, seated)
    desk.at(6000, { type: 'phone.lines', lines: [{ ref, state: 'connected' }] }).at(leave, empty)
    expect(holdsOf(desk.at(leave + seatGraceMs, tick))).toEqual([[seatGraceMs, 1]])
  })

  test('where the agent may not hold, the warning says why and only reminds', () => {
    const reason = (changes: Partial<Policy>, capable = true): unknown => {
      const desk = inCall(changes).at(3000, { type: 'phone.capable', hold: capable, forward: [] }).at(leave, empty)
      return desk.at(leave + 60_000, tick).notices('hold.warned')[0]?.remindOnly
    }
    expect(reason({ mobility: 'headset' })).toBe('headset')
    expect(reason({ mobility: 'standing' })).toBe('standing')
    expect(reason({}, false)).toBe('not-capable')
    expect(reason({})).toBeUndefined()
  })

  describe('a phone that cannot hold, such as one behind an adapter', () => {
    const incapable: Fact = { type: 'phone.capable', hold: false, forward: [] }
    /** The seat goes on to say that it is empty, each second. */
    const away = (changes: Partial<Policy> = {}, untilMs = 20_000): Script => {
      const desk = inCall(changes).at(3000, incapable).at(leave, empty)
      for (let ms = 1000; ms <= untilMs; ms += 1000) desk.at(leave + ms, empty)
      return desk
    }

    test('is never asked; the lamp warns, and then tells of the open call until the clerk is back', () => {
      const desk = away().at(leave + 20_500, seated)
      expect(desk.holds()).toEqual([])
      expect(desk.notices('hold.warned')).toMatchObject([{ at: leave + seatWarningMs, remindOnly: 'not-capable' }])
      expect(desk.lamps().slice(-3)).toEqual([
        [leave + seatWarningMs, 'hold-warning'],
        [leave + seatGraceMs, 'hold-unconfirmed'],
        [leave + 20_500, 'dark'],
      ])
      expect(desk.names()).not.toContain('hold.forced')
      expect(desk.names()).not.toContain('hold.unconfirmed')
    })

    test.each<[string, Fact]>([
      ['the call ends', { type: 'call.cleared', ref, cause: 'unknown' }],
      ['the clerk has held it by hand', held],
      ['the sensor is gone', { type: 'seat.lost' }],
      ['the other party holds us', { type: 'call.held-by-them', ref, on: true }],
    ])('says nothing any more once %s', (_, fact) => {
      const desk = away().at(leave + 20_500, fact)
      expect(desk.lamps().at(-1)).toEqual([leave + 20_500, 'dark'])
    })

    test('is not accused by a seat of which nothing more is heard', () => {
      const desk = away({}, 9000).at(leave + 60_000, tick)
      expect(desk.lamps().at(-1)).toEqual([leave + 9000 + policyDefaults.seatEvidenceMaxAgeMs + 1, 'dark'])
    })

    test.each(['headset', 'standing'] as const)('at a desk of mobility "%s" shows what it always did', (mobility) => {
      expect(away({ mobility }).lamps().slice(-2)).toEqual([
        [leave + seatWarningMs, 'hold-warning'],
        [leave + seatGraceMs, 'dark'],
      ])
    })
  })
})

/** Work at the phone while the seat says empty, so many times. */
function implausible(desk: Script, times: number): Script {
  desk.at(0, empty)
  for (let count = 1; count <= times; count += 1)
    desk.at(count * 1000, { type: 'phone.hook', hook: 'off' }).at(count * 1000 + 500, { type: 'phone.hook', hook: 'on' })
  return desk
}

describe('a seat that is wrong is not believed', () => {
  test.each([
    [limits.seatContradictionsMax - 1, true],
    [limits.seatContradictionsMax, false],
  ])('work at the phone of an empty seat, %i times: believed %s', (times, believed) => {
    const desk = implausible(script(), times)
    expect(desk.desk.seat.plausible).toBe(believed)
    expect(desk.notices('seat.implausible')).toHaveLength(believed ? 0 : 1)
    if (!believed) expect(desk.notices('seat.implausible')).toMatchObject([{ reason: 'contradiction' }])
  })

  test('work in an occupied seat forgives the earlier contradictions', () => {
    const desk = implausible(script(), limits.seatContradictionsMax - 1).at(
      10_000,
      seated,
      { type: 'phone.hook', hook: 'off' },
      { type: 'phone.hook', hook: 'on' },
    )
    desk.at(11_000, empty, { type: 'phone.hook', hook: 'off' }, { type: 'phone.hook', hook: 'on' })
    expect(desk.desk.seat.plausible).toBe(true)
  })

  test.each([
    [limits.seatContradictionsMax - 1, false],
    [limits.seatContradictionsMax, true],
  ])('it is believed again after it agreed with the work %i times: %s', (times, believed) => {
    const desk = implausible(script(), limits.seatContradictionsMax).at(10_000, seated)
    for (let count = 0; count < times; count += 1) desk.at(11_000, { type: 'phone.hook', hook: 'off' }, { type: 'phone.hook', hook: 'on' })
    expect(desk.desk.seat.plausible).toBe(believed)
  })

  test('taking a call back and pressing the loudspeaker are work; a handset that was off already is not', () => {
    const desk = script().at(0, incoming).at(1000, answered).at(3000, held, empty)
    expect(desk.at(4000, resumed, resumed).desk.seat.contradictions).toBe(1)
    expect(desk.at(5000, { type: 'phone.audio', path: 'speaker' }, { type: 'phone.audio', path: 'speaker' }).desk.seat.contradictions).toBe(2)
    expect(desk.at(6000, { type: 'phone.audio', path: 'handset' }).desk.seat.contradictions).toBe(2)
  })

  test.each([
    [limits.seatChangesPerMinuteMax, true],
    [limits.seatChangesPerMinuteMax + 1, false],
  ])('%i changes within a minute: believed %s', (changes, believed) => {
    const desk = script()
    for (let count = 0; count < changes; count += 1) desk.at(60_000 + Math.min(count * 1500, 59_999), { type: 'seat.seen', occupied: count % 2 === 1 })
    expect(desk.desk.seat.plausible).toBe(believed)
    if (!believed) expect(desk.notices('seat.implausible')).toMatchObject([{ reason: 'flapping' }])
  })

  test('the minute of the count is over after sixty seconds', () => {
    const desk = script()
    for (let count = 0; count < limits.seatChangesPerMinuteMax; count += 1) desk.at(60_000 + count, { type: 'seat.seen', occupied: count % 2 === 1 })
    desk.at(120_000, empty)
    expect(desk.desk.seat).toMatchObject({ plausible: true, changes: { count: 1 } })
  })
})

describe('a hold that a person commands', () => {
  const wanted: Fact = { type: 'command.hold', call: 'c1' }

  test('goes out at once, wherever the clerk sits, and once more if the phone does not confirm it', () => {
    const desk = inCall().at(5000, wanted).at(30_000, tick)
    expect(desk.holds()).toEqual([
      { at: 5000, call: 'c1', attempt: 1 },
      { at: 5000 + holdConfirmMs, call: 'c1', attempt: 2 },
    ])
    expect(desk.notices('hold.unconfirmed')).toMatchObject([{ afterMs: 2 * holdConfirmMs }])
  })

  test('is confirmed by the phone’s own word', () => {
    const desk = inCall({ mobility: 'headset' }).at(5000, wanted).at(5400, held).at(30_000, tick)
    expect(desk.holds()).toHaveLength(1)
    expect(desk.notices('hold.forced')).toMatchObject([{ call: 'c1', afterMs: 400 }])
  })

  test('is not asked again once everything has been frozen', () => {
    const desk = inCall().at(5000, wanted).at(5900, { type: 'command.freeze', on: true }).at(30_000, tick)
    expect(desk.holds()).toHaveLength(1)
    expect(desk.notices('hold.unconfirmed')).toHaveLength(1)
  })

  test('is not asked a second time while the phone has not answered, nor by the rule', () => {
    const desk = inCall().at(leave, empty)
    desk
      .at(leave + seatGraceMs - 500, wanted)
      .at(leave + seatGraceMs - 400, wanted)
      .at(leave + seatGraceMs, tick)
    expect(holdsOf(desk)).toEqual([[seatGraceMs - 500, 1]])
  })

  test.each<[string, Fact]>([
    ['a conference', { type: 'call.conferenced', ref }],
    ['evacuation', { type: 'command.freeze', on: true }],
    ['a phone that cannot', { type: 'phone.capable', hold: false, forward: ['no-answer', 'always'] }],
    ['held by the other side', { type: 'call.held-by-them', ref, on: true }],
    ['over', { type: 'call.cleared', ref, cause: 'unknown' }],
    ['a restart', { type: 'agent.started', version: 'test' }],
  ])('is not obeyed: %s', (_, fact) => {
    expect(inCall().at(5000, fact, wanted).at(30_000, tick).holds()).toEqual([])
  })

  test('is never obeyed on an emergency call', () => {
    const desk = script()
      .at(0, { type: 'call.originated', ref: { phoneId: '9', remote: '998' } })
      .at(500, { type: 'call.established', ref: { phoneId: '9' } })
    expect(desk.at(5000, { type: 'command.hold' }).at(30_000, tick).holds()).toEqual([])
  })
})
