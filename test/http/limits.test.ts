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

describe('what the door turned away', () => {
  test('is told with its reason: a stranger, or a flood; and an ear that fails is no way in', async () => {
    const told: string[] = []
    const listener = await listen({
      allow: ['127.0.0.1'],
      limits: { rate: { burst: 1, perSecond: 0, addressesMax: 4 } },
      onTurnedAway: (why, request) => {
        told.push(`${why} ${request.path.at(-1)} ${request.remoteAddress}`)
        throw new Error('ours')
      },
    })
    expect((await exchange(listener.port, { pieces: [hold], from: '127.0.0.2' })).answers[0]?.status).toBe(403)
    expect((await exchange(listener.port, { pieces: [hold] })).answers[0]?.status).toBe(200)
    expect((await exchange(listener.port, { pieces: [hold] })).answers[0]?.status).toBe(429)
    expect(told).toEqual(['stranger hold 127.0.0.2', 'flood hold 127.0.0.1'])
    expect(listener.requests).toHaveLength(1)
  })

  test('of strangers only so many are looked at, whatever their addresses; all are counted', async () => {
    const told: string[] = []
    const listener = await listen({ limits: { strangersRate: { burst: 3, perSecond: 0 } }, onTurnedAway: (why) => void told.push(why) })
    for (let stranger = 2; stranger < 8; stranger += 1) await exchange(listener.port, { pieces: [hold], from: `127.0.0.${stranger}` })
    expect(told).toEqual(['stranger', 'stranger', 'stranger'])
    expect(listener.counters.strangers).toBe(6)
  })

  test('who asks too often keeps the connection, and is heard again on it later', async () => {
    const listener = await listen({ limits: { rate: { burst: 1, perSecond: 0, addressesMax: 4 } } })
    const twice = bytes('GET /yealink/TOKEN/hold HTTP/1.1\r\n\r\n'.repeat(3))
    const { answers, closed } = await exchange(listener.port, { pieces: [twice], answers: 3 })
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429])
    expect(closed).toBe(false)
  })
})

test('strangers that hold all they can get do not keep the phone out', async () => {
  const listener = await listen({ limits: { strangersMax: 2 } })
  const held = Array.from({ length: 6 }, (_, index) => connect({ port: listener.port, host: '127.0.0.1', localAddress: `127.0.0.${index + 2}` }))
  for (const socket of held) socket.on('error', () => {})
  await expect.poll(() => listener.counters.tooMany).toBe(4)
  expect((await exchange(listener.port, { pieces: [hold] })).answers[0]?.status).toBe(200)
  for (const socket of held) socket.destroy()
})
