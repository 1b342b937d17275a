import { describe, expect, it, onTestFinished } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { createCodeDialler, meaningOf } from '../../src/sip/codes/code-dialler.ts'
import { createExchangeForwarder, type ExchangeForwarder, type ForwardCodes } from '../../src/sip/codes/exchange-forwarder.ts'
import { createHoldCode } from '../../src/sip/codes/hold-code.ts'
import { type SipUseLimits, sipUseLimits } from '../../src/sip/use-limits.ts'
import { withExchange } from './desk-of-virtual-time.ts'
import type { ExchangeOptions } from './exchange.ts'
import { value } from './stand-in.ts'
import { openExchange } from './udp-exchange.ts'
import { realClock } from './virtual.ts'

const codes: ForwardCodes = { server: '192.0.2.1', port: 5060, transport: 'udp', user: '101', domain: 'pbx.test', forwardOn: '*72', forwardOff: '*73' }
const hint = '*96101'
const on = { on: true, kind: 'always', target: '202', ringMs: 0 } as const
const off = { ...on, on: false } as const

async function forwarding(options: ExchangeOptions = {}, changes: Partial<ForwardCodes> = {}) {
  const world = await withExchange(options)
  const facts: Fact[] = []
  const { clock, random, stack, log } = world
  const forwarder: ExchangeForwarder = createExchangeForwarder({ ...codes, ...changes }, () => [], {
    ...{ clock, random, stack, log },
    emit: (fact) => void facts.push(fact),
  })
  forwarder.start()
  await clock.pass(100)
  facts.length = 0
  return { ...world, forwarder, facts, invites: () => world.exchange.heard('INVITE').filter(({ heard }) => heard.headers.some(([name]) => name === 'cseq')) }
}
const withHint = (options: ExchangeOptions = {}) => forwarding({ ...options, hint }, { forwardHint: hint })

describe('a code', () => {
  it('is dialled without media, and left standing until the exchange hangs up: only then has it been obeyed', async () => {
    const { exchange, known, within } = await withExchange()
    const end = await within(3000, createCodeDialler(known).dial('*72202'))
    expect(end).toEqual({ kind: 'hung-up' })
    expect(exchange.forwardedTo()).toBe('202')
    const [invite] = exchange.heard('INVITE')
    expect(invite?.heard.body).toContain('a=inactive')
    expect(invite?.heard.uri).toBe('sip:*72202@pbx.test')
    expect(exchange.heard('BYE')).toEqual([])
  })
  it('is hung up by us where the exchange does not, after eight seconds and not before', async () => {
    const { clock, exchange, known, within } = await withExchange({ hangsUpAfterMs: Number.POSITIVE_INFINITY })
    const end = within(sipUseLimits.codeHangUpMs + 200, createCodeDialler(known).dial('*73'))
    expect(await end).toEqual({ kind: 'cut-off' })
    const [bye] = exchange.heard('BYE')
    expect((bye?.at ?? 0) - (exchange.heard('INVITE')[0]?.at ?? 0)).toBeGreaterThanOrEqual(sipUseLimits.codeHangUpMs)
    expect(value(bye?.heard ?? none(), 'to')).toContain(';tag=exchange')
    await clock.pass(60_000)
    expect(clock.pending()).toBe(0)
  })
  it('that is not answered is taken back, and is over in time', async () => {
    const { exchange, known, within, clock } = await withExchange()
    exchange.refuse((heard) => (heard.method === 'INVITE' ? [100, 'Trying'] : undefined))
    expect(await within(sipUseLimits.codeAnswerMs + 10, createCodeDialler(known).dial('*73'))).toMatchObject({ kind: 'silent' })
    await clock.pass(10)
    expect(exchange.heard('CANCEL')).not.toEqual([])
  })
  it('that was given up is not dialled any more: an exchange that comes back later hears nothing of it', async () => {
    const { exchange, known, within, clock } = await withExchange()
    exchange.deaf(true)
    expect(await within(sipUseLimits.codeAnswerMs + 10, createCodeDialler(known).dial('*72202'))).toMatchObject({ kind: 'silent' })
    exchange.deaf(false)
    await clock.pass(60_000)
    expect(exchange.heard('INVITE')).toEqual([])
    expect(exchange.forwardedTo()).toBeUndefined()
    expect(clock.pending()).toBe(0)
  })
  it('whose connection was lost on the way may have been heard; without any way it has not gone out', async () => {
    const { known, within, link, clock } = await withExchange()
    const dialling = createCodeDialler(known).dial('*72202')
    await clock.pass(0)
    link.lose('ECONNRESET')
    expect(await within(10, dialling)).toMatchObject({ kind: 'silent' })
    link.refuse('ENETUNREACH')
    expect(await within(10, createCodeDialler(known).dial('*72202'))).toMatchObject({ kind: 'unsent' })
  })
  it('is turned down with a reason', async () => {
    const { known, within } = await withExchange()
    expect(await within(100, createCodeDialler(known).dial('*99'))).toEqual({ kind: 'turned-down', status: 404, reason: 'Not Found' })
    expect([404, 484, 403, 486, 603, 408, 480, 503].map(meaningOf)).toEqual([
      'unsupported',
      'unsupported',
      'refused',
      'refused',
      'refused',
      'unreachable',
      'unreachable',
      'unreachable',
    ])
  })
  it('a call that is not ours is none of it', async () => {
    const { known, within, link, clock, exchange } = await withExchange({ hangsUpAfterMs: Number.POSITIVE_INFINITY })
    const dialling = createCodeDialler(known).dial('*73')
    await clock.pass(100)
    link.send(
      'BYE sip:101@192.0.2.10:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKforeign1;rport\r\nFrom: <sip:x@y>;tag=a\r\n' +
        'To: <sip:101@pbx.test>;tag=b\r\nCall-ID: other\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n',
    )
    expect(await within(1000, dialling)).toBe('still under way')
    const callId = value(exchange.heard('INVITE')[0]?.heard ?? none(), 'call-id')
    link.send(
      'BYE sip:101@192.0.2.10:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKforeign2;rport\r\nFrom: <sip:x@y>;tag=a\r\n' +
        `To: <sip:101@pbx.test>;tag=b\r\nCall-ID: ${callId}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n`,
    )
    expect(await within(1000, dialling)).toBe('still under way')
  })
})

