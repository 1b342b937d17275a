import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import type { OutgoingRequest } from '../../src/sip/ports.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { ask, hear, respond } from './stand-in.ts'
import { createLink, createVirtualClock, optionsFor } from './virtual.ts'

const outgoing: OutgoingRequest = {
  method: 'OPTIONS',
  uri: 'sip:pbx.test',
  from: '<sip:101@pbx.test>;tag=ours',
  to: '<sip:pbx.test>',
  callId: 'call-1@desk',
  cseq: 7,
}
const invitation: OutgoingRequest = { ...outgoing, method: 'INVITE', uri: 'sip:*72102@pbx.test' }

async function start(reliable = false) {
  const clock = createVirtualClock()
  const link = createLink(clock, () => [0])
  const { options } = optionsFor(clock, createRandom(1), { transport: reliable ? 'tcp' : 'udp' })
  const stack = createSipStack(options, reliable ? link.tcp : link.udp)
  await stack.start()
  const instants = (): number[] => link.fromUs.map(({ at }) => at)
  const firstLines = (): string[] => link.fromUs.map(({ text }) => text.slice(0, text.indexOf(' ')))
  return { clock, link, stack, instants, firstLines }
}

/** RFC 3261 §17.1.2.2: T1 doubled up to T2. */
const timerE = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
/** RFC 3261 §17.1.1.2: T1 doubled, without a cap. */
const timerA = [0, 500, 1500, 3500, 7500, 15_500, 31_500]

describe('a request other than INVITE', () => {
  test('over UDP goes out at the instants of timer E, byte for byte the same, and is a timeout at 32 s, not a millisecond before', async () => {
    const { clock, link, stack, instants } = await start()
    let outcome: unknown
    void stack.request(outgoing).then((what) => {
      outcome = what
    })
    await clock.pass(31_999)
    expect(instants()).toEqual(timerE)
    expect(new Set(link.fromUs.map(({ text }) => text)).size).toBe(1)
    expect(outcome).toBeUndefined()
    await clock.pass(1)
    expect(outcome).toEqual({ kind: 'timeout', cseq: 7 })
    expect(clock.pending()).toBe(0)
    expect(stack.health()).toMatchObject({ sent: 11, retransmitted: 10, timedOut: 1, underWay: 0 })
  })

  test('over TCP goes out once, and is a timeout at 32 s as well', async () => {
    const { clock, stack, instants } = await start(true)
    const outcome = stack.request(outgoing)
    await clock.pass(32_000)
    expect(instants()).toEqual([0])
    expect(await outcome).toEqual({ kind: 'timeout', cseq: 7 })
    expect(clock.pending()).toBe(0)
  })

  test('that somebody is working on goes out each 4 s, and timer F goes on', async () => {
    const { clock, link, stack, instants } = await start()
    link.onReceive((text) => clock.now() === 500 && link.send(respond(hear(text), 100, 'Trying')))
    const outcome = stack.request(outgoing)
    await clock.pass(32_000)
    // The wait that had begun is the doubled one; from then on each is T2.
    expect(instants()).toEqual([0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500])
    expect(await outcome).toEqual({ kind: 'timeout', cseq: 7 })
    expect(clock.pending()).toBe(0)
  })

  test('that is answered stops, and its answers are swallowed for 5 s (timer K)', async () => {
    const { clock, link, stack, instants } = await start()
    link.onReceive((text) => clock.now() === 1500 && [1, 2, 3].map(() => link.send(respond(hear(text), 200, 'OK'))))
    const outcome = stack.request(outgoing)
    await clock.pass(1500)
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 200 }, cseq: 7 })
    await clock.pass(4999)
    expect(stack.health()).toMatchObject({ underWay: 1, known: 2, strays: 0 })
    await clock.pass(1)
    expect(stack.health()).toMatchObject({ underWay: 0 })
    expect(instants()).toEqual([0, 500, 1500])
    expect(clock.pending()).toBe(0)
  })
})

