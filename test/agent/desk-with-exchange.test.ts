import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import { openForwarder } from '../../src/agent/release/open-forwarder.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { asterisk, presence } from '../sip/documents.ts'
import type { Exchange } from '../sip/exchange.ts'
import { openExchange } from '../sip/udp-exchange.ts'
import { deskFiles, openBroker, site, startFrom, token, type Watch, watch } from './desk-fixture.ts'

const idle = asterisk({ state: 'terminated' })
const early = asterisk({ state: 'early' })
const confirmed = asterisk({ state: 'confirmed' })
const hint = '*96101'

describe('an agent with a telephone that says nothing: only its exchange is asked', () => {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-sip-'))
  const configFile = join(directory, 'desk.yaml')
  let broker: Broker
  let exchange: Exchange & { port: number; close(): Promise<void> }
  let desk: Watch & { end(): Promise<void> }
  let agent: RunningAgent

  const admin = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${agent.adminPort()}/${path}`)).text()
  const health = async (): Promise<Record<string, Record<string, unknown>>> => JSON.parse(await admin('healthz'))

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    desk = await watch(opened.url, 'usc-17')
    exchange = await openExchange('127.0.77.20', { hint })
    exchange.show('101', idle)
    exchange.show('101', presence('open'), 'presence')
    writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
    writeFileSync(join(directory, 'sip'), 'pw101\n', { mode: 0o600 })
    const lines = [
      `site: ${site}`,
      'desk: usc-17',
      'phone: { vendor: analogue }',
      'listen: { host: 127.0.0.1, port: 0, tokenFile: token, allow: [] }',
      'admin: { host: 127.0.0.1, port: 0 }',
      `sip: { server: 127.0.77.20, port: ${exchange.port}, localHost: 127.0.77.21, user: "101", passwordFile: sip, forwardOn: "*72", forwardOff: "*73", forwardHint: "${hint}", holdCode: "*725" }`,
      'policy: { workingHours: { timezone: Europe/Warsaw, holidays: none } }',
      `broker: { url: "${opened.url}" }`,
      'store: { directory: store }',
    ]
    writeFileSync(configFile, `${lines.join('\n')}\n`)
    agent = await startFrom(configFile)
  })
  afterAll(async () => {
    await agent.stop('test')
    await desk.end()
    await broker.stop()
    await exchange.close()
    rmSync(directory, { recursive: true, force: true })
  })

  test('a citizen calls, is answered and hangs up', async () => {
    await expect.poll(async () => (await health())['sip']).toMatchObject({ exchange: true, calls: 0, watch: { state: 'active' } })
    exchange.show('101', early)
    await expect.poll(() => agent.desk().calls[0]).toMatchObject({ state: 'alerting', direction: 'in' })
    exchange.show('101', confirmed)
    await expect.poll(() => agent.desk().calls[0]).toMatchObject({ state: 'connected' })
    exchange.show('101', idle)
    await expect.poll(() => desk.types()).toEqual(expect.arrayContaining(['call.alerting', 'call.answered', 'call.ended']))
  })
  test('what it can do is what its exchange can do: hold by a code, forward by codes', () => {
    expect(agent.desk().phone).toMatchObject({ canHold: true, canForward: ['always'] })
  })
  test('a forwarding that somebody set at the telephone is seen by the hint', async () => {
    exchange.setForwarded('999')
    await expect.poll(() => agent.desk().forwarding).toMatchObject({ state: 'on', owner: 'foreign', kind: 'always' })
    exchange.setForwarded(undefined)
    await expect.poll(() => agent.desk().forwarding).toMatchObject({ state: 'off' })
  })
  test('it takes calls for others as long as its exchange tells of it, and does not where the exchange knows that its telephone is not registered', async () => {
    const takesCalls = () => desk.last('presence')?.['takesCalls']
    await expect.poll(() => [agent.desk().phone, takesCalls()]).toMatchObject([{ reachable: true, reachableBy: 'exchange' }, true])
    expect(agent.desk().phone.registered).toBe(true)
    exchange.show('101', presence('closed'), 'presence')
    await expect.poll(takesCalls).toBe(false)
    exchange.show('101', presence('open'), 'presence')
    await expect.poll(takesCalls).toBe(true)
  })
  test('its health says so, for whoever hears the desk from afar', async () => {
    expect(await health()).toMatchObject({ exchange: { answers: true, tells: true, phoneAnswers: null } })
    await expect.poll(() => desk.last('health')).toHaveProperty('exchange.answers')
  })
  test('metrics tell of the second source, and never of a number', async () => {
    const metrics = await admin('metrics')
    expect(metrics).toMatch(/^third_ring_exchange_answers 1$/m)
    expect(metrics).toMatch(/^third_ring_subscription_active 1$/m)
    expect(metrics).toMatch(/^third_ring_filled_total 3$/m)
    expect(metrics).not.toContain('857654321')
    expect(await admin('healthz')).not.toContain('857654321')
  })
  test('release undoes it without the agent, by the same codes, and reads it back', async () => {
    exchange.setForwarded('202')
    const forwarder = openForwarder(loadAgentConfig(configFile), () => undefined)
    expect(await forwarder?.forward({ on: false, kind: 'always', target: '202', ringMs: 0 })).toBe('confirmed')
    expect(exchange.forwardedTo()).toBeUndefined()
  })
})

describe('an agent with a Yealink and its exchange', () => {
  let broker: Broker
  let exchange: Exchange & { port: number; close(): Promise<void> }
  let phone: EmulatedPhone
  let agent: RunningAgent

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    exchange = await openExchange('127.0.77.22')
    const files = await deskFiles('usc-18', opened.url)
    phone = files.phone
    agent = await startFrom(
      files.configFile,
      {},
      {
        sip: {
          server: '127.0.77.22',
          port: exchange.port,
          transport: 'udp',
          user: '101',
          holdSemantics: 'ignore',
          actionUriNotify: false,
          localPort: 0,
          localHost: '127.0.77.23',
        },
      },
    )
  })
  afterAll(async () => {
    await agent.stop('test')
    await phone.stop()
    await broker.stop()
    await exchange.close()
  })

  test('the phone’s own words and the exchange’s are one call', async () => {
    exchange.show('101', early)
    await expect.poll(() => agent.desk().calls).toHaveLength(1)
    exchange.show('101', confirmed)
    await expect.poll(() => agent.desk().calls).toMatchObject([{ state: 'connected' }])
    exchange.show('101', idle)
    await expect.poll(() => agent.desk().calls.filter(({ state }) => state !== 'cleared')).toEqual([])
  })
})

test('an agent that dies while its exchange forwards comes back to a Yealink that forwards nothing: that says nothing of the exchange, which is told to stop in the end', async () => {
  const [server, forwardHint, remoteNumber] = ['127.0.77.24', '*97101', '202']
  const { broker, url } = await openBroker()
  const exchange = await openExchange(server, { codes: ['*92', '*93'], hint: forwardHint })
  const { configFile, phone, directory } = await deskFiles('usc-19', url)
  const eyes = await watch(url, 'usc-19')
  const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ')
  const sip = { server, port: exchange.port, localHost: '127.0.77.25', user: '101', forwardNoAnswerOn: '*92', forwardNoAnswerOff: '*93', forwardHint }
  const lines = [
    readFileSync(configFile, 'utf8').replace('holidays: none }', `holidays: none, week: { ${week} } }`),
    `forwarding: { by: exchange, remoteNumber: "${remoteNumber}" }`,
    `sip: ${JSON.stringify(sip)}`,
  ]
  writeFileSync(configFile, `${lines.join('\n')}\n`)
  let agent = await startFrom(configFile)
  onTestFinished(async () => {
    await agent.stop('test')
    await phone.stop()
    await eyes.end()
    await broker.stop()
    await exchange.close()
  })
  const command = (name: string, body: object = {}) =>
    eyes.publish(`command/${name}`, JSON.stringify({ id: `${name}-${Math.random()}`, expires: Date.now() + 30_000, ...body }))
  const stands = (): unknown => [agent.desk().lease?.state, exchange.forwardedTo()]
  await expect.poll(() => eyes.messages.findLast(({ topic }) => topic === 'availability')?.payload).toBe('online')
  command('absence.set', { kind: 'remote' })
  await expect.poll(stands, { timeout: 20_000 }).toEqual(['held', remoteNumber])
  // As a dead one leaves it: the journal of that moment, and the exchange as it was told.
  const [store, left] = [join(directory, 'store'), join(directory, 'left')]
  cpSync(store, left, { recursive: true })
  await agent.stop('test')
  rmSync(store, { recursive: true })
  renameSync(left, store)
  exchange.setForwarded(remoteNumber)
  // The phone is read first.
  exchange.deaf(true)
  agent = await startFrom(configFile)
  await expect.poll(() => agent.desk().phone.reachable, { timeout: 20_000 }).toBe(true)
  exchange.deaf(false)
  await expect.poll(stands, { timeout: 20_000 }).toEqual(['held', remoteNumber])
  command('absence.clear')
  await expect.poll(stands, { timeout: 20_000 }).toEqual([undefined, undefined])
}, 90_000)
