import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { limits } from '../../src/desk/policy.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { openBroker } from '../agent/desk-fixture.ts'
import { ownAddress, sipPort } from './sip/addresses.ts'
import { type Asterisk, startAsterisk } from './sip/asterisk.ts'
import { type Phone, startPhone } from './sip/baresip.ts'
import { type DeskAgent, startDeskAgent } from './sip/desk-agent.ts'
import { asteriskHere, relayHere } from './sip/here.ts'
import { type Kamailio, startKamailio } from './sip/kamailio.ts'
import { startSipp } from './sip/sipp.ts'
import { firstLines } from './sip/tap.ts'
import { startUdpRelay, type UdpRelay } from './sip/udp-relay.ts'
import { until } from './sip/until.ts'

/** What the agents of a desk make of what a real exchange tells them of the calls of its telephone, and of nothing else. */

let broker: Broker
let brokerUrl: string
beforeAll(async () => {
  const opened = await openBroker()
  broker = opened.broker
  brokerUrl = opened.url
})
afterAll(() => broker.stop())

const active = (agent: DeskAgent) => agent.health('that it is told of its calls', ({ watch }) => watch.state === 'active')

describe('Asterisk, which tells of all calls of a desk in one', () => {
  let asterisk: Asterisk
  let relay: UdpRelay
  let cleanRelay: UdpRelay
  let desk: Phone
  let caller: Phone
  let other: Phone
  /** The same desk watched in several ways: by UDP; by TCP, and told of a second ring; over a line that loses and doubles, and with SHA-256. */
  let plain: DeskAgent
  let early: DeskAgent
  let lossy: DeskAgent
  /** A desk whose phone sends every call on by itself, from this address. */
  let forwarded: DeskAgent
  const sender = ownAddress()
  const agents = () => [plain, early, lossy]
  const each = (what: (agent: DeskAgent) => Promise<unknown>) => Promise.all(agents().map(what))

  beforeAll(async () => {
    const phones = ['101', '201', '202'].map((number) => ({ number }))
    const watchers = [
      { number: '301' },
      { number: '304' },
      { number: '103', contact: `sip:103@${sender}:${sipPort}` },
      { number: '302', earlyInUse: true },
      { number: '303', digests: 'SHA-256,MD5' },
    ]
    asterisk = await startAsterisk({ extensions: [...phones, ...watchers] })
    // After a restart of the exchange a desk that is told by UDP finds out when it renews.
    relay = await startUdpRelay(asterisk.address, 5, { subscribesForS: 20 })
    cleanRelay = await startUdpRelay(asterisk.address, 5, { subscribesForS: 20 })
    desk = await startPhone({ number: '101', server: asterisk.address })
    caller = await startPhone({ number: '201', server: asterisk.address })
    other = await startPhone({ number: '202', server: asterisk.address })
    const watcher = (name: string, user: string, server: string, transport: string) =>
      startDeskAgent({ name, brokerUrl, sip: { server, user, watch: '101', transport } })
    plain = await watcher('plain', '301', cleanRelay.address, 'udp')
    early = await watcher('early', '302', asterisk.address, 'tcp')
    lossy = await watcher('lossy', '303', relay.address, 'udp')
    forwarded = await startDeskAgent({ name: 'forwarded', brokerUrl, sip: { server: asterisk.address, user: '304', watch: '103' } })
    await each(active)
    await active(forwarded)
    relay.spoil({ lost: 0.2, doubled: 0.3 })
  })
  afterAll(async () => {
    await each((agent) => agent.stop())
    await forwarded.stop()
    for (const phone of [desk, caller, other]) await phone.stop()
    await relay.stop()
    await cleanRelay.stop()
    await asterisk.remove()
  })
  const over = () => each((agent) => until(`no call of ${agent.name} goes on`, () => agent.desk().calls.every(({ state }) => state === 'cleared')))
  /** Who calls again within a second of the end of a call is taken for a late word about that call: nobody dials so quickly. */
  async function aSecondLater(): Promise<void> {
    await over()
    const later = performance.now() + limits.reorderMs
    await until('a second is over', () => performance.now() > later)
  }
  beforeEach(async () => {
    await aSecondLater()
    for (const agent of agents()) agent.anew()
  })

  test('a call rings, is answered, held and taken up again, held by the other side, and ended: nobody invents a hold', async () => {
    await caller.dial('101')
    await desk.newest('ringing')
    await each((agent) => agent.says('call.alerting'))
    await desk.accept()
    await each((agent) => agent.says('call.alerting', 'call.answered'))
    await desk.hold()
    await asterisk.hintIs('201', 'Hold')
    await desk.resume()
    await asterisk.hintIs('201', 'InUse')
    await caller.hold()
    await asterisk.hintIs('101', 'Hold')
    await caller.resume()
    await asterisk.hintIs('101', 'InUse')
    for (const agent of agents()) expect(agent.desk().calls.map(({ state }) => state)).toEqual(['connected'])
    await caller.hangUp()
    await each((agent) => agent.says('call.alerting', 'call.answered', 'call.ended'))
    for (const agent of agents()) expect(agent.said().filter((type) => /held|resumed|missed|contradiction/.test(type))).toEqual([])
  })

  test('a call that is given up and one that is rejected end as they rang', async () => {
    for (const gone of [caller, desk]) {
      await caller.dial('101')
      await desk.newest('ringing')
      await each((agent) => until(`${agent.name} rings`, () => agent.desk().calls.at(-1)?.state === 'alerting'))
      await gone.hangUp()
      await aSecondLater()
    }
    for (const agent of agents()) {
      expect(agent.said().filter((type) => type !== 'call.ring')).toEqual(['call.alerting', 'call.alerting'])
      expect(agent.desk().calls.map(({ cleared }) => cleared?.from)).toEqual(['alerting', 'alerting'])
    }
  })

  test('a second call during the first is a call that waits where the exchange tells of it, and nothing where it does not', async () => {
    await caller.dial('101')
    await desk.newest('ringing')
    // Answered sooner than that, the exchange may tell some of an answered call alone.
    await each((agent) => agent.says('call.alerting'))
    await desk.accept()
    await each((agent) => agent.says('call.answered'))
    await other.dial('101')
    await desk.newest('ringing')
    await early.says('call.answered', 'call.alerting')
    await other.hangUp()
    await until('the second call rings no more', () => early.desk().calls.at(-1)?.state === 'cleared')
    expect(early.desk().calls.map(({ state }) => state)).toContain('connected')
    await caller.hangUp()
    await each((agent) => agent.says('call.ended'))
    for (const agent of [plain, lossy]) expect(agent.said().filter((type) => type === 'call.alerting')).toHaveLength(1)
  })

  test('a call that the desk hands over is over for the desk', async () => {
    await caller.dial('101')
    await desk.newest('ringing')
    await desk.accept()
    await each((agent) => agent.says('call.answered'))
    await desk.transfer('202')
    await other.newest('ringing')
    await each((agent) => agent.says('call.answered', 'call.ended'))
    await over()
    await other.hangUp()
  })

  test('a call that the desk makes rings nowhere at the desk', async () => {
    await desk.dial('202')
    await other.newest('ringing')
    await other.accept()
    await desk.newest('established')
    await each((agent) => until(`${agent.name} sees a call`, () => agent.desk().calls.at(-1)?.direction === 'out'))
    await desk.hangUp()
    await each((agent) => agent.says('call.ended'))
    for (const agent of agents()) expect(agent.said().filter((type) => /alerting|missed/.test(type))).toEqual([])
  })

  test('an exchange that loses its power in the middle of a call is not believed any more, and is believed again when it is back', async () => {
    await Promise.all(['101', '201', '202'].map((number) => asterisk.written(`registrar/contact/${number}`)))
    await caller.dial('101')
    await desk.newest('ringing')
    await each((agent) => agent.says('call.alerting'))
    relay.spoil({ lost: 0, doubled: 0 })
    await asterisk.kill()
    await asterisk.start()
    // The telephones do not know of it.
    await Promise.all([caller.hangUp(), desk.hangUp()])
    await each(active)
    await over()
    for (const agent of agents()) agent.anew()
    await caller.dial('101')
    await desk.newest('ringing')
    await each((agent) => agent.says('call.alerting'))
    await desk.accept()
    await each((agent) => agent.says('call.alerting', 'call.answered'))
    await desk.hangUp()
    await each((agent) => agent.says('call.alerting', 'call.answered', 'call.ended'))
  })

  test('a call that the phone itself sends on with 302 rings at the substitute, and is no call of the desk', async () => {
    const moved = startSipp({ scenario: 'forwarded-by-phone', words: { SUBSTITUTE: '202', DESK: '103', DOMAIN: asterisk.address }, address: sender })
    onTestFinished(() => moved.stop())
    await caller.dial('103')
    await other.newest('ringing')
    await other.accept()
    await caller.newest('established')
    await caller.hangUp()
    await other.newest('closed')
    await asterisk.quiet()
    expect(forwarded.said().filter((type) => type.startsWith('call.'))).toEqual([])
    expect(forwarded.desk().calls).toEqual([])
  })

  test('what rang in vain is missed, each once: given up, rejected, behind another call, and when the exchange lost its power', async () => {
    const missed = (agent: DeskAgent) => agent.wire.types().filter((type) => type === 'call.missed').length
    const expected = new Map([...[plain, lossy].map((agent) => [agent, 3] as const), [early, 4]])
    // The exchange never says why: the desk waits for half a minute for somebody who does.
    for (const [agent, count] of expected)
      await until(
        `${agent.name} has missed ${count}`,
        () => missed(agent) >= count,
        () => `${missed(agent)}`,
        100,
      )
    for (const [agent, count] of expected) expect([agent.name, missed(agent)]).toEqual([agent.name, count])
  })
})

