import { describe, expect, test } from 'vitest'
import type { ClearedCause, Fact } from '../../src/desk/event.ts'
import { limits, policyDefaults } from '../../src/desk/policy.ts'
import { caller, mondayNine, otherCaller, type Script, script } from './script.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const ref = { phoneId: '1', ...caller }
const tick: Fact = { type: 'tick' }
const incoming = (of: object = ref): Fact => ({ type: 'call.delivered', ref: of })
const answered = (of: object = ref): Fact => ({ type: 'call.established', ref: of })
const over = (cause: ClearedCause, of: object = ref): Fact => ({ type: 'call.cleared', ref: of, cause })

/** Rang in vain at nine; the miss is settled two seconds after the end. */
function missed(cause: ClearedCause = 'missed', of: object = ref): Script {
  return script()
    .at(0, incoming(of))
    .at(20_000, over(cause, of))
    .at(20_000 + limits.unresolvedMs, tick)
}
const openOf = (desk: Script): number => desk.desk.callbacks.filter(({ closed, uncallable }) => closed === undefined && uncallable === undefined).length
let nextId = 100
/** The desk dials this number; `talks` or rings in vain. */
function dial(desk: Script, ms: number, remote: string, talks: boolean): Script {
  const of = { phoneId: String(nextId++), remote }
  desk.at(ms, { type: 'call.originated', ref: of })
  if (talks) desk.at(ms + 5000, answered(of))
  return desk.at(ms + 20_000, over('unknown', of)).at(ms + 60_000, tick)
}

