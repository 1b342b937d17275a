import { describe, expect, test } from 'vitest'
import { faultsOf, measured, storm } from './fuzz/storm.ts'

describe('SIP messages that nobody meant', () => {
  test.each([1, 2])('seed %i: 25,000 mutants are counted one by one, the good ones between them answered, and nothing is left of them', async (seed) => {
    const result = await storm(seed, 25_000)
    console.log(measured(result))
    expect(faultsOf(result)).toEqual([])
  })
})
