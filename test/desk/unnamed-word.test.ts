import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, policyDefaults } from '../../src/desk/policy.ts'
import { type ForwardingPhone, forwardingPhone } from './forwarding-phone.ts'
import { awayMs, empty, minute, seated, takes, tick } from './lease-states.ts'
import { type Script, script } from './script.ts'

/** A phone that says by itself that it forwards does not say to whom: its action URL has no number in it. */

const { forwardEchoMs, forwardRetryMs } = limits
const [ours, theirs] = ['6014', '6099']
const [start, seed] = [3_600_000, Number(process.env['THIRD_RING_SEED'] ?? 20_261_123)]
const says = (on: boolean, kind: 'no-answer' | 'unknown' = 'no-answer'): Fact => ({ type: 'phone.forwarding', kind, on })
const reads = (target: string): Fact => ({ type: 'phone.forwarding', kind: 'no-answer', on: true, target, read: true })
const looked: Fact = { type: 'forward.looked', ok: true }
/** Long after the echoes of the order are over, and long before the lease is renewed. */
const later = awayMs + 2 * minute

interface Held extends Script {
  phone: ForwardingPhone
  at(ms: number, ...facts: readonly Fact[]): Held
}

/** A desk that was left at once, whose phone forwards for it. */
function held(answerMs = 0): Held {
  const desk = script({ desk: 'usc-12', substitutes: [{ desk: 'usc-14', number: ours }] })
  const forwarded = Object.assign(desk, { phone: forwardingPhone(answerMs) }) as Held
  return forwarded.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] }, takes('usc-14'), empty).at(awayMs, tick)
}

/** A person at the phone; its word follows. */
function press(desk: Held, ms: number, target: string | undefined, kind: 'no-answer' | 'unknown' = 'no-answer'): Held {
  desk.at(ms, tick)
  if (target === undefined) desk.phone.on.delete('no-answer')
  else desk.phone.on.set('no-answer', target)
  return desk.at(ms, says(target !== undefined, kind))
}

const looks = (desk: Script): number[] => desk.effects.flatMap(({ type, at }) => (type === 'phone.look' ? [at - start] : []))
const reasons = (desk: Script): string[] => desk.notices('forwarding.off').map(({ reason }) => reason)

describe('a word without a kind that the phone does not forward any more', () => {
  test('which may be about another kind, while ours is on: it is read at once, and ours is still taken back later', () => {
    const desk = held().at(later, says(false, 'unknown'))
    expect([looks(desk), desk.desk.lease?.state]).toEqual([[awayMs, later], 'held'])
    desk.at(later + minute, seated).at(later + 2 * minute, tick)
    expect([desk.phone.on.get('no-answer'), desk.desk.lease, reasons(desk)]).toEqual([undefined, undefined, ['returned']])
  })

  test('which is about ours: a person’s doing, who has the last word in this absence', () => {
    const desk = press(held(), later, undefined, 'unknown').at(later + 60 * minute, tick)
    expect([reasons(desk), desk.forwards().length, desk.desk.lease]).toEqual([['by-hand'], 1, undefined])
  })

  test('of a phone that cannot be read just then: read until it can be, and nothing is commanded meanwhile', () => {
    const desk = held()
    desk.phone.manners = 'unreachable'
    press(desk, later, undefined, 'unknown').at(later + 4 * minute, tick)
    expect([desk.desk.lease?.state, desk.forwards().length]).toEqual(['held', 1])
    desk.phone.manners = 'obeys'
    desk.at(later + 10 * minute, tick)
    expect([reasons(desk), desk.forwards().length]).toEqual([['by-hand'], 1])
  })

  test('of a phone that never shows whom it forwards to: its word is all there is', () => {
    const desk = held()
    desk.phone.manners = 'mute'
    desk.at(later, says(true)).at(later + minute, says(false, 'unknown'))
    expect([desk.desk.lease, reasons(desk)]).toEqual([undefined, ['by-hand']])
  })
})

