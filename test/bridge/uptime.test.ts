import { describe, expect, test } from 'vitest'
import { bridgeLimits } from '../../src/bridge/limits.ts'
import { missingBetween, startedBetween, wentBack } from '../../src/bridge/uptime.ts'

const wrap = 4_294_967_296

describe('within one connection', () => {
  test.each([
    [1000, 2000, false],
    [1000, 1000, false],
    [1000, 999, true],
    [60_000, 12, true],
    [wrap - 6, 4, false],
    [4, wrap - 6, true],
  ])('from %i to %i: has started anew: %j', (from, to, started) => {
    expect(wentBack({ uptimeMs: from, at: 0 }, { uptimeMs: to, at: 1000 })).toBe(started)
  })

  test('a line that came late says nothing', () => {
    expect(wentBack({ uptimeMs: 1000, at: 0 }, { uptimeMs: 2000, at: 9000 })).toBe(false)
  })
})

describe('between two connections', () => {
  const before = { uptimeMs: 5000, at: 100_000 }
  const awayMs = 60_000
  const slackMs = bridgeLimits.uptimeSlackMs + awayMs * bridgeLimits.uptimeDrift

  test.each([
    ['went on as our clock did', before.uptimeMs + awayMs, false],
    ['is as far behind as a resonator may be', before.uptimeMs + awayMs - slackMs, false],
    ['is one millisecond further behind', before.uptimeMs + awayMs - slackMs - 1, true],
    ['is ahead', before.uptimeMs + awayMs + 5000, false],
    ['shows more than before, but less than it would have', 20_000, true],
    ['went back', 100, true],
  ])('a clock that %s', (_, uptimeMs, started) => {
    expect(startedBetween(before, { uptimeMs, at: before.at + awayMs })).toBe(started)
  })

  test('a clock that went back by little within little time has started anew, too', () => {
    expect(startedBetween({ uptimeMs: 600, at: 0 }, { uptimeMs: 100, at: 700 })).toBe(true)
  })
})

test.each([
  [1, 2, 0],
  [1, 4, 2],
  [65_535, 0, 0],
  [65_534, 2, 3],
  [7, 7, 0],
  [7, 6, 0],
  [0, 32_767, 32_766],
  [0, 32_768, 0],
])('between the numbers %i and %i %i are missing', (before, now, missing) => {
  expect(missingBetween(before, now)).toBe(missing)
})
