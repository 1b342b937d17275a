import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { sipUseLimits } from '../../src/sip/use-limits.ts'
import { createSubscription, type Notification } from '../../src/sip/watch/subscription.ts'
import { asterisk } from './documents.ts'
import { createExchange, type ExchangeOptions } from './exchange.ts'
import { value } from './stand-in.ts'
import { createLink, createVirtualClock, type Fate, optionsFor } from './virtual.ts'

const early = asterisk({ state: 'early' })

async function watching(options: ExchangeOptions = {}, fate?: Fate) {
  const clock = createVirtualClock()
  const link = createLink(clock, fate)
  const exchange = createExchange({ now: clock.now, after: clock.after, send: link.send }, options)
  link.onReceive(exchange.receive)
  const random = createRandom(7)
  const stack = createSipStack(optionsFor(clock, random).options, link.udp)
  await stack.start()
  const told: (Notification & { at: number })[] = []
  const lost: { at: number; reason: string }[] = []
  const subscription = createSubscription({
    ...{ stack, clock, random, user: '101', watched: '101', domain: 'pbx.test' },
    onNotify: (notification) => void told.push({ ...notification, at: clock.now() }),
    onDown: (reason) => void lost.push({ at: clock.now(), reason }),
  })
  exchange.show('101', asterisk({ state: 'terminated' }))
  subscription.start()
  await clock.pass(100)
  const subscribes = (): { at: number; expires: string; afresh: boolean }[] =>
    exchange.heard('SUBSCRIBE').map(({ at, heard }) => ({ at, expires: value(heard, 'expires'), afresh: !value(heard, 'to').includes(';tag=') }))
  return { clock, link, exchange, stack, subscription, told, lost, subscribes }
}

describe('a subscription', () => {
  it('is asked for as the desk’s own user, and told of at once; the first answer is no news, the next is', async () => {
    const { exchange, told, clock, subscription } = await watching()
    const [first] = exchange.heard('SUBSCRIBE')
    expect([first?.heard.uri, value(first?.heard ?? never(), 'event'), value(first?.heard ?? never(), 'accept')]).toEqual([
      'sip:101@pbx.test',
      'dialog',
      'application/dialog-info+xml',
    ])
    exchange.show('101', early)
    await clock.pass(100)
    expect(told.map(({ asked }) => asked)).toEqual([true, false])
    expect(told[1]?.body).toBe(early)
    expect(exchange.unanswered()).toEqual([])
    expect(subscription.health()).toEqual({ state: 'active', notified: 2, afresh: 1 })
  })
  it('takes a NOTIFY that comes before the answer to its SUBSCRIBE', async () => {
    const { told, exchange, subscription, subscribes, clock } = await watching({ notifyBeforeAnswer: true })
    expect(told).toHaveLength(1)
    expect(exchange.unanswered()).toEqual([])
    await clock.pass(80_000)
    expect(subscribes().map(({ afresh }) => afresh)).toEqual([true, false])
    expect(subscription.health().state).toBe('active')
  })
  it('is renewed in its own dialog when about half of what was granted is over, and every answer of that kind is no news', async () => {
    const { clock, subscribes, told } = await watching({ grantS: 60 })
    await clock.pass(600_000)
    const each = subscribes()
    const gaps = each.slice(1).map(({ at }, index) => at - (each[index]?.at ?? 0))
    expect(each.filter(({ afresh }) => afresh)).toHaveLength(1)
    expect(gaps.length).toBeGreaterThan(17)
    for (const gap of gaps) {
      expect(gap).toBeGreaterThan(26_000)
      expect(gap).toBeLessThan(34_000)
    }
    expect(told.every(({ asked }) => asked)).toBe(true)
  })
  it.each([false, true])('is renewed by what was granted, whatever longer time its NOTIFY speaks of (NOTIFY first: %s)', async (notifyBeforeAnswer) => {
    const { clock, subscribes } = await watching({ grantS: 60, saysS: 999_999_999, notifyBeforeAnswer })
    await clock.pass(120_000)
    expect(subscribes().length).toBeGreaterThan(1)
  })
  it('asks for longer where the exchange wants it (423), and not for ever longer', async () => {
    const { subscribes, subscription, clock } = await watching({ minS: 600 })
    expect(subscribes().map(({ expires }) => expires)).toEqual(['120', '600'])
    expect(subscription.health().state).toBe('active')
    const greedy = await watching({ minS: 1_000_000 })
    await clock.pass(0)
    await greedy.clock.pass(60_000)
    expect(greedy.subscribes().every(({ expires }) => expires === '120')).toBe(true)
    expect(greedy.subscribes().length).toBeLessThan(10)
  })
  it('says goodbye, and leaves no timer behind', async () => {
    const { clock, subscription, stack, subscribes, exchange } = await watching()
    const stopped = subscription.stop()
    await clock.pass(500)
    await stopped
    expect(subscribes().at(-1)).toMatchObject({ expires: '0', afresh: false })
    expect(exchange.subscribers()).toEqual([])
    await stack.stop()
    await clock.pass(40_000)
    expect(clock.pending()).toBe(0)
  })
  it('does not wait long for the answer to a goodbye', async () => {
    const { clock, subscription, exchange } = await watching()
    exchange.deaf(true)
    let done = false
    void subscription.stop().then(() => {
      done = true
    })
    await clock.pass(sipUseLimits.goodbyeMs + 1)
    expect(done).toBe(true)
  })
})

