import { describe, expect, test } from 'vitest'
import { countEvent, missingEvents, type Sequence } from '../../src/hub/gaps.ts'
import { hubLimits } from '../../src/hub/limits.ts'

function countAll(numbers: readonly number[], epoch = 'e1', start?: Sequence) {
  let sequence = start
  const news = numbers.map((number) => {
    const counted = countEvent(sequence, epoch, number)
    sequence = counted.sequence
    return counted.news
  })
  return { sequence, news, missing: missingEvents(sequence) }
}

describe('the numbers of a desk’s events', () => {
  test('the first one that comes is where the count begins', () => {
    expect(countAll([4711, 4712])).toMatchObject({ news: [true, true], missing: 0, sequence: { first: 4711, last: 4712 } })
  })

  test('a number that was left out is missing, until it comes late', () => {
    expect(countAll([1, 5])).toMatchObject({ missing: 3, sequence: { missing: [[2, 4]] } })
    expect(countAll([1, 5, 3])).toMatchObject({ news: [true, true, true], missing: 2 })
    expect(countAll([1, 5, 3, 2, 4])).toMatchObject({ missing: 0, sequence: { missing: [] } })
  })

  test('a number that came before is no news', () => {
    expect(countAll([1, 2, 2, 1, 3]).news).toEqual([true, true, false, false, true])
    expect(countAll([1, 5, 3, 3]).news).toEqual([true, true, true, false])
  })

  test('what was sent before this hub was there is not asked for, and no news when it is sent again', () => {
    expect(countAll([100, 99])).toMatchObject({ news: [true, false], missing: 0 })
  })

  test('another epoch begins anew', () => {
    const before = countAll([1, 9])
    expect(before.missing).toBe(7)
    expect(countAll([1, 2], 'e2', before.sequence)).toMatchObject({ news: [true, true], missing: 0 })
  })

  test('many gaps are counted, but not all remembered one by one', () => {
    const everySecond = Array.from({ length: 3 * hubLimits.gapsMax }, (_, index) => 2 * index + 1)
    const { sequence, missing } = countAll(everySecond)
    expect(sequence?.missing).toHaveLength(hubLimits.gapsMax)
    expect(missing).toBe(everySecond.length - 1)
  })
})
