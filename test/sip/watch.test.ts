import { describe, expect, it, onTestFinished } from 'vitest'
import { isLive } from '../../src/desk/call.ts'
import { type Desk, emptyDesk, take } from '../../src/desk/desk.ts'
import type { Fact } from '../../src/desk/event.ts'
import { createPing } from '../../src/sip/options-ping.ts'
import type { SipUseLimits } from '../../src/sip/use-limits.ts'
import { createOwnCalls } from '../../src/sip/watch/own-calls.ts'
import { createWatch } from '../../src/sip/watch/watch.ts'
import { mondayNine, policy } from '../desk/script.ts'
import { withExchange } from './desk-of-virtual-time.ts'
import { asterisk, yealink } from './documents.ts'
import { openExchange } from './udp-exchange.ts'
import { watchServer } from './watching.ts'

const idle = asterisk({ state: 'terminated' })
const early = asterisk({ state: 'early' })
const confirmed = asterisk({ state: 'confirmed' })

/** A watch and a desk in virtual time. */
async function watched(limits: Partial<SipUseLimits> = {}) {
  const world = await withExchange()
  const { clock, known, log, exchange } = world
  const facts: string[] = []
  const tells: (readonly [tells: boolean, reason?: string | undefined])[] = []
  let desk: Desk = emptyDesk(0)
  function tell(fact: Fact): void {
    desk = take(desk, { ...fact, at: Math.max(desk.at, clock.now()) }, policy).desk
  }
  tell({ type: 'agent.started', version: 'test' })
  tell({ type: 'clock.set', wall: mondayNine, synced: true })
  const own = createOwnCalls(clock)
  const watch = createWatch({
    ...{ ...known, own, watched: '101', holdSemantics: 'ignore', log },
    limits,
    onTells: (...told) => void tells.push(told),
    desk: () => desk,
    emit(fact) {
      facts.push(`${clock.now()} ${fact.type}`)
      tell(fact)
    },
  })
  exchange.show('101', idle)
  watch.start()
  await clock.pass(100)
  const states = (): string[] => desk.calls.filter(isLive).map(({ state }) => state)
  return { ...world, watch, own, facts, tells, tell, states, desk: () => desk }
}

describe('whether the exchange tells of the extension', () => {
  it('is told when it begins, when it ends, and why', async () => {
    const { clock, exchange, tells, watch } = await watched()
    exchange.show('101', early)
    await clock.pass(1000)
    expect(tells).toEqual([[true, undefined]])
    watch.restart('the exchange does not answer any more')
    expect(tells.slice(1)).toEqual([[false, 'the exchange does not answer any more']])
    await clock.pass(10_000)
    expect(tells.slice(2)).toEqual([[true, undefined]])
  })
})

describe('a feature code that the agent dials as its desk’s own user', () => {
  it('is no call of the desk, though the exchange shows one', async () => {
    const { clock, exchange, facts, own } = await watched()
    own.begin('code')
    exchange.show('101', confirmed)
    await clock.pass(2000)
    own.end('code')
    exchange.show('101', idle)
    await clock.pass(5000)
    expect(facts).toEqual([])
  })
  it('hides no call that rings meanwhile, and what goes on when it is over is the desk’s', async () => {
    const { clock, exchange, facts, own } = await watched()
    own.begin('code')
    exchange.show('101', confirmed)
    await clock.pass(500)
    exchange.show('101', early)
    await clock.pass(1000)
    exchange.show('101', confirmed)
    await clock.pass(500)
    own.end('code')
    await clock.pass(1499)
    expect(facts).toEqual(['601 call.delivered'])
    await clock.pass(1)
    expect(facts.map((line) => line.split(' ')[1])).toEqual(['call.delivered', 'call.established'])
  })
  it('does not end a conversation that goes on all the while, and its end in between is not lost', async () => {
    const { clock, exchange, states, own } = await watched()
    exchange.show('101', early)
    exchange.show('101', confirmed)
    await clock.pass(5000)
    expect(states()).toEqual(['connected'])
    own.begin('code')
    exchange.show('101', confirmed)
    await clock.pass(2000)
    own.end('code')
    await clock.pass(5000)
    expect(states()).toEqual(['connected'])
    own.begin('another')
    await clock.pass(100)
    own.end('another')
    exchange.show('101', idle)
    await clock.pass(100)
    expect(states()).toEqual([])
  })
})

