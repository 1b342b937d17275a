import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, policyDefaults } from '../../src/desk/policy.ts'
import { caller, type Script, script } from './script.ts'

const ref = { phoneId: '1', ...caller }
const held: Fact = { type: 'call.held', ref }
const resumed: Fact = { type: 'call.retrieved', ref }
const tick: Fact = { type: 'tick' }
const mute = (on: boolean): Fact => ({ type: 'call.muted', ref, on })
const { longHoldMs, overdueHoldMs } = policyDefaults

/** On hold since 10 s. */
const since = 10_000
function talking(): Script {
  return script().at(0, { type: 'call.delivered', ref }).at(2000, { type: 'call.established', ref })
}
const onHold = (): Script => talking().at(since, held)
const reminders = (desk: Script): number[] => desk.notices('hold.long').map(({ at }) => at - since)
const overdue = (desk: Script): number[] => desk.notices('hold.overdue').map(({ at }) => at - since)

describe('III.16: nobody waits without a word', () => {
  test('a reminder each 45 s, overdue at 120 s, and the lamp with them', () => {
    const desk = onHold().at(since + 3 * longHoldMs, tick)
    expect(reminders(desk)).toEqual([longHoldMs, 2 * longHoldMs, 3 * longHoldMs])
    expect(overdue(desk)).toEqual([overdueHoldMs])
    expect(desk.notices('hold.long')[1]).toEqual({ at: since + 2 * longHoldMs, call: 'c1', heldMs: 2 * longHoldMs })
    expect(desk.lamps().slice(-2)).toEqual([
      [since + longHoldMs, 'hold-long'],
      [since + overdueHoldMs, 'hold-overdue'],
    ])
  })

  test.each([
    [longHoldMs - 1, 0, 0],
    [longHoldMs, 1, 0],
    [overdueHoldMs - 1, 2, 0],
    [overdueHoldMs, 2, 1],
  ])('taken back after %i ms: reminded %i times, overdue %i times', (afterMs, long, late) => {
    const desk = onHold()
      .at(since + afterMs, resumed)
      .at(since + 400_000, tick)
    expect([reminders(desk).length, overdue(desk).length]).toEqual([long, late])
    expect(desk.notices('call.resumed')).toMatchObject([{ heldMs: afterMs, by: 'clerk', heldBy: 'clerk' }])
    expect(desk.lamps().at(-1)?.[1]).toBe('dark')
  })

  test('a muted microphone is the same to the caller, and is said to be muted', () => {
    const desk = talking()
      .at(since, mute(true))
      .at(since + 60_000, mute(true))
      .at(since + overdueHoldMs, tick)
    expect(reminders(desk)).toEqual([longHoldMs, 2 * longHoldMs])
    expect(desk.notices('hold.overdue')).toEqual([{ at: since + overdueHoldMs, call: 'c1', heldMs: overdueHoldMs, muted: true }])
    desk.at(since + 125_000, mute(false)).at(since + 300_000, tick)
    expect(reminders(desk)).toHaveLength(2)
  })

  test('a microphone muted while the phone still rang keeps nobody waiting before the answer', () => {
    const desk = script()
      .at(0, { type: 'call.delivered', ref })
      .at(1000, mute(true))
      .at(since, { type: 'call.established', ref })
      .at(since + longHoldMs, tick)
    expect(reminders(desk)).toEqual([longHoldMs])
  })

  test('the second hold counts anew; the time on hold is counted together', () => {
    const desk = onHold()
      .at(since + 40_000, resumed)
      .at(since + 50_000, held)
      .at(since + 94_999, tick)
    expect(reminders(desk)).toEqual([])
    desk.at(since + 95_000, tick).at(since + 100_000, { type: 'call.cleared', ref, cause: 'local-bye' })
    expect(reminders(desk)).toEqual([95_000])
    expect(desk.notices('call.ended')).toMatchObject([{ heldMs: 90_000, talkMs: 18_000 }])
  })

  test('a call carried over a restart reminds of nobody until the phone names it again, and then not of the past', () => {
    const desk = onHold()
      .at(since + 20_000, { type: 'agent.started', version: 'test' })
      .at(since + 130_000, tick)
    expect(reminders(desk)).toEqual([])
    desk.at(since + 130_000, { type: 'phone.lines', lines: [{ ref, state: 'held' }] }).at(since + 140_000, tick)
    expect(reminders(desk)).toEqual([135_000])
    expect(overdue(desk)).toEqual([])
    expect(desk.lamps().at(-1)?.[1]).toBe('hold-overdue')
  })
})

