import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { type Policy, policyDefaults } from '../../src/desk/policy.ts'
import { forwardingPhone } from './forwarding-phone.ts'
import { caller, mondayNine, policy, type Script, script } from './script.ts'

const minute = 60_000
const hour = 60 * minute
const { absenceMs } = policyDefaults
const empty: Fact = { type: 'seat.seen', occupied: false }
const seated: Fact = { type: 'seat.seen', occupied: true }
const tick: Fact = { type: 'tick' }
const takes = (desk: string, takesCalls: boolean): Fact => ({ type: 'substitute.seen', desk, takesCalls })
const substitutes = [
  { desk: 'usc-14', number: '6014' },
  { desk: 'usc-15', number: '6015' },
]
const forwarded = (on: boolean, target = '6014', kind: 'always' | 'no-answer' | 'busy' = 'no-answer'): Fact => ({ type: 'phone.forwarding', kind, on, target })

/** A desk that can forward, with two substitutes at their desks. */
function office(changes: Partial<Policy> = {}): Script {
  const desk = script({ substitutes, ...changes }).at(
    0,
    { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
    takes('usc-14', true),
    takes('usc-15', true),
  )
  desk.phone = forwardingPhone()
  desk.effects.length = 0
  return desk
}
/** The seat is empty since one minute past nine. */
const away = (changes: Partial<Policy> = {}): Script => office(changes).at(minute, empty)
const sinceLeft = (desk: Script): unknown[] => desk.forwards().map(([at, wish]) => [at - minute, wish])

describe('III.3b: a longer absence', () => {
  test.each([
    [absenceMs - 1, []],
    [absenceMs, [[absenceMs, '6014']]],
  ])('the seat empty for %i ms: %j', (ms, wishes) => {
    expect(sinceLeft(away().at(minute + ms, tick))).toEqual(wishes)
  })

  test('back at the desk: off at once', () => {
    const desk = away().at(hour, seated)
    expect(sinceLeft(desk)).toEqual([
      [absenceMs, '6014'],
      [hour - minute, 'off'],
    ])
  })

  test('back a moment before it became one: nothing', () => {
    expect(
      sinceLeft(
        away()
          .at(minute + absenceMs - 1, seated)
          .at(hour, tick),
      ),
    ).toEqual([])
  })

  test('after three rings, and "always" only where a warden answers for it', () => {
    const told = (changes: Partial<Policy>, ...facts: Fact[]): unknown =>
      away(changes)
        .at(minute, ...facts)
        .at(hour, tick)
        .phone?.orders.at(0)
    const order = { on: true, target: '6014', ringMs: 15_000 }
    const warden: Fact = { type: 'warden.seen', answers: true }
    expect(told({})).toMatchObject({ ...order, kind: 'no-answer' })
    expect(told({}, warden)).toMatchObject({ ...order, kind: 'no-answer' })
    expect(told({ forwardKind: 'always' })).toMatchObject({ ...order, kind: 'no-answer' })
    expect(told({ forwardKind: 'always' }, { type: 'warden.seen', answers: false })).toMatchObject({ ...order, kind: 'no-answer' })
    expect(told({ forwardKind: 'always' }, warden)).toMatchObject({ ...order, kind: 'always' })
    expect(told({ warnAtRing: 4, ringPeriodMs: 6000 })).toMatchObject({ ringMs: 24_000 })
  })

  test('the first who takes calls gets them; when they leave too, the next; when nobody does, nobody', () => {
    const desk = away()
      .at(5 * minute, takes('usc-14', false))
      .at(20 * minute, takes('usc-14', true))
      .at(30 * minute, takes('usc-14', false))
    desk.at(40 * minute, takes('usc-15', false)).at(50 * minute, tick)
    expect(sinceLeft(desk)).toEqual([
      [absenceMs, '6015'],
      [19 * minute, 'off'],
      [19 * minute, '6014'],
      [29 * minute, 'off'],
      [29 * minute, '6015'],
      [39 * minute, 'off'],
    ])
    expect(desk.notices('forwarding.uncovered')).toEqual([{ at: 40 * minute, reason: 'nobody-takes-calls' }])
  })

  test('the office’s hours: not before it opens, off when it closes', () => {
    // Monday nine, so half past three is six and a half hours later, and Tuesday half past seven 22½.
    const desk = away().at(48 * hour, tick)
    expect(desk.forwards()).toEqual([
      [minute + absenceMs, '6014'],
      [6.5 * hour, 'off'],
      [22.5 * hour, '6014'],
      [30.5 * hour, 'off'],
      [46.5 * hour, '6014'],
    ])
  })

  test('a call that rings in vain ends nothing: that is what it is for', () => {
    const ref = { phoneId: '1', ...caller }
    const desk = away()
      .at(30 * minute, { type: 'call.delivered', ref })
      .at(31 * minute, { type: 'call.cleared', ref, cause: 'cancelled' })
    expect(sinceLeft(desk)).toEqual([[absenceMs, '6014']])
    expect(
      sinceLeft(
        away()
          .at(minute + absenceMs - 1, { type: 'call.delivered', ref })
          .at(hour, tick),
      ),
    ).toEqual([[absenceMs, '6014']])
  })

  test('who takes up a call at the desk is back, and is away again as long after', () => {
    const ref = { phoneId: '1', ...caller }
    const desk = away()
      .at(30 * minute, { type: 'call.delivered', ref })
      .at(30 * minute + 4000, { type: 'call.established', ref })
      .at(55 * minute, { type: 'call.cleared', ref, cause: 'remote-bye' })
      .at(hour, tick)
    // Never in the middle of a call: the limit passed at 40:04, the call ended at 55:00.
    expect(desk.forwards()).toEqual([
      [minute + absenceMs, '6014'],
      [30 * minute + 4000, 'off'],
      [55 * minute, '6014'],
    ])
  })

  test('a person may declare it, until a time or until they take it back', () => {
    const until = mondayNine + hour
    const desk = office()
      .at(minute, { type: 'command.absence', on: true, until })
      .at(2 * hour, tick)
    expect(desk.forwards()).toEqual([
      [minute, '6014'],
      [hour, 'off'],
    ])
    desk.at(3 * hour, { type: 'command.absence', on: true }).at(4 * hour, { type: 'command.absence', on: false })
    expect(desk.forwards().slice(2)).toEqual([
      [3 * hour, '6014'],
      [4 * hour, 'off'],
    ])
  })

  test('an order may say until when', () => {
    const desk = office()
      .at(minute, { type: 'command.forward', on: true, forMs: hour })
      .at(3 * hour, tick)
    expect(desk.forwards()).toEqual([
      [minute, '6014'],
      [minute + hour, 'off'],
    ])
  })

  test('an office that never closes needs no clock for it; a declared end needs one', () => {
    const whole = [{ from: 0, to: 1440 }]
    const always = { mon: whole, tue: whole, wed: whole, thu: whole, fri: whole, sat: whole, sun: whole }
    const workingHours = { ...policy.workingHours, week: always, holidays: 'none' as const, exceptions: {} }
    const unset: Fact = { type: 'clock.set', wall: mondayNine, synced: false }
    const unclocked = (hours: typeof workingHours, fact: Fact) =>
      office({ workingHours: hours })
        .at(minute, unset, fact)
        .at(2 * hour, tick)
        .forwards()
    expect(unclocked(workingHours, empty)).toEqual([[minute + absenceMs, '6014']])
    expect(unclocked({ ...workingHours, exceptions: { '2026-11-24': [] } }, empty)).toEqual([])
    expect(unclocked(workingHours, { type: 'command.absence', on: true, until: mondayNine + hour })).toEqual([])
  })

  test.each<[string, Fact]>([
    ['evacuation', { type: 'command.freeze', on: true }],
    ['the sensor went away', { type: 'seat.lost' }],
    ['the clock is not to be trusted', { type: 'clock.set', wall: mondayNine, synced: false }],
    ['the office is closed', { type: 'clock.set', wall: Date.UTC(2026, 10, 22, 8), synced: true }],
  ])('no forwarding: %s', (_, fact) => {
    expect(
      away()
        .at(2 * minute, fact)
        .at(2 * hour, tick)
        .forwards(),
    ).toEqual([])
  })

  test('no forwarding from a seat that contradicts the work at the phone', () => {
    const desk = away()
    for (let count = 2; count < 5; count += 1) desk.at(count * minute, { type: 'phone.hook', hook: 'off' }, { type: 'phone.hook', hook: 'on' })
    expect(desk.at(2 * hour, tick).forwards()).toEqual([])
  })

  test('a desk without substitutes is silent about it', () => {
    const desk = away({ substitutes: [] }).at(2 * hour, tick)
    expect([desk.forwards(), desk.notices('forwarding.uncovered')]).toEqual([[], []])
  })

  test.each<[string, Fact]>([
    ['not-capable', { type: 'phone.capable', hold: true, forward: [] }],
    ['frozen', { type: 'command.freeze', on: true }],
  ])('a person should take the calls and cannot: uncovered, %s, said once', (reason, fact) => {
    const desk = away()
      .at(2 * minute, fact)
      .at(5 * hour, tick)
    expect(desk.notices('forwarding.uncovered')).toEqual([{ at: minute + absenceMs, reason }])
  })
})

describe('what a person set on the phone is theirs', () => {
  test('it is shown, said once, and never touched', () => {
    const desk = away()
      .at(5 * minute, forwarded(true, '6099', 'always'))
      .at(6 * minute, forwarded(true, '6099', 'always'))
      .at(2 * hour, tick)
    expect(desk.notices('forwarding.foreign')).toEqual([{ at: 5 * minute, kind: 'always', on: true, target: '6099' }])
    expect(desk.forwards()).toEqual([])
    expect(desk.lamps()).toContainEqual([5 * minute, 'forwarded'])
    expect(desk.names()).not.toContain('forwarding.uncovered')
  })

  test('another kind being off says nothing of the one that is on; its own end is said', () => {
    const desk = office()
      .at(minute, forwarded(true, '6099', 'always'))
      .at(2 * minute, forwarded(false, '', 'busy'))
    expect(desk.desk.forwarding.state).toBe('on')
    desk.at(3 * minute, forwarded(false, '', 'always'))
    expect(desk.notices('forwarding.foreign')).toEqual([
      { at: minute, kind: 'always', on: true, target: '6099' },
      { at: 3 * minute, kind: 'always', on: false },
    ])
    expect(desk.lamps().at(-1)).toEqual([3 * minute, 'dark'])
  })

  test('two kinds at once: each is said once, however often the phone is read, and each ends by itself', () => {
    const desk = office()
    for (let count = 1; count <= 3; count += 1) {
      desk.at(count * minute, forwarded(true, '6099', 'always'), forwarded(true, '6098', 'busy'), forwarded(false, '', 'no-answer'))
    }
    expect(desk.notices('forwarding.foreign')).toEqual([
      { at: minute, kind: 'always', on: true, target: '6099' },
      { at: minute, kind: 'busy', on: true, target: '6098' },
    ])
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', kind: 'always', target: '6099', owner: 'foreign' })
    desk.at(5 * minute, forwarded(false, '', 'always'))
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', kind: 'busy', target: '6098' })
    desk.at(6 * minute, forwarded(false, '', 'busy'))
    expect(desk.desk.forwarding).toEqual({ state: 'off' })
    expect(desk.notices('forwarding.foreign').slice(2)).toEqual([
      { at: 5 * minute, kind: 'always', on: false },
      { at: 6 * minute, kind: 'busy', on: false },
    ])
  })

  test('for a busy phone alone: it stays, the lamp is silent about it, its calls count, and a longer absence is covered beside it', () => {
    const desk = office()
    desk.phone?.on.set('busy', '6099')
    desk
      .at(minute, forwarded(true, '6099', 'busy'))
      .at(2 * minute, { type: 'call.delivered', ref: { phoneId: '1', ...caller } })
      .at(2 * minute + 7000, { type: 'call.established', ref: { phoneId: '1' } }, { type: 'call.cleared', ref: { phoneId: '1' }, cause: 'remote-bye' })
    expect(desk.lamps().map(([, pattern]) => pattern)).not.toContain('forwarded')
    expect(desk.notices('call.answered')).toEqual([expect.not.objectContaining({ excluded: expect.anything() })])
    const emptyAt = 20 * minute
    desk.at(emptyAt, empty).at(emptyAt + absenceMs, tick)
    expect(desk.forwards()).toEqual([[emptyAt + absenceMs, '6014']])
    expect(desk.desk.forwarding).toMatchObject({ owner: 'agent', kind: 'no-answer', target: '6014', kinds: { busy: { owner: 'foreign', target: '6099' } } })
    // Changed meanwhile: it is no reason to let go of ours.
    desk.phone?.on.set('busy', '6098')
    desk.at(hour, forwarded(false, '', 'busy'), forwarded(true, '6098', 'busy')).at(2 * hour, seated)
    expect(desk.forwards()).toEqual([
      [emptyAt + absenceMs, '6014'],
      [2 * hour, 'off'],
    ])
    expect(desk.desk.forwarding).toMatchObject({ owner: 'foreign', kind: 'busy', target: '6098' })
    expect(desk.notices('forwarding.foreign').map(({ at, kind, on }) => [at, kind, on])).toEqual([
      [minute, 'busy', true],
      [hour, 'busy', false],
      [hour, 'busy', true],
    ])
  })

  test('for a busy phone alone, where nobody takes the calls: the desk says so, and the day counts no cover', () => {
    const desk = away()
    desk.phone?.on.set('busy', '6099')
    desk.at(2 * minute, forwarded(true, '6099', 'busy'), takes('usc-14', false), takes('usc-15', false)).at(hour, tick)
    expect(desk.notices('forwarding.uncovered')).toEqual([{ at: minute + absenceMs, reason: 'nobody-takes-calls' }])
    expect(Object.keys(desk.desk.day?.counts ?? {}).filter((name) => name.startsWith('absences'))).toEqual([
      'absences.coverable',
      'absences.uncovered.nobody-takes-calls',
    ])
  })

  test.each(['busy', 'always', 'no-answer'] as const)(
    'a phone that does not say the kind: what was on is over when "%s" or anything is said to be off',
    (kind) => {
      const unknown = (on: boolean): Fact => ({ type: 'phone.forwarding', kind: 'unknown', on })
      expect(office().at(minute, unknown(true), forwarded(false, '', kind)).desk.forwarding.state).toBe('off')
      expect(office().at(minute, forwarded(true, '6099', kind), unknown(false)).desk.forwarding.state).toBe('off')
    },
  )

  test('a word that was known already leaves the desk as it was, so that it need not be written down', () => {
    const desk = office().at(minute, forwarded(true, '6099', 'always'))
    const { forwarding } = desk.desk
    desk.at(2 * minute, forwarded(true, '6099', 'always'), forwarded(false, '', 'busy'))
    expect(desk.desk.forwarding).toBe(forwarding)
  })

  test('what was written down before there were kinds is known all the same', () => {
    const desk = office()
    desk.desk = { ...desk.desk, forwarding: { state: 'on', owner: 'foreign', kind: 'always', target: '6099' } }
    desk.at(minute, forwarded(true, '6099', 'always'), forwarded(false, '', 'busy'))
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', kind: 'always' })
    expect(desk.at(2 * minute, forwarded(false, '', 'always')).notices('forwarding.foreign')).toEqual([{ at: 2 * minute, kind: 'always', on: false }])
  })

  test('after a restart of the phone nothing is known of it', () => {
    expect(
      office()
        .at(minute, forwarded(true))
        .at(2 * minute, { type: 'phone.restarted' }).desk.forwarding.state,
    ).toBe('unknown')
  })
})
