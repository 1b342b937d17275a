import { describe, expect, test } from 'vitest'
import { firstWaitMs } from '../../src/mqtt/connection/back-off.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { base, memoryStore, startBroker, startLink } from './fixture.ts'

const { justBootedMs, bootSpreadMs } = linkLimits

describe('the first connection after a start', () => {
  test('is made at once, unless the agent has come up with its machine', () => {
    expect(firstWaitMs(undefined, () => 0.5, linkLimits)).toBe(0)
    expect(firstWaitMs(justBootedMs + 1, () => 0.5, linkLimits)).toBe(0)
    expect(firstWaitMs(justBootedMs, () => 0.5, linkLimits)).toBe(bootSpreadMs / 2)
  })

  test('of a thousand desks whose power comes back: in no second more than a few of them', () => {
    const random = createRandom(1)
    const seconds = Array.from({ length: 1000 }, () => Math.floor(firstWaitMs(20_000, random, linkLimits) / 1000))
    const busiest = Math.max(...seconds.map((second) => seconds.filter((other) => other === second).length))
    expect(Math.max(...seconds)).toBeLessThanOrEqual(bootSpreadMs / 1000)
    expect(busiest).toBeLessThan(40)
  })

  test('waits, and what was said meanwhile goes out with it', async () => {
    const broker = await startBroker()
    const store = memoryStore()
    const link = startLink(broker.url, { store, upMs: 20_000, random: () => 1, limits: { bootSpreadMs: 3000 } })
    store.add(3)
    link.set('state', { lamp: 'ring-first' })
    link.wake()
    // The wait is many times as long as a connection takes: one that began at once would be up by the time that the second link is.
    const other = startLink(broker.url, { desk: 'usc-2', access: { url: broker.url, username: 'usc-2' } })
    await expect.poll(() => other.announced()).toBe(1)
    expect(link.counters().connects).toBe(0)
    await expect.poll(() => store.acknowledged).toBe(3)
    expect(broker.on(`${base}/state`)).toHaveLength(1)
  })

  test('is not made any more by a link that was stopped while it waited', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url, { upMs: 20_000, random: () => 1, limits: { bootSpreadMs: 50 } })
    await link.stop()
    const other = startLink(broker.url, { upMs: 20_000, random: () => 1, limits: { bootSpreadMs: 200 }, desk: 'usc-2' })
    await expect.poll(() => other.announced()).toBe(1)
    expect(link.counters().connects).toBe(0)
  })
})
