import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../../src/agent/clock.ts'
import { createDeskSip, type DeskSip, type SipDeps } from '../../../src/agent/devices/sip.ts'
import { loadAgentConfig } from '../../../src/config/load.ts'
import { emptyDesk } from '../../../src/desk/desk.ts'
import type { Fact } from '../../../src/desk/event.ts'
import { createLog } from '../../../src/log.ts'
import { temporaryDirectory } from '../../config/temporary.ts'
import { asterisk, freeswitch, presence } from '../../sip/documents.ts'
import type { ExchangeOptions } from '../../sip/exchange.ts'
import { hear, respond, value } from '../../sip/stand-in.ts'
import { openExchange } from '../../sip/udp-exchange.ts'
import { createWakes } from '../../wakes.ts'

const directory = temporaryDirectory()
const [server, localHost, phoneHost] = ['127.0.77.40', '127.0.77.41', '127.0.77.42']
const idle = asterisk({ state: 'terminated' })
const confirmed = asterisk({ state: 'confirmed' })
const analogue = '{ vendor: analogue }'
const yealink = `{ vendor: yealink, url: "http://${phoneHost}", passwordFile: none }`

interface Options {
  readonly exchange?: ExchangeOptions
  readonly phone?: string
  readonly sip?: string
  readonly clock?: SipDeps['clock']
  readonly olderPassword?: string
}

/** All that a desk does over SIP, beside an exchange on a real socket. */
async function desk({ exchange: options = {}, phone = analogue, sip: keys = '', clock = createClock(undefined, 0), olderPassword }: Options = {}) {
  const exchange = await openExchange(server, { setsAfterMs: 10, hangsUpAfterMs: 100, ...options })
  const file = directory.write(
    'agent.yaml',
    `site: um-test
desk: usc-12
phone: ${phone}
listen: { host: 127.0.0.1, tokenFile: none, allow: [] }
sip: { server: ${server}, port: ${exchange.port}, localHost: ${localHost}, user: "101", forwardOn: "*72", forwardOff: "*73"${keys} }
broker: { url: mqtt://127.0.0.1:1 }
`,
  )
  const [facts, told]: [Fact[], boolean[]] = [[], []]
  const secrets = { sipPassword: 'new', ...(olderPassword === undefined ? {} : { older: { sipPassword: olderPassword } }) }
  const log = createLog({ level: 'silent', terminal: false })
  const sip = createDeskSip(loadAgentConfig(file, {}), secrets, {
    desk: () => emptyDesk(0),
    emit: (fact) => void facts.push(fact),
    clock,
    random: Math.random,
    log,
  })
  if (sip === undefined) throw new Error('the section is there')
  sip.onTells((tells) => void told.push(tells))
  onTestFinished(async () => {
    const stopped = sip.stop()
    await exchange.close()
    await stopped
  })
  return { exchange, sip, told, calls: () => facts.map(({ type }) => type).filter((type) => type.startsWith('call.')) }
}

async function watching(options: Options = {}, resource = '101') {
  const at = await desk(options)
  at.exchange.show(resource, idle)
  at.exchange.show(resource, presence('open'), 'presence')
  await at.sip.start()
  await expect.poll(() => at.told).toEqual([true])
  return at
}

const order = { on: true, kind: 'always', target: '202', ringMs: 0 } as const

test('the codes that the agent dials as the desk’s user are no calls of the clerk', async () => {
  const { exchange, sip, calls } = await watching()
  const outcome = sip.forwarder.forward(order)
  await expect.poll(() => exchange.heard('INVITE')).toHaveLength(1)
  exchange.show('101', confirmed)
  await expect.poll(exchange.unanswered).toEqual([])
  exchange.show('101', idle)
  expect([await outcome, exchange.forwardedTo(), calls()]).toEqual(['confirmed', '202', []])
  await expect.poll(exchange.unanswered).toEqual([])
  // What it shows of nobody's code is a call.
  exchange.show('101', asterisk({ state: 'early' }))
  await expect.poll(calls).toEqual(['call.delivered'])
})

test('another extension than the user’s own is watched, its telephone’s registration, too', async () => {
  const { exchange, calls } = await watching({ sip: ', watch: "102", domain: pbx.um.example' }, '102')
  await expect.poll(() => exchange.subscribers().map(({ resource, event }) => `${resource} ${event}`)).toEqual(['102 dialog', '102 presence'])
  expect(exchange.subscribers().map(({ from }) => from.includes('102@pbx.um.example'))).toEqual([true, true])
  exchange.show('102', asterisk({ state: 'early' }, '102'))
  await expect.poll(calls).toEqual(['call.delivered'])
})