describe('a word that the phone forwards, and not to whom', () => {
  test.each(['no-answer', 'unknown'] as const)('has the phone read at once (%s): what is found to be ours goes on, its lease renewed', (kind) => {
    const desk = press(held(), later, ours, kind)
    expect(looks(desk)).toEqual([awayMs, later])
    expect(desk.desk.lease).toMatchObject({ state: 'held', until: start + later + policyDefaults.leaseMs })
    expect([desk.desk.doubt, desk.forwards().length, desk.notices('forwarding.off')]).toEqual([undefined, 1, []])
  })

  test.each(['no-answer', 'unknown'] as const)('and the reading finds a person’s number (%s): theirs from then on, never touched', (kind) => {
    const desk = press(held(), later, theirs, kind)
    expect(desk.notices('forwarding.off')).toEqual([{ at: later, target: 'usc-14', kind: 'no-answer', reason: 'by-hand' }])
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', owner: 'foreign', target: theirs })
    desk.at(later + minute, seated, empty).at(later + 60 * minute, tick)
    expect([desk.forwards().length, desk.phone.on.get('no-answer')]).toEqual([1, theirs])
  })

  test('just after the order may be its echo: it is read once, when the echoes are over', () => {
    const desk = press(held(), awayMs + 3000, theirs).at(awayMs + forwardEchoMs - 1, says(true))
    expect(looks(desk)).toEqual([awayMs])
    desk.at(awayMs + forwardEchoMs, tick)
    expect([looks(desk), reasons(desk)]).toEqual([[awayMs, awayMs + forwardEchoMs], ['by-hand']])
  })

  test('confirms an order that is out, and is read all the same', () => {
    const desk = held()
    desk.at(later, seated).at(later + minute, empty)
    desk.phone.manners = 'deaf'
    const askedAt = later + minute + awayMs
    desk.at(askedAt + 2000, says(true))
    expect(desk.desk.lease?.state).toBe('held')
    desk.phone.on.set('no-answer', theirs)
    desk.phone.manners = 'obeys'
    desk.at(askedAt + forwardEchoMs, tick)
    expect([reasons(desk).at(-1), desk.phone.on.get('no-answer')]).toEqual(['by-hand', theirs])
  })

  test('told ten times a second has the phone read each ten seconds and no more', () => {
    const desk = held()
    for (let ms = 0; ms < 60_000; ms += 100) desk.at(later + ms, says(true))
    expect(looks(desk).slice(1)).toEqual([0, 10, 20, 30, 40, 50].map((seconds) => later + seconds * 1000))
    expect(desk.desk.lease?.state).toBe('held')
  })

  test('of a phone that cannot be read: nothing is let go and nothing undone; it is read again, ever more seldom, until it can be', () => {
    const desk = held()
    desk.phone.manners = 'unreachable'
    press(desk, later, theirs).at(later + 4 * minute, tick)
    expect(looks(desk).slice(1)).toEqual([0, 10, 30, 70, 150].map((seconds) => later + seconds * 1000))
    expect([desk.desk.lease?.state, desk.desk.doubt?.word, desk.forwards().length]).toEqual(['held', { kind: 'no-answer', on: true }, 1])
    desk.phone.manners = 'obeys'
    desk.at(later + 320_000, tick)
    expect([reasons(desk), desk.forwards().length, desk.phone.on.get('no-answer')]).toEqual([['by-hand'], 1, theirs])
  })

  test('of a phone that never shows whom it forwards to: its word is all there is, and ours goes on', () => {
    const desk = held()
    desk.phone.manners = 'mute'
    desk
      .at(later, says(true))
      .at(later + 1000, says(true))
      .at(later + 2000, says(true))
    expect([looks(desk), desk.desk.lease?.state, desk.desk.doubt]).toEqual([[awayMs, later], 'held', undefined])
    expect(desk.desk.lease?.until).toBe(start + later + policyDefaults.leaseMs)
  })

  test('that comes while the phone is being read is not settled by that reading, which may be older', () => {
    const desk = held()
    desk.phone.manners = 'dead'
    desk
      .at(later, says(true))
      .at(later + 100, says(true))
      .at(later + 200, reads(ours), looked, looked)
    expect(desk.desk.doubt).toBeDefined()
    desk.at(later + forwardRetryMs, tick)
    expect(looks(desk).slice(1)).toEqual([later, later + forwardRetryMs])
    desk.at(later + forwardRetryMs + 100, reads(theirs), looked)
    expect(reasons(desk)).toEqual(['by-hand'])
  })

  test('told twice at one moment is told once', () => {
    const desk = held()
    desk.phone.manners = 'dead'
    desk
      .at(later, says(true), says(true))
      .at(later + 200, reads(ours), looked)
      .at(later + minute, tick)
    expect([looks(desk).slice(1), desk.desk.doubt]).toEqual([[later], undefined])
  })

  test('that overtook a reading which never came is settled by the next one', () => {
    const desk = held()
    desk.phone.manners = 'dead'
    desk
      .at(later, says(true))
      .at(later + 100, says(true))
      .at(later + forwardRetryMs, tick)
    desk.at(later + forwardRetryMs + 100, reads(ours), looked).at(later + minute, tick)
    expect([looks(desk).slice(1), desk.desk.doubt]).toEqual([[later, later + forwardRetryMs], undefined])
  })

  test('does not make less of a number that the phone has said before', () => {
    const desk = held()
    desk.phone.manners = 'unreachable'
    desk.at(awayMs + 3000, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: theirs }, says(true)).at(later, tick)
    expect([desk.desk.lease, desk.desk.forwarding.target, desk.forwards().length]).toEqual([undefined, theirs, 1])
  })
})

