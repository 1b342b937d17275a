import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import { createHub, type Hub } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { commands } from '../../src/mqtt/commands.ts'
import type { BrokerOffice } from '../../src/provisioning/broker-office.ts'
import { rabbitmqFiles } from '../../src/provisioning/rabbitmq-files.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, site, startFrom } from '../agent/desk-fixture.ts'
import { type Cluster, startCluster } from './rabbitmq/cluster.ts'

const desks = ['usc-1', 'usc-2', 'usc-3'] as const
const passwordOf = (name: string) => `secret-of-${name}`
/** Nodes are down and up again in a test, on a machine that does much else. */
const patience = { timeout: 120_000, interval: 250 }

const office: BrokerOffice = {
  broker: {
    ...{ kind: 'rabbitmq', host: '127.0.0.1', names: [], port: 8883, certificatePort: 8884, localPort: 1883, login: 'password' },
    ...{ certificateDays: 30, directory: '/etc/rabbitmq', data: '/var/lib/rabbitmq', runsAs: 'rabbitmq' },
  },
  rights: { site },
  users: [
    { name: 'hub', role: 'admin', password: passwordOf('hub') },
    { name: 'anna', role: 'admin', password: passwordOf('anna') },
    ...desks.map((name) => ({ name, role: 'desk', password: passwordOf(name) }) as const),
  ],
  saltKey: randomBytes(32),
}

let cluster: Cluster

beforeAll(async () => {
  const definitions = rabbitmqFiles(office).find(({ path }) => path === 'definitions.json')
  cluster = await startCluster(definitions?.text ?? '')
}, 400_000)
afterAll(() => cluster?.stop(), 60_000)

/** An office's agent as a desk runs it, with the password and the profile that its file would name. */
async function startDesk(desk: string): Promise<{ readonly phone: EmulatedPhone; readonly agent: RunningAgent; said(): Promise<number> }> {
  const { configFile, phone, adminPort, directory } = await deskFiles(desk, cluster.url)
  const passwordFile = join(directory, 'broker-password')
  writeFileSync(passwordFile, passwordOf(desk), { mode: 0o600 })
  writeFileSync(
    configFile,
    `${withoutBroker(configFile)}broker: { url: "${cluster.url}", profile: events, username: ${desk}, passwordFile: "${passwordFile}" }\n`,
  )
  const agent = await startFrom(configFile)
  onTestFinished(async () => {
    await agent.stop('the test is over')
    await phone.stop()
  })
  return {
    phone,
    agent,
    async said() {
      const health = (await (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json()) as { readonly sequence: string }
      return Number(health.sequence)
    },
  }
}

/** The desk's file without its broker, and without a seat, whose topic is nobody's here. */
function withoutBroker(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => !/^(broker|seat):/.test(line)).join('\n')
}

async function startHub(directory: string): Promise<{ readonly hub: Hub; readonly page: string }> {
  const hub = createHub({
    site,
    http: { host: '127.0.0.1', port: 0 },
    broker: { external: { url: cluster.url, username: 'hub', password: passwordOf('hub') }, profile: 'events' },
    store: { directory },
    lampTable,
    log: { info() {}, warn() {} },
  })
  const { page } = await hub.start()
  onTestFinished(() => hub.stop())
  return { hub, page }
}

interface SeenDesk {
  readonly id: string
  readonly availability: string
  readonly about?: object
  readonly state?: { readonly sequence: number }
  readonly missing: number
}

const seen = async (page: string): Promise<readonly SeenDesk[]> => ((await (await fetch(`${page}api/office`)).json()) as { desks: SeenDesk[] }).desks
const online = async (page: string) =>
  (await seen(page))
    .filter(({ availability, about, state }) => availability === 'online' && about && state)
    .map(({ id }) => id)
    .sort()

/** The numbers of all events of a desk in the hub's record, in its order. */
async function recorded(page: string, desk: string): Promise<readonly number[]> {
  const numbers: number[] = []
  for (let after = ''; ; ) {
    const answer = await fetch(`${page}api/events?desk=${desk}&format=json${after === '' ? '' : `&after=${after}`}`)
    const { events = [] } = (await answer.json()) as { readonly events?: readonly { readonly id: string }[] }
    if (events.length === 0) return numbers
    numbers.push(...events.map(({ id }) => Number(id.slice(id.lastIndexOf('-') + 1))))
    after = events.at(-1)?.id ?? ''
  }
}