describe('an INVITE', () => {
  test('over UDP goes out at the instants of timer A, and is a timeout at 32 s (timer B)', async () => {
    const { clock, stack, instants } = await start()
    const { outcome } = stack.invite(invitation)
    await clock.pass(31_999)
    expect(instants()).toEqual(timerA)
    expect(stack.health()).toMatchObject({ timedOut: 0 })
    await clock.pass(1)
    expect(await outcome).toEqual({ kind: 'timeout', cseq: 7 })
    expect(clock.pending()).toBe(0)
  })

  test('that rings goes out no more; after three minutes it is cancelled, and a timeout', async () => {
    const { clock, link, stack, firstLines, instants } = await start()
    const statuses: number[] = []
    link.onReceive((text) => text.startsWith('INVITE') && link.send(respond(hear(text), 180, 'Ringing')))
    const { outcome } = stack.invite(invitation, ({ status }) => statuses.push(status))
    await clock.pass(179_999)
    expect(instants()).toEqual([0])
    await clock.pass(1)
    expect(await outcome).toEqual({ kind: 'timeout', cseq: 7 })
    expect(firstLines()).toEqual(['INVITE', 'CANCEL'])
    expect(statuses).toEqual([180])
    await clock.pass(32_000)
    expect(clock.pending()).toBe(0)
  })

  test('that is refused is acknowledged in its own transaction, for every time that the refusal comes, for 32 s (timer D)', async () => {
    const { clock, link, stack, firstLines } = await start()
    let refusal = ''
    link.onReceive((text) => {
      if (!text.startsWith('INVITE')) return
      refusal = respond(hear(text), 486, 'Busy Here')
      link.send(refusal)
    })
    const { outcome } = stack.invite(invitation)
    await clock.pass(10)
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 486 } })
    await clock.pass(31_980)
    link.send(refusal)
    await clock.pass(9)
    expect(firstLines()).toEqual(['INVITE', 'ACK', 'ACK'])
    await clock.pass(1)
    link.send(refusal)
    await clock.pass(10)
    expect(firstLines()).toEqual(['INVITE', 'ACK', 'ACK'])
    expect(stack.health()).toMatchObject({ strays: 1, underWay: 0 })
    expect(clock.pending()).toBe(0)
    const [invite = '', ack = ''] = link.fromUs.map(({ text }) => text)
    const via = /Via: .*/
    expect(via.exec(ack)?.[0]).toBe(via.exec(invite)?.[0])
    expect(ack).toMatch(/\r\nTo: <sip:pbx\.test>;tag=there\r\n/)
    expect(ack).toMatch(/\r\nCSeq: 7 ACK\r\n/)
  })

  test('that is accepted is acknowledged as often as the 2xx comes, under a branch of its own, to the contact that it names', async () => {
    const { clock, link, stack } = await start()
    const headers = ['Contact: <sip:conf@192.0.2.99:5099>', 'Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8;lr>']
    link.onReceive((text) => {
      if (!text.startsWith('INVITE')) return
      for (const at of [0, 500, 1500]) clock.after(at, () => link.send(respond(hear(text), 200, 'OK', { headers })))
    })
    const { outcome } = stack.invite(invitation)
    await clock.pass(40_000)
    expect(await outcome).toMatchObject({ kind: 'response', response: { status: 200, headers: { contact: ['<sip:conf@192.0.2.99:5099>'] } } })
    const [invite = '', ...acks] = link.fromUs.map(({ text }) => text)
    expect(acks).toHaveLength(3)
    expect(new Set(acks).size).toBe(1)
    expect(acks[0]).toMatch(/^ACK sip:conf@192\.0\.2\.99:5099 SIP\/2\.0\r\n/)
    expect(acks[0]).toContain('\r\nRoute: <sip:192.0.2.8;lr>, <sip:192.0.2.7;lr>\r\n')
    expect(/branch=[^;]+/.exec(acks[0] ?? '')?.[0]).not.toBe(/branch=[^;]+/.exec(invite)?.[0])
    expect(clock.pending()).toBe(0)
  })

  test('that two places accept is acknowledged at each, and is the call of the first', async () => {
    const { clock, link, stack } = await start()
    link.onReceive((text) => {
      if (!text.startsWith('INVITE')) return
      for (const tag of ['one', 'two', 'one']) link.send(respond(hear(text), 200, 'OK', { tag }))
    })
    const { outcome } = stack.invite(invitation)
    await clock.pass(10)
    expect(await outcome).toMatchObject({ response: { headers: { to: '<sip:pbx.test>;tag=one' } } })
    expect(link.fromUs.slice(1).map(({ text }) => /\r\nTo: .*;tag=(.*)\r/.exec(text)?.[1])).toEqual(['one', 'two', 'one'])
    await stack.stop()
  })

  test.each([
    ['before anybody has spoken, waits for the first word', 700, 300],
    ['that rings already, at once', 200, 700],
  ])('CANCEL %s', async (_name, ringsAt, cancelAt) => {
    const { clock, link, stack } = await start()
    let invite = ''
    link.onReceive((text) => {
      if (text.startsWith('INVITE') && invite === '') {
        invite = text
        clock.after(ringsAt, () => link.send(respond(hear(text), 180, 'Ringing')))
      }
      if (text.startsWith('CANCEL')) {
        link.send(respond(hear(text), 200, 'OK'))
        link.send(respond(hear(invite), 487, 'Request Terminated'))
      }
    })
    const call = stack.invite(invitation)
    await clock.pass(cancelAt)
    call.cancel()
    call.cancel()
    await clock.pass(1000)
    expect(await call.outcome).toMatchObject({ kind: 'response', response: { status: 487 } })
    const cancels = link.fromUs.filter(({ text }) => text.startsWith('CANCEL'))
    expect(cancels).toHaveLength(1)
    expect(cancels[0]?.at).toBeGreaterThanOrEqual(ringsAt)
    expect(/Via: .*/.exec(cancels[0]?.text ?? '')?.[0]).toBe(/Via: .*/.exec(invite)?.[0])
    await clock.pass(60_000)
    expect(clock.pending()).toBe(0)
  })

  test('that is cancelled while nobody answers the CANCEL ends 32 s later', async () => {
    const { clock, link, stack } = await start()
    link.onReceive((text) => text.startsWith('INVITE') && link.send(respond(hear(text), 180, 'Ringing')))
    const call = stack.invite(invitation)
    await clock.pass(1000)
    call.cancel()
    await clock.pass(31_999)
    expect(stack.health()).toMatchObject({ underWay: 2 })
    await clock.pass(1)
    expect(await call.outcome).toEqual({ kind: 'timeout', cseq: 7 })
    expect(clock.pending()).toBe(0)
  })
})

