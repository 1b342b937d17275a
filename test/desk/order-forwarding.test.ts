import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, policyDefaults, type Substitute } from '../../src/desk/policy.ts'
import { type ForwardingPhone, forwardingPhone, type Manners } from './forwarding-phone.ts'
import { awayMs, empty, minute, seated, takes, tick } from './lease-states.ts'
import { caller, mondayNine, type Script, script } from './script.ts'

const { leaseMs, leaseRenewMs } = policyDefaults
const { forwardAnswerMs, forwardEchoMs, forwardRetryMs, forwardRetryMaxMs, forwardTriesMax } = limits

/** A script whose phone is there for good. */
interface Left extends Script {
  phone: ForwardingPhone
  at(ms: number, ...facts: readonly Fact[]): Left
}

/** A desk that was left at once, with one substitute unless more are named, and its phone. */
function left(manners: Manners = 'obeys', substitutes: readonly Substitute[] = [{ desk: 'usc-14', number: '6014' }]): Left {
  const desk = script({ desk: 'usc-12', substitutes })
  const phone = forwardingPhone()
  phone.manners = manners
  desk.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] }, takes('usc-14'), empty)
  return Object.assign(desk, { phone }) as Left
}
const orders = (desk: Script): [number, string][] => desk.forwards().map(([at, to]) => [at - awayMs, to])
const looks = (desk: Script): number[] => desk.effects.flatMap(({ type, at }) => (type === 'phone.look' ? [at - 3_600_000 - awayMs] : []))
const said = (desk: Script): [number, string, string][] =>
  desk.effects.flatMap((effect) =>
    effect.type === 'notice' && effect.name.startsWith('forwarding.')
      ? [[effect.at - 3_600_000 - awayMs, effect.name.slice(11), 'reason' in effect.data ? String(effect.data.reason) : '']]
      : [],
  )

