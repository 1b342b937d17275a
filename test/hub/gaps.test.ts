import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hubLimits } from '../../src/hub/limits.ts'
import { howMany } from '../../src/hub/record/gaps.ts'
import { countLive, countOverdue, countReplayed, giveUpOf, type Ledger, lostIn, missingIn, nextGap, takeWord, type Word } from '../../src/hub/record/ledger.ts'

function countAll(numbers: readonly number[], epoch = 'e1', start: Ledger = []) {
  let ledger = start
  const news = numbers.map((number) => {
    const counted = countLive(ledger, epoch, number)
    ledger = counted.ledger
    return counted.news
  })
  return { ledger, sequence: ledger[0], news, missing: missingIn(ledger) }
}

const tell = (ledger: Ledger, word: Partial<Word>, past = false) => takeWord(ledger, { epoch: 'e1', last: 0, ...word }, { past })

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

  test('an event from before the count began is news to a hub that does not have it, and so are those between', () => {
    expect(countAll([100, 99])).toMatchObject({ news: [true, true], missing: 0, sequence: { first: 99, last: 100 } })
    expect(countAll([100, 97])).toMatchObject({ news: [true, true], missing: 2, sequence: { first: 97, missing: [[98, 99]] } })
  })

  test('many gaps are joined where there is least between them: some events are asked for twice, none is forgotten', () => {
    const everySecond = Array.from({ length: 3 * hubLimits.gapsMax }, (_, index) => 2 * index + 1)
    const { sequence } = countAll([...everySecond, 1000])
    expect(sequence?.missing).toHaveLength(hubLimits.gapsMax)
    for (const number of everySecond.slice(1)) expect(sequence?.missing.some(([from, to]) => from <= number - 1 && to >= number - 1)).toBe(true)
    expect(howMany(sequence?.missing.slice(-1) ?? [])).toBe(1000 - (everySecond.at(-1) ?? 0) - 1)
  })

  test('whatever comes in whichever order, what is missing is what has not come', () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(arrivals, (numbers) => {
        const { sequence, news } = countAll(numbers)
        const came = new Set(numbers)
        expect(news).toEqual(numbers.map((number, index) => !numbers.slice(0, index).includes(number)))
        const expected = Array.from({ length: Math.max(...came) - Math.min(...came) + 1 }, (_, index) => Math.min(...came) + index).filter((n) => !came.has(n))
        expect(sequence?.missing.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index))).toEqual(expected)
      }),
    )
  })
})

describe('what a desk says of its own counting', () => {
  test('finds the last lost event of all, but only after a while: it may be on its way', () => {
    const told = tell(countAll([1, 2]).ledger, { last: 3 })
    expect(missingIn(told)).toBe(0)
    const overdue = countOverdue(told)
    expect(overdue[0]?.missing).toEqual([[3, 3]])
    expect(countAll([3], 'e1', overdue)).toMatchObject({ news: [true], missing: 0 })
    expect(countOverdue(countAll([3], 'e1', told).ledger)[0]?.missing).toEqual([])
  })

  test('tells a hub with a record of the past it does not have, and one without of nothing', () => {
    expect(tell([], { last: 9, firstKept: 4 }, true)[0]).toMatchObject({ first: 4, missing: [[4, 9]] })
    expect(tell(tell([], { last: 9 }, true), { last: 9, firstKept: 4 }, true)[0]).toMatchObject({ missing: [[4, 9]] })
    expect(tell([], { last: 9, firstKept: 4 })[0]).toMatchObject({ first: 10, last: 9, missing: [] })
  })

  test('an event that a late hub is told of first and hears then is none that is missing', () => {
    expect(countAll([9], 'e1', tell([], { last: 9 }))).toMatchObject({ news: [true], missing: 0, sequence: { first: 9, last: 9 } })
  })
})

describe('epochs', () => {
  test('another one is counted anew, and what is missing of the earlier one is still wanted', () => {
    const before = countAll([1, 9])
    const after = countAll([1, 2], 'e2', before.ledger)
    expect(after).toMatchObject({ news: [true, true], missing: 7, sequence: { epoch: 'e2', last: 2 } })
    expect(nextGap(after.ledger, 500)).toEqual({ epoch: 'e1', from: 2, to: 8 })
  })

  test('a store that takes another’s place is wanted from its first event on', () => {
    const { ledger } = countAll([3], 'e2', countAll([1]).ledger)
    expect(tell(ledger, { epoch: 'e2', last: 3, firstKept: 1 })[0]?.missing).toEqual([[1, 2]])
  })

  test('two that alternate, as when two agents have one name, are both counted', () => {
    const both = [1, 2, 3, 4].reduce<Ledger>((ledger, n) => countAll([n], 'e2', countAll([n], 'e1', ledger).ledger).ledger, [])
    expect(both.map(({ epoch, last }) => [epoch, last])).toEqual([
      ['e2', 4],
      ['e1', 4],
    ])
    expect(missingIn(both)).toBe(0)
  })

  test('have an end', () => {
    const many = Array.from({ length: 2 * hubLimits.epochsMax }, (_, index) => `e${index}`).reduce<Ledger>(
      (ledger, epoch) => countAll([1], epoch, ledger).ledger,
      [],
    )
    expect(many).toHaveLength(hubLimits.epochsMax)
  })
})

describe('repairing', () => {
  const gap = countAll([1, 9]).ledger

  test('asks for the oldest first, and for so many at a time', () => {
    expect(nextGap(gap, 3)).toEqual({ epoch: 'e1', from: 2, to: 4 })
    expect(nextGap(countAll([1, 2]).ledger, 3)).toBeUndefined()
  })

  test('takes what comes again, once; what nobody asked for is left alone', () => {
    const first = countReplayed(gap, 'e1', 2)
    expect(first).toMatchObject({ news: true })
    expect(countReplayed(first.ledger, 'e1', 2)).toMatchObject({ news: false })
    expect(countReplayed(gap, 'e1', 10)).toEqual({ ledger: gap, news: false })
    expect(countReplayed(gap, 'e9', 2)).toEqual({ ledger: gap, news: false })
  })

  test('what the desk no longer keeps is lost and says when, but the past of a desk met late is not', () => {
    const lost = giveUpOf(gap, 'e1', [2, 5], 77)
    expect(lost[0]).toMatchObject({ missing: [[6, 8]], givenUp: 4, givenUpAt: 77 })
    expect(lostIn(lost)).toBe(4)
    const late = tell([], { last: 9, firstKept: 4 }, true)
    expect(giveUpOf(late, 'e1', [4, 6], 77)[0]).toMatchObject({ missing: [[7, 9]], givenUp: 0 })
  })
})
