import { createSocket } from 'node:dgram'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { type RunningAgent, type StartOptions, startAgent } from '../../src/agent/composition/compose.ts'
import type { AgentConfig } from '../../src/config/config.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import { readAgentSecrets } from '../../src/config/secrets.ts'
import { type Broker, createBroker } from '../../src/hub/broker/broker.ts'
import { createLog } from '../../src/log.ts'
import { createYealinkPhone, type EmulatedPhone } from '../../src/simulator/phones/index.ts'

export const token = 'token-for-tests-0123456789'
export const site = 'um-test'

/**
 * Where ports are looked for that a configuration must name before its server has them: below those that the kernel gives away by itself, so that nobody's
 * connection takes one meanwhile, and in each process from another place on.
 */
const ports = { tcp: { first: 20_000, count: 10_000 }, udp: { first: 31_000, count: 1000 } }
let portsTried = Math.floor(Math.random() * ports.tcp.count)

/** A socket at a port. */
interface Taken {
  unref(): unknown
  close(then?: () => void): unknown
}
/** `undefined` where somebody has the port. */
type Take = (port: number) => Promise<Taken | undefined>

/**
 * A server is often away for a while: it is killed, or has not started yet. So that no other process finds its port free then, a socket of the other
 * protocol keeps the number for as long as this process lives.
 */
async function firstFree({ first, count }: { readonly first: number; readonly count: number }, take: Take, takeOther: Take): Promise<number> {
  for (;;) {
    portsTried += 1
    const port = first + (portsTried % count)
    const kept = await takeOther(port)
    const taken = kept && (await take(port))
    if (taken !== undefined) {
      kept?.unref()
      await new Promise<void>((resolve) => taken.close(resolve))
      return port
    }
    kept?.close()
  }
}

function tcpAt(port: number): Promise<Taken | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function udpAt(port: number): Promise<Taken | undefined> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(undefined)))
    socket.bind(port, '127.0.0.1', () => resolve(socket))
  })
}

/** A port that nobody has, and that no other process will be given by this function as long as this one lives. */
export function freePort(): Promise<number> {
  return firstFree(ports.tcp, tcpAt, udpAt)
}

/** The same for UDP, where an adapter's log is listened to. */
export function freeUdpPort(): Promise<number> {
  return firstFree(ports.udp, udpAt, tcpAt)
}

/** What the broker saw of one desk, by topic below the desk's own. */
export interface Watch {
  readonly messages: { readonly topic: string; readonly payload: string }[]
  last(topic: string): Record<string, unknown> | undefined
  /** The last that the hub said to everybody on this topic. */
  hub(topic: string): Record<string, unknown> | undefined
  /** The kinds of all events so far, without their prefix. */
  types(): string[]
  events(): { type: string; sequence: string; id: string; data: Record<string, unknown> }[]
  publish(topic: string, payload: string): void
}

export async function watch(url: string, desk: string, session: Pick<IClientOptions, 'clean'> = {}): Promise<Watch & { end(): Promise<void> }> {
  // A broker that has only just been started is tried until it listens.
  const client: MqttClient = await mqtt.connectAsync(url, { clientId: `watch-${desk}-${Math.random()}`, reconnectPeriod: 100, ...session }, true)
  const messages: { topic: string; payload: string }[] = []
  const root = `third-ring/v1/${site}/${desk}/`
  client.on('message', (topic, payload) => messages.push({ topic: topic.replace(root, ''), payload: payload.toString() }))
  const ofHub = `third-ring/v1/${site}/hub/`
  await client.subscribeAsync([...new Set([`${root}#`, `${ofHub}#`])], { qos: 1 })
  const found = (name: string): Record<string, unknown> | undefined => {
    const message = messages.findLast(({ topic }) => topic === name)
    return message === undefined ? undefined : JSON.parse(message.payload)
  }
  const events: Watch['events'] = () => messages.filter((message) => message.topic === 'event').map(({ payload }) => JSON.parse(payload))
  return {
    messages,
    last: found,
    hub: (topic) => found(`${ofHub}${topic}`),
    types: () => events().map(({ type }) => type.replace('third-ring.', '')),
    events,
    publish: (topic, payload) => void client.publish(topic.startsWith('/') ? topic.slice(1) : `${root}${topic}`, payload, { qos: 1 }),
    end: () => client.endAsync(),
  }
}

/** A desk with an emulated Yealink and a configuration file of ten lines, as a person would write it; the agent is started by the test. */
export async function deskFiles(desk: string, brokerUrl: string): Promise<{ configFile: string; phone: EmulatedPhone; adminPort: number; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-test-'))
  const [agentPort, adminPort] = [await freePort(), await freePort()]
  const phone = createYealinkPhone({
    mac: '001565aabbcc',
    model: 'SIP-T46U',
    firmware: '108.86.0.20',
    agentUrl: `http://127.0.0.1:${agentPort}/yealink/${token}`,
    username: 'admin',
    password: 'secret-of-the-phone',
  })
  await phone.start()
  writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'password'), 'secret-of-the-phone\n', { mode: 0o600 })
  const lines = [
    `site: ${site}`,
    `desk: ${desk}`,
    `phone: { vendor: yealink, mac: 00:15:65:aa:bb:cc, url: "${phone.url()}", username: admin, passwordFile: password }`,
    `listen: { host: 127.0.0.1, port: ${agentPort}, tokenFile: token }`,
    `admin: { host: 127.0.0.1, port: ${adminPort} }`,
    `seat: { driver: mqtt, topic: sensors/${desk}/seat, path: /presence, occupied: true }`,
    'policy: { seatWarningMs: 300, seatGraceMs: 500, holdConfirmMs: 10000, workingHours: { timezone: Europe/Warsaw, holidays: none } }',
    `broker: { url: "${brokerUrl}" }`,
    'store: { directory: store }',
  ]
  const configFile = join(directory, 'desk.yaml')
  writeFileSync(configFile, `${lines.join('\n')}\n`)
  return { configFile, phone, adminPort, directory }
}

/** The agent of a configuration file, in this process, with the secrets that the file names; it logs nothing. `changes` are made to what was read. */
export function startFrom(configFile: string, options: Omit<StartOptions, 'log'> = {}, changes: Partial<AgentConfig> = {}): Promise<RunningAgent> {
  const config = loadAgentConfig(configFile)
  return startAgent({ ...config, ...changes }, readAgentSecrets(config).secrets, { ...options, log: createLog({ level: 'silent', terminal: false }) })
}

export async function openBroker(): Promise<{ broker: Broker; url: string }> {
  const broker = createBroker({
    host: '127.0.0.1',
    port: 0,
    open: true,
    credentials: () => undefined,
    log: { info() {}, warn() {}, error() {}, debug() {} } as never,
  })
  const { port } = await broker.start()
  return { broker, url: `mqtt://127.0.0.1:${port}` }
}