describe('forwarding by the exchange, without a hint', () => {
  it('is believed by the exchange hanging up by itself, and nothing can be read', async () => {
    const { exchange, forwarder, within } = await forwarding()
    expect(forwarder.kinds).toEqual(['always'])
    expect(await within(5000, forwarder.forward(on))).toBe('confirmed')
    expect(exchange.forwardedTo()).toBe('202')
    expect(await within(5000, forwarder.forward(off))).toBe('confirmed')
    expect(exchange.forwardedTo()).toBeUndefined()
    expect(await within(5000, forwarder.look())).toBe('hidden')
  })
  it('claims nothing where the exchange did not hang up by itself', async () => {
    const { forwarder, within } = await forwarding({ hangsUpAfterMs: Number.POSITIVE_INFINITY })
    expect(await within(limits.forwardAnswerMs, forwarder.forward(on))).toBe('sent')
  })
  it('a kind that has no code is unsupported, and nothing is dialled; nor is anything but a number', async () => {
    const { exchange, forwarder, within } = await forwarding()
    expect(await within(100, forwarder.forward({ ...on, kind: 'no-answer' }))).toBe('unsupported')
    for (const target of ['202;x', '202@elsewhere', '', '+', ' ', 'a']) expect(await within(100, forwarder.forward({ ...on, target }))).toBe('unsupported')
    expect(exchange.heard('INVITE')).toEqual([])
  })
  it('the no-answer codes are another pair', async () => {
    const { exchange, forwarder, within } = await forwarding({ codes: ['*92', '*93'] }, { forwardNoAnswerOn: '*92', forwardNoAnswerOff: '*93' })
    expect(forwarder.kinds).toEqual(['no-answer', 'always'])
    expect(await within(5000, forwarder.forward({ ...on, kind: 'no-answer' }))).toBe('confirmed')
    expect(exchange.forwardedTo()).toBe('202')
  })
  it.each([
    [404, 'unsupported'],
    [603, 'refused'],
    [486, 'refused'],
    [503, 'unreachable'],
  ] as const)('turned down with %i: %s', async (status, outcome) => {
    const { forwarder, within } = await forwarding({ codeStatus: { status, obeys: false } })
    expect(await within(5000, forwarder.forward(on))).toBe(outcome)
  })
  it('an exchange that is away: unreachable within the time of an order, and several orders one after the other', async () => {
    const { exchange, forwarder, within } = await forwarding()
    exchange.deaf(true)
    expect(await within(limits.forwardAnswerMs, forwarder.forward(on))).toBe('unreachable')
  })
})