describe('III.3a: who is missed', () => {
  test.each<[ClearedCause, string | undefined, string | undefined]>([
    ['missed', 'missed', 'missed'],
    ['no-answer', 'missed', 'missed'],
    ['cancelled', 'cancelled', 'missed'],
    ['remote-bye', 'cancelled', 'missed'],
    ['rejected', 'rejected', 'missed'],
    ['local-bye', 'rejected', 'missed'],
    ['busy', 'busy', 'missed'],
    ['error', 'lost', 'missed'],
    ['unknown', 'unresolved', 'unresolved'],
    ['answered-elsewhere', undefined, undefined],
    ['diverted', undefined, undefined],
  ])('the ringing ended by "%s": missed as %s, callback %s', (cause, said, opened) => {
    const desk = missed(cause)
    expect(desk.notices('call.missed').map((data) => data.cause)).toEqual(said === undefined ? [] : [said])
    expect(desk.notices('callback.opened').map((data) => data.cause)).toEqual(opened === undefined ? [] : [opened])
    if (said !== undefined) expect(desk.notices('call.missed')).toMatchObject([{ rings: 5, ringSource: 'estimated', waitMs: 20_000 }])
    else expect(desk.notices('call.ended')).toMatchObject([{ cause }])
  })

  test.each([
    ['missed', limits.settleMs],
    ['unknown', limits.unresolvedMs],
  ] as const)('"%s" stays provisional for %i ms', (cause, ms) => {
    const desk = script()
      .at(0, incoming())
      .at(20_000, over(cause))
      .at(20_000 + ms - 1, tick)
    expect(desk.names()).not.toContain('call.missed')
    expect(desk.desk.calls).toHaveLength(1)
    expect(desk.at(20_000 + ms, tick).notices('call.missed')).toMatchObject([{ at: 20_000 + ms }])
    expect(desk.desk.calls).toHaveLength(0)
  })

  test('a reason that comes later decides: taken by a colleague, nobody is owed anything', () => {
    const desk = script().at(0, incoming()).at(20_000, over('unknown')).at(49_000, over('answered-elsewhere')).at(60_000, tick)
    expect(desk.names()).not.toContain('call.missed')
    expect(desk.desk.callbacks).toEqual([])
  })

  test.each([
    [20_000 + limits.settleMs - 1, 'missed', 22_000],
    [20_000 + limits.settleMs, 'missed', 22_000],
    [25_000, 'unknown', 50_000],
  ] as const)('a reason given at %i ms after a bare end is waited for, too', (ms, cause, verdictAt) => {
    const desk = script()
      .at(0, incoming())
      .at(20_000, over('unknown'))
      .at(ms, over(cause))
      .at(ms + limits.settleMs - 1, tick)
    expect(desk.names()).not.toContain('call.missed')
    desk.at(60_000, tick)
    expect(desk.notices('call.missed').map(({ at }) => at)).toEqual([cause === 'unknown' ? verdictAt : ms + limits.settleMs])
  })

  test('who rings again before the verdict and is answered is owed nothing, though the first call was missed', () => {
    const desk = script()
      .at(0, incoming())
      .at(20_000, over('unknown'))
      .at(30_000, incoming({ phoneId: '2', ...caller }))
      .at(35_000, answered({ phoneId: '2' }))
      .at(120_000, tick)
    expect(desk.notices('call.missed')).toMatchObject([{ call: 'c1', cause: 'unresolved' }])
    expect(desk.names()).not.toContain('callback.opened')
    // Somebody else being answered is no answer to the first.
    const other = script()
      .at(0, incoming())
      .at(20_000, over('unknown'))
      .at(30_000, incoming({ phoneId: '2', ...otherCaller }))
      .at(35_000, answered({ phoneId: '2' }))
    expect(openOf(other.at(120_000, tick))).toBe(1)
  })

  test('nor is who gave up on hold and is called back within the two seconds', () => {
    const desk = script().at(0, incoming()).at(3000, answered()).at(5000, { type: 'call.held', ref }).at(9000, over('unknown'))
    desk
      .at(9500, { type: 'call.originated', ref: { phoneId: '2', ...caller } })
      .at(10_900, answered({ phoneId: '2' }))
      .at(60_000, tick)
    expect(desk.names()).not.toContain('callback.opened')
  })

  test('who rang while the clerk was in another call was missed because of it', () => {
    const desk = script()
      .at(0, incoming())
      .at(2000, answered())
      .at(9000, incoming({ phoneId: '2', ...otherCaller }))
    desk.at(30_000, over('missed', { phoneId: '2' })).at(33_000, tick)
    expect(desk.notices('call.missed')).toMatchObject([{ call: 'c2', cause: 'busy', waiting: true }])
    expect(openOf(desk)).toBe(1)
  })

  test('who was ringing when the phone or the agent went down is owed a call', () => {
    const phone = script().at(0, incoming()).at(7000, { type: 'phone.restarted' }).at(20_000, tick)
    expect(phone.notices('call.missed')).toMatchObject([{ cause: 'lost' }])
    expect(openOf(phone)).toBe(1)
    for (const gapMs of [30_000, limits.alertingMaxMs - 1, limits.alertingMaxMs, 3 * day]) {
      const agent = script()
        .at(0, incoming())
        .at(gapMs, { type: 'agent.started', version: 'test' })
        .at(gapMs + limits.alertingMaxMs + 10_000, tick)
      expect(openOf(agent), `away for ${gapMs} ms`).toBe(1)
      expect(agent.notices('call.missed')).toMatchObject([{ cause: 'lost' }])
    }
  })

  test('a miss that was provisional when the agent went down is not forgotten', () => {
    const desk = script().at(0, incoming()).at(20_000, over('missed')).at(21_000, { type: 'agent.started', version: 'test' }).at(30_000, tick)
    expect(openOf(desk)).toBe(1)
  })
})

