import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { forwardingPhone } from './forwarding-phone.ts'
import { minute, seated, takes, tick } from './lease-states.ts'
import { caller, mondayNine, otherCaller, type Script, script } from './script.ts'

const hour = 60 * minute
const { promiseNoticeMs } = limits
const leave: Fact = { type: 'command.absence', on: true, kind: 'leave' }
const back: Fact = { type: 'command.absence', on: false }

/** A desk that owes two people a call, the first at eleven; its clerk goes on leave at half past nine. */
function owing(): Script {
  const desk = script({ desk: 'usc-12', substitutes: [{ desk: 'usc-14', number: '6014' }], remoteNumber: '6999' })
  desk.phone = forwardingPhone()
  desk.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer'] }, takes('usc-14'))
  for (const ref of [caller, otherCaller]) desk.at(minute, { type: 'call.delivered', ref }, { type: 'call.cleared', ref, cause: 'missed' })
  return desk.at(2 * minute, { type: 'command.callback-promise', callback: 'b1', promisedAt: mondayNine + 2 * hour }).at(hour / 2, tick)
}

describe('III.13: the promise goes to the substitute', () => {
  test('when its time comes near, once; who was only missed waits for the clerk', () => {
    const desk = owing()
      .at(hour / 2, leave)
      .at(5 * hour, tick)
    expect(desk.notices('callback.reassigned')).toEqual([
      { at: 2 * hour - promiseNoticeMs, callback: 'b1', cause: 'missed', misses: 1, by: 'usc-14', dueAt: mondayNine + 2 * hour },
    ])
  })

  test('at once where its time is near or over already', () => {
    const desk = owing().at(3 * hour, leave)
    expect(desk.notices('callback.reassigned')).toMatchObject([{ at: 3 * hour, callback: 'b1' }])
  })

  test('not while nobody has the calls, not to a clerk who works elsewhere, not when the clerk was back before', () => {
    expect(
      owing()
        .at(hour, takes('usc-14', false), leave)
        .at(5 * hour, tick)
        .names(),
    ).not.toContain('callback.reassigned')
    expect(
      owing()
        .at(hour, { type: 'command.absence', on: true, kind: 'remote' })
        .at(5 * hour, tick)
        .names(),
    ).not.toContain('callback.reassigned')
    expect(
      owing()
        .at(hour, leave)
        .at(2 * hour - promiseNoticeMs - 1, back)
        .at(5 * hour, tick)
        .names(),
    ).not.toContain('callback.reassigned')
  })

  test('not one that came from there: between two desks it would become one more with each absence', () => {
    const accepted = (from: string): Fact => ({ type: 'command.callback-accept', from, callback: 'b9', cause: 'promise', promisedAt: mondayNine + hour })
    const desk = owing().at(hour, accepted('usc-14'), accepted('usc-15'), leave)
    expect(desk.notices('callback.reassigned').map(({ callback }) => callback)).toEqual(['b4'])
  })

  test('not one that is settled; in another absence once more', () => {
    const done: Fact = { type: 'command.callback-done', callback: 'b1', by: 'declared' }
    expect(
      owing()
        .at(hour, leave, done)
        .at(5 * hour, tick)
        .names(),
    ).not.toContain('callback.reassigned')
    const desk = owing()
      .at(2 * hour, leave)
      .at(3 * hour, back)
      .at(4 * hour, leave)
      .at(5 * hour, tick)
    expect(desk.notices('callback.reassigned').map(({ at }) => at)).toEqual([2 * hour, 4 * hour])
  })
})

describe('III.13: a promise of another desk', () => {
  const accept = (changes: object = {}): Fact => ({
    type: 'command.callback-accept',
    from: 'usc-12',
    callback: 'b1',
    cause: 'missed',
    promisedAt: mondayNine + hour,
    ...changes,
  })
  const done: Fact = { type: 'command.callback-done', callback: 'b1', by: 'declared' }

  test('shows on the lamp in time, is due at its time, and closed it says whose it was', () => {
    const desk = script().at(minute, accept())
    expect(desk.notices('callback.opened')).toEqual([
      { at: minute, callback: 'b1', cause: 'promise', misses: 0, dueAt: mondayNine + hour, from: 'usc-12', of: 'b1' },
    ])
    expect(desk.desk.callbacks[0]).not.toHaveProperty('number')
    desk.at(2 * hour, tick)
    expect(desk.lamps()).toEqual([
      [minute, 'callbacks'],
      [hour - promiseNoticeMs, 'promise-due'],
    ])
    expect(desk.notices('callback.due')).toMatchObject([{ at: hour, callback: 'b1' }])
    expect(desk.notices('callback.overdue')).toHaveLength(1)
    desk.at(2 * hour, done)
    expect(desk.notices('callback.closed')).toEqual([
      { at: 2 * hour, callback: 'b1', by: 'declared', cause: 'promise', misses: 0, attempts: 0, from: 'usc-12', of: 'b1' },
    ])
  })

  test('told twice it is one; told with another time it is that time', () => {
    const desk = script().at(minute, accept(), accept(), accept({ promisedAt: undefined }))
    expect(desk.desk.callbacks).toHaveLength(1)
    desk.at(2 * minute, accept({ promisedAt: mondayNine + 2 * hour }))
    expect(desk.desk.callbacks).toMatchObject([{ promisedAt: mondayNine + 2 * hour }])
    desk.at(3 * minute, accept({ callback: 'b2' }), accept({ from: 'usc-13' }))
    expect(desk.desk.callbacks.map(({ id, from, of }) => [id, from, of])).toEqual([
      ['b1', 'usc-12', 'b1'],
      ['b2', 'usc-12', 'b2'],
      ['b3', 'usc-13', 'b1'],
    ])
    expect(desk.notices('callback.opened')).toHaveLength(3)
  })

  test('without a time it is the office’s default; it counts where it was made, not here', () => {
    const desk = script().at(minute, { type: 'command.callback-accept', from: 'usc-12', callback: 'b1', cause: 'promise' })
    expect(desk.desk.callbacks[0]?.promisedAt).toBe(mondayNine + minute + hour)
    const counts = desk.at(5 * hour, tick).desk.day?.counts ?? {}
    expect(Object.keys(counts).filter((key) => key.startsWith('promises'))).toEqual([])
  })

  test('it goes on to the next substitute when this clerk leaves, too', () => {
    const desk = script({ desk: 'usc-14', substitutes: [{ desk: 'usc-15', number: '6015' }] })
    desk.phone = forwardingPhone()
    desk.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer'] }, takes('usc-15'), accept(), seated, leave).at(2 * hour, tick)
    expect(desk.notices('callback.reassigned')).toMatchObject([{ callback: 'b1', by: 'usc-15' }])
  })
})