describe('Kamailio, which tells of each call by itself', () => {
  let kamailio: Kamailio
  let desk: Phone
  let caller: Phone
  let other: Phone
  let agent: DeskAgent
  const calls = () => agent.desk().calls.map(({ state }) => state)
  const sees = (...states: readonly string[]) =>
    until(
      `the agent sees ${states.join(' and ')}`,
      () => String(calls()) === String(states),
      () => `It sees ${calls()}`,
    )

  beforeAll(async () => {
    kamailio = await startKamailio()
    const { address: server, domain } = kamailio
    desk = await startPhone({ number: '101', server, domain })
    caller = await startPhone({ number: '201', server, domain })
    other = await startPhone({ number: '202', server, domain })
    agent = await startDeskAgent({ name: 'proxied', brokerUrl, sip: { server, domain, user: '301', watch: '101' } })
    await active(agent)
  })
  afterAll(async () => {
    await agent?.stop()
    for (const phone of [desk, caller, other]) await phone?.stop()
    await kamailio?.remove()
  })

  test('a call rings, is answered, held and taken up again, and ended: nobody invents a hold', async () => {
    await caller.dial('101')
    await sees('alerting')
    await desk.accept()
    await sees('connected')
    await desk.hold()
    await desk.resume()
    await desk.hold()
    await desk.resume()
    expect(calls()).toEqual(['connected'])
    await caller.hangUp()
    await agent.says('call.alerting', 'call.answered', 'call.ended')
    expect(agent.said().filter((type) => /held|resumed|missed|contradiction/.test(type))).toEqual([])
    await sees()
  })

  test('a second call during the first is another call; the first is over when it is over, and the second is missed', async () => {
    await caller.dial('101')
    await sees('alerting')
    await desk.accept()
    await sees('connected')
    await other.dial('101')
    await sees('connected', 'alerting')
    await caller.hangUp()
    await until('the first is over', () => calls()[0] !== 'connected')
    expect(calls().at(-1)).toBe('alerting')
    await other.hangUp()
    await until('the second rings no more', () => calls().at(-1) === 'cleared')
  })
})

test('a desk with a wrong password is turned down once, says so, and does not pester the exchange', async () => {
  const asterisk = await asteriskHere({ extensions: [{ number: '101' }, { number: '301' }] })
  const relay = await relayHere(asterisk.address)
  const sip = { server: relay.address, user: '301', watch: '101' }
  const agent = await startDeskAgent({ name: 'mistyped', brokerUrl, sip, password: 'not-this' })
  onTestFinished(() => agent.stop())
  const { watch } = await agent.health('why it is not told', (health) => health.watch.state === 'waiting')
  expect(watch.fault).toBe('the exchange does not accept the user or the password')
  await agent.health('that the exchange is there', ({ exchange }) => exchange === true)
  // One without credentials, and one that answers the question for them.
  expect(firstLines(relay, 'SUBSCRIBE sip:')).toHaveLength(2)
})