describe('III.3a: one obligation to one person', () => {
  test('three misses are one callback', () => {
    const desk = missed()
    for (const count of [1, 2]) desk.at(count * minute, incoming({ remote: '+48 85 765 43 21' })).at(count * minute + 9000, over('missed', {}))
    desk.at(10 * minute, tick)
    expect(desk.notices('callback.opened')).toHaveLength(1)
    expect(desk.desk.callbacks).toMatchObject([{ misses: 3, number: '+48857654321' }])
  })

  test('two callers are two', () => {
    const desk = missed()
    desk
      .at(minute, incoming({ phoneId: '2', ...otherCaller }))
      .at(minute + 9000, over('missed', { phoneId: '2' }))
      .at(2 * minute, tick)
    expect(openOf(desk)).toBe(2)
  })

  test.each(['0857654321', '+48857654321', '0048 85 765-43-21', '857654321', 'sip:0857654321@pbx.example'])('calling %s and talking closes it', (number) => {
    const desk = dial(missed(), 10 * minute, number, true)
    expect(openOf(desk)).toBe(0)
    expect(desk.notices('callback.closed')).toMatchObject([
      { callback: 'b1', by: 'desk', cause: 'missed', misses: 1, attempts: 0, inTime: true, workingMinutes: 9 },
    ])
    expect(desk.lamps().at(-1)?.[1]).toBe('dark')
  })

  test('an internal number is the same person as the long form of it', () => {
    const desk = missed('missed', { phoneId: '1', remote: '0858696001' })
    expect(openOf(dial(desk, 10 * minute, '6001', true))).toBe(0)
  })

  test('a call in vain is a try: said, and it stays open', () => {
    const desk = dial(dial(missed(), 10 * minute, '0857654321', false), 20 * minute, '0857654321', false)
    expect(desk.notices('callback.attempted')).toMatchObject([
      { cause: 'missed', attempts: 1 },
      { cause: 'missed', attempts: 2 },
    ])
    expect(openOf(desk)).toBe(1)
    dial(desk, 30 * minute, '0857654321', true)
    // The first try counts.
    expect(desk.notices('callback.closed')).toMatchObject([{ attempts: 2, workingMinutes: 9, inTime: true }])
  })

  test('a try at somebody else changes nothing', () => {
    expect(openOf(dial(missed(), 10 * minute, '600700800', true))).toBe(1)
  })

  test('the same caller reaching us closes it; nothing is claimed of a try', () => {
    const desk = missed()
      .at(10 * minute, incoming({ phoneId: '2', remote: '857654321' }))
      .at(10 * minute + 5000, answered({ phoneId: '2' }))
    expect(desk.notices('callback.closed')).toEqual([
      { at: 10 * minute + 5000, callback: 'b1', by: 'caller-reached-us', cause: 'missed', misses: 1, attempts: 0 },
    ])
  })

  test('a person may declare it done, once', () => {
    const done: Fact = { type: 'command.callback-done', callback: 'b1', by: 'declared' }
    const desk = missed()
      .at(hour, done)
      .at(hour, done)
      .at(hour + 1, done)
    expect(desk.notices('callback.closed')).toMatchObject([{ by: 'declared' }])
    expect(desk.desk.callbacks).toEqual([])
  })

  test('the number is gone as soon as it is closed (INV-11)', () => {
    const desk = missed().at(hour, { type: 'command.callback-done', callback: 'b1', by: 'declared' })
    expect(JSON.stringify(desk.desk.callbacks)).not.toContain('7654321')
  })

  test('an id is never used again', () => {
    const desk = missed().at(hour, { type: 'command.callback-done', callback: 'b1', by: 'declared' })
    desk
      .at(2 * hour, incoming({ phoneId: '2', ...caller }))
      .at(2 * hour + 9000, over('missed', { phoneId: '2' }))
      .at(2 * hour + minute, tick)
    expect(desk.desk.callbacks).toMatchObject([{ id: 'b2' }])
  })
})

describe('nobody can call them', () => {
  test.each([
    ['withheld', { phoneId: '1', withheld: true }],
    ['withheld', { phoneId: '1', remote: 'anonymous' }],
    ['shared', { phoneId: '1', remote: '0048 85 879 79 79' }],
  ] as const)('%s: listed apart, not on the lamp, never due, expires with its day', (uncallable, of) => {
    const desk = missed('missed', of)
    expect(desk.notices('callback.opened')).toMatchObject([{ uncallable }])
    expect(desk.lamps().at(-1)?.[1]).toBe('dark')
    expect(openOf(desk)).toBe(0)
    const due = day + 52_000 - 30_000
    desk.at(due - 1, tick)
    expect(desk.names()).not.toContain('callback.closed')
    desk.at(due, tick)
    expect(desk.notices('callback.closed')).toEqual([{ at: due, callback: 'b1', by: 'expired', cause: 'missed', misses: 1, attempts: 0, uncallable }])
    expect(desk.names()).not.toContain('callback.overdue')
  })

  test('each of two withheld callers is one of their own, and so is each caller behind a shared number', () => {
    const desk = missed('missed', { phoneId: '1', withheld: true })
    desk
      .at(minute, incoming({ phoneId: '2', withheld: true }))
      .at(minute + 9000, over('missed', { phoneId: '2' }))
      .at(2 * minute, tick)
    expect(desk.desk.callbacks).toHaveLength(2)
    expect(dial(missed('missed', { remote: '858797979' }), 10 * minute, '858797979', true).names()).not.toContain('callback.closed')
  })
})