describe('setting a forwarding', () => {
  test('the phone is read first, then told, with a number of its own and a lease that ends', () => {
    const desk = left().at(awayMs, tick)
    expect(desk.effects.map(({ type }) => type).filter((type) => type.startsWith('phone.'))).toEqual(['phone.look', 'phone.forward'])
    expect(desk.phone.orders[0]).toMatchObject({ order: 1, on: true, kind: 'no-answer', target: '6014', ringMs: 15_000 })
    expect(desk.desk.lease).toMatchObject({ state: 'held', order: 1, desk: 'usc-14', until: 3_600_000 + awayMs + leaseMs })
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', owner: 'agent', kind: 'no-answer', target: '6014', until: 3_600_000 + awayMs + leaseMs })
    expect(desk.notices('forwarding.on')).toEqual([
      { at: awayMs, target: 'usc-14', kind: 'no-answer', reason: 'seat-empty', until: mondayNine + awayMs + leaseMs },
    ])
  })

  test('while it is asked, the desk answers for it and claims nothing', () => {
    const desk = left()
    desk.phone.manners = 'deaf'
    desk.at(awayMs, tick)
    expect(desk.desk.forwarding).toMatchObject({ state: 'unknown', owner: 'agent', target: '6014', until: expect.any(Number) })
    expect(desk.names()).not.toContain('forwarding.on')
    expect(desk.lamps()).not.toContainEqual([awayMs, 'forwarded'])
  })

  test('what a person has set unseen is found by the reading, and stays', () => {
    const desk = left()
    desk.phone.on.set('no-answer', '6099')
    desk.at(3 * awayMs, tick)
    expect([orders(desk), desk.phone.on.get('no-answer')]).toEqual([[], '6099'])
    expect(desk.notices('forwarding.foreign')).toEqual([{ at: awayMs, kind: 'no-answer', on: true, target: '6099' }])
  })

  test('it is read each time anew: what a person has set since the last time stays', () => {
    const desk = left().at(awayMs, tick)
    desk.at(awayMs + minute, seated)
    desk.phone.on.set('no-answer', '6099')
    desk.at(awayMs + 2 * minute, empty).at(2 * awayMs + 2 * minute, tick)
    expect([looks(desk), desk.phone.on.get('no-answer')]).toEqual([[0, awayMs + 2 * minute], '6099'])
  })

  test.each([
    [limits.forwardReadingMs, []],
    [limits.forwardReadingMs + 1, [0]],
  ])('a reading that is %i ms old: another one is asked for at %j', (ageMs, asked) => {
    const desk = left().at(awayMs - ageMs, { type: 'phone.forwarding', kind: 'no-answer', on: false, read: true }, { type: 'forward.looked', ok: true })
    expect([looks(desk.at(awayMs, tick)), orders(desk)]).toEqual([asked, [[0, '6014']]])
  })

  test('a phone that answers and shows nothing of its forwarding is told all the same', () => {
    const desk = left('tells').at(awayMs + minute, tick)
    expect([orders(desk), desk.desk.lease?.state]).toEqual([[[0, '6014']], 'held'])
  })

  test('a phone that cannot be read is not written over: it is read again, ever more seldom, and the desk says that nobody covers', () => {
    const desk = left('unreachable').at(awayMs + 8 * minute, tick)
    expect(looks(desk)).toEqual([0, 10_000, 30_000, 70_000, 150_000, 310_000])
    expect(orders(desk)).toEqual([])
    expect(said(desk)).toEqual([[0, 'uncovered', 'unconfirmed']])
    desk.phone.manners = 'obeys'
    expect(orders(desk.at(awayMs + 20 * minute, tick))).toEqual([[310_000 + forwardRetryMaxMs, '6014']])
  })

  test('a reading that says nothing of forwarding is none', () => {
    const desk = left('dead').at(awayMs, tick)
    desk.at(awayMs + 1000, { type: 'forward.looked', ok: true }).at(awayMs + minute, tick)
    expect(orders(desk)).toEqual([])
  })

  test('an absence that is declared and taken back each second does not have the phone told each second', () => {
    const desk = left()
    for (let second = 0; second < 590; second += 1) desk.at(second * 1000, { type: 'command.absence', on: second % 2 === 0 })
    const sets = desk.phone.orders.length / 2
    expect(sets).toBeGreaterThan(10)
    expect(sets).toBeLessThanOrEqual(590_000 / forwardEchoMs)
    // What is meant is set all the same.
    desk.at(590_000, { type: 'command.absence', on: true }).at(590_000 + forwardEchoMs, tick)
    expect([desk.desk.lease?.state, desk.phone.on.get('no-answer')]).toEqual(['held', '6014'])
  })

  test('nor do orders to forward and not to', () => {
    const desk = left()
    for (let second = 0; second < 590; second += 1) desk.at(second * 1000, { type: 'command.forward', on: second % 2 === 0 })
    expect(desk.phone.orders.length / 2).toBeLessThanOrEqual(590_000 / forwardEchoMs)
  })

  test('never in the middle of a call, and at once after it', () => {
    const ref = { phoneId: '1', ...caller }
    const call = left()
      .at(awayMs - 2000, { type: 'call.originated', ref })
      .at(awayMs - 1000, { type: 'call.established', ref })
      .at(3 * awayMs, { type: 'call.cleared', ref, cause: 'unknown' })
    expect(orders(call)).toEqual([[2 * awayMs, '6014']])
  })
})