interface Answer {
  readonly id: string
  readonly ok: boolean
  readonly error?: { readonly code: string }
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('an office on a RabbitMQ cluster of three nodes, behind a load balancer', () => {
  test('a node that dies, and another, cost no event; the hub has the office told anew', async () => {
    const record = mkdtempSync(join(tmpdir(), 'third-ring-record-'))
    const { hub, page } = await startHub(record)
    const running = await Promise.all(desks.map(startDesk))
    await expect.poll(() => online(page), patience).toEqual([...desks])

    let calls = 0
    const load = setInterval(() => {
      calls += 1
      const { phone } = running[calls % running.length] ?? {}
      const id = phone?.ring({ number: `85765${String(calls).padStart(4, '0')}` })
      setTimeout(() => phone?.callerGivesUp(id ?? ''), 150)
    }, 200)
    const [first, second] = cluster.nodes
    const callsMore = async (more: number) => {
      const from = calls
      await expect.poll(() => calls, patience).toBeGreaterThan(from + more)
    }
    await callsMore(20)
    await first?.kill()
    await callsMore(30)
    await first?.start()
    await expect.poll(() => online(page), patience).toEqual([...desks])
    await callsMore(10)
    await second?.kill()
    await callsMore(30)
    await second?.start()
    clearInterval(load)
    await expect.poll(() => cluster.running().then((names) => names.length), patience).toBe(3)

    for (const [index, desk] of desks.entries()) {
      await running[index]?.phone.settled()
      const whole = async () => {
        const said = (await running[index]?.said()) ?? 0
        const numbers = await recorded(page, desk)
        return { said, missing: said - new Set(numbers).size, inOrder: numbers.every((number, at) => number === at + 1) }
      }
      await expect.poll(whole, patience).toMatchObject({ missing: 0, inOrder: true })
      expect((await recorded(page, desk)).length).toBeGreaterThan(100)
      expect(await recorded(page, desk)).toEqual(upTo((await running[index]?.said()) ?? 0))
    }

    // Nothing is retained there, and a hub without a memory has the office all the same.
    await hub.stop()
    const late = await startHub(mkdtempSync(join(tmpdir(), 'third-ring-record-')))
    await expect.poll(() => online(late.page), patience).toEqual([...desks])
  }, 600_000)

  test('a desk hears every command, also one whose name has a dot', async () => {
    const admin = await connect(cluster.url, 'anna')
    const own = `third-ring/v1/${site}/usc-2`
    const heard: { readonly topic: string; readonly payload: string }[] = []
    admin.on('message', (topic, payload) => heard.push({ topic, payload: payload.toString() }))
    await admin.subscribeAsync([`${own}/reply`, `${own}/availability`], { qos: 1 })
    await startDesk('usc-2')
    await expect.poll(() => heard.some(({ payload }) => payload === 'online'), patience).toBe(true)
    const names = Object.keys(commands).filter((name) => name !== 'hold')
    for (const id of names) {
      await admin.publishAsync(`${own}/command/${id}`, JSON.stringify({ id, expires: new Date(Date.now() + 30_000).toISOString() }), { qos: 1 })
    }
    const answers = () => heard.filter(({ topic }) => topic === `${own}/reply`).map(({ payload }) => JSON.parse(payload) as Answer)
    await expect.poll(() => answers().map(({ id }) => id), patience).toEqual(names)
    expect(answers().filter(({ error }) => error?.code === 'UNKNOWN_COMMAND')).toEqual([])
    expect(
      answers()
        .filter(({ ok }) => ok)
        .map(({ id }) => id),
    ).toContain('lamp.test')
  })

  test('nothing is retained on any node', async () => {
    for (const { mqttPort } of cluster.nodes) {
      const heard: string[] = []
      const client = await connect(`mqtt://127.0.0.1:${mqttPort}`, 'anna')
      client.on('message', (topic, _payload, { retain }) => {
        if (retain) heard.push(topic)
      })
      for (const desk of desks) await client.subscribeAsync(['about', 'state', 'availability'].map((name) => `third-ring/v1/${site}/${desk}/${name}`))
      const there = new Promise((resolve) => client.on('message', resolve))
      await client.publishAsync(`third-ring/v1/${site}/hub/alarms`, '{}', { qos: 1 })
      await client.subscribeAsync(`third-ring/v1/${site}/hub/alarms`)
      await client.publishAsync(`third-ring/v1/${site}/hub/alarms`, '{}', { qos: 1 })
      await there
      expect(heard).toEqual([])
    }
  })

  test.each([
    ['publishes as its neighbour', (client: MqttClient) => client.publish(`third-ring/v1/${site}/usc-2/event`, '{}', { qos: 1 })],
    ['commands its neighbour', (client: MqttClient) => client.publish(`third-ring/v1/${site}/usc-2/command/identify`, '{}', { qos: 1 })],
    ['asks the office to say everything again', (client: MqttClient) => client.publish(`third-ring/v1/${site}/hub/rebirth`, '{}', { qos: 1 })],
    ['listens to its neighbour’s events', (client: MqttClient) => client.subscribe(`third-ring/v1/${site}/usc-2/event`)],
    ['listens to everything', (client: MqttClient) => client.subscribe('#')],
  ] as const)('a desk that %s is cut off, and nobody hears of it', async (_name, act) => {
    const witness = await connect(cluster.url, 'anna')
    const heard: string[] = []
    witness.on('message', (topic, payload) => heard.push(`${topic} ${payload}`))
    await witness.subscribeAsync(`third-ring/v1/${site}/#`, { qos: 1 })
    const neighbour = await connect(cluster.url, 'usc-1')
    const closed = new Promise((resolve) => neighbour.on('close', () => resolve('closed')))
    act(neighbour)
    expect(await closed).toBe('closed')
    await witness.publishAsync(`third-ring/v1/${site}/hub/alarms`, 'last', { qos: 1 })
    await expect.poll(() => heard.at(-1), patience).toContain('last')
    expect(heard.filter((line) => line.includes('usc-2') || line.includes('rebirth'))).toEqual([])
  })
})

async function connect(url: string, username: string): Promise<MqttClient> {
  const clientId = `${username}.${randomBytes(4).toString('hex')}`
  const client = await connectAsync(url, { protocolVersion: 4, clientId, username, password: passwordOf(username), reconnectPeriod: 0 })
  client.on('error', () => {})
  onTestFinished(() => void client.end(true))
  return client
}