describe('III.3a: within one working day', () => {
  // Missed on Monday at 9:00:22; due on Tuesday at the same time.
  const due = day + 22_000

  test.each([
    [due - 1, 0],
    [due, 1],
  ])('after %i ms: overdue %i times', (ms, times) => {
    expect(missed().at(ms, tick).notices('callback.overdue')).toHaveLength(times)
  })

  test('overdue is said once, with its working deadline', () => {
    const desk = missed().at(5 * day, tick)
    expect(desk.notices('callback.overdue')).toEqual([{ at: due, callback: 'b1', cause: 'missed', misses: 1, dueAt: mondayNine + due }])
    expect(desk.notices('callback.due')).toEqual([])
  })

  test.each([
    [due, true],
    [due + 1, false],
  ])('first tried after %i ms: in time %s', (ms, inTime) => {
    expect(dial(missed(), ms, '0857654321', true).notices('callback.closed')).toMatchObject([{ inTime }])
  })

  test('a clock that is not synchronised claims nothing, and catches up when it is', () => {
    const desk = script()
      .at(0, { type: 'clock.set', wall: mondayNine, synced: false }, incoming())
      .at(20_000, over('missed'))
      .at(2 * day, tick)
    expect(desk.notices('callback.overdue')).toEqual([])
    expect(desk.notices('callback.opened')[0]).not.toHaveProperty('dueAt')
    expect(desk.at(2 * day, { type: 'clock.set', wall: mondayNine + 2 * day, synced: true }).notices('callback.overdue')).toHaveLength(1)
  })

  test('a power cut does not move it: the board starts with the clock of its last moment, until the network puts it right', () => {
    const due = day + 22_000
    const desk = missed()
      .at(hour, { type: 'agent.started', version: 'test' }, { type: 'clock.set', wall: mondayNine + hour, synced: false })
      // In truth it is five the next morning.
      .at(hour + minute, { type: 'clock.set', wall: mondayNine + 20 * hour, synced: true })
    const dueAtMs = hour + minute + due - 20 * hour
    expect(desk.at(dueAtMs - 1, tick).notices('callback.overdue')).toEqual([])
    expect(desk.at(dueAtMs, tick).notices('callback.overdue')).toMatchObject([{ dueAt: mondayNine + due }])
    expect(desk.notices('callback.opened')[0]?.dueAt).toBe(mondayNine + due)
  })

  test('a clock that is put right after the first try changes nothing of how long that took', () => {
    const desk = dial(missed(), 30 * minute, '0857654321', false).at(40 * minute, { type: 'clock.set', wall: mondayNine + 7 * hour, synced: true })
    expect(dial(desk, 50 * minute, '0857654321', true).notices('callback.closed')).toMatchObject([{ workingMinutes: 29, inTime: true }])
  })

  test('opened before the clock could be trusted, it counts from when it can, and stays there', () => {
    const desk = script()
      .at(0, { type: 'clock.set', wall: mondayNine, synced: false }, incoming())
      .at(20_000, over('missed'))
      .at(minute, { type: 'clock.set', wall: mondayNine + hour, synced: true })
    const openedWall = mondayNine + hour - minute + 22_000
    expect(desk.desk.callbacks).toMatchObject([{ openedWall }])
    expect(desk.at(2 * minute, { type: 'clock.set', wall: mondayNine + 5 * hour, synced: true }).desk.callbacks).toMatchObject([{ openedWall }])
  })

  test('a clock that steps back does not make the desk say it twice', () => {
    const desk = missed()
      .at(due, tick)
      .at(due + minute, { type: 'clock.set', wall: mondayNine + due - hour, synced: true })
      .at(3 * day, tick)
    expect(desk.notices('callback.overdue')).toHaveLength(1)
  })
})

