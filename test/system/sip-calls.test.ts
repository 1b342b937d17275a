import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/desk/policy.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { openBroker } from '../agent/desk-fixture.ts'
import { type Asterisk, startAsterisk } from './sip/asterisk.ts'
import { type Phone, startPhone } from './sip/baresip.ts'
import { type DeskAgent, startDeskAgent } from './sip/desk-agent.ts'
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
  let desk: Phone
  let caller: Phone
  let other: Phone
  /** The same desk watched in several ways: by UDP; by TCP, and told of a second ring; over a line that loses and doubles, and with SHA-256. */
  let plain: DeskAgent
  let early: DeskAgent
  let lossy: DeskAgent
  const agents = () => [plain, early, lossy]
  const each = (what: (agent: DeskAgent) => Promise<unknown>) => Promise.all(agents().map(what))

  beforeAll(async () => {
    const phones = ['101', '201', '202'].map((number) => ({ number }))
    const watchers = [{ number: '301' }, { number: '302', earlyInUse: true }, { number: '303', digests: 'SHA-256,MD5' }]
    asterisk = await startAsterisk({ extensions: [...phones, ...watchers] })
    relay = await startUdpRelay(asterisk.address, 5)
    desk = await startPhone({ number: '101', server: asterisk.address })
    caller = await startPhone({ number: '201', server: asterisk.address })
    other = await startPhone({ number: '202', server: asterisk.address })
    const watcher = (name: string, user: string, server: string, transport: string) =>
      startDeskAgent({ name, brokerUrl, sip: { server, user, watch: '101', transport } })
    plain = await watcher('plain', '301', asterisk.address, 'udp')
    early = await watcher('early', '302', asterisk.address, 'tcp')
    lossy = await watcher('lossy', '303', relay.address, 'udp')
    await each(active)
    relay.spoil({ lost: 0.2, doubled: 0.3 })
  })
  afterAll(async () => {
    await each((agent) => agent.stop())
    for (const phone of [desk, caller, other]) await phone.stop()
    await relay.stop()
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
    await asterisk.kill()
    await asterisk.start()
    // The telephones do not know of it.
    await Promise.all([caller.hangUp(), desk.hangUp()])
    relay.spoil({ lost: 0, doubled: 0 })
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
