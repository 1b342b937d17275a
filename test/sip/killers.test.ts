import { afterAll, describe, expect, test } from 'vitest'
import { guardMessage } from '../../src/sip/stack/guard.ts'
import { sipLimits } from '../../src/sip/stack/limits.ts'
import { readMessage } from '../../src/sip/stack/message.ts'
import { quickestMs } from '../quickest.ts'
import { killers } from './killers.ts'
import { ask } from './stand-in.ts'
import { hurried, openTcp, openUdp, startStack, wholeMessage } from './wire.ts'

const structured = ['via', 'from', 'to', 'cseq', 'contact', 'www-authenticate', 'proxy-authenticate']

const took: [name: string, tookMs: number][] = []
afterAll(() => {
  const [slowest] = took.sort(([, one], [, other]) => other - one)
  console.log(`SIP killers read in process: the slowest of ${took.length}, "${slowest?.[0]}", took ${slowest?.[1].toFixed(1)} ms`)
})

describe('the packets that ended or stalled others', () => {
  test.each(killers)('$name: neither the datagram nor what the codec is given of it can cost more than its bounded length squared', ({ name, packet }) => {
    const tookMs = quickestMs(() => {
      const read = readMessage(packet, 'datagram')
      if (read.kind === 'message') for (const header of ['www-authenticate', 'proxy-authenticate'] as const) read.challenges(header)
    })
    took.push([name, tookMs])
    const guarded = guardMessage(packet, 'datagram')
    const lines = guarded.kind === 'guarded' ? structured.flatMap((header) => guarded.headers.get(header) ?? []) : []
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(sipLimits.lineBytesMax)
      expect(line).not.toMatch(/[\0\r\n]|[ \t]{9}|__proto__/i)
    }
    expect(lines.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(sipLimits.headBytesMax)
    expect(lines.reduce((sum, { length }) => sum + length ** 2, 0)).toBeLessThanOrEqual(sipLimits.headBytesMax * sipLimits.lineBytesMax)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('leave a stack alive on a real UDP socket: after each of them a good request is answered', async () => {
    const server = await openUdp()
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port } })
    const { port } = stack.contact()
    for (const [index, { packet }] of killers.entries()) {
      await server.send(packet, port)
      await server.send(ask('OPTIONS', `z9hG4bKalive${index}`), port)
      expect(await server.next(`z9hG4bKalive${index}`)).toMatch(/^SIP\/2\.0 200 OK\r\n/)
    }
    const health = stack.health()
    expect(health).toMatchObject({ received: 2 * killers.length, strangers: 0, failed: 0 })
    expect(Number(health['keepAlives']) + Number(health['refused']) + Number(health['requests']) + Number(health['responses'])).toBe(2 * killers.length)
  })

  test('leave a stack alive on a real TCP connection: what cannot be framed ends the connection, the next one is good', async () => {
    const server = await openTcp()
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port }, transport: 'tcp', clock: hurried(200) })
    let connection = await server.next()
    let ended = 0
    for (const [index, { packet }] of killers.entries()) {
      connection.socket.write(packet)
      // The first may be taken for a part of the killer.
      for (const branch of ['z9hG4bKswallowed', 'z9hG4bKalive']) connection.socket.write(ask('OPTIONS', `${branch}${index}`, { via: 'TCP 192.0.2.1:5060' }))
      const alive = connection.take(new RegExp(`^SIP/2.0 200 OK\\r\\n[\\s\\S]*?z9hG4bKalive${index};[\\s\\S]*?\\r\\n\\r\\n`, 'm')).then(() => 'answered')
      if ((await Promise.race([alive, connection.closed])) === 'answered') continue
      ended += 1
      connection = await server.next()
    }
    connection.socket.write(ask('OPTIONS', 'z9hG4bKlast000', { via: 'TCP 192.0.2.1:5060' }))
    expect(await connection.take(/z9hG4bKlast000/)).toBe('z9hG4bKlast000')
    expect(await connection.take(wholeMessage)).toContain('CSeq: 1 OPTIONS')
    expect(ended).toBeGreaterThan(5)
    expect(stack.health()).toMatchObject({ broken: ended, lost: ended, failed: 0, connected: true })
  })
})
