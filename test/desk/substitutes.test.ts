import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, type Policy, type Substitute } from '../../src/desk/policy.ts'
import { forwardingPhone } from './forwarding-phone.ts'
import { awayMs, empty, minute, seated, takes, tick } from './lease-states.ts'
import { caller, mondayNine, type Script, script } from './script.ts'

const hour = 60 * minute
const { forwardOrderMs, lunchMs, notAwayMs, directoryMaxAgeMs, wardenLostMs } = limits
const closed = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] }
const absence = (kind?: 'leave' | 'lunch' | 'remote' | 'in-person', until?: number): Fact => ({
  type: 'command.absence',
  on: true,
  ...(kind === undefined ? {} : { kind }),
  ...(until === undefined ? {} : { until }),
})
const order = (on: boolean, target?: string): Fact => ({ type: 'command.forward', on, ...(target === undefined ? {} : { target }) })

/** The clerk in the chair, two substitutes who take calls, and a phone that does as it is told. */
function office(changes: Partial<Policy> = {}): Script {
  const substitutes = [
    { desk: 'usc-14', number: '6014' },
    { desk: 'usc-15', number: '6015' },
  ]
  const desk = script({ desk: 'usc-12', substitutes, ...changes })
  desk.phone = forwardingPhone()
  return desk.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] }, takes('usc-14'), takes('usc-15'))
}
const covered = (desk: Script): unknown[] => desk.notices('forwarding.on').map(({ at, target, reason }) => [at, target, reason])
const ended = (desk: Script): unknown[] => desk.notices('forwarding.off').map(({ at, reason }) => [at, reason])

describe('absences that a person declares', () => {
  test('leave: from now on, not ended by whoever takes the seat, over at its time', () => {
    const desk = office()
      .at(minute, absence('leave', mondayNine + 3 * hour))
      .at(2 * minute, empty, seated, { type: 'phone.hook', hook: 'off' }, { type: 'phone.hook', hook: 'on' })
      .at(4 * hour, tick)
    expect([covered(desk), ended(desk)]).toEqual([[[minute, 'usc-14', 'leave']], [[3 * hour, 'returned']]])
  })

  test('without a kind it is the same', () => {
    const desk = office().at(minute, absence()).at(hour, empty, seated)
    expect([covered(desk), ended(desk)]).toEqual([[[minute, 'usc-14', 'declared']], []])
    expect(ended(desk.at(2 * hour, { type: 'command.absence', on: false }))).toEqual([[2 * hour, 'returned']])
  })

  test.each<[string, Fact[], number]>([
    ['the clerk is back', [seated], 5 * minute],
    ['somebody lifts the handset', [{ type: 'phone.hook', hook: 'off' }], 5 * minute],
    [
      'somebody answers',
      [
        { type: 'call.delivered', ref: caller },
        { type: 'call.established', ref: caller },
      ],
      5 * minute,
    ],
    ['its time is over', [tick], minute + lunchMs],
    ['it is taken back', [{ type: 'command.absence', on: false }], 5 * minute],
  ])('lunch ends when %s', (_, facts, at) => {
    const desk = office()
      .at(minute, { type: 'seat.lost' }, absence('lunch'))
      .at(5 * minute, ...facts)
      .at(minute + lunchMs, tick)
    expect([covered(desk), ended(desk)]).toEqual([[[minute, 'usc-14', 'lunch']], [[at, 'returned']]])
  })

  test('lunch does not end by a word of the seat that is no return, and its own time may be given', () => {
    const desk = office()
      .at(minute, absence('lunch', mondayNine + hour), seated)
      .at(2 * minute, { type: 'call.delivered', ref: caller }, seated)
    expect(ended(desk.at(hour - 1, tick))).toEqual([])
    expect(ended(desk.at(hour, tick))).toEqual([[hour, 'returned']])
  })

  test('lunch is no absence in the day’s counters, leave is', () => {
    const counts = (kind: 'lunch' | 'leave', ...facts: Fact[]): Readonly<Record<string, number>> =>
      office()
        .at(minute, ...facts, absence(kind))
        .at(10 * minute, tick).desk.day?.counts ?? {}
    const nobody = [takes('usc-14', false), takes('usc-15', false)]
    expect(Object.keys(counts('lunch')).filter((key) => key.startsWith('absences'))).toEqual([])
    expect(Object.keys(counts('lunch', ...nobody)).filter((key) => key.startsWith('absences'))).toEqual([])
    expect(counts('leave')).toMatchObject({ 'absences.coverable': 1, 'absences.covered': 1 })
    expect(counts('leave', ...nobody)).toMatchObject({ 'absences.coverable': 1, 'absences.uncovered.nobody-takes-calls': 1 })
  })

  test('remote work: to the clerk’s number elsewhere, whoever takes calls in the office; without one, to the chain', () => {
    const remote = office({ remoteNumber: '6999' }).at(minute, takes('usc-14', false), takes('usc-15', false), absence('remote'), empty, seated)
    expect(remote.forwards()).toEqual([[minute, '6999']])
    expect(covered(remote)).toEqual([[minute, 'elsewhere', 'remote']])
    expect(remote.names()).not.toContain('forwarding.uncovered')
    expect(covered(office().at(minute, absence('remote')))).toEqual([[minute, 'usc-14', 'remote']])
    expect(office({ remoteNumber: '6999', substitutes: [] }).at(minute, absence('remote')).forwards()).toEqual([[minute, '6999']])
    expect(office({ remoteNumber: '6999' }).at(minute, absence('leave')).forwards()).toEqual([[minute, '6014']])
  })

  test('service in person is never an absence, however long the seat is empty', () => {
    const desk = office()
      .at(minute, absence('in-person', mondayNine + 2 * hour), empty)
      .at(2 * hour - 1, tick)
    expect(desk.forwards()).toEqual([])
    expect(covered(desk.at(3 * hour, tick))).toEqual([[2 * hour, 'usc-14', 'seat-empty']])
  })

  test('a holiday, a local exception and the night of summer time are the calendar’s', () => {
    const on = (day: string, exceptions = {}): number =>
      office({ workingHours: { ...office0, exceptions } })
        .at(minute, { type: 'clock.set', wall: Date.parse(day), synced: true }, absence('leave'))
        .forwards().length
    expect(on('2026-11-11T09:00:00Z')).toBe(0)
    expect(on('2026-11-10T09:00:00Z')).toBe(1)
    expect(on('2026-11-10T09:00:00Z', { '2026-11-10': [] })).toBe(0)
    expect(on('2026-11-21T09:00:00Z', { '2026-11-21': [{ from: 480, to: 720 }] })).toBe(1)
    // 07:29 and 07:30 on the Monday after the clocks went back, and on the Friday before.
    expect([on('2026-10-26T06:29:00Z'), on('2026-10-26T06:30:00Z'), on('2026-10-23T05:29:00Z'), on('2026-10-23T05:30:00Z')]).toEqual([0, 1, 0, 1])
  })
})