describe('a phone that does not do as it is told', () => {
  test.each<[Manners, string, boolean]>([
    ['ignores', 'contradicted', true],
    ['refused', 'refused', false],
    ['unsupported', 'unsupported', false],
  ])('%s: said each time, tried four times in an absence and no more', (manners, reason, undoes) => {
    const desk = left()
    desk.at(awayMs - 1, tick)
    desk.phone.manners = manners
    desk.at(awayMs + 30 * minute, tick)
    const sets = orders(desk).filter(([, to]) => to !== 'off')
    expect(sets.map(([at]) => at)).toEqual([0, 10_000, 30_000, 70_000])
    expect(desk.notices('forwarding.unconfirmed').filter((data) => data.reason === reason)).toHaveLength(forwardTriesMax)
    expect(desk.notices('forwarding.unconfirmed')[0]).toMatchObject({ target: 'usc-14', kind: 'no-answer' })
    expect(orders(desk).some(([, to]) => to === 'off')).toBe(undoes)
    expect(desk.notices('forwarding.uncovered')).toEqual([{ at: awayMs, reason: 'unconfirmed' }])
    expect(desk.names()).not.toContain('forwarding.on')
    // The next absence begins anew.
    desk.phone.manners = 'obeys'
    desk.at(awayMs + 60 * minute, seated, empty).at(awayMs + 80 * minute, tick)
    expect(desk.desk.lease?.state).toBe('held')
  })

  test('no answer at all: not claimed, undone to be safe, and said', () => {
    const desk = left()
    desk.at(awayMs - 1, tick)
    desk.phone.manners = 'obeys'
    desk.at(awayMs - 1, tick)
    desk.phone.manners = 'deaf'
    desk.at(awayMs + forwardAnswerMs - 1, tick)
    expect(orders(desk)).toEqual([[0, '6014']])
    desk.at(awayMs + forwardAnswerMs, tick)
    expect(orders(desk)).toEqual([
      [0, '6014'],
      [forwardAnswerMs, 'off'],
    ])
    expect(said(desk)).toEqual([
      [forwardAnswerMs, 'uncovered', 'unconfirmed'],
      [forwardAnswerMs, 'unconfirmed', 'no-answer'],
    ])
  })

  test('it only says that it has been told, and no word follows: not claimed, and that is the reason', () => {
    const desk = left('mute').at(awayMs + forwardAnswerMs, tick)
    expect(said(desk)).toContainEqual([forwardAnswerMs, 'unconfirmed', 'sent'])
    expect(desk.names()).not.toContain('forwarding.on')
  })

  test('it only says so by itself: that is proof enough, and undoing as well', () => {
    const desk = left().at(awayMs - 1, tick)
    desk.at(awayMs - 1, { type: 'phone.forwarding', kind: 'no-answer', on: false }, { type: 'forward.looked', ok: true })
    desk.phone.manners = 'tells'
    desk.at(awayMs + minute, tick)
    expect(desk.notices('forwarding.on')).toMatchObject([{ at: awayMs + 500 }])
    desk.at(awayMs + 2 * minute, seated).at(awayMs + 3 * minute, tick)
    expect(desk.notices('forwarding.off')).toEqual([{ at: awayMs + 2 * minute + 500, target: 'usc-14', kind: 'no-answer', reason: 'returned' }])
  })

  test('a disk that takes nothing says nothing of the phone: tried for as long as the absence lasts', () => {
    const desk = left().at(awayMs - 1, tick)
    desk.phone.manners = 'unjournalled'
    desk.at(awayMs + 60 * minute, tick)
    expect(orders(desk).length).toBeGreaterThan(10)
    expect(orders(desk).every(([, to]) => to === '6014')).toBe(true)
    expect(desk.notices('forwarding.uncovered')).toEqual([{ at: awayMs, reason: 'not-journalled' }])
  })

  test('a line that is in use: again after a while, and nobody is told', () => {
    const desk = left().at(awayMs - 1, tick)
    desk.phone.manners = 'busy'
    desk.at(awayMs + 35_000, tick)
    expect(orders(desk).map(([at]) => at)).toEqual([0, forwardRetryMs, 2 * forwardRetryMs, 3 * forwardRetryMs])
    expect(said(desk)).toEqual([])
    desk.phone.manners = 'obeys'
    desk.at(awayMs + minute, tick)
    expect(said(desk)).toEqual([[4 * forwardRetryMs, 'on', 'seat-empty']])
  })
})

