import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import type { SipStackOptions } from '../../src/sip/ports.ts'
import { sipLimits } from '../../src/sip/stack/limits.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { ask, branchOf, hear, respond, value } from './stand-in.ts'
import { createLink, createVirtualClock, optionsFor, outgoing } from './virtual.ts'

async function start(others: Partial<SipStackOptions> = {}, reliable = false) {
  const clock = createVirtualClock()
  const link = createLink(clock, () => [0])
  const { options, logged } = optionsFor(clock, createRandom(5), others)
  const stack = createSipStack(options, reliable ? link.tcp : link.udp)
  await stack.start()
  const statuses = (): string[] => link.fromUs.map(({ text }) => text.slice(8, text.indexOf('\r')))
  return { clock, link, stack, logged, statuses }
}

describe('what goes out', () => {
  test('has what the stack adds, each once, beside what was asked for; the body is counted in bytes', async () => {
    const { clock, link, stack } = await start({ user: 'a b' })
    void stack.request({
      ...outgoing,
      from: '"Zażółć" <sip:101@pbx.test>;tag=o',
      headers: { Event: 'dialog', expires: '120', Accept: ['application/dialog-info+xml', 'application/sdp'] },
      body: { type: 'text/plain', content: 'żó' },
    })
    await clock.pass(0)
    const [{ text = '' } = {}] = link.fromUs
    const heard = hear(text)
    expect(heard.headers.map(([name]) => name)).toEqual([
      'via',
      'max-forwards',
      'from',
      'to',
      'call-id',
      'cseq',
      'contact',
      'user-agent',
      'event',
      'expires',
      'accept',
      'content-type',
      'content-length',
    ])
    expect(value(heard, 'contact')).toBe('<sip:a%20b@192.0.2.10:5062>')
    expect(value(heard, 'accept')).toBe('application/dialog-info+xml, application/sdp')
    expect(value(heard, 'content-length')).toBe('4')
    expect(Buffer.from(value(heard, 'from'), 'latin1').toString('utf8')).toBe('"Zażółć" <sip:101@pbx.test>;tag=o')
    await stack.stop()
  })

  test.each([
    ['a line end in a header', { headers: { event: 'dialog\r\nVia: x' } }],
    ['a line end in To', { to: '<sip:a@b>\r\nX: y' }],
    ['a blank in the URI', { uri: 'sip:a b' }],
    ['a URI of another scheme', { uri: 'http://a' }],
    ['a method that is none', { method: 'sub scribe' }],
    ['a NUL in the name of a header', { headers: { 'a\0': 'x' } }],
  ])('does not go out with %s', async (_name, wrong) => {
    const { stack, link } = await start()
    expect(await stack.request({ ...outgoing, ...wrong })).toEqual({ kind: 'unreachable', reason: 'it cannot be said in SIP', cseq: 1 })
    expect(link.fromUs).toEqual([])
  })

  test('has a branch of its own each time, of 120 bits', async () => {
    const { clock, link, stack } = await start()
    for (let count = 0; count < 50; count += 1) void stack.request({ ...outgoing, callId: `c${count}` })
    await clock.pass(0)
    const branches = link.fromUs.map(({ text }) => branchOf(hear(text)))
    expect(new Set(branches).size).toBe(50)
    for (const branch of branches) expect(branch).toMatch(/^z9hG4bK[0-9a-v]{24}$/)
    await stack.stop()
  })

  test('is bounded: at the limit a further request is told so at once, and there is room again when one has ended', async () => {
    const { clock, link, stack } = await start()
    for (let count = 0; count < sipLimits.clientTransactionsMax; count += 1) void stack.request({ ...outgoing, callId: `c${count}` })
    await clock.pass(0)
    expect(await stack.request(outgoing)).toMatchObject({ kind: 'unreachable', reason: 'too many requests are under way' })
    link.send(respond(hear(link.fromUs[0]?.text ?? ''), 200, 'OK'))
    await clock.pass(sipLimits.t4Ms)
    const further = link.fromUs.length
    void stack.request({ ...outgoing, callId: 'further' })
    await clock.pass(0)
    expect(link.fromUs[further]?.text).toContain('\r\nCall-ID: further\r\n')
    await stack.stop()
    await clock.pass(0)
    expect(clock.pending()).toBe(0)
  })

  test('tells why, where it cannot be sent; the first failure ends a request, and the next one is tried', async () => {
    const { clock, link, stack } = await start()
    link.refuse('ENETUNREACH')
    expect(await stack.request(outgoing)).toEqual({ kind: 'unreachable', reason: 'ENETUNREACH', cseq: 1 })
    link.refuse(undefined)
    const outcome = stack.request(outgoing)
    await clock.pass(0)
    link.refuse('EHOSTDOWN')
    await clock.pass(500)
    expect(await outcome).toMatchObject({ kind: 'unreachable', reason: 'EHOSTDOWN', sent: true })
    expect(clock.pending()).toBe(0)
  })

  test('over a connection that is lost, ends as unreachable, and whoever wants to know is told', async () => {
    const { clock, link, stack } = await start({ transport: 'tcp' }, true)
    const told: string[] = []
    stack.onLost((reason) => told.push(reason))
    const outcomes = [stack.request(outgoing), stack.invite({ ...outgoing, method: 'INVITE' }).outcome]
    await clock.pass(0)
    link.lose('ECONNRESET')
    expect(await Promise.all(outcomes)).toEqual([1, 2].map(() => ({ kind: 'unreachable', reason: 'ECONNRESET', sent: true, cseq: 1 })))
    expect(told).toEqual(['ECONNRESET'])
    expect(clock.pending()).toBe(0)
  })
})