const office0 = {
  zone: [
    { from: Date.UTC(2026, 2, 29, 1), offsetMinutes: 120 },
    { from: Date.UTC(2026, 9, 25, 1), offsetMinutes: 60 },
  ],
  week: { ...closed, mon: [{ from: 450, to: 930 }], tue: [{ from: 450, to: 930 }], wed: [{ from: 450, to: 930 }], fri: [{ from: 450, to: 930 }] },
  holidays: 'pl',
  exceptions: {},
} as const

describe('an order to forward', () => {
  test('now, with the clerk in the chair, outside the hours, to the first who can', () => {
    const desk = office().at(10 * hour, order(true))
    expect(covered(desk)).toEqual([[10 * hour, 'usc-14', 'ordered']])
    expect(ended(desk.at(10 * hour + forwardOrderMs, tick))).toEqual([[10 * hour + forwardOrderMs, 'office-closed']])
  })

  test('to that desk and no other', () => {
    const desk = office().at(minute, order(true, 'usc-15'))
    expect(covered(desk)).toEqual([[minute, 'usc-15', 'ordered']])
    desk.at(2 * minute, takes('usc-15', false))
    expect([ended(desk), desk.notices('forwarding.uncovered')]).toEqual([
      [[2 * minute, 'nobody-takes-calls']],
      [{ at: 2 * minute, reason: 'nobody-takes-calls' }],
    ])
  })

  test('ends when somebody is seen to come back, not by the seat that has been taken all the time', () => {
    const desk = office()
      .at(minute, order(true), seated)
      .at(2 * minute, seated)
    expect(ended(desk)).toEqual([])
    desk.at(3 * minute, empty).at(4 * minute, seated)
    expect(ended(desk)).toEqual([[4 * minute, 'returned']])
  })

  test('overrules what was changed at the phone before', () => {
    const desk = office().at(minute, absence('leave'))
    desk.phone?.on.clear()
    desk.at(2 * minute, { type: 'phone.forwarding', kind: 'no-answer', on: false }).at(3 * minute, tick)
    expect(covered(desk)).toHaveLength(1)
    expect(covered(desk.at(4 * minute, order(true)))).toHaveLength(2)
  })

  test('not to forward: off at once, and the seat alone is no absence for an hour', () => {
    const desk = office()
      .at(0, empty)
      .at(20 * minute, order(false))
    expect(ended(desk)).toEqual([[20 * minute, 'ordered']])
    desk.at(20 * minute + notAwayMs - 1, tick)
    expect(covered(desk)).toHaveLength(1)
    desk.at(20 * minute + notAwayMs, tick)
    expect(covered(desk).slice(1)).toEqual([[20 * minute + notAwayMs, 'usc-14', 'seat-empty']])
  })

  test('not to forward: or until the seat was taken, but not by work at the phone alone', () => {
    const desk = office()
      .at(0, empty)
      .at(20 * minute, order(false))
      .at(25 * minute, { type: 'phone.hook', hook: 'off' })
    expect(desk.desk.ordered).toBeDefined()
    desk.at(30 * minute, seated, empty).at(40 * minute, tick)
    expect(covered(desk).slice(1)).toEqual([[40 * minute, 'usc-14', 'seat-empty']])
  })

  test('not to forward holds against an absence that was declared before, not against one that is declared now', () => {
    const desk = office()
      .at(minute, absence('leave'))
      .at(2 * minute, order(false))
      .at(3 * minute, tick)
    expect([covered(desk).length, ended(desk).length]).toEqual([1, 1])
    expect(covered(desk.at(4 * minute, absence('leave')))).toHaveLength(2)
  })
})

