import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { caller, otherCaller, type Script, script } from './script.ts'

const tick: Fact = { type: 'tick' }
const delivered = (ref: object): Fact => ({ type: 'call.delivered', ref })
const established = (ref: object): Fact => ({ type: 'call.established', ref })
const held = (ref: object): Fact => ({ type: 'call.held', ref })
const cleared = (ref: object): Fact => ({ type: 'call.cleared', ref, cause: 'unknown' })
const states = (desk: Script): string[] => desk.desk.calls.map(({ id, state }) => `${id} ${state}`)

describe('which call the phone means', () => {
  test('without an id, the other party tells', () => {
    const desk = script()
      .at(0, delivered(caller))
      .at(2000, delivered(otherCaller))
      .at(4000, established({ remote: '600700800' }))
    expect(states(desk)).toEqual(['c1 alerting', 'c2 connected'])
    expect(states(desk.at(5000, cleared({ remote: '+48857654321' })))).toEqual(['c1 cleared', 'c2 connected'])
  })

  test('without either, the call that the word fits', () => {
    const desk = script().at(0, delivered(caller)).at(2000, established({})).at(9000, delivered(otherCaller)).at(11_000, held({}))
    expect(states(desk)).toEqual(['c1 held', 'c2 alerting'])
    expect(states(desk.at(12_000, established({})))).toEqual(['c1 held', 'c2 connected'])
    expect(states(desk.at(20_000, { type: 'call.retrieved', ref: {} }))[0]).toBe('c1 connected')
  })

  test('of two that the word fits equally, the younger', () => {
    const desk = script().at(0, delivered(caller)).at(2000, delivered(otherCaller)).at(4000, established({}))
    expect(states(desk)).toEqual(['c1 alerting', 'c2 connected'])
  })

  test('a party that only becomes known later is filled in', () => {
    const desk = script()
      .at(0, delivered({ phoneId: '1' }))
      .at(3000, established({ phoneId: '1', ...caller }))
    expect(desk.desk.calls).toMatchObject([{ remote: { number: '+48857654321' }, ref: { phoneId: '1', remote: '0857654321' } }])
    const other = script().at(0, delivered({})).at(3000, established(caller))
    expect(other.desk.calls).toMatchObject([{ id: 'c1', state: 'connected', remote: { number: '+48857654321' } }])
  })

  test('an id that the phone gives later belongs to the call of that party', () => {
    const desk = script()
      .at(0, delivered(caller))
      .at(3000, established({ phoneId: '7', ...caller }))
      .at(9000, cleared({ phoneId: '7' }))
    expect(states(desk)).toEqual(['c1 cleared'])
  })

  test('a word for a call with another id is about another call', () => {
    const desk = script()
      .at(0, delivered({ phoneId: '1', ...caller }))
      .at(3000, established({ phoneId: '1' }))
      .at(9000, delivered({ phoneId: '2', ...caller }))
    expect(states(desk)).toEqual(['c1 connected', 'c2 alerting'])
  })

  test.each([
    [limits.reorderMs - 1, ['c1 connected']],
    [limits.reorderMs, ['c1 connected', 'c2 alerting']],
  ])('somebody without id or number rings %i ms after a call began that is connected: %j', (ms, expected) => {
    expect(states(script().at(0, established(caller)).at(ms, delivered({})))).toEqual(expected)
  })

  test('who withholds the number is not somebody whose number is known', () => {
    const desk = script()
      .at(0, delivered(caller))
      .at(300, delivered({ withheld: true }))
    expect(states(desk)).toEqual(['c1 alerting', 'c2 alerting'])
    expect(states(desk.at(5000, cleared({ withheld: true })))).toEqual(['c1 alerting', 'c2 cleared'])
  })

  test('who rings again at once is another call; a word that fits the one that is over is not wasted on it', () => {
    const desk = script().at(0, delivered(caller)).at(3000, established(caller)).at(9000, cleared(caller)).at(9400, delivered(caller))
    expect(states(desk)).toEqual(['c1 cleared', 'c2 alerting'])
    expect(states(desk.at(9500, established(caller)))).toEqual(['c1 cleared', 'c2 connected'])
  })
})

