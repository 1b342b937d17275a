import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDebounce } from '../../src/seats/debounce.ts'
import { createHandClock } from '../gpio/hand-clock.ts'

const steadyMs = 100

test('a level is believed when it has been steady for long enough, not a millisecond earlier', () => {
  const contact = contactAt()
  contact.level(true)
  contact.clock.pass(99)
  expect([contact.settled, contact.steady()]).toEqual([[], undefined])
  contact.clock.pass(1)
  expect([contact.settled, contact.steady()]).toEqual([[true], true])
})

test('every edge begins the wait anew', () => {
  const contact = contactAt()
  for (const [high, restMs] of [
    [true, 99],
    [false, 50],
    [true, 99],
    [false, 1],
    [true, 99],
  ] as const) {
    contact.level(high)
    contact.clock.pass(restMs)
  }
  expect(contact.settled).toEqual([])
  contact.clock.pass(1)
  expect(contact.settled).toEqual([true])
})

test('a glitch that falls back is not told of, and is not steady while it lasts', () => {
  const contact = contactAt()
  contact.level(true)
  contact.clock.pass(100)
  contact.level(false)
  contact.clock.pass(5)
  expect(contact.steady()).toBeUndefined()
  contact.level(true)
  contact.clock.pass(100)
  expect([contact.settled, contact.steady()]).toEqual([[true], true])
})

test('the same level again is no edge', () => {
  const contact = contactAt()
  for (let i = 0; i < 5; i++) {
    contact.level(true)
    contact.clock.pass(25)
  }
  expect(contact.settled).toEqual([true])
})

test('forgotten, the same level is told anew', () => {
  const contact = contactAt()
  contact.level(true)
  contact.clock.pass(100)
  contact.level(false)
  contact.forget()
  contact.clock.pass(1000)
  expect([contact.settled, contact.steady(), contact.clock.pending()]).toEqual([[true], undefined, 0])
  contact.level(true)
  contact.clock.pass(100)
  expect(contact.settled).toEqual([true, true])
})

test('whatever the contact does, what is told alternates, and each was steady for the whole wait before', () => {
  const edges = fc.array(fc.record({ high: fc.boolean(), restMs: fc.integer({ min: 1, max: 250 }) }), { maxLength: 60 })
  fc.assert(
    fc.property(edges, (moves) => {
      const contact = contactAt()
      const history: { at: number; high: boolean }[] = []
      for (const { high, restMs } of moves) {
        contact.level(high)
        history.push({ at: contact.clock.now(), high })
        contact.clock.pass(restMs)
      }
      contact.told.forEach(({ at, high }, index) => {
        expect(contact.told[index - 1]?.high).not.toBe(high)
        // An edge of that very instant came after it.
        const since = history.filter((edge) => edge.at < at && edge.at > at - steadyMs)
        for (const edge of since) expect(edge.high).toBe(high)
        expect(history.findLast((edge) => edge.at <= at - steadyMs)?.high).toBe(high)
      })
      contact.clock.pass(steadyMs)
      expect(contact.steady()).toBe(moves.at(-1)?.high)
    }),
  )
})

function contactAt() {
  const clock = createHandClock()
  const settled: boolean[] = []
  const told: { at: number; high: boolean }[] = []
  const debounce = createDebounce({
    clock,
    steadyMs,
    settled(high) {
      settled.push(high)
      told.push({ at: clock.now(), high })
    },
  })
  return { ...debounce, clock, settled, told }
}