test.each([
  ['ignore', []],
  ['local', ['call.established']],
] as const)('that nothing is played at the desk is a hold, and so a call, only where the exchange means it so: %s', async (holdSemantics, expected) => {
  const { exchange, calls } = await watching({ sip: `, holdSemantics: ${holdSemantics}` })
  exchange.show('101', freeswitch({ id: 'a', state: 'early', direction: 'recipient', remote: '0857654321', rendering: 'no' }))
  await expect.poll(exchange.unanswered).toEqual([])
  await expect.poll(calls).toEqual(expected)
})

test('an exchange that answers no more is not believed for as long as its subscription lasts', async () => {
  const wakes = createWakes()
  const { exchange, told } = await watching({ exchange: { minS: 3000 }, clock: { now: wakes.now, wakeAt: wakes.add } })
  exchange.deaf(true)
  for (let second = 0; second < 180 && told.at(-1) === true; second += 1) {
    wakes.pass(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(told).toEqual([true, false])
})

test.each([
  ['neither password', 2, 'older'],
  ['the one password', 1, undefined],
])('an exchange that takes %s is given no more', async (_, count, olderPassword) => {
  const { exchange, sip, told } = await desk(olderPassword === undefined ? {} : { olderPassword })
  exchange.refuse(() => [401, 'Unauthorized', 'WWW-Authenticate: Digest realm="pbx", nonce="n"'])
  await sip.start()
  await expect.poll(() => told).toEqual([false])
  const given = exchange.heard('SUBSCRIBE').filter(({ heard }) => exchange.hasCredentials(heard))
  expect(given).toHaveLength(count)
  expect(exchange.heard('OPTIONS').filter(({ heard }) => exchange.hasCredentials(heard))).toEqual([])
})

describe('a desk whose phone speaks SIP itself', () => {
  test('asks it, too, whether it is there, and hears its answer', async () => {
    let isUp = false
    const phone = createSocket('udp4')
    phone.on('message', (bytes, { port, address }) => {
      if (isUp) phone.send(respond(hear(bytes.toString('latin1')), 200, 'OK'), port, address)
    })
    phone.bind(5060, phoneHost)
    await once(phone, 'listening')
    onTestFinished(() => void phone.close())
    const { sip, exchange } = await watching({ phone: yealink })
    await expect.poll(() => sip.health()).toMatchObject({ exchange: true, phone: null })
    isUp = true
    await expect.poll(() => sip.health()).toMatchObject({ exchange: true, phone: true })
    // From within the office this machine looks otherwise than from the exchange, which is told how it looks from there.
    expect(await sip.forwarder.forward(order)).toBe('confirmed')
    expect(exchange.heard('INVITE').map(({ heard }) => value(heard, 'contact'))).toEqual([expect.stringContaining(localHost)])
  })

  test.each([
    ['a telephone behind an adapter', analogue],
    ['a Yealink', yealink],
  ])('and stopped, it waits for nothing more: %s', async (_, phone) => {
    const wakes = createWakes()
    const { sip, exchange } = await watching({ phone, clock: { now: wakes.now, wakeAt: wakes.add } })
    const active = { state: 'active' }
    await expect.poll(() => sip.health()).toMatchObject({ exchange: true, watch: active, registration: phone === analogue ? active : null })
    expect(exchange.subscribers()).toHaveLength(phone === analogue ? 2 : 1)
    await sip.stop()
    expect([wakes.pending(), exchange.subscribers()]).toEqual([0, []])
  })
})

test('nothing is known of an exchange that has not been asked yet', async () => {
  const { sip } = await desk()
  expect(sip.health()).toMatchObject({ exchange: null, phone: null, calls: null })
})

test('a desk without the section does nothing over SIP', () => {
  const file = directory.write(
    'without.yaml',
    `site: um-test
desk: usc-12
phone: ${analogue}
listen: { host: 127.0.0.1, tokenFile: none, allow: [127.0.0.2] }
broker: { url: mqtt://127.0.0.1:1 }
`,
  )
  const deps = {
    desk: () => emptyDesk(0),
    emit() {},
    clock: createClock(undefined, 0),
    random: Math.random,
    log: createLog({ level: 'silent', terminal: false }),
  }
  const sip: DeskSip | undefined = createDeskSip(loadAgentConfig(file, {}), {}, deps)
  expect(sip).toBeUndefined()
})