describe('callers who look alike', () => {
  const nobody = { withheld: true }
  const shared = { remote: '858797979' }
  type Shown = readonly [state: string, ref: object]
  const read = (...shown: readonly Shown[]): Fact => ({
    type: 'phone.lines',
    lines: shown.map(([state, ref]) => ({ state, ref })) as never,
  })
  /** One of them talks since 4 s, another rings since 20 s. */
  const two = (ref: object): Script => script().at(0, delivered(ref)).at(4000, established(ref)).at(20_000, delivered(ref))

  test.each([
    ['withheld', nobody],
    ['of one shared number', shared],
    ['of whom nothing is said', {}],
  ])('%s: each line is the call in its state, in whichever order the phone shows them', (_, ref) => {
    for (const turned of [false, true]) {
      const lines = (...shown: readonly Shown[]): Fact => read(...(turned ? [...shown].reverse() : shown))
      const desk = two(ref)
      const said = desk.names().length
      desk.at(22_000, lines(['connected', ref], ['alerting', ref]))
      expect(states(desk)).toEqual(['c1 connected', 'c2 alerting'])
      expect(desk.names()).toHaveLength(said)
      desk.at(40_000, lines(['held', ref], ['connected', ref]))
      expect(states(desk)).toEqual(['c1 held', 'c2 connected'])
      expect(desk.notices('call.contradiction')).toEqual([])
    }
  })

  test('a line more than there are calls is another call, and a line less is the end of the one whose state is gone', () => {
    const desk = two(nobody).at(22_000, read(['connected', nobody], ['alerting', nobody], ['alerting', nobody]))
    expect(states(desk)).toEqual(['c1 connected', 'c2 alerting', 'c3 alerting'])
    expect(states(two(nobody).at(22_000, read(['connected', nobody])))).toEqual(['c1 connected', 'c2 cleared'])
    expect(states(two(nobody).at(22_000, read(['alerting', nobody])))).toEqual(['c1 cleared', 'c2 alerting'])
  })

  test('a number outweighs a state: the caller who is on hold is not the one who rings', () => {
    const desk = script().at(0, delivered(caller)).at(4000, established(caller)).at(20_000, delivered(otherCaller))
    expect(states(desk.at(22_000, read(['connected', otherCaller], ['held', caller])))).toEqual(['c1 held', 'c2 connected'])
  })

  test('a call that the reading no longer shows keeps nobody waiting who rings in it', () => {
    const desk = script()
      .at(0, delivered(caller))
      .at(4000, established(caller))
      .at(60_000, read(['alerting', otherCaller]))
    expect(desk.desk.calls).toMatchObject([{ state: 'cleared' }, { state: 'alerting', waiting: false }])
  })

  test('one call shown twice under one id is one call', () => {
    const one = { phoneId: '1' }
    expect(states(script().at(0, read(['connected', one], ['held', one])))).toEqual(['c1 connected'])
  })

  test.each([
    [limits.reorderMs - 1, ['c1 alerting']],
    [limits.reorderMs, ['c1 alerting', 'c2 alerting']],
  ])('told %i ms after one began to ring that somebody like them rings: %j', (ms, expected) => {
    for (const ref of [nobody, shared, caller, {}]) expect(states(script().at(0, delivered(ref)).at(ms, delivered(ref)))).toEqual(expected)
  })

  test('the same id ringing is the same call, however late it is told again', () => {
    expect(
      states(
        script()
          .at(0, delivered({ phoneId: '1', ...caller }))
          .at(20_000, delivered({ phoneId: '1', ...caller })),
      ),
    ).toEqual(['c1 alerting'])
  })

  test('who rings without a name and is named later is one caller', () => {
    const desk = script().at(0, { type: 'call.ring', ref: {}, ring: 1 }).at(3000, delivered(caller))
    expect(desk.desk.calls).toMatchObject([{ id: 'c1', remote: { number: '+48857654321' } }])
  })

  test('"missed" is nobody with whom the clerk has spoken', () => {
    const missed = (ref: object): Fact => ({ type: 'call.cleared', ref, cause: 'missed' })
    const desk = two(nobody).at(40_000, missed(nobody))
    expect(states(desk)).toEqual(['c1 connected', 'c2 cleared'])
    expect(states(desk.at(50_000, missed(nobody)))[0]).toBe('c1 connected')
    // The ringing was not heard of: somebody rang in vain all the same.
    const talking = script().at(0, delivered(shared)).at(4000, established(shared)).at(40_000, missed(shared)).at(50_000, tick)
    expect(states(talking)).toEqual(['c1 connected'])
    expect(talking.notices('call.missed')).toMatchObject([{ call: 'c2' }])
  })

  test('an id that is told as missed after it was answered is over, and was not missed', () => {
    const ref = { phoneId: '1', ...caller }
    const desk = script().at(0, delivered(ref)).at(4000, established(ref)).at(40_000, { type: 'call.cleared', ref, cause: 'missed' }).at(50_000, tick)
    expect(desk.notices('call.ended')).toMatchObject([{ cause: 'unknown' }])
    expect(desk.names()).not.toContain('call.missed')
  })

  test.each(['no-answer', 'cancelled', 'rejected', 'diverted', 'answered-elsewhere'] as const)(
    '"%s" is the one who rings, though the other came later',
    (cause) => {
      const desk = script().at(0, delivered(nobody)).at(5000, delivered(nobody)).at(9000, established(nobody))
      expect(states(desk)).toEqual(['c1 alerting', 'c2 connected'])
      expect(states(desk.at(12_000, { type: 'call.cleared', ref: {}, cause }))).toEqual(['c1 cleared', 'c2 connected'])
    },
  )
})

