import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { type RunningAgent, startAgent } from '../agent/compose.ts'
import { completeAgent } from '../config/complete.ts'
import type { AgentConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { validateAgent } from '../config/validate.ts'
import { ConfigurationError } from '../errors.ts'
import { createHub, type Hub, type HubUrls } from '../hub/hub.ts'
import { lampTable } from '../lamps/patterns.ts'
import type { Log } from '../log.ts'
import type { Habit } from './clerk.ts'
import { createOffice, officeActions } from './office.ts'
import { createGrandstreamPhone, createYealinkPhone, type EmulatedPhone } from './phones/index.ts'
import { createRandom } from './random.ts'
import { createScaledTime } from './scaled-clock.ts'

/** The demonstration's site, as it appears in topics. */
const site = 'um-bialystok'
const token = 'demonstration-only-token'
/** How often a chair's sensor reports, so that its evidence is fresh. */
const seatEveryMs = 2000

interface DemoDesk {
  readonly id: string
  readonly department: string
  readonly vendor: 'yealink' | 'grandstream'
  readonly habit: Habit
  readonly mac: string
}

/** Four desks, each with a story of its own. */
const demoDesks: readonly DemoDesk[] = [
  { id: 'usc-12', department: 'usc', vendor: 'yealink', habit: 'answers', mac: '001565000012' },
  { id: 'usc-14', department: 'usc', vendor: 'yealink', habit: 'walks-away', mac: '001565000014' },
  { id: 'geo-03', department: 'geodezja', vendor: 'grandstream', habit: 'ordinary', mac: '000b82000003' },
  { id: 'kan-07', department: 'kancelaria', vendor: 'yealink', habit: 'absent', mac: '001565000007' },
]

export interface DemoOptions {
  readonly host: string
  readonly port: number
  readonly brokerPort: number
  readonly seed: number
  readonly speed: number
  readonly log: Log
}

export interface Demo {
  readonly urls: HubUrls
  stop(): Promise<void>
}

/** An office on one machine: a hub, four desks with real agents, phones that speak real HTTP, and people invented from a seed. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { log } = options
  const directory = await mkdtemp(join(tmpdir(), 'third-ring-demo-'))
  const time = createScaledTime(options.speed)
  const undo: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
  }
  try {
    const placed = demoDesks.map((desk) => ({ ...desk, seat: { occupied: desk.habit !== 'absent' }, phone: undefined as EmulatedPhone | undefined }))
    let perform: ((desk: string, action: string, body: Readonly<Record<string, unknown>>) => Promise<{ ok: boolean; error?: string }>) | undefined
    const hub = demoHub(options, time, (...action) => perform?.(...action) ?? Promise.resolve({ ok: false, error: 'The office is still opening.' }))
    const urls = await hub.start()
    undo.push(() => hub.stop())
    const client = await mqtt.connectAsync(urls.mqtt, { clientId: 'simulator', username: 'simulator', reconnectPeriod: 1000 })
    undo.push(() => client.endAsync(true))
    const offices: Parameters<typeof createOffice>[0]['desks'][number][] = []
    for (const desk of placed) {
      const { agent, phone } = await startDesk(desk, urls, directory, time, log)
      undo.push(async () => {
        await agent.stop('the demonstration ends')
        await phone.stop()
      })
      offices.push({ id: desk.id, habit: desk.habit, phone, seat: senseSeat(client, desk.id, desk.seat, undo) })
    }
    const office = createOffice({ desks: offices, random: createRandom(options.seed), clock: realClock, speed: time.speed })
    perform = (desk, action, body) => Promise.resolve(office.perform(desk, action, body))
    office.start()
    undo.push(async () => office.stop())
    return { urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const realClock = {
  now: () => performance.now(),
  after(ms: number, wake: () => void) {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

function demoHub(
  options: DemoOptions,
  time: ReturnType<typeof createScaledTime>,
  perform: NonNullable<Parameters<typeof createHub>[0]['demo']>['perform'],
): Hub {
  const { host, port, brokerPort, speed } = options
  return createHub({
    site,
    name: 'Urząd Miejski w Białymstoku',
    http: { host, port },
    broker: { embedded: { host, port: brokerPort, open: true } },
    lampTable,
    clock: { wall: time.wall, rate: time.speed },
    demo: { actions: officeActions, perform, speeds: [...new Set([speed, 1, 2, 5, 10])], setSpeed: time.setSpeed },
    log: options.log,
  })
}

/** One desk: its agent first, since the phone must know where to post, then its phone, where the agent will look for it. */
async function startDesk(
  desk: DemoDesk,
  urls: HubUrls,
  directory: string,
  time: ReturnType<typeof createScaledTime>,
  log: Log,
): Promise<{ agent: RunningAgent; phone: EmulatedPhone }> {
  const agentPort = await freePort()
  const phoneOptions = {
    mac: desk.mac,
    model: desk.vendor === 'yealink' ? 'SIP-T46U' : 'GRP2614',
    firmware: desk.vendor === 'yealink' ? '108.86.0.20' : '1.0.9.103',
    agentUrl: `http://127.0.0.1:${agentPort}/${desk.vendor}/${token}`,
    username: 'admin',
    password: 'demonstration',
  }
  const phone = desk.vendor === 'yealink' ? createYealinkPhone(phoneOptions) : createGrandstreamPhone(phoneOptions)
  await phone.start()
  const config = demoConfig(desk, phone.url(), agentPort, urls, directory)
  const agent = await startAgent(config, { token, phonePassword: 'demonstration' }, { log: log.child({ desk: desk.id }), clock: () => time.clock() })
  return { agent, phone }
}

/** As a person would write it, checked like any other. Offices sleep, demonstrations do not: here the working hours never end. */
function demoConfig(desk: DemoDesk, phoneUrl: string, agentPort: number, urls: HubUrls, directory: string): AgentConfig {
  const always = ['00:00-24:00']
  const written = {
    site,
    desk: desk.id,
    department: desk.department,
    phone: { vendor: desk.vendor, mac: desk.mac, url: phoneUrl, username: 'admin', passwordFile: 'unused' },
    listen: { host: '127.0.0.1', port: agentPort, tokenFile: 'unused', allow: ['127.0.0.1'] },
    admin: { host: '127.0.0.1', port: 0 },
    seat: { driver: 'mqtt', topic: seatTopic(desk.id), path: '/presence', occupied: true },
    lamp: { driver: 'mqtt', topic: `demo/${desk.id}/lamp` },
    policy: {
      workingHours: {
        timezone: 'Europe/Warsaw',
        holidays: 'none',
        week: { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always },
      },
    },
    broker: { url: urls.mqtt },
    store: { directory: join(directory, desk.id) },
  }
  const checked = validateAgent(written)
  if ('faults' in checked) throw new ConfigurationError('CONFIG_INVALID', 'the demonstration’s own configuration has faults', faultLines(checked.faults))
  return completeAgent(checked.written, join(directory, `${desk.id}.yaml`), {})
}

function seatTopic(desk: string): string {
  return `demo/${desk}/seat`
}

/** The chair's sensor: reports each change at once, and what it sees every two seconds. */
function senseSeat(client: MqttClient, desk: string, seat: { occupied: boolean }, undo: (() => Promise<void>)[]): (occupied: boolean) => void {
  const report = (): void => void client.publish(seatTopic(desk), JSON.stringify({ presence: seat.occupied }))
  const timer = setInterval(report, seatEveryMs)
  undo.push(async () => clearInterval(timer))
  report()
  return (occupied) => {
    seat.occupied = occupied
    report()
  }
}

/** A port that was free a moment ago; the listener says so if somebody else takes it first. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
