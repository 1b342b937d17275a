import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../src/sip/ports.ts'
import { unforeseeable } from '../../src/sip/random.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { ask, hear, respond } from './stand-in.ts'
import { optionsFor, realClock } from './virtual.ts'
import { hurried, openUdp, startStack } from './wire.ts'

const outgoing: OutgoingRequest = { method: 'OPTIONS', uri: 'sip:pbx.test', from: '<sip:101@pbx.test>;tag=o', to: '<sip:pbx.test>', callId: 'c', cseq: 1 }

describe('a stack on a real UDP socket', () => {
  test.each(['127.0.0.1', '::1'])('at %s asks and is answered, and answers what it is asked', async (address) => {
    const server = await openUdp(address)
    const { stack } = await startStack({ server: { host: address, port: server.port } })
    expect(stack.contact()).toMatchObject({ host: address })
    const outcome = stack.request(outgoing)
    const text = await server.next('OPTIONS')
    expect(text).toMatch(address === '::1' ? /^Via: SIP\/2\.0\/UDP \[::1\]:\d+;branch=/m : /^Via: SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;branch=/m)
    // As a server writes it: where the request came from, an IPv6 address with and without brackets.
    const answer = respond(hear(text), 200, 'OK').replace('received=192.0.2.10;rport=5062', `received=${address};rport=${stack.contact().port}`)
    await server.send(answer, stack.contact().port)
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 200 } })
    await server.send(ask('OPTIONS', 'z9hG4bKasked00'), stack.contact().port)
    expect(await server.next('z9hG4bKasked00')).toMatch(new RegExp(`^SIP/2.0 200 OK\\r\\nVia: .*;received=${address};rport=${server.port}\\r\\n`))
    expect(stack.health()).toMatchObject({ received: 2, requests: 1, responses: 1, refused: 0, strays: 0 })
  })

  test('without rport an answer goes to the port in Via, and to the address that asked, whatever Via says', async () => {
    const [server, elsewhere] = [await openUdp(), await openUdp()]
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port } })
    await server.send(ask('OPTIONS', 'z9hG4bKold0000', { via: `UDP 203.0.113.9:${elsewhere.port}` }).replace(';rport', ''), stack.contact().port)
    expect(await elsewhere.next('z9hG4bKold0000')).toMatch(/;received=127\.0\.0\.1\r\n/)
  })

  test('listens to its server and to whom it is told to, and does not look at what others send', async () => {
    const [server, phone, stranger] = [await openUdp(), await openUdp('127.0.0.2'), await openUdp('127.0.0.3')]
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port }, allow: ['127.0.0.2'] })
    const { port } = stack.contact()
    const told: string[] = []
    stack.onRequest(({ from }) => {
      told.push(from.address)
      return { status: 200 }
    })
    for (let count = 0; count < 20; count += 1) await stranger.send(ask('NOTIFY', `z9hG4bKstranger${count}`), port)
    await phone.send(ask('NOTIFY', 'z9hG4bKphone00'), port)
    await phone.next('z9hG4bKphone00')
    await server.send(ask('NOTIFY', 'z9hG4bKserver0'), port)
    await server.next('z9hG4bKserver0')
    expect(told).toEqual(['127.0.0.2', '127.0.0.1'])
    expect(stack.health()).toMatchObject({ received: 22, strangers: 20, requests: 2, refused: 0 })
    expect(stranger.heard).toEqual([])
  })

  test('says which setting to change where its port is taken, or its address is not here', async () => {
    const taken = await openUdp()
    const start = (local: { host?: string; port: number }) =>
      createSipStack(optionsFor(realClock, unforeseeable, { server: { host: '127.0.0.1', port: taken.port }, local }).options).start()
    await expect(start({ host: '127.0.0.1', port: taken.port })).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'LISTEN_FAILED',
      faults: [expect.stringMatching(/^sip\.localPort: \d+ is in use by another program; stop it, choose another port, or 0 for any free one$/)],
    })
    await expect(start({ host: '203.0.113.77', port: 0 })).rejects.toMatchObject({ faults: [expect.stringContaining('is not an address of this machine')] })
  })

  test('survives a port where nobody listens, a host that cannot be reached, a port that is none, and a name that is not known', async () => {
    const server = await openUdp()
    const gone = await openUdp()
    const closed = gone.port
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port }, local: { host: '127.0.0.1', port: 0 }, clock: hurried(400) })
    const to = (host: string, port: number) => stack.request({ ...outgoing, next: { host, port } })
    gone.socket.removeAllListeners('message')
    expect(await to('127.0.0.1', closed)).toEqual({ kind: 'timeout', cseq: 1 })
    expect(await to('255.255.255.255', 5060)).toMatchObject({ kind: 'unreachable', reason: 'EACCES' })
    expect(await to('127.0.0.1', 99_999)).toEqual({ kind: 'unreachable', reason: '99999 is no port', cseq: 1 })
    expect(await to('127.0.0.1', 0)).toMatchObject({ kind: 'unreachable' })
    expect(await to('no-such-host.invalid', 5060)).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('no-such-host.invalid') })
    const outcome = stack.request(outgoing)
    await server.send(respond(hear(await server.next('OPTIONS')), 404, 'Not Found'), stack.contact().port)
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 404 } })
  })

  test('says that there is no way to a host, where the system finds none', async () => {
    const server = await openUdp()
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port } })
    const next = { host: '255.255.255.255', port: 5060 }
    expect(await stack.request({ ...outgoing, next })).toEqual({ kind: 'unreachable', reason: 'no way to 255.255.255.255', cseq: 1 })
  })

  test('starts where there is no way to the server now', async () => {
    const { stack } = await startStack({ server: { host: '255.255.255.255', port: 5060 } })
    expect(stack.contact()).toMatchObject({ host: '0.0.0.0' })
    expect(stack.health()).toMatchObject({ connected: true })
  })

  test('ends without a socket or a timer: what is under way is unreachable, and nothing more goes out', async () => {
    const server = await openUdp()
    const { stack } = await startStack({ server: { host: '127.0.0.1', port: server.port } })
    const outcome = stack.request(outgoing)
    const { outcome: called } = stack.invite({ ...outgoing, method: 'INVITE', callId: 'd' })
    await server.next('INVITE')
    await Promise.all([stack.stop(), stack.stop()])
    expect(await outcome).toEqual({ kind: 'unreachable', reason: 'stopped', sent: true, cseq: 1 })
    expect(await called).toEqual({ kind: 'unreachable', reason: 'stopped', sent: true, cseq: 1 })
    expect(await stack.request(outgoing)).toEqual({ kind: 'unreachable', reason: 'stopped', cseq: 1 })
    expect(stack.health()).toMatchObject({ underWay: 0, connected: false })
    expect(stack.contact().host).toBe('127.0.0.1')
  })

  test('loading the codec opens nothing, and a process that only loads it ends by itself', () => {
    const script = `
      await import(${JSON.stringify(new URL('../../dist/sip/stack/codec.js', import.meta.url).href)})
      await new Promise(setImmediate)
      console.log(process.getActiveResourcesInfo().filter((name) => /TCP|UDP|Timeout|Server|Socket/.test(name)).join())`
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 30_000 })
    expect([stdout, status]).toEqual(['\n', 0])
  })
})