describe('a response', () => {
  test.each([
    ['of another branch', (text: string) => text.replace(/branch=z9hG4bK./, 'branch=z9hG4bKx'), 'strays'],
    ['of another method', (text: string) => text.replace('1 SUBSCRIBE', '1 OPTIONS'), 'strays'],
    ['with two Vias', (text: string) => text.replace('Via:', 'Via: SIP/2.0/UDP a;branch=z9hG4bKx\r\nVia:'), 'strays'],
    ['with a second Via behind ours', (text: string) => text.replace('From:', 'Via: SIP/2.0/UDP a;branch=z9hG4bKx\r\nFrom:'), 'strays'],
    ['to another port of ours', (text: string) => text.replace('192.0.2.10:5062', '192.0.2.10:5099'), 'strays'],
  ])('%s is not ours', async (_name, change, counter) => {
    const { clock, link, stack } = await start()
    const outcome = stack.request(outgoing)
    await clock.pass(0)
    link.send(change(respond(hear(link.fromUs[0]?.text ?? ''), 200, 'OK')))
    await clock.pass(31_999)
    expect(stack.health()).toMatchObject({ [counter]: 1, underWay: 1 })
    await clock.pass(1)
    expect(await outcome).toMatchObject({ kind: 'timeout' })
  })

  test('says how we look from the server: behind a NAT our Contact is that address from then on (RFC 3581)', async () => {
    const { clock, link, stack } = await start()
    link.onReceive((text) => link.send(respond(hear(text), 200, 'OK').replace('received=192.0.2.10;rport=5062', 'received=203.0.113.8;rport=40001')))
    expect(stack.contact()).toEqual({ host: '192.0.2.10', port: 5062 })
    await Promise.all([stack.request(outgoing), clock.pass(10)])
    expect(stack.contact()).toEqual({ host: '203.0.113.8', port: 40_001 })
    await Promise.all([stack.request(outgoing), clock.pass(10)])
    expect(value(hear(link.fromUs.at(-1)?.text ?? ''), 'contact')).toBe('<sip:101@203.0.113.8:40001>')
  })

  test('to nothing that we asked does not say how we look', async () => {
    const { clock, link, stack } = await start()
    link.send(
      respond(hear(ask('OPTIONS', 'z9hG4bKnothing').replace('UDP 192.0.2.1:5060', 'UDP 192.0.2.10:5062')), 200, 'OK').replace(
        'received=192.0.2.10',
        'received=203.0.113.8',
      ),
    )
    await clock.pass(10)
    expect(stack.health()).toMatchObject({ responses: 1, strays: 1 })
    expect(stack.contact()).toEqual({ host: '192.0.2.10', port: 5062 })
  })
})

describe('a request from outside that nobody has a use for', () => {
  test.each([
    ['OPTIONS outside of a dialog', ask('OPTIONS', 'z9hG4bK1111111'), '200 OK'],
    ['OPTIONS inside of one', ask('OPTIONS', 'z9hG4bK1111112', { toTag: 'x' }), '200 OK'],
    ['NOTIFY outside', ask('NOTIFY', 'z9hG4bK1111113'), '405 Method Not Allowed'],
    ['NOTIFY inside', ask('NOTIFY', 'z9hG4bK1111114', { toTag: 'x' }), '481 Call/Transaction Does Not Exist'],
    ['a method that nobody knows', ask('FROBNICATE', 'z9hG4bK1111115'), '405 Method Not Allowed'],
    ['CANCEL of nothing', ask('CANCEL', 'z9hG4bK1111116'), '481 Call/Transaction Does Not Exist'],
    ['an extension that we do not have', ask('NOTIFY', 'z9hG4bK1111117', { headers: ['Require: 100rel, gruu'] }), '420 Bad Extension'],
  ])('%s is answered', async (_name, text, status) => {
    const { clock, link, statuses } = await start()
    link.send(text)
    await clock.pass(1)
    expect(statuses()).toEqual([status])
    const heard = hear(link.fromUs[0]?.text ?? '')
    expect(heard.headers.slice(0, 5).map(([name]) => name)).toEqual(['via', 'from', 'to', 'call-id', 'cseq'])
    expect(value(heard, 'to')).toMatch(/;tag=[^;]+$/)
    if (status.startsWith('420')) expect(value(heard, 'unsupported')).toBe('100rel, gruu')
  })

  test('a CANCEL of an INVITE that has been answered is 200 and changes nothing; an ACK of nothing is not answered', async () => {
    const { clock, link, statuses } = await start()
    link.send(ask('INVITE', 'z9hG4bK2222222'))
    link.send(ask('CANCEL', 'z9hG4bK2222222'))
    link.send(ask('ACK', 'z9hG4bK3333333', { callId: 'nothing' }))
    await clock.pass(1)
    expect(statuses()).toEqual(['405 Method Not Allowed', '200 OK'])
  })

  test('two Vias come back in their order, the first with where it came from; a tag is added once', async () => {
    const { clock, link } = await start()
    link.send(
      ask('OPTIONS', 'z9hG4bK4444444').replace('\r\nMax-Forwards', '\r\nVia: SIP/2.0/TCP far.example:5070;branch=z9hG4bKfar;received=10.0.0.1\r\nMax-Forwards'),
    )
    await clock.pass(1)
    expect(link.fromUs[0]?.text).toContain(
      'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK4444444;received=192.0.2.1;rport=5060, SIP/2.0/TCP far.example:5070;branch=z9hG4bKfar;received=10.0.0.1\r\n',
    )
  })
})