test('a wait that becomes known at the very moment of a reminder is not told of its past', () => {
  for (const wake of [[], [tick]]) {
    const desk = onHold().at(since + 20_000, { type: 'agent.started', version: 'test' })
    desk.at(since + 135_000, ...wake, { type: 'phone.lines', lines: [{ ref, state: 'held' }] }).at(since + 179_999, tick)
    expect([reminders(desk), overdue(desk)]).toEqual([[], []])
    expect(reminders(desk.at(since + 180_000, tick))).toEqual([180_000])
  }
})

describe('who gives up on hold is owed a call', () => {
  const gone = (cause: Extract<Fact, { type: 'call.cleared' }>['cause']): Fact => ({ type: 'call.cleared', ref, cause })
  const end = since + 30_000

  test.each([
    [limits.settleMs - 1, 0],
    [limits.settleMs, 1],
  ])('%i ms after the end: %i callbacks', (afterMs, opened) => {
    expect(
      onHold()
        .at(end, gone('unknown'))
        .at(end + afterMs, tick)
        .notices('callback.opened'),
    ).toHaveLength(opened)
  })

  test.each(['unknown', 'remote-bye'] as const)('ended by "%s" while held: abandoned on hold', (cause) => {
    const desk = onHold()
      .at(end, gone(cause))
      .at(end + limits.settleMs, tick)
    expect(desk.notices('callback.opened')).toMatchObject([{ callback: 'b1', call: 'c1', cause: 'abandoned-on-hold', misses: 0 }])
    expect(desk.lamps().at(-1)).toEqual([end + limits.settleMs, 'callbacks'])
  })

  test('also when the agent had put them there', () => {
    const desk = talking()
      .at(since, { type: 'seat.seen', occupied: false })
      .at(since + 8200, held)
      .at(end, gone('unknown'))
      .at(end + 2000, tick)
    expect(desk.notices('callback.opened')).toMatchObject([{ cause: 'abandoned-on-hold' }])
  })

  test.each<[string, (desk: Script) => Script]>([
    ['the clerk ended it', (desk) => desk.at(end, gone('local-bye'))],
    ['it was taken back first', (desk) => desk.at(end - 1000, resumed).at(end, gone('unknown'))],
    ['a conference', (desk) => desk.at(end - 1000, { type: 'call.conferenced', ref }).at(end, gone('unknown'))],
    ['handed over', (desk) => desk.at(end - 1000, { type: 'call.transferred', ref, kind: 'attended', outcome: 'finished' }).at(end, gone('unknown'))],
    ['the phone started anew', (desk) => desk.at(end, { type: 'phone.restarted' })],
  ])('nobody is owed one: %s', (_, tell) => {
    expect(
      tell(onHold())
        .at(end + 60_000, tick)
        .names(),
    ).not.toContain('callback.opened')
  })

  test('an emergency call is never owed one', () => {
    const emergency = { phoneId: '9', remote: '112' }
    const desk = script()
      .at(0, { type: 'call.originated', ref: emergency })
      .at(1000, { type: 'call.established', ref: emergency })
      .at(2000, { type: 'call.held', ref: emergency })
    desk.at(9000, { type: 'call.cleared', ref: emergency, cause: 'unknown' }).at(60_000, tick)
    expect(desk.desk.callbacks).toEqual([])
  })
})
