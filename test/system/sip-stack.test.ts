import { describe, expect, test } from 'vitest'
import type { OutgoingRequest, SipOutcome } from '../../src/sip/ports.ts'
import type { Asterisk } from './sip/asterisk.ts'
import { asteriskHere, kamailioHere, phoneHere, relayHere } from './sip/here.ts'
import { type StackHere, stackHere } from './sip/stack-here.ts'
import { firstLines } from './sip/tap.ts'
import { until } from './sip/until.ts'

/** The agent's own SIP against real exchanges. */

const dialogPackage = { event: 'dialog', accept: 'application/dialog-info+xml', expires: '60' }
const statusOf = (outcome: SipOutcome) => (outcome.kind === 'response' ? outcome.response.status : outcome.kind)
const ask = async ({ stack, about }: StackHere, method: string, number: string, headers?: OutgoingRequest['headers']) =>
  statusOf(await stack.request(about(method, number, headers)))

describe('an Asterisk', () => {
  test.each(['udp', 'tcp'] as const)('lets a desk watch another after its question for the password, and tells it by %s', async (transport) => {
    const asterisk = await asteriskHere({ extensions: [{ number: '101' }, { number: '301' }] })
    const watcher = await stackHere(asterisk.address, '301', { transport })
    expect(await ask(watcher, 'OPTIONS', '301')).toBe(200)
    expect(await ask(watcher, 'SUBSCRIBE', '101', dialogPackage)).toBe(200)
    const notify = await until('the exchange tells', () => watcher.told.find(({ method }) => method === 'NOTIFY'))
    expect(notify.body).toContain('<state>terminated</state>')
  })

  test('that asks with SHA-256 and MD5 is answered with SHA-256', async () => {
    const asterisk = await asteriskHere({ extensions: [{ number: '101' }, { number: '301', digests: 'SHA-256,MD5' }] })
    // Debian's older Asterisk knows MD5 alone; Kamailio below asks for SHA-256 in any case.
    const expected = asterisk.files.suite === 'bullseye' ? 'MD5' : 'SHA-256'
    const relay = await relayHere(asterisk.address)
    const watcher = await stackHere(relay.address, '301')
    expect(await ask(watcher, 'SUBSCRIBE', '101', dialogPackage)).toBe(200)
    const answer = relay.datagrams.map(({ text }) => /^Authorization: .*algorithm="?([\w-]+)/im.exec(text)?.[1]).find((algorithm) => algorithm !== undefined)
    expect(answer).toBe(expected)
  })

  test('that does not know the password is asked twice and not a third time', async () => {
    const asterisk = await asteriskHere({ extensions: [{ number: '101' }, { number: '301' }] })
    const relay = await relayHere(asterisk.address)
    const watcher = await stackHere(relay.address, '301', { password: () => 'wrong' })
    expect(await ask(watcher, 'SUBSCRIBE', '101', dialogPackage)).toBe(401)
    expect(firstLines(relay, 'SUBSCRIBE sip:')).toHaveLength(2)
  })

  test('is understood though datagrams are lost and come twice, and what it tells is told once', async () => {
    const asterisk = await asteriskHere({ extensions: ['101', '201', '301'].map((number) => ({ number })) })
    const caller = await phoneHere({ number: '201', server: asterisk.address })
    const desk = await phoneHere({ number: '101', server: asterisk.address })
    const relay = await relayHere(asterisk.address, 20_261_126)
    const watcher = await stackHere(relay.address, '301')
    relay.spoil({ lost: 0.2, doubled: 0.3 })
    const pings = Array.from({ length: 10 }, () => ask(watcher, 'OPTIONS', '301'))
    expect(await Promise.all(pings)).toEqual(pings.map(() => 200))
    expect(await ask(watcher, 'SUBSCRIBE', '101', dialogPackage)).toBe(200)
    const words = () => watcher.told.map(({ body }) => /<state>(\w+)/.exec(body)?.[1])
    await until('the exchange tells what is so', () => words().length > 0)
    await caller.dial('101')
    await desk.newest('ringing')
    // What is lost is told again; what is no longer so by then is never told.
    await until('the exchange tells that it rings', () => words().includes('early'))
    await desk.accept()
    await caller.newest('established')
    await until('the exchange tells that it is answered', () => words().includes('confirmed'))
    await caller.hangUp()
    await until('the exchange tells that it is over', () => words().at(-1) === 'terminated')
    const counts = watcher.told.map(({ headers }) => headers.cseq)
    expect(new Set(counts).size).toBe(counts.length)
    expect(words()).toEqual(expect.arrayContaining(['terminated', 'early', 'confirmed']))
    expect(new Set(relay.datagrams.map(({ became }) => became))).toEqual(new Set(['passed', 'dropped', 'doubled']))
  })

  test('sets a forwarding only for a caller who waits until it hangs up', async () => {
    const asterisk = await asteriskHere({ extensions: [{ number: '101' }, { number: '202' }] })
    const desk = await stackHere(asterisk.address, '101')
    await callAndHangUp(desk, '*72202')
    await asterisk.quiet()
    expect(await forwarding(asterisk)).toBeUndefined()
    await callAndWait(desk, '*72202')
    expect(await forwarding(asterisk)).toBe('202')
    await callAndWait(desk, '*73')
    expect(await forwarding(asterisk)).toBeUndefined()
  })
})

test('a Kamailio that asks with SHA-256 is answered', async () => {
  const kamailio = await kamailioHere({ digest: 'SHA-256' })
  const watcher = await stackHere(kamailio.address, '301', { domain: kamailio.domain })
  expect(await ask(watcher, 'SUBSCRIBE', '101', dialogPackage)).toBe(200)
})

const forwarding = (asterisk: Asterisk) => asterisk.stored('CF/101')

/** Sound that is sent nowhere: a code is dialled, nobody listens. */
const silence = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0 8', 'a=inactive', '']

async function call({ stack, about }: StackHere, number: string): Promise<OutgoingRequest> {
  const invite = { ...about('INVITE', number), body: { type: 'application/sdp', content: silence.join('\r\n') } }
  const outcome = await stack.invite(invite).outcome
  if (outcome.kind !== 'response' || outcome.response.status !== 200) throw new Error(`the exchange does not answer ${number}: ${statusOf(outcome)}`)
  const { to, contact } = outcome.response.headers
  return { ...invite, method: 'BYE', uri: /<([^>]+)>/.exec(String(contact))?.[1] ?? '', to: String(to), cseq: outcome.cseq + 1, headers: {} }
}

async function callAndHangUp(desk: StackHere, number: string): Promise<void> {
  const { body: _, ...bye } = await call(desk, number)
  expect(statusOf(await desk.stack.request(bye))).toBe(200)
}

async function callAndWait(desk: StackHere, number: string): Promise<void> {
  const { callId } = await call(desk, number)
  await until('the exchange hangs up', () => desk.told.some(({ method, headers }) => method === 'BYE' && headers['call-id'] === callId))
}