describe('handlers', () => {
  test('are asked in their order until one has answered, with headers, body and source as they came', async () => {
    const { clock, link, stack, statuses } = await start()
    const asked: string[] = []
    stack.onRequest(({ method }) => {
      asked.push(`first ${method}`)
      return method === 'BYE' ? { status: 200 } : undefined
    })
    stack.onRequest(({ headers, body, from }) => {
      asked.push(`second ${headers['event']} ${body} ${from.address}:${from.port}`)
      return { status: 202, reason: 'Taken', headers: { 'Retry-After': '5' }, body: { type: 'text/plain', content: 'ż' } }
    })
    link.send(ask('NOTIFY', 'z9hG4bK5555555', { toTag: 'x', headers: ['o: dialog', 'Content-Type: text/plain'], body: 'ab' }))
    link.send(ask('BYE', 'z9hG4bK6666666', { toTag: 'x' }))
    await clock.pass(1)
    expect(asked).toEqual(['first NOTIFY', 'second dialog ab 192.0.2.1:5060', 'first BYE'])
    expect(statuses()).toEqual(['202 Taken', '200 OK'])
    expect(hear(link.fromUs[0]?.text ?? '').headers).toContainEqual(['retry-after', '5'])
  })

  test('that fail are counted and said, without what was in the request; the process and the next request go on', async () => {
    const { clock, link, stack, statuses, logged } = await start()
    let fails = true
    stack.onRequest(() => {
      if (fails) throw new Error('a fault of ours')
      return { status: 200 }
    })
    link.send(ask('NOTIFY', 'z9hG4bK7777777', { toTag: 'x' }))
    await clock.pass(1)
    fails = false
    link.send(ask('NOTIFY', 'z9hG4bK8888888', { toTag: 'x' }))
    await clock.pass(1)
    expect(statuses()).toEqual(['500 Server Internal Error', '200 OK'])
    expect(stack.health()).toMatchObject({ failed: 1 })
    expect(logged.join()).toContain('a fault of ours')
    expect(logged.join()).not.toContain('101')
  })

  test('a 2xx to an INVITE goes out again until its ACK, which has a branch of its own', async () => {
    const { clock, link, stack, statuses } = await start()
    stack.onRequest(() => ({ status: 200, headers: { contact: '<sip:101@192.0.2.10>' } }))
    link.send(ask('INVITE', 'z9hG4bK9999999', { toTag: 'x', cseq: 4 }))
    await clock.pass(1500)
    link.send(ask('ACK', 'z9hG4bKaaaaaaa', { toTag: 'x', cseq: 4 }))
    await clock.pass(60_000)
    expect(statuses()).toEqual(['200 OK', '200 OK', '200 OK'])
    expect(clock.pending()).toBe(0)
  })
})

describe('answers that are kept', () => {
  test('of one address are bounded: under a flood the oldest is forgotten, and every request is still answered', async () => {
    const { clock, link, stack, statuses } = await start()
    const flood = sipLimits.serverTransactionsPerSourceMax + 50
    for (let count = 0; count < flood; count += 1) link.send(ask('OPTIONS', `z9hG4bKflood${count}`))
    await clock.pass(1)
    expect(statuses()).toHaveLength(flood)
    expect(stack.health()).toMatchObject({ answersKept: sipLimits.serverTransactionsPerSourceMax, forgotten: 50 })
    link.send(ask('OPTIONS', `z9hG4bKflood${flood - 1}`))
    await clock.pass(1)
    expect(stack.health()).toMatchObject({ repeated: 1 })
    await clock.pass(32_000)
    expect(stack.health()).toMatchObject({ answersKept: 0 })
    expect(clock.pending()).toBe(0)
  })
})
