import { expect, onTestFinished, test, vi } from 'vitest'
import type { PhoneReading } from '../../src/agent/ports.ts'
import type { Fact } from '../../src/desk/event.ts'
import { phoneLimits } from '../../src/phones/limits.ts'
import { createReader, type Reader } from '../../src/phones/reader.ts'

function watch(readings: readonly PhoneReading[], limits: Partial<typeof phoneLimits>): { reader: Reader; facts: readonly Fact[]; times: readonly number[] } {
  const facts: Fact[] = []
  const times: number[] = []
  const reader = createReader(
    async () => {
      times.push(performance.now())
      return readings[Math.min(times.length, readings.length) - 1] ?? { reachable: true }
    },
    (fact) => void facts.push(fact),
    { ...phoneLimits, ...limits },
  )
  onTestFinished(() => reader.stop())
  reader.start()
  return { reader, facts, times }
}

const away: PhoneReading = { reachable: false, fault: 'no answer in time' }
const there: PhoneReading = { reachable: true }

test('that a phone comes and goes is said once each time, with the reason why it is gone', async () => {
  const { facts, times } = watch([there, there, away, away, there, there], { readEveryMs: 5, unreachableRetryMs: 5 })
  await expect.poll(() => times.length).toBeGreaterThan(6)
  expect(facts).toEqual([
    { type: 'phone.reachable', reachable: true },
    { type: 'phone.reachable', reachable: false, reason: 'no answer in time' },
    { type: 'phone.reachable', reachable: true },
  ])
})

test('a lost phone is tried again soon, then less and less, never less than usual', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { times } = watch([away], { readEveryMs: 160, unreachableRetryMs: 20 })
  await vi.advanceTimersByTimeAsync(20 + 40 + 80 + 160 + 160)
  expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([20, 40, 80, 160, 160])
})

test('a reading asked for comes at once, and the regular ones go on from there; after stopping there are none', async () => {
  const { reader, times } = watch([there], { readEveryMs: 60_000 })
  await expect.poll(() => times.length).toBe(1)
  reader.soon(1)
  await expect.poll(() => times.length).toBe(2)
  reader.stop()
  reader.soon(1)
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(times).toHaveLength(2)
})