describe('a word that names nobody is about the call that it fits', () => {
  /** One talks, and another one rings. */
  const talking = (): Script => script().at(0, delivered(caller)).at(4000, established(caller)).at(20_000, delivered(otherCaller))

  test('the microphone, the other side’s hold, a transfer, a conference: the one that talks', () => {
    expect(talking().at(22_000, { type: 'call.muted', ref: {}, on: true }).desk.calls).toMatchObject([{ mutedSince: expect.any(Number) }, {}])
    expect(talking().at(22_000, { type: 'call.held-by-them', ref: {}, on: true }).desk.calls).toMatchObject([{ heldByThem: true }, { heldByThem: false }])
    expect(talking().at(22_000, { type: 'call.conferenced', ref: {} }).desk.calls).toMatchObject([{ conference: true }, { conference: false }])
    const transferred = talking().at(22_000, { type: 'call.transferred', ref: {}, kind: 'blind', outcome: 'started' })
    expect(transferred.desk.calls.map(({ transfer }) => transfer?.kind)).toEqual(['blind', undefined])
  })

  test('where nobody talks, the one that is on hold', () => {
    const desk = talking().at(21_000, held(caller)).at(22_000, { type: 'call.transferred', ref: {}, kind: 'blind', outcome: 'started' })
    expect(desk.desk.calls.map(({ transfer }) => transfer?.kind)).toEqual(['blind', undefined])
  })

  test('a burst on the line is one of the call that rings', () => {
    const desk = script().at(0, delivered(caller)).at(5000, { type: 'call.originated', ref: otherCaller }).at(6000, { type: 'call.ring', ref: {}, ring: 2 })
    expect(desk.desk.calls.map(({ counted }) => counted?.ring)).toEqual([2, undefined])
  })

  test('bursts of an analogue line, none with a name: one call, each burst its own', () => {
    const desk = script()
    for (let ring = 1; ring <= 3; ring += 1) desk.at((ring - 1) * 5000, { type: 'call.ring', ref: {}, ring })
    expect(desk.at(12_000, established({})).desk.calls).toMatchObject([{ id: 'c1', state: 'connected', counted: { ring: 3 } }])
    expect(desk.notices('call.ring').map(({ ring }) => ring)).toEqual([1, 2, 3])
  })
})

