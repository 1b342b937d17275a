import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { backOffMs } from '../../src/mqtt/connection/back-off.ts'
import { classifyFault } from '../../src/mqtt/connection/link-fault.ts'
import { createProtocolChoice } from '../../src/mqtt/connection/protocol-choice.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { base, listen, startBroker, startLink } from './fixture.ts'

/** A server of one's own in front of a broker, or instead of one. */
async function serve(onSocket: (socket: Socket) => void): Promise<{ port: number; url: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onSocket(socket)
  })
  const { port } = await listen(server)
  onTestFinished(() => void server.close())
  return { port, url: `mqtt://127.0.0.1:${port}` }
}

describe('a broker that closes the connection of an MQTT 5 client, as older RabbitMQ does', () => {
  test('is spoken to in MQTT 3.1.1 after the second time, and remembered', async () => {
    const broker = await startBroker()
    const levels: (number | undefined)[] = []
    const { url } = await serve((socket) => {
      socket.once('data', (connect) => {
        const level = connect[connect.indexOf('MQTT') + 4]
        levels.push(level)
        if (level === 5) socket.destroy()
        else {
          socket.unshift(connect)
          broker.aedes.handle(socket)
        }
      })
    })
    const link = startLink(url)
    await expect.poll(() => link.health().protocol).toBe(4)
    expect(levels).toEqual([5, 5, 4])
    broker.cut()
    await expect.poll(() => broker.retained(`${base}/availability`)).toBe('online')
    await broker.stop()
    expect(levels.slice(3).every((level) => level === 4)).toBe(true)
  })
})

describe('the choice of protocol', () => {
  test('is MQTT 5, then 3.1.1, and 5 again where that is refused, too', () => {
    const choice = createProtocolChoice()
    expect(choice.version()).toBe(5)
    choice.refused()
    expect(choice.version()).toBe(4)
    choice.accepted()
    choice.closedEarly()
    expect(choice.version()).toBe(4)
    choice.accepted()
    choice.closedEarly()
    expect(choice.version()).toBe(4)
    choice.closedEarly()
    expect(choice.version()).toBe(5)
    choice.refused()
    choice.refused()
    expect(choice.version()).toBe(5)
  })
})

describe('the wait between attempts', () => {
  test('doubles, is random, and never longer than fifteen seconds', () => {
    const waits = (random: number) => [1, 2, 3, 4, 5, 6, 50].map((failures) => backOffMs(failures, () => random, linkLimits))
    expect(waits(0)).toEqual([500, 500, 500, 500, 500, 500, 500])
    expect(waits(1)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
    expect(waits(0.5)).toEqual([750, 1250, 2250, 4250, 7750, 7750, 7750])
  })
})

describe('a broker that is silent', () => {
  test('is given up after a while, and the desk stops at once all the same', async () => {
    const { url } = await serve(() => {})
    const link = startLink(url, { limits: { connectTimeoutMs: 50, backOffFirstMs: 30_000, backOffLastMs: 30_000 } })
    await expect.poll(() => link.health().lastError).toContain('does not answer')
    const before = performance.now()
    await link.stop()
    expect(performance.now() - before).toBeLessThan(5000)
  })

  test('does not keep a desk from stopping while it waits for the answer', async () => {
    const { url } = await serve(() => {})
    const link = startLink(url, { limits: { connectTimeoutMs: 30_000 } })
    const before = performance.now()
    await link.stop()
    await link.stop()
    expect(performance.now() - before).toBeLessThan(5000)
  })
})

describe('a broker that sends nonsense', () => {
  test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\0'.repeat(64), '\xff'.repeat(4096)])('is a fault, not a crash', async (nonsense) => {
    const { url } = await serve((socket) => socket.write(Buffer.from(nonsense, 'latin1')))
    const link = startLink(url, { limits: { connectTimeoutMs: 100 } })
    await expect.poll(() => link.log.length).toBeGreaterThan(0)
    expect(link.health().connected).toBe(false)
  })
})

describe('a fault in words', () => {
  test.each([
    [{ code: 'ECONNREFUSED' }, 'refused'],
    [{ code: 'ENOTFOUND' }, 'not-reachable'],
    [{ code: 'EHOSTUNREACH' }, 'not-reachable'],
    [{ code: 'CERT_NOT_YET_VALID' }, 'certificate-not-yet-valid'],
    [{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'client-certificate-refused'],
    [{ code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }, 'tls'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'unknown-ca'],
    [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'tls'],
    [{ code: 5 }, 'wrong-password'],
    [{ code: 134 }, 'wrong-password'],
    [{ code: 142 }, 'replaced'],
    [{ message: 'Keepalive timeout' }, 'no-answer'],
    [{ code: 151 }, 'other'],
    [new Error('mqtt://user:secret@host'), 'other'],
  ])('%o is %s', (error, reason) => {
    const fault = classifyFault(error)
    expect(fault.reason).toBe(reason)
    expect(fault.sentence).toMatch(/^[A-Z].*\.$/)
    expect(fault.sentence).not.toContain('secret')
  })
})

test('a machine that has lost its time with its power is told from a certificate that begins too late', () => {
  const notYet = { code: 'CERT_NOT_YET_VALID' }
  expect(classifyFault(notYet, 86_400_000)).toMatchObject({ reason: 'wrong-clock', sentence: expect.stringContaining('clock cannot be right') as string })
  expect(classifyFault(notYet, Date.UTC(2026, 10, 23))).toMatchObject({ reason: 'certificate-not-yet-valid' })
})
