import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveConnection } from '../../src/http/connection.ts'
import { createListener, listenerLimits } from '../../src/http/listener.ts'
import { listen, silentLog } from './fixture.ts'
import { bytes, exchange } from './raw-client.ts'

const hold = (call: string, headers = ''): Buffer => bytes(`GET /yealink/TOKEN/hold?c=${call} HTTP/1.1\r\n${headers}\r\n`)
const last = (call: string): Buffer => hold(call, 'Connection: close\r\n')
const calls = (listener: { requests: readonly { params: ReadonlyMap<string, string> }[] }): unknown[] => listener.requests.map(({ params }) => params.get('c'))

describe('several requests on one connection', () => {
  test('pipelined in one packet: each is answered, in order', async () => {
    const listener = await listen()
    const { answers } = await exchange(listener.port, { pieces: [Buffer.concat([hold('1'), hold('2'), last('3')])] })
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, 'OK'],
      [200, 'OK'],
      [200, 'OK'],
    ])
    expect(calls(listener)).toEqual(['1', '2', '3'])
  })

  test('one after the other: the connection is kept for HTTP/1.1, and for HTTP/1.0 that asks for it', async () => {
    const listener = await listen()
    const kept = await exchange(listener.port, { pieces: [hold('1')], answers: 1 })
    expect(kept.answers[0]?.head).toContain('Connection: keep-alive')
    const old = await exchange(listener.port, { pieces: [bytes('GET /yealink/TOKEN/hold?c=2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')], answers: 1 })
    expect(old.answers[0]?.head).toContain('Connection: keep-alive')
    const first = bytes('GET /yealink/TOKEN/hold?c=3 HTTP/1.1\r\n\r\n')
    expect((await exchange(listener.port, { pieces: [first, last('4')] })).answers).toHaveLength(2)
    expect(calls(listener)).toEqual(['1', '2', '3', '4'])
  })

  test('bodies are skipped and the next request is in step, wherever the packets are cut', async () => {
    const listener = await listen()
    const whole = Buffer.concat([hold('1', 'Content-Length: 30\r\n'), bytes('GET /yealink/TOKEN/hold?c=9 x\r\n'.slice(0, 30)), last('2')])
    for (let cut = 1; cut < whole.length; cut += 7) {
      const { answers } = await exchange(listener.port, { pieces: [whole.subarray(0, cut), whole.subarray(cut)] })
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
    }
    expect(new Set(calls(listener))).toEqual(new Set(['1', '2']))
  })

  test('an event that nobody knows does not cost the connection; a wrong token does', async () => {
    const listener = await listen()
    const { answers } = await exchange(listener.port, {
      pieces: [bytes('GET /yealink/TOKEN/a/b HTTP/1.1\r\n\r\nGET /yealink/wrong/hold HTTP/1.1\r\n\r\n'), hold('1')],
    })
    expect(answers.map(({ status }) => status)).toEqual([404, 403])
    expect(listener.counters).toMatchObject({ unknown: 1, refused: 1, taken: 0 })
  })
})

describe('the answer comes first', () => {
  test('it has left before the work begins that the request set off', async () => {
    const heard = join(mkdtempSync(join(tmpdir(), 'third-ring-answer-')), 'heard')
    onTestFinished(() => rmSync(dirname(heard), { recursive: true }))
    const work = { over: false, answeredBefore: false }
    const listener = await listen({
      onRequest() {
        setImmediate(() => {
          // This process does nothing else until the other one has its answer, or for so long that it should have.
          const until = performance.now() + 10_000
          while (!existsSync(heard) && performance.now() < until);
          Object.assign(work, { over: true, answeredBefore: existsSync(heard) })
        })
        return 200
      },
    })
    const script = `const s=require('node:net').connect(${listener.port},'127.0.0.1',()=>{s.write('GET /a HTTP/1.0\\r\\n\\r\\n');s.once('data',()=>{require('node:fs').writeFileSync(${JSON.stringify(heard)},'');s.destroy()})})`
    await new Promise<void>((resolve, reject) => {
      execFile(process.execPath, ['-e', script], (error) => (error === null ? resolve() : reject(error)))
    })
    expect(work).toEqual({ over: true, answeredBefore: true })
  })

  test('a fault of ours while judging is answered 500, and the next request is served', async () => {
    let faults = 1
    const listener = await listen({
      onRequest() {
        if (faults-- > 0) throw new Error('ours')
        return 200
      },
    })
    expect((await exchange(listener.port, { pieces: [last('1')] })).answers[0]?.status).toBe(500)
    expect((await exchange(listener.port, { pieces: [last('2')] })).answers[0]?.status).toBe(200)
    expect(listener.counters).toMatchObject({ failed: 1, taken: 1 })
  })
})

