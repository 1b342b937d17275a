import { describe, expect, test } from 'vitest'
import { type Call, type CallWord, callStates, callWords } from '../../src/desk/call.ts'
import { take } from '../../src/desk/desk.ts'
import type { CallRef, Fact } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { caller, policy, type Script, script } from './script.ts'

type State = (typeof callStates)[number]

/**
 * What a word does, written down apart from the code: the state the call is in afterwards. `=` nothing changes, `!` the desk is surprised and says so,
 * `+` the old call is over and a new one is in that state, `-` there is still no call.
 */
type Outcome = string

/** [within the reordering window, beyond it] of the call's last change. */
type Cell = readonly [Outcome, Outcome]
const always = (outcome: Outcome): Cell => [outcome, outcome]

const table: Record<State, Record<CallWord, Cell>> = {
  absent: {
    delivered: always('alerting'),
    originated: always('initiated'),
    established: always('connected !'),
    held: always('held !'),
    retrieved: always('connected !'),
    cleared: always('-'),
  },
  initiated: {
    delivered: always('alerting !'),
    originated: always('='),
    established: always('connected'),
    held: always('held !'),
    retrieved: always('connected !'),
    cleared: always('cleared'),
  },
  alerting: {
    delivered: always('='),
    originated: always('initiated !'),
    established: always('connected'),
    held: always('held !'),
    retrieved: always('connected !'),
    cleared: always('cleared'),
  },
  connected: {
    delivered: always('='),
    originated: always('='),
    established: always('='),
    held: always('held'),
    retrieved: always('='),
    cleared: always('cleared'),
  },
  held: {
    delivered: always('='),
    originated: always('='),
    established: always('='),
    held: always('='),
    retrieved: always('connected'),
    cleared: always('cleared'),
  },
  cleared: {
    delivered: ['=', '+ alerting'],
    originated: ['=', '+ initiated'],
    established: ['=', '+ connected !'],
    held: ['=', '+ held !'],
    retrieved: ['=', '+ connected !'],
    cleared: always('='),
  },
}

const ref = { phoneId: '1', ...caller }
const factOf = (word: CallWord, of: CallRef = ref): Fact =>
  word === 'cleared' ? { type: 'call.cleared', ref: of, cause: 'unknown' } : { type: `call.${word}`, ref: of }

/** The words that bring a call into a state on the usual way, three seconds apart. */
const waysTo: Record<State, readonly CallWord[]> = {
  absent: [],
  initiated: ['originated'],
  alerting: ['delivered'],
  connected: ['delivered', 'established'],
  held: ['delivered', 'established', 'held'],
  cleared: ['delivered', 'established', 'held', 'cleared'],
}

function inState(state: State, of: CallRef = ref): { desk: Script; since: number } {
  const words = waysTo[state]
  const desk = script()
  words.forEach((word, index) => {
    desk.at(index * 3000, factOf(word, of))
  })
  desk.effects.length = 0
  return { desk, since: Math.max(0, words.length - 1) * 3000 }
}

function outcomeOf(calls: readonly Call[], before: readonly Call[], surprised: boolean): Outcome {
  const mark = surprised ? ' !' : ''
  if (calls.length === 0) return `-${mark}`
  const last = calls.at(-1)
  if (before.length > 0 && last?.id !== before.at(-1)?.id) {
    const [old] = calls
    expect(old).toMatchObject({ state: 'cleared' })
    return `+ ${last?.state}${mark}`
  }
  return JSON.stringify(calls) === JSON.stringify(before) ? `=${mark}` : `${last?.state}${mark}`
}

const cells = callStates.flatMap((state) =>
  callWords.flatMap((word) => [
    { state, word, when: 'within', afterMs: limits.reorderMs - 1, outcome: table[state][word][0] },
    { state, word, when: 'beyond', afterMs: limits.reorderMs, outcome: table[state][word][1] },
  ]),
)