describe('a request from outside', () => {
  test('is told once; the same again within 32 s gets the same answer again (timer J), later it is another one', async () => {
    const { clock, link, stack } = await start()
    let told = 0
    stack.onRequest(() => {
      told += 1
      return { status: 200 }
    })
    const notify = ask('NOTIFY', 'z9hG4bKaaaaaaa', { toTag: 'x' })
    for (const wait of [0, 500, 31_000]) {
      link.send(notify)
      await clock.pass(wait)
    }
    expect(told).toBe(1)
    expect(link.fromUs).toHaveLength(3)
    expect(new Set(link.fromUs.map(({ text }) => text)).size).toBe(1)
    await clock.pass(500)
    expect(stack.health()).toMatchObject({ answersKept: 0, repeated: 2 })
    link.send(notify)
    await clock.pass(1)
    expect(told).toBe(2)
    await clock.pass(32_000)
    expect(clock.pending()).toBe(0)
  })

  test('that is an INVITE is refused; the refusal goes out at the instants of timer G until the ACK, which is swallowed', async () => {
    const { clock, link, instants } = await start()
    link.send(ask('INVITE', 'z9hG4bKbbbbbbb'))
    await clock.pass(6000)
    expect(instants()).toEqual([0, 500, 1500, 3500])
    link.send(ask('ACK', 'z9hG4bKbbbbbbb'))
    link.send(ask('ACK', 'z9hG4bKbbbbbbb'))
    await clock.pass(60_000)
    expect(instants()).toEqual([0, 500, 1500, 3500])
    expect(link.fromUs[0]?.text).toMatch(/^SIP\/2\.0 405 Method Not Allowed\r\n/)
    expect(clock.pending()).toBe(0)
  })

  test('that is an INVITE and is never acknowledged is answered for 32 s (timer H)', async () => {
    const { clock, link, instants } = await start()
    link.send(ask('INVITE', 'z9hG4bKccccccc'))
    await clock.pass(100_000)
    expect(instants()).toEqual(timerE)
    expect(clock.pending()).toBe(0)
  })
})