describe('the end of the echoes', () => {
  const undone = (): Held => {
    const desk = held().at(later, seated)
    desk.phone.on.set('no-answer', ours)
    return desk
  }

  test('until then, what a reading shows to be on still is undone once more; from then on it is a person’s', () => {
    const before = undone().at(later + forwardEchoMs - 1, reads(ours))
    expect([before.forwards().length, before.notices('forwarding.foreign').length]).toEqual([3, 0])
    const after = undone().at(later + forwardEchoMs, reads(ours))
    expect([after.forwards().length, after.notices('forwarding.foreign').length]).toEqual([2, 1])
  })

  test('a late echo of an order does not hide whose number is found meanwhile', () => {
    const desk = held().at(later, seated, empty)
    desk.phone.manners = 'deaf'
    const askedAt = later + awayMs
    desk.at(askedAt + 1000, reads(theirs)).at(askedAt + 2000, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: ours })
    expect(desk.desk.forwarding).toMatchObject({ owner: 'foreign', target: theirs })
  })
})

test('a number that a reading has settled is in doubt no more: a phone that is out of reach afterwards is not told to stop', () => {
  const desk = held().at(later, seated, empty)
  const askedAt = later + awayMs
  desk.phone.manners = 'deaf'
  desk.at(askedAt, tick)
  desk.phone.manners = 'dead'
  desk.at(askedAt + 1000, { type: 'phone.forwarding', kind: 'no-answer', on: true, target: theirs }).at(askedAt + 2000, reads(theirs))
  desk.phone.manners = 'unreachable'
  desk.at(askedAt + 10 * minute, tick)
  expect([desk.desk.lease, desk.desk.doubt, looks(desk).filter((ms) => ms > askedAt), desk.forwards().at(-1)]).toEqual([
    undefined,
    undefined,
    [],
    [askedAt, ours],
  ])
})

describe('a person who switches it off and on again', () => {
  test.each<[string, number]>([
    ['a moment after', 0],
    ['while the phone is about to be read', 100],
  ])('with the same number, %s: theirs, whoever had set it first', (_, pauseMs) => {
    const desk = held(200)
    press(desk, later, ours)
    press(desk, later + pauseMs, undefined)
    press(desk, later + pauseMs + 50, ours)
      .at(later + minute, seated)
      .at(later + 30 * minute, tick)
    expect([reasons(desk), desk.forwards().length, desk.phone.on.get('no-answer')]).toEqual([['by-hand'], 1, ours])
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', owner: 'foreign' })
  })
})