describe('a watched desk', () => {
  it('whose phone says nothing: a call from ring to end, at the moment of each word', async () => {
    const { clock, exchange, facts, watch, states } = await watched()
    exchange.show('101', early)
    await clock.pass(900)
    expect(states()).toEqual(['alerting'])
    expect(watch.calls()).toBe(1)
    exchange.show('101', confirmed)
    await clock.pass(1000)
    exchange.show('101', idle)
    await clock.pass(1000)
    expect(facts).toEqual(['101 call.delivered', '1001 call.established', '2001 call.cleared'])
    expect(watch.calls()).toBe(0)
  })
  it('whose phone speaks: its word is waited for, a second and no longer', async () => {
    const { clock, exchange, facts, tell } = await watched()
    await clock.pass(10)
    tell({ type: 'phone.heard' })
    exchange.show('101', early)
    await clock.pass(1000)
    expect(facts).toEqual([])
    await clock.pass(100)
    expect(facts).toEqual(['1111 call.delivered'])
  })
  it('while the exchange is away nothing is claimed, and nothing is known: never "no calls"', async () => {
    const { clock, exchange, facts, watch, states } = await watched()
    exchange.show('101', early)
    await clock.pass(100)
    exchange.terminate('reason=giveup;retry-after=600')
    await clock.pass(1000)
    expect(watch.calls()).toBeUndefined()
    expect(states()).toEqual(['alerting'])
    await clock.pass(100_000)
    expect(facts).toHaveLength(1)
  })
  it('an exchange that dies in the middle of a call is noticed by its silence, and its answer after the start is compared', async () => {
    const { clock, exchange, watch, known, states } = await watched()
    const ping = createPing({ ...known, onDeaf: () => watch.restart('the exchange does not answer any more') })
    ping.start()
    exchange.show('101', early)
    await clock.pass(500)
    exchange.deaf(true)
    exchange.restart()
    await clock.pass(120_000)
    expect(watch.calls()).toBeUndefined()
    exchange.show('101', idle)
    exchange.deaf(false)
    await clock.pass(200_000)
    expect([watch.health().state, watch.calls(), states()]).toEqual(['active', 0, []])
    ping.stop()
  })
  it('what is no dialog information is counted, said once, and changes nothing', async () => {
    const { clock, exchange, facts, watch, logged } = await watched()
    exchange.show('101', '<!DOCTYPE x><dialog-info/>')
    exchange.show('101', '<dialog-info')
    await clock.pass(100)
    expect(watch.health()).toMatchObject({ unreadable: 2, filled: 0 })
    expect(logged.filter((line) => line.includes('no dialog information'))).toHaveLength(1)
    expect(facts).toEqual([])
  })
  it('where something partial was lost, all is asked for once more', async () => {
    const { clock, exchange, link } = await watched()
    await clock.pass(10_000)
    const before = exchange.heard('SUBSCRIBE').length
    const template = link.fromThem.findLast(({ text }) => text.startsWith('NOTIFY'))?.text ?? ''
    const body = yealink('partial', [{ id: 'd1', state: 'early', direction: 'recipient', remote: '0857654321' }])
    const head = template.slice(0, template.indexOf('\r\n\r\n'))
    const again = head
      .replace(/CSeq: \d+/, 'CSeq: 500')
      .replace(/branch=\w+/, 'branch=z9hG4bKgap00000')
      .replace(/Content-Length: \d+/, `Content-Length: ${body.length}`)
    link.send(`${again}\r\n\r\n${body}`)
    await clock.pass(100)
    expect(exchange.heard('SUBSCRIBE').length).toBe(before + 1)
  })
  it.each([
    ['comes late', true, ['call.delivered', 'call.established']],
    ['never comes', false, ['call.established']],
  ])('an answer that has overtaken its ring, which %s: it is answered, and nobody has dialled', async (_, comes, told) => {
    const { clock, exchange, link, facts, states } = await watched()
    await clock.pass(10_000)
    exchange.show('101', confirmed)
    const [notify] = link.fromThem.filter(({ text }) => text.startsWith('NOTIFY')).slice(-1)
    const text = notify?.text ?? ''
    // The ring was sent first: the answer has the number after next.
    const cseq = Number(/CSeq: (\d+)/.exec(text)?.[1])
    link.fromThem.length = 0
    const as = (number: number, body: string): string =>
      `${text.slice(0, text.indexOf('\r\n\r\n'))}\r\n\r\n${body}`
        .replace(/CSeq: \d+/, `CSeq: ${number}`)
        .replace(/branch=\w+/, `branch=z9hG4bKlate${number}`)
        .replace(/Content-Length: \d+/, `Content-Length: ${Buffer.byteLength(body)}`)
    await clock.pass(2000)
    exchange.show('101', idle)
    await clock.pass(2000)
    facts.length = 0
    link.send(as(cseq + 3, confirmed))
    await clock.pass(300)
    expect(facts).toEqual([])
    if (comes) link.send(as(cseq + 2, early))
    await clock.pass(1500)
    expect(facts.map((line) => line.split(' ')[1])).toEqual(told)
    expect(states()).toEqual(['connected'])
  })
  it('stops without a timer left', async () => {
    const { clock, exchange, watch, stack, tell } = await watched()
    tell({ type: 'phone.heard' })
    exchange.show('101', early)
    await clock.pass(100)
    const stopped = watch.stop()
    await clock.pass(2000)
    await stopped
    await stack.stop()
    await clock.pass(60_000)
    expect(clock.pending()).toBe(0)
  })
})

describe('over a real socket', () => {
  it('a call, and a goodbye', async () => {
    const exchange = await openExchange('127.0.77.10')
    onTestFinished(exchange.close)
    exchange.show('101', idle)
    const watching = await watchServer({ server: { host: '127.0.77.10', port: exchange.port }, user: '101', localHost: '127.0.77.11' })
    await expect.poll(() => watching.health().state).toBe('active')
    exchange.show('101', early)
    await expect.poll(() => watching.facts.map(({ fact }) => fact.type)).toEqual(['call.delivered'])
    exchange.show('101', confirmed)
    exchange.show('101', idle)
    await expect.poll(() => watching.facts.map(({ fact }) => fact.type)).toEqual(['call.delivered', 'call.established', 'call.cleared'])
    await watching.stop()
    expect(exchange.subscribers()).toEqual([])
  })
})