describe('forwarding by the exchange, with its hint', () => {
  it('is confirmed by it, both ways', async () => {
    const { forwarder, within, facts } = await withHint()
    expect(await within(5000, forwarder.forward(on))).toBe('confirmed')
    expect(facts).toEqual([{ type: 'phone.forwarding', kind: 'always', on: true }])
    expect(await within(100, forwarder.look())).toBe(true)
    expect(facts.at(-1)).toEqual({ type: 'phone.forwarding', kind: 'always', on: true, read: true })
    expect(await within(5000, forwarder.forward(off))).toBe('confirmed')
  })
  it('of two pairs of codes only the kind that the hint tells of is offered: the other could never be confirmed, nor its end', async () => {
    const noAnswer = { forwardNoAnswerOn: '*92', forwardNoAnswerOff: '*93' }
    expect((await forwarding({ hint }, { forwardHint: hint, ...noAnswer })).forwarder.kinds).toEqual(['always'])
    const { forwardOn: _, forwardOff: __, ...bare } = codes
    const alone = createExchangeForwarder(
      { ...bare, ...noAnswer, forwardHint: hint },
      () => [],
      await withExchange().then((world) => ({ ...world, emit() {} })),
    )
    expect(alone.kinds).toEqual(['no-answer'])
  })
  it('is contradicted where the exchange takes the code and nothing comes of it', async () => {
    const { forwarder, within } = await withHint({ setsAfterMs: 60_000 })
    expect(await within(limits.forwardAnswerMs, forwarder.forward(on))).toBe('contradicted')
  })
  it('an exchange that may yet obey is told to stop, although its hint shows nothing to be stopped', async () => {
    const { forwarder, within, exchange, clock } = await withHint({ setsAfterMs: 15_000 })
    expect(await within(5000, forwarder.forward(on))).toBe('contradicted')
    expect(await within(5000, forwarder.forward(off))).toBe('confirmed')
    await clock.pass(limits.forwardLateMs)
    expect(exchange.forwardedTo()).toBeUndefined()
    const dialled = exchange.heard('INVITE').length
    expect(await within(5000, forwarder.forward(off))).toBe('confirmed')
    expect(exchange.heard('INVITE')).toHaveLength(dialled)
  })
  it('603 after the deed is no refusal: the hint says that it worked', async () => {
    const { forwarder, within } = await withHint({ codeStatus: { status: 603, obeys: true } })
    expect(await within(5000, forwarder.forward(on))).toBe('confirmed')
  })
  it('603 while the hint is lost is no refusal either: nobody can see that nothing was done', async () => {
    const { forwarder, within, exchange, clock } = await withHint({ codeStatus: { status: 603, obeys: true } })
    exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' ? [489, 'Bad Event'] : undefined))
    exchange.terminate('reason=deactivated')
    await clock.pass(5000)
    expect(await within(limits.forwardAnswerMs, forwarder.forward(on))).toBe('unreachable')
    expect(exchange.forwardedTo()).toBe('202')
  })
  it('what is off already is not dialled for', async () => {
    const { forwarder, within, exchange } = await withHint()
    expect(await within(100, forwarder.forward(off))).toBe('confirmed')
    expect(exchange.heard('INVITE')).toEqual([])
  })
  it('what somebody set by hand is told, and touched neither to set nor to undo', async () => {
    const { forwarder, within, exchange, facts, clock } = await withHint()
    exchange.setForwarded('999')
    await clock.pass(100)
    expect(facts).toEqual([{ type: 'phone.forwarding', kind: 'always', on: true }])
    expect(await within(5000, forwarder.forward(on))).toBe('foreign')
    expect(exchange.forwardedTo()).toBe('999')
  })
  it('a person who ended ours and set their own keeps it', async () => {
    const { forwarder, within, exchange, clock } = await withHint()
    expect(await within(5000, forwarder.forward(on))).toBe('confirmed')
    exchange.setForwarded(undefined)
    await clock.pass(100)
    exchange.setForwarded('999')
    await clock.pass(100)
    expect(await within(5000, forwarder.forward(off))).toBe('foreign')
    expect(exchange.forwardedTo()).toBe('999')
  })
  it('ours from before a restart is undone: whoever gives the order answers for its being ours', async () => {
    const { forwarder, within, exchange, clock } = await withHint()
    exchange.setForwarded('202')
    await clock.pass(100)
    expect(await within(5000, forwarder.forward(off))).toBe('confirmed')
    expect(exchange.forwardedTo()).toBeUndefined()
  })
  it('while the hint is lost nothing is claimed by it', async () => {
    const { forwarder, within, exchange, clock } = await withHint()
    exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' ? [489, 'Bad Event'] : undefined))
    exchange.terminate('reason=deactivated')
    await clock.pass(5000)
    expect(await within(sipUseLimits.hintMs + 10, forwarder.look())).toBe(false)
    expect(await within(limits.forwardAnswerMs, forwarder.forward(on))).toBe('sent')
  })
})

