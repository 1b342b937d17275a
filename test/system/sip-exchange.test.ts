import { describe, expect, onTestFinished, test } from 'vitest'
import type { OutgoingRequest, SipStackOptions } from '../../src/sip/ports.ts'
import { unforeseeable } from '../../src/sip/random.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { optionsFor, realClock } from '../sip/virtual.ts'
import { startAsterisk } from './sip/asterisk.ts'
import { startKamailio } from './sip/kamailio.ts'

/** A stack towards a real exchange, and what the exchange has asked of it. */
async function startStack(host: string, others: Partial<SipStackOptions> = {}) {
  const { options } = optionsFor(realClock, unforeseeable, { server: { host, port: 5060 }, password: () => 'pw101', ...others })
  const stack = createSipStack(options)
  const asked: string[] = []
  stack.onRequest(({ method, headers }) => {
    asked.push(`${method} ${headers['event'] ?? ''}`.trim())
    return { status: 200 }
  })
  onTestFinished(() => stack.stop())
  await stack.start()
  return { stack, asked }
}

function subscription(domain: string, callId: string): OutgoingRequest {
  const headers = { event: 'dialog', accept: 'application/dialog-info+xml', expires: '60' }
  return { method: 'SUBSCRIBE', uri: `sip:101@${domain}`, from: `<sip:101@${domain}>;tag=ours`, to: `<sip:101@${domain}>`, callId, cseq: 1, headers }
}

describe.each(['SHA-256,MD5', 'MD5', 'SHA-256'])('at a real Asterisk that asks for %s', (digests) => {
  test('the stack says who it is, once for many requests; dials a feature code, which is obeyed; and gives a wrong password once', async () => {
    const exchange = await startAsterisk({ extensions: [{ number: '101', digests }, { number: '102' }] })
    onTestFinished(() => exchange.remove())
    const { stack, asked } = await startStack(exchange.address)
    expect(await stack.request(subscription(exchange.address, 's1'))).toMatchObject({ kind: 'response', response: { status: 200 }, cseq: 2 })
    expect(await stack.request(subscription(exchange.address, 's2'))).toMatchObject({ kind: 'response', response: { status: 200 }, cseq: 1 })
    await expect.poll(() => asked).toEqual(['NOTIFY dialog', 'NOTIFY dialog'])

    const { host } = stack.contact()
    const content = ['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', 'm=audio 40000 RTP/AVP 8', 'a=inactive', ''].join('\r\n')
    const dialled = { ...subscription(exchange.address, 'i1'), method: 'INVITE', uri: `sip:*72102@${exchange.address}`, headers: {} }
    const { outcome } = stack.invite({ ...dialled, body: { type: 'application/sdp', content } })
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 200 } })
    await expect.poll(() => asked).toContain('BYE')
    await expect.poll(() => exchange.stored('CF/101')).toBe('102')
    expect(stack.health()).toMatchObject({ refused: 0, strays: 0, failed: 0, timedOut: 0 })

    const { stack: stranger } = await startStack(exchange.address, { password: () => 'wrong' })
    expect(await stranger.request(subscription(exchange.address, 's3'))).toMatchObject({ kind: 'response', response: { status: 401 }, cseq: 2 })
    expect(stranger.health()).toMatchObject({ sent: 2 })
  })
})

describe.each(['udp', 'tcp'] as const)('at a real Kamailio, over %s', (transport) => {
  test('the stack registers and subscribes, and is notified on the way that it has opened', async () => {
    const exchange = await startKamailio()
    onTestFinished(() => exchange.remove())
    const { stack, asked } = await startStack(exchange.address, { transport })
    const { domain } = exchange
    const registration = { ...subscription(domain, 'r1'), method: 'REGISTER', uri: `sip:${domain}`, headers: { expires: '60' } }
    expect(await stack.request(registration)).toMatchObject({ kind: 'response', response: { status: 200 }, cseq: 2 })
    expect(await stack.request(subscription(domain, 's1'))).toMatchObject({
      kind: 'response',
      response: { status: expect.toSatisfy((status) => status < 300) },
    })
    await expect.poll(() => asked).toContain('NOTIFY dialog')
    expect(stack.health()).toMatchObject({ refused: 0, strays: 0, failed: 0, broken: 0, lost: 0 })
  })
})