describe('a phone that claims too much', () => {
  test('has lost some ends: the oldest calls are over', () => {
    const desk = script()
    for (let count = 1; count <= limits.callsMax; count += 1) desk.at(count, delivered({ phoneId: `${count}` }))
    expect(desk.desk.calls.filter(({ state }) => state === 'cleared')).toEqual([])
    desk.at(100, delivered({ phoneId: 'more' }))
    expect(states(desk)[0]).toBe('c1 cleared')
    expect(desk.desk.calls.filter(({ state }) => state === 'alerting')).toHaveLength(limits.callsMax)
  })
})

describe('a reading of the phone’s lines', () => {
  const lines = (...states: string[]): Fact => ({
    type: 'phone.lines',
    lines: states.map((state, index) => ({ ref: { phoneId: `${index + 1}` }, state })) as never,
  })

  test('is believed: what it shows is so, what it does not show is over', () => {
    const desk = script()
      .at(0, delivered({ phoneId: '1' }))
      .at(3000, established({ phoneId: '1' }))
    expect(states(desk.at(9000, lines('held')))).toEqual(['c1 held'])
    expect(states(desk.at(12_000, lines('connected')))).toEqual(['c1 connected'])
    expect(desk.notices('call.contradiction')).toEqual([])
    expect(states(desk.at(15_000, lines()))).toEqual(['c1 cleared'])
  })

  test.each([
    [limits.reorderMs - 1, 'alerting'],
    [limits.reorderMs, 'cleared'],
  ])('does not show a call that changed %i ms ago: %s', (ms, state) => {
    expect(
      states(
        script()
          .at(0, delivered({ phoneId: '1' }))
          .at(ms, lines()),
      ),
    ).toEqual([`c1 ${state}`])
  })

  test('finds a call of which nothing was heard', () => {
    const desk = script().at(0, lines('alerting', 'connected'))
    expect(states(desk)).toEqual(['c1 alerting', 'c2 connected'])
    expect(desk.notices('call.answered')).toMatchObject([{ call: 'c2', excluded: 'unknown-start' }])
  })

  test('shows no more calls than a desk can have', () => {
    expect(script().at(0, lines(...Array.from({ length: limits.callsMax + 3 }, () => 'alerting'))).desk.calls).toHaveLength(limits.callsMax)
  })
})

describe('a phone that is idle, or becomes busy', () => {
  test.each([
    [limits.reorderMs - 1, 'alerting'],
    [limits.reorderMs, 'cleared'],
  ])('idle, %i ms after a call began: %s', (ms, state) => {
    expect(states(script().at(0, delivered(caller)).at(ms, { type: 'phone.idle', idle: true }))).toEqual([`c1 ${state}`])
  })

  test('idle ends a call that was answered just now: it was over before', () => {
    expect(states(script().at(0, delivered(caller)).at(5000, established(caller)).at(5100, { type: 'phone.idle', idle: true }))).toEqual(['c1 cleared'])
  })

  test('becoming busy, it was idle before: what was carried over a restart is gone', () => {
    const desk = script().at(0, delivered(caller)).at(3000, established(caller)).at(9000, { type: 'agent.started', version: 'test' })
    expect(states(desk.at(20_000, { type: 'phone.idle', idle: false }))).toEqual(['c1 cleared'])
    const proven = script().at(0, delivered(caller)).at(3000, established(caller)).at(9000, { type: 'phone.idle', idle: false })
    expect(states(proven)).toEqual(['c1 connected'])
  })
})

describe('INV-12: a call of which nothing more is heard is given up', () => {
  test.each([
    ['alerting', limits.alertingMaxMs, [delivered(caller)]],
    ['initiated', limits.dialingMaxMs, [{ type: 'call.originated', ref: caller }]],
    ['connected', limits.talkingMaxMs, [delivered(caller), established(caller)]],
    ['held', limits.talkingMaxMs, [delivered(caller), established(caller), held(caller)]],
  ] as [string, number, Fact[]][])('%s for %i ms', (state, ms, facts) => {
    const desk = script().at(0, ...facts)
    expect(states(desk.at(ms - 1, tick))).toEqual([`c1 ${state}`])
    expect(desk.at(ms, tick).desk.calls).toMatchObject([{ state: 'cleared', cleared: { cause: 'lost' } }])
  })

  test('no more rings are announced than somebody could still care for', () => {
    const desk = script({ ringPeriodMs: 1000 }).at(0, delivered(caller)).at(200_000, tick)
    expect(desk.notices('call.ring')).toHaveLength(limits.ringsMax)
    expect(desk.notices('call.ring').at(-1)).toMatchObject({ ring: limits.ringsMax, at: (limits.ringsMax - 1) * 1000 })
  })
})