describe('whom the calls may go to', () => {
  const chosen = (substitutes: readonly Substitute[], ...facts: Fact[]): string | undefined =>
    office({ substitutes: [...substitutes, { desk: 'usc-15', number: '6015' }] })
      .at(0, ...facts)
      .at(minute, absence('leave'))
      .notices('forwarding.on')[0]?.target
  const first = { desk: 'usc-14', number: '6014' }

  test.each<[string, Fact, Substitute, string]>([
    ['takes calls', takes('usc-14'), first, 'usc-14'],
    ['takes none', takes('usc-14', false), first, 'usc-15'],
    ['takes one desk’s already', takes('usc-14', true, ['a']), first, 'usc-14'],
    ['takes two already, its limit', takes('usc-14', true, ['a', 'b']), first, 'usc-15'],
    ['takes two, this one among them', takes('usc-14', true, ['a', 'usc-12']), first, 'usc-14'],
    ['takes three, this one the latest', takes('usc-14', true, ['a', 'b', 'usc-12']), first, 'usc-15'],
    ['takes two, and may three', takes('usc-14', true, ['a', 'b']), { ...first, absenteesMax: 3 }, 'usc-14'],
    ['takes one, and may one', takes('usc-14', true, ['a']), { ...first, absenteesMax: 1 }, 'usc-15'],
    ['stands in on Mondays', takes('usc-14'), { ...first, week: { ...closed, mon: [{ from: 540, to: 541 }] } }, 'usc-15'],
    ['stands in now', takes('usc-14'), { ...first, week: { ...closed, mon: [{ from: 541, to: 600 }] } }, 'usc-14'],
    ['is this desk itself', takes('usc-12'), { desk: 'usc-12', number: '6012' }, 'usc-15'],
    ['is not known', takes('usc-99'), { desk: 'usc-13', number: '6013' }, 'usc-15'],
  ])('the first %s', (_, fact, substitute, expected) => {
    expect(chosen([substitute], fact)).toBe(expected)
  })

  test('a substitute’s hours end: the next one, at that very moment', () => {
    const substitutes = [
      { ...first, week: { ...closed, mon: [{ from: 540, to: 600 }] } },
      { desk: 'usc-15', number: '6015' },
    ]
    const desk = office({ substitutes })
      .at(minute, absence('leave'))
      .at(2 * hour, tick)
    expect(covered(desk)).toEqual([
      [minute, 'usc-14', 'leave'],
      [hour, 'usc-15', 'leave'],
    ])
  })

  const directory = (version = 1): Fact => ({ type: 'directory.seen', version, substitutes: [{ desk: 'usc-15', number: '6015' }] })

  test('the directory’s, where the desk has none of its own', () => {
    expect(covered(office({ substitutes: [] }).at(0, directory()).at(minute, absence('leave')))).toEqual([[minute, 'usc-15', 'leave']])
    expect(covered(office().at(0, directory()).at(minute, absence('leave')))).toEqual([[minute, 'usc-14', 'leave']])
  })

  test('a directory of yesterday forwards nobody any more, and the desk says so', () => {
    const desk = office({ substitutes: [] }).at(0, directory())
    desk.at(directoryMaxAgeMs - 1, absence('leave'))
    expect(covered(desk)).toHaveLength(1)
    const late = office({ substitutes: [] }).at(0, directory())
    late.at(directoryMaxAgeMs, absence('leave')).at(directoryMaxAgeMs + 10 * minute, tick)
    expect([covered(late), late.notices('forwarding.uncovered')]).toEqual([[], [{ at: directoryMaxAgeMs, reason: 'directory-stale' }]])
    expect(covered(late.at(directoryMaxAgeMs + hour, directory()))).toHaveLength(1)
  })

  test('what runs by it runs to its end, and is not renewed', () => {
    const desk = office({ substitutes: [] })
      .at(0, directory())
      .at(directoryMaxAgeMs - minute, absence('leave'))
    desk.at(directoryMaxAgeMs - minute + 30 * minute - 1, tick)
    expect(desk.desk.lease?.state).toBe('held')
    desk.at(directoryMaxAgeMs + hour, tick)
    expect([ended(desk), desk.notices('forwarding.uncovered')]).toEqual([
      [[directoryMaxAgeMs + 29 * minute, 'lease-over']],
      [{ at: directoryMaxAgeMs + 29 * minute, reason: 'directory-stale' }],
    ])
  })
})