describe('undoing', () => {
  test('is tried for ever, ever more seldom, and said once', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + minute, seated).at(awayMs + 31 * minute, tick)
    const since = orders(desk)
      .slice(1)
      .map(([at]) => (at - minute) / 1000)
    expect(since).toEqual([0, 10, 30, 70, 150, 310, 610, 910, 1210, 1510])
    expect(desk.notices('forwarding.unconfirmed')).toMatchObject([{ at: awayMs + minute, reason: 'still-on', target: 'usc-14' }])
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', owner: 'agent' })
  })

  test('at once when the phone comes back', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + minute, seated).at(awayMs + 20 * minute, { type: 'phone.reachable', reachable: false })
    desk.phone.manners = 'obeys'
    desk.at(awayMs + 21 * minute + 7, { type: 'phone.reachable', reachable: true })
    expect(orders(desk).at(-1)).toEqual([21 * minute + 7, 'off'])
    expect([desk.desk.lease, desk.phone.on.size]).toEqual([undefined, 0])
    expect(desk.notices('forwarding.off')).toMatchObject([{ reason: 'returned' }])
  })

  test('of what the phone has never confirmed is said once more when it could not obey any more, although it shows nothing', () => {
    const desk = left()
    desk.phone.manners = 'deaf'
    desk.at(awayMs, tick)
    desk.phone.manners = 'dead'
    const confirmed = (): Fact => ({ type: 'forward.answered', order: desk.desk.lease?.order ?? 0, outcome: 'confirmed' })
    desk.at(awayMs + 2000, seated).at(awayMs + 3000, confirmed())
    expect(desk.desk.lease?.state).toBe('releasing')
    desk.at(awayMs + forwardEchoMs, tick)
    expect(orders(desk)).toEqual([
      [0, '6014'],
      [2000, 'off'],
      [forwardEchoMs, 'off'],
    ])
    desk.at(awayMs + forwardEchoMs + 500, confirmed())
    expect([desk.desk.lease, said(desk)]).toEqual([undefined, []])
  })

  test('what is found still on after it was thought undone is undone once more', () => {
    const desk = left().at(awayMs, tick)
    desk.at(awayMs + minute, seated)
    // The phone took it back on: its word comes as an echo, and the reading at the end of the echoes shows it.
    desk.phone.on.set('no-answer', '6014')
    desk.at(awayMs + minute + 2000, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014' }).at(awayMs + 2 * minute, tick)
    expect(desk.phone.on.size).toBe(0)
    expect(orders(desk).slice(1)).toEqual([
      [minute, 'off'],
      [minute + forwardEchoMs, 'off'],
    ])
    expect(desk.names()).not.toContain('forwarding.foreign')
  })
})

describe('the lease', () => {
  test('is renewed by a reading each five minutes, and by nothing else', () => {
    const desk = left().at(awayMs + 12 * minute, tick)
    expect(looks(desk)).toEqual([0, leaseRenewMs, 2 * leaseRenewMs])
    expect(desk.desk.lease?.until).toBe(3_600_000 + awayMs + 2 * leaseRenewMs + leaseMs)
    expect(orders(desk)).toEqual([[0, '6014']])
  })

  test('whose reading fails is read again soon, ever more seldom, and five minutes after one that did not', () => {
    const desk = left().at(awayMs + minute, tick)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + leaseRenewMs + 100_000, tick)
    desk.phone.manners = 'obeys'
    desk.at(awayMs + 3 * leaseRenewMs, tick)
    const read = leaseRenewMs + 150_000
    expect(looks(desk)).toEqual([0, ...[0, 10, 30, 70].map((seconds) => leaseRenewMs + seconds * 1000), read, read + leaseRenewMs])
  })

  test('whose reading fails is read at once when the phone is back', () => {
    const desk = left().at(awayMs + minute, tick)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + leaseRenewMs + 90_000, { type: 'phone.reachable', reachable: false })
    desk.phone.manners = 'obeys'
    desk.at(awayMs + leaseRenewMs + 91_000, { type: 'phone.reachable', reachable: true })
    expect(looks(desk).at(-1)).toBe(leaseRenewMs + 91_000)
  })

  test('without a reading it ends, and is undone', () => {
    const desk = left().at(awayMs + leaseRenewMs, tick)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + leaseRenewMs + leaseMs - 1, tick)
    expect(desk.desk.lease?.state).toBe('held')
    desk.at(awayMs + leaseRenewMs + leaseMs, tick)
    expect(orders(desk).at(-1)).toEqual([leaseRenewMs + leaseMs, 'off'])
    expect(desk.desk.lease).toMatchObject({ state: 'releasing', why: 'lease-over' })
  })

  test('the phone’s own word does not renew it', () => {
    const desk = left().at(awayMs, tick)
    const until = desk.desk.lease?.until
    desk.at(awayMs + 2 * minute, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014' })
    expect(desk.desk.lease?.until).toBe(until)
  })

  test.each<[string, object, number]>([
    ['the phone’s own word', {}, 0],
    ['a reading', { read: true }, 4000],
  ])('confirmed late by %s, it lasts from the order, or from the reading', (_, changes, movedMs) => {
    const desk = left().at(awayMs - 1, tick)
    desk.phone.manners = 'deaf'
    desk.at(awayMs + 4000, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014', ...changes })
    expect(desk.desk.lease).toMatchObject({ state: 'held', until: 3_600_000 + awayMs + leaseMs + movedMs })
  })
})

