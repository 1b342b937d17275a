import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../src/sip/ports.ts'
import { sipLimits } from '../../src/sip/stack/limits.ts'
import { createStreamReader } from '../../src/sip/stack/stream-reader.ts'
import { ask, hear, respond } from './stand-in.ts'
import { hurried, openTcp, startStack, wholeMessage } from './wire.ts'

const outgoing: OutgoingRequest = { method: 'OPTIONS', uri: 'sip:pbx.test', from: '<sip:101@pbx.test>;tag=o', to: '<sip:pbx.test>', callId: 'c', cseq: 1 }
const via = 'TCP 192.0.2.1:5060'
const body = '<dialog-info/>'
const first = ask('NOTIFY', 'z9hG4bKfirst00', { toTag: 'x', via, body, headers: ['Content-Type: application/dialog-info+xml'] })
const second = ask('OPTIONS', 'z9hG4bKsecond0', { via })

/** What a reader makes of pieces: messages, pings, and whether the stream can still be read. */
function read(pieces: readonly string[]) {
  const messages: string[] = []
  let pings = 0
  const reader = createStreamReader(
    (bytes) => messages.push(Buffer.from(bytes).toString('latin1')),
    () => {
      pings += 1
    },
  )
  const readable = pieces.every((piece) => reader.push(Buffer.from(piece, 'latin1')))
  return { messages, pings, readable, waiting: reader.isWaiting() }
}

describe('messages in a stream', () => {
  test('are the same however it is cut: at every place, and byte by byte', () => {
    const stream = `\r\n${first}\r\n\r\n${second}${first}`
    const whole = { messages: [first, second, first], pings: 1, readable: true, waiting: false }
    expect(read([stream])).toEqual(whole)
    for (let at = 1; at < stream.length; at += 1)
      expect(read([stream.slice(0, at), stream.slice(at)])).toMatchObject({ messages: whole.messages, waiting: false })
    expect(read([...stream])).toMatchObject({ messages: whole.messages, waiting: false })
  })

  test('whose end nobody can know end the stream: no length, two lengths, none of digits, more than we hold', () => {
    const lengths = [
      '',
      'Content-Length: abc\r\n',
      'Content-Length: -1\r\n',
      'Content-Length: 0\r\nl: 0\r\n',
      'Content-Length:\r\n 0\r\n',
      'Content-Length: 16384\r\n',
    ]
    for (const length of lengths) expect(read([second.replace('Content-Length: 0\r\n', length)])).toMatchObject({ messages: [], readable: false })
    expect(read(['a\r\n\r\n'.repeat(12_000)])).toMatchObject({ messages: [], readable: false })
  })

  test('may fill what is held to the last byte, and no more; a head that does not end is given up at 8 kB', () => {
    const head = second.replace('Content-Length: 0', 'Content-Length: 00000').length
    const filling = sipLimits.packetBytesMax - head
    const longest = second.replace('Content-Length: 0\r\n\r\n', `Content-Length: ${String(filling).padStart(5, '0')}\r\n\r\n${'x'.repeat(filling)}`)
    expect(longest).toHaveLength(sipLimits.packetBytesMax)
    expect(read([longest, second])).toEqual({ messages: [longest, second], pings: 0, readable: true, waiting: false })
    expect(read(['x'.repeat(sipLimits.headBytesMax)])).toMatchObject({ readable: true, waiting: true })
    expect(read(['x'.repeat(sipLimits.headBytesMax + 1)])).toMatchObject({ readable: false })
  })

  test('are as nothing where there are only line ends', () => {
    expect(read(['\r\n'.repeat(100_000)])).toMatchObject({ messages: [], readable: true, waiting: false })
    expect(read(['\r\n\r\n', '\r\n', '\r\n\r\n'])).toMatchObject({ pings: 2, waiting: false })
  })
})