describe('"always"', () => {
  const warden = (answers: boolean): Fact => ({ type: 'warden.seen', answers })
  const kinds = (desk: Script): unknown[] => (desk.phone?.orders ?? []).map(({ at, on, kind }) => [at - 3_600_000, on, kind])

  test('is over so long after the warden was lost, and becomes "no-answer"', () => {
    const desk = office({ forwardKind: 'always' }).at(0, warden(true)).at(minute, absence('leave'))
    desk.at(10 * minute, warden(false)).at(10 * minute + wardenLostMs - 1, tick)
    expect(kinds(desk)).toEqual([[minute, true, 'always']])
    desk.at(hour, tick)
    const at = 10 * minute + wardenLostMs
    expect(kinds(desk).slice(1)).toEqual([
      [at, false, 'always'],
      [at, true, 'no-answer'],
    ])
    expect(ended(desk)).toEqual([[at, 'another-kind']])
  })

  test('a warden that is back in time leaves it as it is; a new start of the agent knows of none', () => {
    const desk = office({ forwardKind: 'always' }).at(0, warden(true)).at(minute, absence('leave'))
    desk
      .at(10 * minute, warden(false))
      .at(11 * minute, warden(true))
      .at(hour, tick)
    expect(kinds(desk)).toHaveLength(1)
    desk.at(hour, { type: 'agent.started', version: 'test' }, { type: 'phone.capable', hold: true, forward: ['always', 'no-answer'] }, takes('usc-14'))
    expect(kinds(desk).slice(1)).toEqual([
      [hour, false, 'always'],
      [hour, true, 'no-answer'],
    ])
  })

  test.each<[string, (desk: Script) => Script]>([
    ['who has never answered', (desk) => desk.at(0, warden(false))],
    ['who was lost a moment ago', (desk) => desk.at(0, warden(true)).at(minute - 1000, warden(false))],
  ])('is not set on the strength of a warden %s', (_who, before) => {
    const desk = before(office({ forwardKind: 'always' }))
      .at(minute, absence('leave'))
      .at(hour, tick)
    expect(kinds(desk)).toEqual([[minute, true, 'no-answer']])
  })

  test('a phone that knows only one of the two', () => {
    const only = (forward: ('always' | 'no-answer')[], forwardKind: 'always' | 'no-answer'): unknown =>
      kinds(office({ forwardKind }).at(0, warden(true), { type: 'phone.capable', hold: true, forward }).at(minute, absence('leave')))[0]
    expect(only(['no-answer'], 'always')).toEqual([minute, true, 'no-answer'])
    expect(only(['always'], 'no-answer')).toBeUndefined()
    expect(only(['always'], 'always')).toEqual([minute, true, 'always'])
  })
})

test('the desk is away as long after the last work at the phone as after the seat fell empty', () => {
  const desk = office()
    .at(0, empty)
    .at(5 * minute, { type: 'phone.audio', path: 'headset' })
    .at(hour, tick)
  expect(covered(desk)).toEqual([[5 * minute + awayMs, 'usc-14', 'seat-empty']])
})

test('a code that a machine dials at the exchange is nobody’s work', () => {
  const ref = { phoneId: '7', remote: '*726014' }
  const desk = office()
    .at(0, empty)
    .at(5 * minute, { type: 'call.originated', ref })
    .at(5 * minute + 2000, { type: 'call.cleared', ref, cause: 'unknown' })
    .at(hour, tick)
  expect(covered(desk)).toEqual([[awayMs, 'usc-14', 'seat-empty']])
})

test('a desk with a list of its own forwards by it, however long nothing has been heard of the directory', () => {
  const desk = office().at(0, { type: 'directory.seen', version: 1, substitutes: [{ desk: 'usc-15', number: '6015' }] })
  const late = directoryMaxAgeMs + hour
  desk.at(late, empty).at(late + awayMs, tick)
  expect(desk.forwards()).toEqual([[late + awayMs, '6014']])
})