describe('what is lost is known to be lost', () => {
  it('an exchange that was started anew has forgotten it: 481, and afresh within seconds', async () => {
    const { clock, exchange, subscribes, lost, subscription } = await watching()
    exchange.restart()
    await clock.pass(75_000)
    expect(lost).toHaveLength(1)
    expect(subscribes().map(({ afresh }) => afresh)).toEqual([true, false, true])
    expect((subscribes()[2]?.at ?? 0) - (subscribes()[1]?.at ?? 0)).toBeLessThanOrEqual(sipUseLimits.againFirstMs + 100)
    expect(subscription.health().state).toBe('active')
  })
  it.each([489, 404, 500])('%i to a renewal is the end of it, too', async (status) => {
    const { clock, exchange, lost } = await watching()
    exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' ? [status, 'No'] : undefined))
    await clock.pass(75_000)
    expect(lost.length).toBeGreaterThan(0)
  })
  it('one that is silent is asked again with more and more patience, and never at one moment with others', async () => {
    const { clock, exchange, lost, subscribes, subscription } = await watching()
    exchange.deaf(true)
    await clock.pass(3_600_000)
    expect(lost[0]?.reason).toBe('the exchange does not answer')
    const downAt = lost.map(({ at }) => at)
    expect(downAt.length).toBeGreaterThan(20)
    expect(downAt.length).toBeLessThan(60)
    expect(subscription.health()).toMatchObject({ fault: 'the exchange does not answer' })
    exchange.deaf(false)
    await clock.pass(200_000)
    expect(subscribes().at(-1)?.afresh).toBeDefined()
    expect(subscription.health().state).toBe('active')
    expect(subscription.health().fault).toBeUndefined()
  })
  it.each([
    ['reason=deactivated', 0, 2100],
    ['reason=timeout', 0, 2100],
    ['reason=probation;retry-after=60', 60_000, 62_100],
    ['reason=rejected', sipUseLimits.refusedMs, sipUseLimits.refusedMs + 100],
    ['reason=noresource', sipUseLimits.refusedMs, sipUseLimits.refusedMs + 100],
    ['reason=giveup', 900, 2100],
  ])('ended by the exchange, %s: asked again after that', async (reason, from, to) => {
    const { clock, exchange, subscribes, lost, told } = await watching()
    exchange.terminate(reason)
    await clock.pass(10)
    expect(lost).toHaveLength(1)
    expect(told).toHaveLength(1)
    const at = clock.now()
    await clock.pass(400_000)
    const again = subscribes().find((each, index) => index > 0 && each.afresh)
    expect((again?.at ?? 0) - at).toBeGreaterThanOrEqual(from - 20)
    expect((again?.at ?? 0) - at).toBeLessThanOrEqual(to)
  })
  it.each(['reason=deactivated', 'reason=timeout', 'reason=probation;retry-after=0', 'x=y'])(
    'granted, told of and ended at once (%s), again and again: it is asked for ever more seldom',
    async (reason) => {
      const { clock, exchange, subscribes, subscription } = await watching()
      for (let second = 0; second < 1800; second += 1) {
        exchange.terminate(reason)
        await clock.pass(1000)
      }
      const afresh = subscribes().filter((each) => each.afresh)
      expect(afresh.length).toBeGreaterThan(10)
      expect(afresh.length).toBeLessThan(60)
      // Once it is left alone it lasts, and its next end is a first one again.
      await clock.pass(300_000)
      expect(subscription.health().state).toBe('active')
      const before = subscribes().length
      exchange.terminate('reason=deactivated')
      await clock.pass(sipUseLimits.againFirstMs + 100)
      expect(
        subscribes()
          .slice(before)
          .filter((each) => each.afresh),
      ).toHaveLength(1)
    },
  )
  it('granted, and nothing sent: it is not taken for idle, and asked for afresh', async () => {
    const { clock, exchange, subscription, subscribes } = await watching()
    exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' ? [200, 'OK', 'Expires: 3600', 'Contact: <sip:x@192.0.2.1>'] : undefined))
    exchange.terminate('reason=deactivated')
    await clock.pass(20_000)
    expect(subscription.health().state).toBe('asking')
    await clock.pass(25_000)
    expect(subscribes().filter(({ afresh }) => afresh)).toHaveLength(3)
  })
  it('turned down (403): a person must act, and the exchange is not pestered', async () => {
    const { clock, exchange, subscription, subscribes } = await watching()
    exchange.refuse(() => [403, 'Forbidden'])
    exchange.terminate('reason=deactivated')
    await clock.pass(3_600_000)
    expect(subscribes().length).toBeLessThan(16)
    expect(subscription.health()).toMatchObject({ state: 'waiting', fault: 'the exchange does not allow it (403 Forbidden)' })
  })
  it('Retry-After is kept to', async () => {
    const { clock, exchange, subscribes } = await watching()
    exchange.refuse((heard) => (heard.method === 'SUBSCRIBE' ? [503, 'Busy', 'Retry-After: 100'] : undefined))
    exchange.terminate('reason=deactivated')
    await clock.pass(95_000)
    expect(subscribes()).toHaveLength(2)
    await clock.pass(12_000)
    expect(subscribes()).toHaveLength(3)
  })
})