describe('every word of the phone in every state of a call', () => {
  test('the table above has every state and every word', () => {
    expect(Object.keys(table)).toEqual([...callStates])
    for (const row of Object.values(table)) expect(Object.keys(row)).toEqual([...callWords])
  })

  test.each(cells)('$state, $word $when the reordering window: $outcome', ({ state, word, afterMs, outcome }) => {
    const { desk, since } = inState(state)
    desk.at(since + afterMs, { type: 'tick' })
    const { calls } = desk.desk
    desk.at(since + afterMs, factOf(word))
    const surprised = desk.notices('call.contradiction').length > 0
    expect(desk.desk.contradiction.count).toBe(surprised ? 1 : 0)
    expect(outcomeOf(desk.desk.calls, calls, surprised)).toBe(outcome)
  })

  test.each(cells)('INV-10: $state, $word twice $when the window changes nothing the second time', ({ state, word, when }) => {
    const { desk, since } = inState(state)
    desk.at(since + (when === 'within' ? limits.reorderMs - 300 : limits.reorderMs), factOf(word))
    const once = desk.desk
    const again = take(once, { ...factOf(word), at: once.at }, policy)
    expect(again.effects).toEqual([])
    expect(again.desk).toEqual(once)
    const later = take(once, { ...factOf(word), at: once.at + 200 }, policy)
    expect(later.effects).toEqual([])
    expect(later.desk.calls).toEqual(once.calls)
  })

  const doubles = [
    ['connected', 'delivered'],
    ['connected', 'originated'],
    ['held', 'delivered'],
    ['held', 'originated'],
    ['held', 'established'],
  ] as const
  test.each(doubles)('%s, %s once more a minute later, by the phone’s own id: told twice, and no other call', (state, word) => {
    const { desk, since } = inState(state)
    desk.at(since + 60_000, { type: 'tick' })
    const before = desk.desk.calls
    desk.effects.length = 0
    desk.at(since + 60_000, factOf(word))
    expect([desk.desk.calls, desk.effects]).toEqual([before, []])
  })

  test.each(doubles)('%s, %s of a call without an id: somebody else, or a word that was lost', (state, word) => {
    const { desk, since } = inState(state, caller)
    desk.at(since + 60_000, factOf(word, caller))
    const states = desk.desk.calls.map((call) => call.state)
    expect(states).toEqual(word === 'established' ? ['connected'] : [state, word === 'delivered' ? 'alerting' : 'initiated'])
  })

  test.each(doubles)('%s, %s of a call that is carried over a restart of the agent: its id may mean another one by now', (state, word) => {
    const { desk, since } = inState(state)
    desk.at(since + 1000, { type: 'agent.started', version: 'test' }).at(since + 60_000, factOf(word))
    expect(desk.desk.calls.at(-1)?.state).toBe({ delivered: 'alerting', originated: 'initiated', established: 'connected' }[word])
  })

  test('a reading is not a word told twice: what it shows is so', () => {
    const { desk, since } = inState('connected')
    desk.at(since + 60_000, { type: 'phone.lines', lines: [{ ref, state: 'alerting' }] })
    expect(desk.desk.calls.map(({ state }) => state)).toEqual(['cleared', 'alerting'])
  })

  test('a missed call of which nothing else was heard is still somebody who rang in vain', () => {
    const desk = script().at(0, { type: 'call.cleared', ref, cause: 'missed' }).at(limits.settleMs, { type: 'tick' })
    expect(desk.notices('call.missed')).toMatchObject([{ call: 'c1', cause: 'missed' }])
    expect(desk.notices('callback.opened')).toMatchObject([{ callback: 'b1', cause: 'missed', misses: 1 }])
  })

  test('an answer that arrives after the end makes the call an answered one, and nobody is owed anything', () => {
    const desk = script()
      .at(0, factOf('delivered'))
      .at(4000, factOf('cleared'))
      .at(4000 + limits.reorderMs - 1, factOf('established'))
      .at(60_000, { type: 'tick' })
    expect(desk.names()).toEqual(expect.arrayContaining(['call.answered', 'call.ended']))
    expect(desk.names()).not.toContain('call.missed')
    expect(desk.desk.callbacks).toEqual([])
  })

  test('of two reasons for one end the one that says more holds, in either order', () => {
    for (const causes of [
      ['missed', 'answered-elsewhere'],
      ['answered-elsewhere', 'missed'],
    ] as const) {
      const desk = script().at(0, factOf('delivered'))
      for (const [index, cause] of causes.entries()) desk.at(7000 + index * 100, { type: 'call.cleared', ref, cause })
      desk.at(60_000, { type: 'tick' })
      expect(desk.names()).not.toContain('call.missed')
      expect(desk.notices('call.ended')).toMatchObject([{ cause: 'answered-elsewhere' }])
    }
  })
})

describe('INV-10: a fact told twice is told once', () => {
  const facts: readonly Fact[] = [
    { type: 'call.ring', ref, ring: 2 },
    { type: 'call.muted', ref, on: true },
    { type: 'call.muted', ref, on: false },
    { type: 'call.held-by-them', ref, on: true },
    { type: 'call.conferenced', ref },
    { type: 'call.transferred', ref, kind: 'blind', outcome: 'started' },
    { type: 'call.transferred', ref, kind: 'attended', outcome: 'finished' },
    { type: 'call.transferred', ref, kind: 'unknown', outcome: 'failed' },
    { type: 'phone.lines', lines: [{ ref, state: 'connected' }] },
    { type: 'phone.lines', lines: [] },
    { type: 'phone.hook', hook: 'off' },
    { type: 'phone.hook', hook: 'on' },
    { type: 'phone.audio', path: 'speaker' },
    { type: 'phone.idle', idle: true },
    { type: 'phone.idle', idle: false },
    { type: 'phone.described', model: 'T46U' },
    { type: 'phone.registered', registered: false },
    { type: 'phone.dnd', on: true },
    { type: 'phone.forwarding', kind: 'always', on: true, target: '6014' },
    { type: 'phone.reachable', reachable: false, reason: 'no answer' },
    { type: 'phone.capable', hold: false, forward: [] },
    { type: 'seat.seen', occupied: false },
    { type: 'seat.lost' },
    { type: 'bridge.lost', reason: 'unplugged' },
    { type: 'bridge.back', firmware: '1.0.0' },
    { type: 'clock.set', wall: 1_795_000_000_000, synced: false },
    { type: 'command.absence', on: true },
    { type: 'command.freeze', on: true },
    { type: 'command.lamp-test' },
    { type: 'command.callback-done', callback: 'b1', by: 'clerk' },
    { type: 'command.hold', call: 'c2' },
    { type: 'command.callback-promise', call: 'c2', promisedAt: 1_795_500_000_000 },
  ]

  test.each(facts)('$type', (fact) => {
    const desk = script()
      .at(0, { type: 'call.cleared', ref: { phoneId: '0', remote: '600700800' }, cause: 'missed' })
      .at(5000, factOf('delivered'))
      .at(9000, factOf('established'))
      .at(15_000, fact)
    desk.effects.length = 0
    const once = desk.desk
    desk.at(15_000, fact)
    expect(desk.effects).toEqual([])
    expect(desk.desk.calls).toEqual(once.calls)
    // A callback that was closed in the last step is forgotten in the next.
    expect(desk.desk.callbacks).toEqual(once.callbacks.filter(({ closed }) => closed === undefined))
  })
})