describe('time', () => {
  test('a request that does not come to its end is answered 408 and cut, however busily it trickles', async () => {
    const listener = await listen({ limits: { requestMs: 150 } })
    const startedMs = performance.now()
    const socket = connect(listener.port, '127.0.0.1')
    const trickle = setInterval(() => socket.write('x'), 20)
    socket.write('GET /yealink/TOKEN/')
    socket.on('error', () => {})
    const text = await new Promise<string>((resolve) => {
      let received = ''
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('close', () => resolve(received))
      socket.on('end', () => resolve(received))
    })
    clearInterval(trickle)
    socket.destroy()
    expect(text).toContain('408')
    expect(performance.now() - startedMs).toBeGreaterThan(140)
    expect(listener.counters.tooSlow).toBe(1)
  })

  test('a connection on which nothing is asked is closed without a word, at first and after an answer', async () => {
    const listener = await listen({ limits: { requestMs: 60, idleMs: 60 } })
    expect(await exchange(listener.port, { pieces: [] })).toEqual({ answers: [], closed: true })
    const after = await exchange(listener.port, { pieces: [hold('1')] })
    expect(after.closed).toBe(true)
    expect(after.answers).toHaveLength(1)
    expect(listener.counters.tooSlow).toBe(0)
  })

  test('a body that never comes does not keep the event waiting', async () => {
    const listener = await listen({ limits: { requestMs: 60 } })
    const { answers, closed } = await exchange(listener.port, { pieces: [hold('1', 'Content-Length: 100\r\n')] })
    expect(answers.map(({ status }) => status)).toEqual([200])
    expect(closed).toBe(true)
    expect(calls(listener)).toEqual(['1'])
  })
})

describe('who may ask', () => {
  test('a stranger gets 403, is counted, and nothing gets through', async () => {
    const listener = await listen({ allow: ['127.0.0.9'] })
    const { answers, closed } = await exchange(listener.port, { pieces: [hold('1')] })
    expect(answers.map(({ status }) => status)).toEqual([403])
    expect(closed).toBe(true)
    expect(listener.requests).toEqual([])
    expect(listener.counters).toMatchObject({ strangers: 1, taken: 0 })
    expect((await exchange(listener.port, { pieces: [last('2')], from: '127.0.0.9' })).answers[0]?.status).toBe(200)
  })

  test('an empty list allows nobody', async () => {
    const listener = await listen({ allow: [] })
    expect((await exchange(listener.port, { pieces: [hold('1')] })).answers[0]?.status).toBe(403)
  })

  test('an IPv4 address that comes in over IPv6 is the same address', async () => {
    const listener = await listen({ host: '::', allow: ['127.0.0.1'] })
    expect((await exchange(listener.port, { pieces: [last('1')] })).answers[0]?.status).toBe(200)
    expect(listener.requests[0]?.remoteAddress).toBe('127.0.0.1')
    const other = await listen({ host: '127.0.0.1', allow: ['::ffff:127.0.0.1'] })
    expect((await exchange(other.port, { pieces: [last('1')] })).answers[0]?.status).toBe(200)
  })

  test('strangers cannot crowd the phone out', async () => {
    const listener = await listen({ allow: ['127.0.0.9'], limits: { strangersMax: 3, connectionsMax: 8 } })
    const strangers = Array.from({ length: 10 }, () => connect(listener.port, '127.0.0.1').on('error', () => {}))
    await expect.poll(() => listener.counters.tooMany).toBe(7)
    expect((await exchange(listener.port, { pieces: [last('1')], from: '127.0.0.9' })).answers[0]?.status).toBe(200)
    for (const stranger of strangers) stranger.destroy()
  })
})

