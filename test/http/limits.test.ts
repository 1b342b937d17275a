import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createRateLimit } from '../../src/http/rate.ts'
import { listen } from './fixture.ts'
import { bytes, exchange } from './raw-client.ts'

const hold = bytes('GET /yealink/TOKEN/hold?c=1 HTTP/1.1\r\nConnection: close\r\n\r\n')

describe('how often one address may ask', () => {
  const rate = { burst: 3, perSecond: 10, addressesMax: 2 }

  test('a burst at once, then one each tenth of a second and not a millisecond sooner', () => {
    const hasToken = createRateLimit(rate)
    expect([0, 0, 0, 0].map((nowMs) => hasToken('a', nowMs))).toEqual([true, true, true, false])
    expect(hasToken('a', 99)).toBe(false)
    expect(hasToken('a', 100)).toBe(true)
    expect(hasToken('a', 100)).toBe(false)
  })

  test('a long silence earns a burst and no more', () => {
    const hasToken = createRateLimit(rate)
    expect(hasToken('a', 0)).toBe(true)
    expect([1, 2, 3, 4].map(() => hasToken('a', 3_600_000))).toEqual([true, true, true, false])
  })

  test('each address has its own share', () => {
    const hasToken = createRateLimit(rate)
    for (let asked = 0; asked < 5; asked += 1) hasToken('a', 0)
    expect(hasToken('b', 0)).toBe(true)
  })

  test('of many addresses the one heard of longest ago is forgotten', () => {
    const hasToken = createRateLimit(rate)
    for (let asked = 0; asked < 4; asked += 1) hasToken('a', 0)
    hasToken('b', 0)
    expect(hasToken('a', 0)).toBe(false)
    hasToken('c', 0)
    hasToken('b', 0)
    expect(hasToken('a', 0)).toBe(true)
  })
})

test('an address of no list is told so in any number, and takes nothing from the phone’s share', async () => {
  const listener = await listen({ allow: ['127.0.0.9'], limits: { rate: { burst: 1, perSecond: 0, addressesMax: 4 } } })
  for (let asked = 0; asked < 3; asked += 1) expect((await exchange(listener.port, { pieces: [hold] })).answers[0]?.status).toBe(403)
  expect((await exchange(listener.port, { pieces: [hold], from: '127.0.0.9' })).answers[0]?.status).toBe(200)
  expect(listener.counters).toMatchObject({ strangers: 3, taken: 1, tooOften: 0 })
})

test('there are never more connections than the limit, and one that ends makes room', async () => {
  const listener = await listen({ limits: { connectionsMax: 3 } })
  const held = Array.from({ length: 3 }, () => connect(listener.port, '127.0.0.1').on('error', () => {}))
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  expect(await exchange(listener.port, { pieces: [hold] })).toEqual({ answers: [], closed: true })
  expect(listener.counters.tooMany).toBe(1)
  held[0]?.destroy()
  await expect.poll(async () => (await exchange(listener.port, { pieces: [hold] })).answers[0]?.status).toBe(200)
  for (const socket of held) socket.destroy()
})