describe('III.13, III.2: a promise', () => {
  const at14 = mondayNine + 5 * hour
  const windowMs = policyDefaults.promiseWindowMinutes * minute
  const promise = (more: object): Fact => ({ type: 'command.callback-promise', promisedAt: at14, ...more })

  /** A conversation that ends at one minute. */
  function talked(): Script {
    return script().at(0, incoming()).at(3000, answered()).at(minute, over('unknown'))
  }
  function promised(): Script {
    return talked().at(minute + 1000, promise({ call: 'c1' }))
  }

  test('is reminded of ten minutes before, due at its time, late after its window', () => {
    const desk = promised().at(8 * hour, tick)
    expect(desk.notices('callback.opened')).toMatchObject([{ cause: 'promise', misses: 0, dueAt: at14 }])
    expect(desk.notices('callback.due')).toMatchObject([{ at: 5 * hour, callback: 'b1' }])
    expect(desk.notices('callback.overdue')).toMatchObject([{ at: 5 * hour + windowMs }])
    expect(desk.lamps().slice(-2)).toEqual([
      [minute + 1000, 'callbacks'],
      [5 * hour - limits.promiseNoticeMs, 'promise-due'],
    ])
  })

  test.each([
    [5 * hour - windowMs - 1, false],
    [5 * hour - windowMs, true],
    [5 * hour + windowMs, true],
    [5 * hour + windowMs + 1, false],
  ])('first tried %i ms after nine: kept %s', (ms, inTime) => {
    expect(dial(promised(), ms, '0857654321', true).notices('callback.closed')).toMatchObject([{ by: 'desk', inTime }])
  })

  test('may be made for a miss that is open: the agreed time takes the place of the working day', () => {
    const desk = missed()
      .at(2 * minute, promise({ callback: 'b1' }))
      .at(2 * day, tick)
    expect(desk.notices('callback.opened')).toHaveLength(1)
    expect(desk.notices('callback.due')).toMatchObject([{ at: 5 * hour, cause: 'missed' }])
    expect(desk.notices('callback.overdue')).toMatchObject([{ at: 5 * hour + windowMs }])
  })

  test('may be made again for another time, which counts from then on', () => {
    const desk = promised()
      .at(6 * hour, promise({ callback: 'b1', promisedAt: mondayNine + 7 * hour }))
      .at(10 * hour, tick)
    expect(desk.notices('callback.due').map(({ at }) => at)).toEqual([5 * hour, 7 * hour])
  })

  test('without a time means within one working hour', () => {
    const desk = talked()
      .at(minute, { type: 'command.callback-promise', call: 'c1' })
      .at(3 * hour, tick)
    expect(desk.desk.callbacks).toMatchObject([{ assumed: true, promisedAt: mondayNine + minute + hour }])
    expect(desk.notices('callback.due')).toMatchObject([{ at: minute + hour }])
  })

  test.each([
    [limits.promiseAfterCallMs - 1, 1],
    [limits.promiseAfterCallMs, 0],
  ])('may be made %i ms after the conversation: %i', (ms, opened) => {
    expect(talked().at(minute + ms, promise({ call: 'c1' })).desk.callbacks).toHaveLength(opened)
  })

  test('made within the call survives the call itself, taken back from hold or not', () => {
    const desk = script()
      .at(0, incoming())
      .at(3000, answered())
      .at(10_000, promise({ call: 'c1' }))
    desk
      .at(20_000, { type: 'call.held', ref })
      .at(30_000, { type: 'call.retrieved', ref })
      .at(minute, over('unknown'))
      .at(2 * minute, tick)
    expect(openOf(desk)).toBe(1)
  })

  test('made because a transfer had failed is not kept by taking the call off hold', () => {
    const desk = script()
      .at(0, incoming())
      .at(3000, answered())
      .at(10_000, { type: 'call.held', ref }, { type: 'call.transferred', ref, kind: 'blind', outcome: 'failed' })
      .at(12_000, promise({ call: 'c1' }))
      .at(15_000, { type: 'call.retrieved', ref })
      .at(minute, over('unknown'))
      .at(2 * minute, tick)
    expect(desk.notices('callback.opened')).toMatchObject([{ cause: 'transfer-failed' }])
    expect(openOf(desk)).toBe(1)
    // Without a promise, talking to them again is all that was owed.
    const unpromised = script()
      .at(0, incoming())
      .at(3000, answered())
      .at(10_000, { type: 'call.held', ref }, { type: 'call.transferred', ref, kind: 'blind', outcome: 'failed' })
      .at(15_000, { type: 'call.retrieved', ref })
    expect(openOf(unpromised)).toBe(0)
  })

  test('to somebody who showed no number is a promise that nobody can call', () => {
    const desk = script()
      .at(0, incoming({ phoneId: '1', withheld: true }))
      .at(3000, answered({ phoneId: '1' }))
      .at(9000, promise({ call: 'c1' }))
    expect(desk.notices('callback.opened')).toMatchObject([{ cause: 'promise', uncallable: 'withheld' }])
  })

  test('told twice is one promise, to whom it may be', () => {
    for (const of of [ref, { phoneId: '1', withheld: true }]) {
      const desk = script()
        .at(0, incoming(of))
        .at(3000, answered({ phoneId: '1' }))
        .at(9000, promise({ call: 'c1' }), promise({ call: 'c1' }))
      expect(desk.notices('callback.opened')).toHaveLength(1)
      expect(desk.at(5 * hour, tick, promise({ call: 'c1' }), promise({ callback: 'b1' })).desk.callbacks.length).toBeLessThanOrEqual(1)
      expect(desk.at(5 * hour + minute, tick).notices('callback.due').length).toBeLessThanOrEqual(1)
    }
  })

  test('for a time that is over is due at once; with nobody to call it is over at once', () => {
    const past = { promisedAt: mondayNine - minute }
    expect(
      talked()
        .at(minute, promise({ call: 'c1', ...past }))
        .notices('callback.due'),
    ).toMatchObject([{ at: minute }])
    const desk = script()
      .at(0, incoming({ phoneId: '1', withheld: true }))
      .at(3000, answered({ phoneId: '1' }))
      .at(9000, promise({ call: 'c1', ...past }))
    expect(desk.notices('callback.closed')).toMatchObject([{ at: 9000, by: 'expired' }])
  })

  test('may be made to somebody who showed no number: it ends at its time instead of with the day', () => {
    const desk = missed('missed', { phoneId: '1', withheld: true })
      .at(2 * minute, promise({ callback: 'b1' }))
      .at(day, tick)
    expect(desk.notices('callback.closed')).toMatchObject([{ at: 5 * hour, by: 'expired', uncallable: 'withheld' }])
  })

  test('to nobody changes nothing', () => {
    const desk = script().at(0, promise({ call: 'c7' }), promise({ callback: 'b7' }), promise({}))
    expect([desk.desk.callbacks, desk.effects]).toEqual([[], []])
  })

  test('daylight saving in between: fourteen o’clock stays fourteen o’clock', () => {
    // Friday 2026-10-23 09:00 in Warsaw (UTC+2); promised for Monday 14:00 (UTC+1).
    const friday = Date.UTC(2026, 9, 23, 7)
    const monday = Date.UTC(2026, 9, 26, 13)
    const desk = script()
      .at(0, { type: 'clock.set', wall: friday, synced: true }, incoming())
      .at(3000, answered())
      .at(9000, promise({ call: 'c1', promisedAt: monday }))
    expect(desk.at(5 * day, tick).notices('callback.due')).toMatchObject([{ at: monday - friday }])
  })
})