describe('a clerk who is back before it is known whose it is', () => {
  const doubted = (): Held => {
    const desk = held()
    desk.phone.manners = 'dead'
    return press(desk, later, theirs).at(later + 1000, seated)
  }

  test.each<[string, readonly Fact[]]>([
    ['by the reading before the order to undo', [reads(theirs), { type: 'forward.answered', order: 2, outcome: 'foreign' }]],
    ['by the answer alone, where no number is ever shown', [{ type: 'forward.answered', order: 2, outcome: 'foreign' }]],
    ['by the reading that was under way', [reads(theirs), looked]],
  ])('%s: said to be by a person’s hand, not that it was taken back', (_, facts) => {
    const desk = doubted()
    expect(desk.forwards().at(-1)).toEqual([later + 1000, 'off'])
    desk.at(later + 1500, ...facts).at(later + 60 * minute, tick)
    expect([reasons(desk), desk.notices('forwarding.foreign').length, desk.forwards().length]).toEqual([['by-hand'], 1, 2])
    expect(desk.desk.forwarding).toMatchObject({ state: 'on', owner: 'foreign' })
  })

  test('and another kind is a person’s: ours was taken back all the same', () => {
    const desk = held()
    desk.phone.manners = 'dead'
    desk.at(later, seated).at(later + 500, { type: 'phone.forwarding', kind: 'always', on: true, target: theirs })
    desk.at(later + 1000, { type: 'forward.answered', order: 2, outcome: 'confirmed' })
    expect([reasons(desk), desk.desk.forwarding.target]).toEqual([['returned'], theirs])
  })

  test('and it was off by then: taken back, as far as anybody can tell', () => {
    const desk = doubted().at(later + 1500, { type: 'forward.answered', order: 2, outcome: 'confirmed' })
    expect([reasons(desk), desk.desk.forwarding.state]).toEqual([['returned'], 'off'])
  })
})

/** What a person does at the phone, each some time after the one before. */
const presses = fc.array(
  fc.record({ waitMs: fc.constantFrom(1, 50, 150, 1000, 9_999, 10_000, 30_000, 240_000), target: fc.constantFrom(ours, theirs, theirs, undefined) }),
  { minLength: 1, maxLength: 6 },
)

test('whatever a person does, and whenever the clerk is back: the desk knows it within seconds, says so, and touches nothing of theirs', () => {
  let [taken, kept] = [0, 0]
  const story = fc.tuple(presses, fc.constantFrom(0, 200, 1500), fc.constantFrom(0, 50, 1000, 20_000))
  fc.assert(
    fc.property(story, ([all, answerMs, backMs]) => {
      const desk = held(answerMs)
      let at = awayMs + 2 * answerMs
      let touched = false
      for (const { waitMs, target } of all) {
        at += waitMs
        desk.at(at, tick)
        // What was off, or another's, is a person's from then on, whatever comes after.
        touched ||= target !== ours && desk.desk.lease !== undefined
        press(desk, at, target)
      }
      const last = all.at(-1)?.target
      // Long enough for the echoes to be over, and for a second reading where the first was overtaken.
      const known = at + backMs + forwardEchoMs + forwardRetryMs + 2 * answerMs
      desk.at(at + backMs, seated).at(known, tick)
      expect(desk.desk.lease).toBeUndefined()
      expect(desk.phone.orders.filter(({ on }) => on)).toHaveLength(1)
      if (last === theirs) {
        expect([desk.phone.on.get('no-answer'), desk.desk.forwarding.owner, reasons(desk)]).toEqual([theirs, 'foreign', ['by-hand']])
        taken += 1
      } else if (!touched) {
        expect([desk.phone.on.size, desk.desk.forwarding.state, reasons(desk)]).toEqual([0, 'off', ['returned']])
        kept += 1
      }
      expect(reasons(desk)).toHaveLength(1)
    }),
    { numRuns: 200, seed },
  )
  expect([taken > 50, kept > 10]).toEqual([true, true])
})

test('a word in doubt is no question any more once the phone has been told to stop', () => {
  const desk = held()
  desk.phone.manners = 'dead'
  desk.at(later, says(true)).at(later + 1000, seated)
  expect(desk.desk.doubt).toBeUndefined()
  desk.phone.manners = 'obeys'
  desk.at(later + 10 * minute, tick)
  expect([looks(desk).filter((ms) => ms > later), desk.desk.lease]).toEqual([[], undefined])
})