describe('a hold by a code', () => {
  const ref = { remote: '0857654321' }
  it('is sent once, and a second attempt is unsafe while the first may have worked', async () => {
    const { known, within, exchange } = await withExchange({ codes: ['*55', '*56'] })
    const hold = createHoldCode(createCodeDialler(known), '*55')
    expect(await within(5000, hold(ref, 1))).toBe('sent')
    expect(await within(5000, hold(ref, 2))).toBe('unsafe')
    expect(exchange.heard('INVITE')).toHaveLength(1)
  })
  it('that the exchange turned down may be tried again', async () => {
    const { known, within, exchange } = await withExchange()
    exchange.refuse((heard) => (heard.method === 'INVITE' ? [486, 'Busy Here'] : undefined))
    const hold = createHoldCode(createCodeDialler(known), '*55')
    expect(await within(1000, hold(ref, 1))).toBe('refused')
    expect(await within(1000, hold(ref, 2))).toBe('refused')
  })
  it('that was not answered may have worked', async () => {
    const { known, within, exchange } = await withExchange()
    exchange.deaf(true)
    const hold = createHoldCode(createCodeDialler(known), '*55')
    expect(await within(5000, hold(ref, 1))).toBe('unreachable')
    expect(await within(5000, hold(ref, 2))).toBe('unsafe')
  })
  it('whose connection was lost on the way may have worked', async () => {
    const { known, within, link, clock } = await withExchange()
    const hold = createHoldCode(createCodeDialler(known), '*55')
    const first = hold(ref, 1)
    await clock.pass(0)
    link.lose('ECONNRESET')
    expect(await within(10, first)).toBe('unreachable')
    expect(await within(10, hold(ref, 2))).toBe('unsafe')
  })
})

/** `release` and the warden have no stack: one is opened for an order, and gone a moment later. */
describe('a forwarder with a stack of its own leaves no call behind', () => {
  async function alone(address: string, options: ExchangeOptions, limits: Partial<SipUseLimits>) {
    const exchange = await openExchange(address, options)
    onTestFinished(exchange.close)
    const forwarder = createExchangeForwarder({ ...codes, server: address, port: exchange.port, localHost: address }, () => [], {
      ...{ emit() {}, clock: realClock, random: Math.random, log: { debug() {}, warn() {} } },
      limits,
    })
    return { exchange, forwarder }
  }
  it('that the exchange would not end', async () => {
    const { exchange, forwarder } = await alone('127.0.77.32', { hangsUpAfterMs: Number.POSITIVE_INFINITY }, { codeHangUpMs: 100 })
    expect(await forwarder.forward(off)).toBe('sent')
    expect(exchange.heard('BYE')).toHaveLength(1)
  })
  it('that rings and is not answered', async () => {
    const { exchange, forwarder } = await alone('127.0.77.33', {}, { codeAnswerMs: 100, goodbyeMs: 300 })
    exchange.refuse((heard) => (heard.method === 'INVITE' ? [180, 'Ringing'] : undefined))
    expect(await forwarder.forward(off)).toBe('unreachable')
    expect(exchange.heard('CANCEL').length).toBeGreaterThan(0)
  })
})

function none(): never {
  throw new Error('there is none')
}