describe('a stack on a real TCP connection', () => {
  async function connected(clock = hurried(1)) {
    const server = await openTcp()
    const { stack, logged } = await startStack({ server: { host: '127.0.0.1', port: server.port }, transport: 'tcp', clock })
    return { server, stack, logged, connection: await server.next() }
  }

  test('asks and answers on the one connection that it has opened; its Contact says TCP', async () => {
    const { stack, connection } = await connected()
    const outcome = stack.request({ ...outgoing, method: 'SUBSCRIBE' })
    const text = await connection.take(wholeMessage)
    expect(hear(text).headers).toContainEqual(['contact', `<sip:101@127.0.0.1:${connection.socket.remotePort};transport=tcp>`])
    expect(text).toMatch(/^Via: SIP\/2\.0\/TCP 127\.0\.0\.1:/m)
    connection.socket.write(respond(hear(text), 200, 'OK').replace('192.0.2.10;rport=5062', `127.0.0.1;rport=${connection.socket.remotePort}`))
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 200 } })
    const told: string[] = []
    stack.onRequest((request) => {
      told.push(request.body)
      return { status: 200 }
    })
    for (const byte of first) connection.socket.write(byte)
    expect(await connection.take(wholeMessage)).toMatch(/^SIP\/2\.0 200 OK[\s\S]*z9hG4bKfirst00/)
    expect(told).toEqual([body])
  })

  test('answers a ping with one empty line, and sends pings of its own', async () => {
    const { connection } = await connected(hurried(1000))
    connection.socket.write('\r\n\r\n')
    await connection.take(/^\r\n/)
    await connection.take(/\r\n\r\n/)
  })

  test('tells of a lost connection, fails what is under way, and connects again', async () => {
    const { server, stack, connection } = await connected(hurried(100))
    const lost: string[] = []
    stack.onLost((reason) => lost.push(reason))
    const outcome = stack.request(outgoing)
    await connection.take(wholeMessage)
    connection.socket.destroy()
    expect(await outcome).toMatchObject({ kind: 'unreachable' })
    expect(lost).toHaveLength(1)
    const next = await server.next()
    await expect.poll(() => stack.contact()).toEqual({ host: '127.0.0.1', port: next.socket.remotePort })
    const again = stack.request(outgoing)
    const seen = `127.0.0.1;rport=${next.socket.remotePort}`
    next.socket.write(respond(hear(await next.take(wholeMessage)), 200, 'OK').replace('192.0.2.10;rport=5062', seen))
    expect(await again).toMatchObject({ kind: 'response' })
    expect(stack.health()).toMatchObject({ lost: 1, connected: true })
  })

  test('ends a message that does not come to its end, and a stream that never says where one ends', async () => {
    const { server, stack, connection } = await connected(hurried(1000))
    connection.socket.write(first.slice(0, 100))
    await connection.closed
    const next = await server.next()
    for (let chunk = 0; chunk < 200 && !next.socket.destroyed; chunk += 1) next.socket.write('a'.repeat(65_536))
    await next.closed
    await server.next()
    expect(stack.health()).toMatchObject({ broken: 2, lost: 2, received: 0 })
  })

  test('does not write to any host but its server', async () => {
    const { stack } = await connected()
    expect(await stack.request({ ...outgoing, next: { host: '127.0.0.9', port: 5060 } })).toMatchObject({ kind: 'unreachable' })
  })

  test('starts, and says so, while its server is not there; finds it when it is, and ends while it is looking', async () => {
    const server = await openTcp()
    const { stack, logged } = await startStack({ server: { host: '127.0.0.1', port: 1 }, transport: 'tcp', clock: hurried(100) })
    expect(await stack.request(outgoing)).toMatchObject({ kind: 'unreachable', reason: 'ECONNREFUSED' })
    expect(logged.filter((line) => line.startsWith('no SIP connection'))).toHaveLength(1)
    await stack.stop()
    // An address of its own that is none, or that is not here, is a trouble and no crash.
    for (const host of ['no-such-host.invalid', '203.0.113.77']) {
      const lame = await startStack({ server: { host: '127.0.0.1', port: server.port }, transport: 'tcp', local: { host, port: 0 } })
      expect(await lame.stack.request(outgoing)).toMatchObject({ kind: 'unreachable' })
    }
    const other = await startStack({ server: { host: '127.0.0.1', port: server.port }, transport: 'tcp' })
    await other.stack.stop()
    expect(other.stack.health()).toMatchObject({ connected: false })
  })
})