describe('the ledger has an end', () => {
  function full(): Script {
    const desk = script()
    for (let index = 0; index < limits.callbacksMax; index += 1)
      desk.at(index * 3000, over('missed', { phoneId: `m${index}`, ...(index === 7 ? { withheld: true } : { remote: `6000${10_000 + index}` }) }))
    return desk.at(limits.callbacksMax * 3000, tick)
  }
  const one = (desk: Script, phoneId: string): Script => {
    const at = desk.desk.at - hour
    return desk.at(at, over('missed', { phoneId, remote: `7000${phoneId}` })).at(at + 3000, tick)
  }

  test('full, it lets go first of whom nobody can call, then of the oldest, and says so', () => {
    const desk = full()
    expect(desk.names()).not.toContain('callback.closed')
    expect(desk.desk.callbacks).toHaveLength(limits.callbacksMax)
    one(desk, '50001')
    expect(desk.notices('callback.closed')).toMatchObject([{ callback: 'b8', by: 'overflow' }])
    one(desk, '50002')
    expect(desk.notices('callback.closed').at(-1)).toMatchObject({ callback: 'b1', by: 'overflow' })
    expect(desk.at(desk.desk.at - hour + 1, tick).desk.callbacks).toHaveLength(limits.callbacksMax)
  })
})
