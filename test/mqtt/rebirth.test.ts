import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { createRebirth } from '../../src/mqtt/link/rebirth.ts'
import { base, startBroker, startLink } from './fixture.ts'

const request = JSON.stringify({ v: 1, at: '2026-11-23T09:00:00.000Z' })
const rebirth = 'third-ring/v1/um/hub/rebirth'

describe('the moment at which a desk says everything again', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  function desk(random: number) {
    const said: number[] = []
    const again = createRebirth(
      () => said.push(Date.now()),
      { now: () => Date.now() },
      () => random,
      linkLimits,
    )
    return { said, again }
  }

  test('is random within ten seconds', () => {
    for (const random of [0, 0.25, 1]) {
      vi.setSystemTime(0)
      const { said, again } = desk(random)
      again.hear(false)
      vi.advanceTimersByTime(20_000)
      expect(said).toEqual([random * 10_000])
    }
  })

  test('comes once for many requests, and again, after a pause, for one that comes after it', () => {
    const { said, again } = desk(0.5)
    for (let count = 0; count < 1000; count += 1) again.hear(false)
    vi.advanceTimersByTime(5000)
    expect(said).toEqual([5000])
    for (let count = 0; count < 1000; count += 1) again.hear(false)
    vi.advanceTimersByTime(60_000)
    expect(said).toEqual([5000, 20_000])
  })

  test('never comes for a request that the broker has kept, nor after the line is lost', () => {
    const { said, again } = desk(0.5)
    again.hear(true)
    vi.advanceTimersByTime(60_000)
    again.hear(false)
    again.forget()
    vi.advanceTimersByTime(60_000)
    expect(said).toEqual([])
    again.hear(false)
    vi.advanceTimersByTime(60_000)
    expect(said).toHaveLength(1)
  })
})

describe.each(['full', 'events'] as const)('with the broker profile %s', (profile) => {
  const limits = { rebirthSpreadMs: 20, rebirthPauseMs: 20 }

  test('the hub’s request brings every level and online once more', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url, { profile, limits })
    link.set('state', { calls: [] })
    link.set('presence', { takesCalls: true })
    await expect.poll(() => broker.on(`${base}/presence`)).toHaveLength(1)
    await expect.poll(() => link.announced()).toBe(1)
    await broker.publish(rebirth, request)
    for (const level of ['availability', 'state', 'presence']) await expect.poll(() => broker.on(`${base}/${level}`)).toHaveLength(2)
    expect(broker.on(`${base}/state`)).toEqual(['{"calls":[]}', '{"calls":[]}'])
    expect(broker.on(`${base}/availability`)).toEqual(['online', 'online'])
  })

  test('levels, availability and the last will are kept by the broker or not', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url, { profile, limits: { backOffFirstMs: 60_000, backOffLastMs: 60_000 } })
    link.set('state', { calls: [] })
    await expect.poll(() => broker.on(`${base}/state`)).toHaveLength(1)
    broker.cut()
    await expect.poll(() => broker.on(`${base}/availability`)).toEqual(['online', 'offline'])
    const kept = profile === 'full'
    expect(broker.heard.map(({ retain }) => retain)).toEqual(broker.heard.map(() => kept))
    expect(await broker.retained(`${base}/state`)).toBe(kept ? '{"calls":[]}' : undefined)
  })

  test('the end is said, kept or not', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url, { profile })
    await expect.poll(() => link.announced()).toBe(1)
    await link.stop()
    expect(broker.heard.at(-1)).toEqual({ topic: `${base}/availability`, payload: 'offline', retain: profile === 'full' })
  })
})

describe('a broker that does not let the desk hear the hub', () => {
  test('by refusing the subscription: the desk is online and hears commands', async () => {
    const broker = await startBroker({ authorizeSubscribe: (_client, asked, done) => done(null, asked?.topic === rebirth ? null : asked) })
    const link = startLink(broker.url)
    await expect.poll(() => link.announced()).toBe(1)
    await broker.publish(`${base}/command/identify`, JSON.stringify({ id: 'q', expires: Date.UTC(2026, 10, 23, 9, 0, 5) }))
    await expect.poll(() => broker.on(`${base}/reply`)).toEqual(['{"id":"q","ok":true}'])
    expect(link.health().lastError).toContain('does not allow a subscription')
  })

  test('by closing the connection: the topic is left out after the second time, and tried again later', async () => {
    const asked: string[] = []
    let allowed = false
    const broker = await startBroker({
      authorizeSubscribe: (client, subscription, done) => {
        asked.push(subscription?.topic ?? '')
        if (subscription?.topic === rebirth && !allowed) return void client.conn.destroy()
        return done(null, subscription)
      },
    })
    const link = startLink(broker.url, { limits: { deniedRetryFirstMs: 400 } })
    await expect.poll(() => link.announced()).toBe(1)
    expect(link.counters().connects).toBe(3)
    expect(asked.filter((topic) => topic === rebirth)).toHaveLength(2)
    expect(asked.at(-1)).toBe(`${base}/command/#`)
    expect(link.health().lastError).toContain('does not allow a subscription')
    allowed = true
    await expect.poll(() => asked.filter((topic) => topic === rebirth)).toHaveLength(3)
    expect(link.counters().connects).toBe(3)
  })
})