describe('echoes and people', () => {
  const on: Fact = { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014' }
  const off: Fact = { type: 'phone.forwarding', kind: 'no-answer', on: false }

  test('a contrary word just after an order is looked into when the echoes are over, never answered with a command', () => {
    const desk = left().at(awayMs, tick)
    for (let ms = 1000; ms < forwardEchoMs; ms += 1000) desk.at(awayMs + ms, ms % 2000 === 0 ? on : off)
    expect(looks(desk)).toEqual([0])
    desk.at(awayMs + forwardEchoMs, tick)
    expect(looks(desk)).toEqual([0, forwardEchoMs])
    desk.at(awayMs + minute, tick)
    expect(orders(desk)).toEqual([[0, '6014']])
    expect(desk.desk.lease?.state).toBe('held')
  })

  test('a person who turned ours off meanwhile is found by that reading, and has the last word in this absence', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.on.clear()
    desk.at(awayMs + 3000, off).at(awayMs + 60 * minute, tick)
    expect(orders(desk)).toEqual([[0, '6014']])
    expect(desk.notices('forwarding.off')).toEqual([{ at: awayMs + forwardEchoMs, target: 'usc-14', kind: 'no-answer', reason: 'by-hand' }])
    desk.at(awayMs + 61 * minute, seated, empty).at(awayMs + 80 * minute, tick)
    expect(orders(desk).at(-1)).toEqual([71 * minute, '6014'])
  })

  test('a contrary word that cannot be looked into: off is made sure of, another target is believed', () => {
    const doubted = (fact: Fact): Left => {
      const desk = left().at(awayMs, tick)
      desk.phone.manners = 'mute'
      return desk.at(awayMs + 3000, fact).at(awayMs + forwardEchoMs, tick)
    }
    expect(orders(doubted(off))).toEqual([
      [0, '6014'],
      [forwardEchoMs, 'off'],
    ])
    const taken = doubted({ type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6099' })
    expect([orders(taken), taken.desk.lease]).toEqual([[[0, '6014']], undefined])
    expect(taken.desk.forwarding).toMatchObject({ owner: 'foreign', target: '6099' })
  })

  test('another target by a person’s hand: theirs, and nothing is commanded', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.on.set('no-answer', '6099')
    desk.at(awayMs + minute, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6099' }).at(awayMs + 60 * minute, tick)
    expect([orders(desk), desk.phone.on.get('no-answer')]).toEqual([[[0, '6014']], '6099'])
    expect(said(desk).slice(1)).toEqual([
      [minute, 'foreign', ''],
      [minute, 'off', 'by-hand'],
    ])
  })

  test('another kind by a person’s hand: theirs stays, ours is undone, and does not come back in this absence', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.on.set('always', '6099')
    desk.at(awayMs + minute, { type: 'phone.forwarding', kind: 'always', on: true, target: '6099' })
    expect([...desk.phone.on]).toEqual([['always', '6099']])
    desk.phone.on.clear()
    desk.at(awayMs + 2 * minute, { type: 'phone.forwarding', kind: 'always', on: false }).at(awayMs + 60 * minute, tick)
    expect(orders(desk)).toEqual([
      [0, '6014'],
      [minute, 'off'],
    ])
    expect(desk.notices('forwarding.off')).toMatchObject([{ reason: 'by-hand' }])
  })

  test('two settings in one absence are never closer than ten seconds, so that their echoes can be told apart', () => {
    const desk = left().at(awayMs, tick)
    for (let ms = 100; ms <= 5000; ms += 100) desk.at(awayMs + ms, takes('usc-14', ms % 200 === 0))
    desk.at(awayMs + minute, tick)
    expect(orders(desk)).toEqual([
      [0, '6014'],
      [100, 'off'],
      [forwardRetryMs, '6014'],
    ])
  })
})

describe('calls that are handed on', () => {
  const two = [
    { desk: 'usc-14', number: '6014' },
    { desk: 'usc-15', number: '6015' },
  ]
  const handed = (): Left => {
    const desk = left('obeys', two)
    return desk.at(awayMs, takes('usc-15'))
  }

  test('are with the next one at once where the phone shows that they are no longer with the first', () => {
    const desk = handed().at(awayMs + 3000, takes('usc-14', false))
    expect(orders(desk)).toEqual([
      [0, '6014'],
      [3000, 'off'],
      [3000, '6015'],
    ])
    expect(looks(desk)).toEqual([0])
    expect(desk.desk.lease).toMatchObject({ state: 'held', desk: 'usc-15' })
  })

  test('so, too, where the phone’s own word comes before its answer', () => {
    const desk = handed()
    desk.phone.manners = 'dead'
    desk.at(awayMs + 3000, takes('usc-14', false)).at(awayMs + 3200, { type: 'phone.forwarding', kind: 'no-answer', on: false })
    expect([desk.desk.lease, orders(desk).length]).toEqual([undefined, 2])
    desk.at(awayMs + 3400, { type: 'forward.answered', order: 2, outcome: 'confirmed' })
    expect(orders(desk).slice(1)).toEqual([
      [3000, 'off'],
      [3400, '6015'],
    ])
  })

  test.each<[string, readonly Fact[]]>([
    [
      'the answer is no reading',
      [
        { type: 'phone.forwarding', kind: 'no-answer', on: false },
        { type: 'forward.answered', order: 2, outcome: 'sent' },
      ],
    ],
    [
      'the phone has said since that they still go to the first',
      [
        { type: 'phone.forwarding', kind: 'no-answer', on: false },
        { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014' },
        { type: 'forward.answered', order: 2, outcome: 'confirmed' },
      ],
    ],
    [
      'the answer is that to the setting',
      [
        { type: 'phone.forwarding', kind: 'no-answer', on: false },
        { type: 'forward.answered', order: 1, outcome: 'confirmed' },
      ],
    ],
  ])('not so where %s', (_, facts) => {
    const desk = handed()
    desk.phone.manners = 'dead'
    desk.at(awayMs + 3000, takes('usc-14', false)).at(awayMs + 3400, ...facts)
    desk.phone.manners = 'obeys'
    expect(orders(desk.at(awayMs + forwardEchoMs - 1, tick)).filter(([, to]) => to === '6015')).toEqual([])
    expect(orders(desk.at(awayMs + minute, tick)).at(-1)?.[1]).toBe('6015')
  })

  test('only once a minute: else two settings are ten seconds apart', () => {
    const desk = handed()
    const flip = (ms: number, takesCalls: boolean): unknown => desk.at(awayMs + ms, takes('usc-14', takesCalls))
    flip(1000, false)
    for (let ms = 2000; ms <= 70_000; ms += 1000) flip(ms, ms % 2000 === 0)
    const sets = orders(desk).filter(([, to]) => to !== 'off')
    const soon = sets.filter(([at], index) => index > 0 && at - (sets[index - 1]?.[0] ?? 0) < forwardRetryMs).map(([at]) => at)
    expect(soon[0]).toBe(1000)
    expect(soon).toHaveLength(2)
    expect((soon[1] ?? 0) - 1000).toBeGreaterThanOrEqual(limits.handoverRestMs)
  })

  test('what is undone for another reason waits as ever', () => {
    const desk = left().at(awayMs, tick)
    desk.at(awayMs + 3000, takes('usc-14', false)).at(awayMs + 3500, takes('usc-14'))
    expect(orders(desk.at(awayMs + minute, tick)).at(-1)).toEqual([forwardRetryMs, '6014'])
  })
})

describe('after a restart', () => {
  test('of the phone: ours and still wanted is adopted', () => {
    const desk = left().at(awayMs, tick)
    desk.at(awayMs + minute, { type: 'phone.restarted' })
    expect([orders(desk), looks(desk)]).toEqual([[[0, '6014']], [0, minute]])
    expect(desk.desk.lease).toMatchObject({ state: 'held', until: 3_600_000 + awayMs + minute + leaseMs })
    expect(desk.notices('forwarding.on')).toHaveLength(1)
  })

  test('of the phone, which has forgotten it: said, and asked anew', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.on.clear()
    desk.at(awayMs + minute, { type: 'phone.restarted' })
    expect(said(desk).slice(1)).toEqual([
      [minute, 'off', 'restarted'],
      [minute, 'on', 'seat-empty'],
    ])
    expect(desk.phone.on.get('no-answer')).toBe('6014')
  })

  test('of the phone, which is not there yet: read again until it is', () => {
    const desk = left().at(awayMs, tick)
    desk.phone.manners = 'dead'
    desk.at(awayMs + minute, { type: 'phone.restarted' }).at(awayMs + 2 * minute, tick)
    expect(looks(desk).slice(1)).toEqual([0, 10, 20, 30, 40, 50, 60].map((seconds) => minute + seconds * 1000))
    desk.phone.manners = 'obeys'
    desk.at(awayMs + 3 * minute, tick)
    expect([orders(desk), desk.desk.lease?.state]).toEqual([[[0, '6014']], 'held'])
  })

  test('of the agent: nothing is known of the seat, so what was set for an empty seat is undone', () => {
    const desk = left().at(awayMs, tick)
    desk.at(awayMs + minute, { type: 'agent.started', version: 'test' })
    expect([orders(desk).at(-1), desk.phone.on.size, desk.desk.lease]).toEqual([[minute, 'off'], 0, undefined])
    expect(desk.notices('forwarding.off')).toMatchObject([{ reason: 'restarted' }])
  })

  const leave: Fact = { type: 'command.absence', on: true, kind: 'leave' }
  const lived = (...facts: readonly Fact[]): Left => left().at(awayMs, ...facts, tick)
  const again: Fact = { type: 'agent.started', version: 'test' }

  test.each<[string, readonly Fact[]]>([
    ['a leave', [leave]],
    ['remote work', [{ type: 'command.absence', on: true, kind: 'remote', until: mondayNine + 5 * 3_600_000 }]],
    ['an order', [{ type: 'command.forward', on: true }]],
  ])('of the agent, in %s: what a reading shows to be ours is adopted, and nothing is said or told', (_, facts) => {
    const desk = lived(...facts).at(awayMs + minute, again)
    expect([orders(desk), looks(desk).at(-1), desk.phone.on.get('no-answer')]).toEqual([[[0, '6014']], minute, '6014'])
    expect(desk.desk.lease).toMatchObject({ state: 'held', until: 3_600_000 + awayMs + minute + leaseMs })
    desk.at(awayMs + minute + 5000, takes('usc-14')).at(awayMs + 20 * minute, tick)
    expect([orders(desk), said(desk).length]).toEqual([[[0, '6014']], 1])
  })

  test('of the agent: of a substitute that is not heard of in a minute it is taken back, of one that takes no calls at once', () => {
    const desk = lived(leave).at(awayMs + minute, again)
    desk.at(awayMs + minute + limits.substituteUnknownMs - 1, tick)
    expect(orders(desk)).toHaveLength(1)
    expect(orders(desk.at(awayMs + minute + limits.substituteUnknownMs, tick)).at(-1)).toEqual([minute + limits.substituteUnknownMs, 'off'])
    expect(desk.notices('forwarding.off')).toMatchObject([{ reason: 'nobody-takes-calls' }])
    const gone = lived(leave)
      .at(awayMs + minute, again)
      .at(awayMs + minute + 5000, takes('usc-14', false))
    expect(orders(gone).at(-1)).toEqual([minute + 5000, 'off'])
  })

  test.each<[string, readonly Fact[], readonly Fact[]]>([
    ['the absence has ended meanwhile', [{ type: 'command.absence', on: true, kind: 'leave', until: mondayNine + awayMs + 30_000 }], []],
    ['the office has closed meanwhile', [leave], [{ type: 'clock.set', wall: mondayNine + 12 * 3_600_000, synced: true }]],
    ['an evacuation goes on', [leave], [{ type: 'command.freeze', on: true }]],
  ])('of the agent, where %s: undone', (_, facts, since) => {
    const desk = lived(...facts)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + minute - 1, ...since)
    desk.phone.manners = 'obeys'
    desk.at(awayMs + minute, again)
    expect([desk.phone.on.size, desk.desk.lease]).toEqual([0, undefined])
  })

  test('of the agent, while it was being undone because nobody took the calls: undone', () => {
    const desk = lived(leave)
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + minute, takes('usc-14', false))
    desk.phone.manners = 'obeys'
    desk.at(awayMs + minute + 1000, again)
    expect(desk.phone.on.size).toBe(0)
  })

  test('of the agent, where another number is found: somebody’s, and nothing is told', () => {
    const desk = lived(leave)
    desk.phone.on.set('no-answer', '6099')
    desk.at(awayMs + minute, again).at(awayMs + 20 * minute, takes('usc-14'))
    expect([orders(desk), desk.phone.on.get('no-answer'), desk.desk.lease]).toEqual([[[0, '6014']], '6099', undefined])
  })

  test('of the agent, where it is found off: set anew as soon as the substitute is heard of', () => {
    const desk = lived(leave)
    desk.phone.on.clear()
    desk.at(awayMs + minute, again).at(awayMs + minute + 2000, { type: 'phone.capable', hold: true, forward: ['no-answer'] }, takes('usc-14'))
    expect(orders(desk).at(-1)).toEqual([minute + 2000, '6014'])
  })

  test('of the phone only, nobody is waited for: the substitute is known', () => {
    const desk = lived(leave)
    desk.at(awayMs + minute, { type: 'phone.restarted' })
    expect(desk.desk.lease?.unseenUntil).toBeUndefined()
  })

  test('of the agent, while it was being asked: undone all the same', () => {
    const desk = left().at(awayMs - 1, tick)
    desk.phone.manners = 'deaf'
    desk.at(awayMs, tick)
    desk.phone.manners = 'obeys'
    desk.at(awayMs + minute, { type: 'agent.started', version: 'test' })
    expect([desk.phone.on.size, desk.desk.lease]).toEqual([0, undefined])
  })

  test('an agent that stops lets go before', () => {
    const desk = left()
      .at(awayMs, tick)
      .at(awayMs + minute, { type: 'agent.stopping', reason: 'update' })
    expect([orders(desk).at(-1), desk.phone.on.size]).toEqual([[minute, 'off'], 0])
    expect(desk.notices('forwarding.off')).toMatchObject([{ reason: 'stopping' }])
    expect(orders(desk.at(awayMs + 20 * minute, tick))).toHaveLength(2)
  })
})