describe('how much may be asked', () => {
  test('a phone’s burst of twenty events at once passes whole', async () => {
    const listener = await listen()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => exchange(listener.port, { pieces: [last(String(index))] })))
    expect(answers.map((each) => each.answers[0]?.status)).toEqual(Array.from({ length: 20 }, () => 200))
  })

  test('a flood is turned away, and the address may ask again when time has passed', async () => {
    const listener = await listen({ limits: { rate: { burst: 5, perSecond: 2, addressesMax: 4 } } })
    const flood = await exchange(listener.port, { pieces: [Buffer.concat(Array.from({ length: 9 }, (_, index) => hold(String(index))))], answers: 9 })
    expect(flood.answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429, 429])
    expect(listener.counters).toMatchObject({ taken: 5, tooOften: 4 })
    await expect.poll(async () => (await exchange(listener.port, { pieces: [last('x')] })).answers[0]?.status).toBe(200)
  })

  test('one address holds no more connections than its share', async () => {
    const listener = await listen({ limits: { connectionsPerAddressMax: 2 } })
    const held = Array.from({ length: 4 }, () => connect(listener.port, '127.0.0.1').on('error', () => {}))
    await expect.poll(() => listener.counters.tooMany).toBe(2)
    for (const socket of held) socket.destroy()
    await expect.poll(async () => (await exchange(listener.port, { pieces: [last('1')] })).answers[0]?.status).toBe(200)
  })

  test('a client that asks and never reads is cut', () => {
    // A kernel may take megabytes before it says stop; this one takes nothing.
    const deaf = new Duplex({ read() {}, write() {} })
    let asked = 0
    const answer = (): number => {
      asked += 1
      return 200
    }
    serveConnection(deaf as Socket, listenerLimits, { answer, fault: () => {}, closed: () => {} })
    while (!deaf.destroyed && asked < 1000) deaf.emit('data', hold('1'))
    expect(asked).toBeGreaterThan(100)
    expect(asked).toBeLessThan(300)
  })
})

describe('beginning and end', () => {
  test('a port in use is a fault of the configuration that names the option', async () => {
    const first = await listen()
    const second = createListener({ host: '127.0.0.1', port: first.port, allow: [], log: silentLog, onRequest: () => 200 })
    await expect(second.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED', message: expect.stringContaining(`listen.port: ${first.port} is in use`) })
    await second.stop()
  })

  test('an address that is not ours is one, too', async () => {
    const listener = createListener({ host: '192.0.2.1', port: 0, allow: [], log: silentLog, onRequest: () => 200 })
    await expect(listener.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED', faults: [expect.stringContaining('listen.host: 192.0.2.1')] })
  })

  test('stopping cuts what is open, frees the port and may be repeated', async () => {
    const listener = await listen()
    const { port } = listener
    const open = connect(port, '127.0.0.1')
    const closed = new Promise<void>((resolve) => open.on('error', () => {}).on('close', () => resolve()))
    await new Promise<void>((resolve) => open.once('connect', () => resolve()))
    open.write('GET /half')
    await expect.poll(() => exchange(port, { pieces: [last('1')] }).then(({ answers }) => answers.length)).toBe(1)
    await listener.stop()
    await closed
    await listener.stop()
    const again = createListener({ host: '127.0.0.1', port, allow: [], log: silentLog, onRequest: () => 200 })
    await again.start()
    await again.stop()
  })
})