describe('what is not ours is not believed', () => {
  it('another event, another call, another tag, no state: each is told so, and changes nothing', async () => {
    const { clock, exchange, link, told } = await watching()
    const answers = (): string[] => link.fromUs.filter(({ text }) => text.startsWith('SIP/2.0')).map(({ text }) => text.slice(8, 11))
    exchange.notify('active;expires=60', early, 'presence')
    await clock.pass(10)
    expect(answers().at(-1)).toBe('489')
    exchange.notify('', early)
    await clock.pass(10)
    expect(answers().at(-1)).toBe('400')
    const real = link.fromThem.findLast(({ text }) => text.startsWith('NOTIFY'))?.text ?? ''
    for (const [from, to] of [
      [/Call-ID: .*/, 'Call-ID: other'],
      [/;tag=exchange/, ';tag=somebody'],
      [/To: (.*);tag=.*/, 'To: $1;tag=nobody'],
    ] as const) {
      link.send(real.replace(from, to).replace(/branch=\w+/, `branch=z9hG4bKother${String(to).length}`))
      await clock.pass(10)
      expect(answers().at(-1)).toBe('481')
    }
    expect(told).toHaveLength(1)
  })
  it('a document of another kind is answered and not handed on', async () => {
    const { clock, exchange, link, told } = await watching()
    exchange.show('101', early)
    const real = link.fromThem.findLast(({ text }) => text.startsWith('NOTIFY'))?.text ?? ''
    await clock.pass(10)
    link.send(
      real
        .replace('application/dialog-info+xml', 'application/pidf+xml')
        .replace(/CSeq: \d+/, 'CSeq: 900')
        .replace(/branch=\w+/, 'branch=z9hG4bKpidf000'),
    )
    await clock.pass(10)
    expect(told).toHaveLength(2)
  })
})

it('lost and doubled datagrams are the stack’s to mend: the picture comes all the same', async () => {
  const random = createRandom(3)
  const fate: Fate = () => (random() < 0.3 ? [] : random() < 0.3 ? [1, 40] : [1])
  const { clock, subscription, told } = await watching({ grantS: 60 }, fate)
  await clock.pass(900_000)
  expect(subscription.health().state).not.toBe('stopped')
  expect(told.length).toBeGreaterThan(10)
})

function never(): never {
  throw new Error('there is none')
}
