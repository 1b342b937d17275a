import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createClash } from '../../src/mqtt/connection/clash.ts'
import { linkFault } from '../../src/mqtt/connection/link-fault.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { base, listen, startBroker, startLink } from './fixture.ts'

/** Connections of a desk, one after the other, each with its length and how it ended. */
function desk() {
  const clock = { now: 0 }
  const clash = createClash({ now: () => clock.now }, linkLimits)
  const live = (lastedMs: number, reason: 'closed' | 'replaced' | 'no-answer' = 'closed', proven = true) => {
    clash.opened()
    if (proven) clash.proven()
    clock.now += lastedMs
    return clash.meaningOf(linkFault(reason)).reason
  }
  return { clash, live }
}

describe('another client under the name of this desk', () => {
  test('is known at once where the broker says so (MQTT 5)', () => {
    const { clash, live } = desk()
    expect(live(700, 'replaced')).toBe('replaced')
    expect(clash.waitMs(() => 0)).toBe(30_000)
  })

  test('is known by the fourth good connection in a row that does not last (MQTT 3.1.1)', () => {
    const { clash, live } = desk()
    expect([live(700), live(900), live(800), clash.waitMs(() => 0), live(700)]).toEqual(['closed', 'closed', 'closed', undefined, 'closed-soon'])
    expect(clash.isOn()).toBe(true)
  })

  test('is not suspected where a connection lasted, where the broker never took what the desk said, nor where it was away in between', () => {
    const { live } = desk()
    expect([live(700), live(700), live(700), live(21_000), live(700), live(700), live(700)]).not.toContain('closed-soon')
    const restarted = desk()
    const reasons = Array.from({ length: 6 }, () => {
      restarted.clash.failed()
      return restarted.live(700)
    })
    expect(reasons).not.toContain('closed-soon')
    const forbidden = desk()
    expect(Array.from({ length: 5 }, () => forbidden.live(20, 'closed', false))).not.toContain('closed-soon')
  })

  test('is left alone for ever longer, up to five minutes, until a connection has lasted', () => {
    const { clash, live } = desk()
    const waits = Array.from({ length: 6 }, () => {
      live(700, 'replaced')
      return [clash.waitMs(() => 0), clash.waitMs(() => 1)]
    })
    expect(waits.map(([shortest]) => shortest)).toEqual(Array(6).fill(30_000))
    expect(waits.map(([, longest]) => longest)).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000])
    clash.over()
    expect(clash.waitMs(() => 0)).toBeUndefined()
  })
})

test('two desks under one name leave each other alone after a few times, say so once, and count it', async () => {
  const broker = await startBroker()
  let connects = 0
  broker.aedes.on('client', () => {
    connects += 1
  })
  let thrownOff = 0
  const limits = { clashBackOffFirstMs: 60_000, clashBackOffLastMs: 60_000 }
  const onThrownOff = () => {
    thrownOff += 1
  }
  const links = [startLink(broker.url, { limits, onThrownOff }), startLink(broker.url, { limits, onThrownOff })]
  await expect.poll(() => links.map(({ health }) => health().fault)).toContain('closed-soon')
  const told = links.flatMap(({ log }) => log.filter(({ fields }) => 'reason' in fields && fields.reason === 'closed-soon'))
  expect(told).toHaveLength(1)
  expect(told[0]?.message).toContain('another client uses the name of this desk')
  expect(thrownOff).toBe(1)
  const before = connects
  // The one that is left has the name for itself: nothing more happens.
  await expect.poll(() => links.filter(({ health }) => health().connected)).toHaveLength(1)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(connects).toBeLessThanOrEqual(before + 1)
  expect(await broker.retained(`${base}/availability`)).toBe('online')
})

test('a broker that says who has taken the name (0x8E) is believed the first time', async () => {
  let connects = 0
  const server = createServer((socket) => {
    connects += 1
    socket.on('error', () => {})
    // CONNACK: success; DISCONNECT: session taken over (MQTT 5 §3.2, §3.14).
    socket.once('data', () => socket.end(Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00, 0xe0, 0x02, 0x8e, 0x00])))
  })
  const { port } = await listen(server)
  onTestFinished(() => void server.close())
  let thrownOff = 0
  const link = startLink(`mqtt://127.0.0.1:${port}`, {
    limits: { clashBackOffFirstMs: 60_000, clashBackOffLastMs: 60_000 },
    onThrownOff: () => {
      thrownOff += 1
    },
  })
  await expect.poll(() => link.health().fault).toBe('replaced')
  expect(link.health().lastError).toContain('Each desk needs a name of its own')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect([connects, thrownOff]).toEqual([1, 1])
})

test('a broker that is started anew again and again is no clash: in between it is away', async () => {
  let broker = await startBroker()
  const link = startLink(broker.url, { limits: { clashBackOffFirstMs: 60_000, clashBackOffLastMs: 60_000 } })
  for (let restart = 1; restart <= 6; restart += 1) {
    await expect.poll(() => broker.on(`${base}/availability`)).toEqual(['online'])
    await expect.poll(() => link.announced()).toBe(restart)
    await broker.stop()
    await expect.poll(() => link.health().fault).toBe('refused')
    broker = await startBroker({}, broker.port)
  }
  await expect.poll(() => link.announced()).toBe(7)
})
