import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { caller, mondayNine, type Script, script } from './script.ts'

const minute = 60_000
const hour = 60 * minute
const ref = { phoneId: '1', ...caller }
const tick: Fact = { type: 'tick' }

function missed(): Script {
  return script().at(0, { type: 'call.delivered', ref }).at(20_000, { type: 'call.cleared', ref, cause: 'missed' }).at(22_000, tick)
}
const counts = (desk: Script): Readonly<Record<string, number>> => desk.desk.day?.counts ?? {}

describe('what one desk did in one day', () => {
  test('a call answered in the rule, held, resumed and over', () => {
    const desk = script()
      .at(0, { type: 'call.delivered', ref })
      .at(3000, { type: 'call.established', ref })
      .at(9000, { type: 'call.held', ref })
      .at(20_000, { type: 'call.retrieved', ref })
      .at(60_000, { type: 'call.cleared', ref, cause: 'remote-bye' })
      .at(120_000, tick)
    expect(counts(desk)).toEqual({
      offered: 1,
      'call.ring': 1,
      answered: 1,
      'answered.inRule': 1,
      'answered.strict': 1,
      'rings.estimated': 1,
      holds: 1,
      'holds.clerk': 1,
      ended: 1,
      'hungUpFirst.remote': 1,
      'waits.within5': 1,
    })
  })

  test.each([
    [4999, 1],
    [5000, undefined],
  ])('a forced hold taken back after %i ms counts as a mistake of ours: %s', (ms, undone) => {
    const desk = script().at(0, { type: 'call.delivered', ref }).at(3000, { type: 'call.established', ref }).at(9000, { type: 'seat.seen', occupied: false })
    desk.at(17_200, { type: 'call.held', ref }).at(17_200 + ms, { type: 'call.retrieved', ref })
    expect(counts(desk)['holds.forcedUndone']).toBe(undone)
    expect(counts(desk)['holds.agent']).toBe(1)
  })

  test.each([
    [30, 'within30'],
    [31, 'within60'],
    [60, 'within60'],
    [240, 'within240'],
    [241, 'within480'],
    [480, 'within480'],
    [481, 'within960'],
    [960, 'within960'],
    [961, 'over960'],
  ])('first called back after %i working minutes: %s', (minutes, step) => {
    const desk = missed()
    // Of a working day from half past seven to half past three, six and a half hours are left at nine; each further day begins 16 hours later.
    const days = Math.max(0, Math.ceil((minutes - 390) / 480))
    const ms = 22_000 + minutes * minute + days * 16 * hour
    desk.at(ms, { type: 'call.originated', ref: { phoneId: '2', ...caller } }).at(ms + 5000, { type: 'call.established', ref: { phoneId: '2' } })
    expect(counts(desk)[`callbacks.firstTry.${step}`]).toBe(1)
    // That it is late is counted when it becomes so, which may be a day before the call.
    const onDays = (name: string): number => (counts(desk)[name] ?? 0) + (desk.desk.yesterday?.counts[name] ?? 0)
    expect([onDays('callbacks.inTime'), onDays('callbacks.late')]).toEqual(minutes <= 480 ? [1, 0] : [0, 1])
  })

  test('a miss, the obligation and its end', () => {
    const desk = missed().at(hour, { type: 'command.callback-done', callback: 'b1', by: 'clerk' })
    expect(counts(desk)).toMatchObject({ missed: 1, 'missed.missed': 1, 'callbacks.opened': 1, 'callbacks.opened.missed': 1, 'callbacks.closed.declared': 1 })
  })

  test('a promise: a vain call before its time is none, one within its window keeps it, and it is counted once', () => {
    const promise: Fact = { type: 'command.callback-promise', call: 'c1', promisedAt: mondayNine + 2 * hour }
    const desk = script().at(0, { type: 'call.delivered', ref }).at(3000, { type: 'call.established', ref }, promise)
    desk.at(9000, { type: 'call.cleared', ref, cause: 'remote-bye' })
    const call = (at: number, phoneId: string): void => {
      desk.at(at, { type: 'call.originated', ref: { phoneId, ...caller } }).at(at + 20_000, { type: 'call.cleared', ref: { phoneId }, cause: 'unknown' })
    }
    call(hour, '2')
    expect(Object.keys(counts(desk.at(hour + minute, tick))).filter((name) => name.startsWith('promises'))).toEqual([])
    call(2 * hour - 15 * minute, '3')
    call(2 * hour, '4')
    desk.at(4 * hour, tick)
    expect(counts(desk)['promises.inTime']).toBe(1)
    expect(counts(desk)['promises.late']).toBeUndefined()
  })

  test('begins at local midnight, and yesterday’s figures are final', () => {
    const midnight = 15 * hour
    const desk = missed().at(midnight - 1, tick)
    expect(desk.desk.day).toMatchObject({ date: '2026-11-23', observedMs: midnight - 1 })
    desk.at(midnight + 500, tick)
    expect(desk.desk.yesterday).toMatchObject({ date: '2026-11-23', observedMs: midnight, counts: { missed: 1 } })
    expect(desk.desk.yesterday).toMatchObject({ observedWorkingMs: 6.5 * hour, scheduledMs: 8 * hour })
    expect(desk.desk.day).toEqual({ date: '2026-11-24', observedMs: 500, observedWorkingMs: 0, scheduledMs: 0, counts: {} })
  })

  test('a clock that steps back over midnight opens no day that was closed', () => {
    const desk = missed().at(15 * hour + minute, tick)
    desk.at(15 * hour + minute, { type: 'clock.set', wall: mondayNine + 14 * hour, synced: true }).at(15 * hour + 2 * minute, tick)
    expect(desk.desk.day?.date).toBe('2026-11-24')
    expect(desk.desk.yesterday?.date).toBe('2026-11-23')
  })

  test('the time without an agent was not watched', () => {
    const desk = script()
      .at(hour, tick)
      .at(2 * hour, { type: 'agent.started', version: 'test' })
      .at(3 * hour, tick)
    expect(desk.desk.day?.observedMs).toBe(2 * hour)
  })

  test('a clock that cannot be trusted opens no day and closes none; what happens meanwhile belongs to the one that is open', () => {
    const year2099 = Date.UTC(2099, 0, 1, 8)
    const fresh = script({}, false).at(0, { type: 'agent.started', version: 'test' }, { type: 'clock.set', wall: year2099, synced: false })
    expect(fresh.at(hour, tick).desk.day).toBeUndefined()
    fresh.at(2 * hour, { type: 'clock.set', wall: mondayNine, synced: true }).at(3 * hour, tick)
    expect(fresh.desk.day).toMatchObject({ date: '2026-11-23', observedMs: hour })
    const open = missed()
      .at(hour, { type: 'clock.set', wall: year2099, synced: false })
      .at(20 * hour, tick)
    expect(open.desk.day).toMatchObject({ date: '2026-11-23', observedMs: 20 * hour, counts: { missed: 1 } })
    open.at(20 * hour, { type: 'clock.set', wall: mondayNine + 20 * hour, synced: true })
    expect(open.desk.yesterday).toMatchObject({ date: '2026-11-23', counts: { missed: 1 } })
    expect(open.desk.day?.date).toBe('2026-11-24')
  })

  test('without a clock there is no day', () => {
    expect(script({}, false).at(0, { type: 'call.delivered', ref }).desk.day).toBeUndefined()
  })
})

test('a clock that is put back over midnight makes no working time of nothing, however often the agent wakes', () => {
  const day = (everyMs: number) => {
    const desk = script().at(24 * hour, { type: 'clock.set', wall: mondayNine, synced: true })
    for (let ms = 24 * hour; ms <= 26 * hour; ms += everyMs) desk.at(ms, tick)
    return desk.desk.day
  }
  const often = day(5 * minute)
  expect(often).toEqual(day(2 * hour))
  expect(often?.observedWorkingMs).toBeLessThanOrEqual(often?.observedMs ?? 0)
})
