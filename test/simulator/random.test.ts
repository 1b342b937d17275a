import { expect, test } from 'vitest'
import { between, chance, createRandom } from '../../src/simulator/random.ts'

test('the same seed gives the same numbers, another one others', () => {
  const take = (seed: number): number[] => Array.from({ length: 20 }, createRandom(seed))
  expect(take(7)).toEqual(take(7))
  expect(take(7)).not.toEqual(take(8))
  expect(take(0)).not.toEqual(take(1))
})

test('the numbers lie between 0 and 1 and are spread evenly', () => {
  const random = createRandom(2026)
  const tenths = new Array<number>(10).fill(0)
  for (let draw = 0; draw < 100_000; draw++) {
    const number = random()
    expect(number >= 0 && number < 1).toBe(true)
    const tenth = Math.floor(number * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('a span and a share are what they say', () => {
  const random = createRandom(1)
  for (let draw = 0; draw < 1000; draw++) {
    const number = between(random, 25, 40)
    expect(number >= 25 && number < 40).toBe(true)
  }
  const hits = Array.from({ length: 10_000 }, () => chance(random, 0.25)).filter(Boolean).length
  expect(Math.abs(hits - 2500)).toBeLessThan(200)
  expect(chance(random, 0)).toBe(false)
  expect(chance(random, 1)).toBe(true)
})