describe('the shell', () => {
  test('the lamp’s test and the desk’s name for as long as they last', () => {
    const desk = script().at(0, { type: 'command.identify' }).at(1000, { type: 'command.lamp-test' }).at(100_000, tick)
    expect(desk.lamps()).toEqual([
      [0, 'identify'],
      [1000, 'test'],
      [1000 + limits.lampTestMs, 'identify'],
      [limits.identifyMs, 'dark'],
    ])
  })

  test.each([
    [999, 0],
    [1000, 1],
    [-1000, 1],
    [-999, 0],
  ])('a clock put right by %i ms: said %i times', (byMs, times) => {
    const desk = script()
    const wall = desk.desk.at + (desk.desk.clock?.offsetMs ?? 0) + byMs
    expect(desk.at(0, { type: 'clock.set', wall, synced: true }).notices('clock.stepped')).toHaveLength(times)
  })

  test('what is said of the phone and of the agent, each once', () => {
    const desk = script()
      .at(0, { type: 'phone.reachable', reachable: false, reason: 'no route' }, { type: 'phone.reachable', reachable: false })
      .at(1000, { type: 'phone.reachable', reachable: true }, { type: 'phone.reachable', reachable: true })
      .at(2000, { type: 'phone.refused', reason: 'password', retryMs: 300_000 })
      .at(3000, { type: 'security.refused', reason: 'token', count: 3 })
      .at(3500, { type: 'journal.incomplete', cause: 'outage', epoch: 'e', count: 2, from: 1, to: 2 })
      .at(4000, { type: 'agent.stopping', reason: 'SIGTERM' }, { type: 'agent.stopping', reason: 'SIGTERM' })
    expect(desk.names()).toEqual(['phone.unreachable', 'phone.back', 'phone.refused', 'security.refused', 'journal.incomplete', 'agent.stopping'])
    expect(desk.notices('phone.unreachable')).toMatchObject([{ reason: 'no route' }])
    expect(desk.notices('phone.refused')).toMatchObject([{ retryMs: 300_000 }])
    expect(desk.notices('journal.incomplete')).toMatchObject([{ cause: 'outage', epoch: 'e', count: 2, from: 1, to: 2 }])
  })

  test('a bridge that goes and comes is said once each time, with the reason and how long it was away', () => {
    const desk = script()
      .at(0, { type: 'bridge.back', firmware: '1.0.0' })
      .at(1000, { type: 'bridge.lost', reason: 'unplugged' })
      .at(3000, { type: 'bridge.lost', reason: 'absent' })
      .at(9000, { type: 'bridge.back', firmware: '1.0.1' }, { type: 'bridge.back', firmware: '1.0.1' })
    expect(desk.names()).toEqual(['bridge.lost', 'bridge.back'])
    expect(desk.notices('bridge.lost')).toMatchObject([{ reason: 'unplugged' }])
    expect(desk.notices('bridge.back')).toMatchObject([{ firmware: '1.0.1', afterMs: 8000 }])
  })

  test('a bridge that is not there at the start is lost; one that is there is not back, because it was never away', () => {
    const absent: Fact = { type: 'bridge.lost', reason: 'absent' }
    const started: Fact = { type: 'agent.started', version: 'test' }
    expect(script().at(0, absent).names()).toEqual(['bridge.lost'])
    expect(script().at(0, absent, started, { type: 'bridge.back' }).names()).toEqual(['bridge.lost', 'agent.started'])
    expect(script().at(0, absent, started, absent).names()).toEqual(['bridge.lost', 'agent.started', 'bridge.lost'])
  })
})
