import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { startAgent } from '../agent/compose.ts'
import type { OpenSerial } from '../bridge/serial.ts'
import { completeAgent } from '../config/complete.ts'
import type { AgentConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { validateAgent } from '../config/validate.ts'
import { ConfigurationError } from '../errors.ts'
import { createHub, type Hub, type HubUrls } from '../hub/hub.ts'
import { lampTable } from '../lamps/patterns.ts'
import type { Log } from '../log.ts'
import { createAnaloguePlace } from './analogue-place.ts'
import type { Habit } from './clerk.ts'
import { createLights, type Lights } from './lights.ts'
import { createOffice, type OfficeDesk, officeActions } from './office.ts'
import { createAnaloguePhone, createGrandstreamPhone, createYealinkPhone } from './phones/index.ts'
import { createRandom } from './random.ts'
import { createScaledTime, type ScaledTime } from './scaled-clock.ts'

/** The demonstration's site, as it appears in topics. */
const site = 'um-bialystok'
const token = 'demonstration-only-token'
/** How often a chair's sensor reports, so that its evidence is fresh. */
const seatEveryMs = 2000

interface DemoDesk {
  readonly id: string
  readonly department: string
  readonly vendor: 'yealink' | 'grandstream' | 'analogue'
  readonly habit: Habit
  readonly mac: string
}

/** Five desks, each with a story of its own. */
const demoDesks: readonly DemoDesk[] = [
  { id: 'usc-12', department: 'usc', vendor: 'yealink', habit: 'answers', mac: '001565000012' },
  { id: 'usc-14', department: 'usc', vendor: 'yealink', habit: 'walks-away', mac: '001565000014' },
  { id: 'geo-03', department: 'geodezja', vendor: 'grandstream', habit: 'ordinary', mac: '000b82000003' },
  { id: 'kan-07', department: 'kancelaria', vendor: 'yealink', habit: 'absent', mac: '001565000007' },
  { id: 'mel-05', department: 'meldunki', vendor: 'analogue', habit: 'ordinary', mac: '000b82000005' },
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

/** An office on one machine: a hub, five desks with real agents, phones that speak real HTTP, and people invented from a seed. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { log } = options
  const directory = await mkdtemp(join(tmpdir(), 'third-ring-demo-'))
  const time = createScaledTime(options.speed)
  const undo: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
  }
  try {
    let perform: ((desk: string, action: string, body: Readonly<Record<string, unknown>>) => Promise<{ ok: boolean; error?: string }>) | undefined
    const lights = createLights(() => time.speed() === 1)
    const hub = demoHub(options, time, lights, (...action) => perform?.(...action) ?? Promise.resolve({ ok: false, error: 'The office is still opening.' }))
    const urls = await hub.start()
    undo.push(() => hub.stop())
    const client = await mqtt.connectAsync(urls.mqtt, { clientId: 'simulator', username: 'simulator', reconnectPeriod: 1000 })
    undo.push(() => client.endAsync(true))
    const surroundings: Surroundings = { urls, directory, time, log, undo, client, lights }
    const desks: OfficeDesk[] = []
    for (const desk of demoDesks) desks.push(await (desk.vendor === 'analogue' ? startAnalogueDesk(desk, surroundings) : startPostingDesk(desk, surroundings)))
    const office = createOffice({ desks, random: createRandom(options.seed), clock: realClock, speed: time.speed })
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

function demoHub(options: DemoOptions, time: ScaledTime, lights: Lights, perform: NonNullable<Parameters<typeof createHub>[0]['demo']>['perform']): Hub {
  const { host, port, brokerPort, speed } = options
  return createHub({
    site,
    name: 'Urząd Miejski w Białymstoku',
    http: { host, port },
    broker: { embedded: { host, port: brokerPort, open: true } },
    lampTable,
    clock: { wall: time.wall, rate: time.speed },
    demo: {
      actions: officeActions,
      perform,
      speeds: [...new Set([speed, 1, 2, 5, 10])],
      setSpeed(speed) {
        time.setSpeed(speed)
        lights.again()
      },
      lights,
    },
    log: options.log,
  })
}

/** What each desk of the demonstration is started with. */
interface Surroundings {
  readonly urls: HubUrls
  readonly directory: string
  readonly time: ScaledTime
  readonly log: Log
  readonly undo: (() => Promise<void>)[]
  readonly client: MqttClient
  readonly lights: Lights
}

/** A desk phone: its agent's port first, since the phone must know where to post, then the phone, where the agent will look for it. */
async function startPostingDesk(desk: DemoDesk, surroundings: Surroundings): Promise<OfficeDesk> {
  const { client, undo } = surroundings
  const port = await freePort()
  const isYealink = desk.vendor === 'yealink'
  const options = {
    mac: desk.mac,
    model: isYealink ? 'SIP-T46U' : 'GRP2614',
    firmware: isYealink ? '108.86.0.20' : '1.0.9.103',
    agentUrl: `http://127.0.0.1:${port}/${desk.vendor}/${token}`,
    username: 'admin',
    password: 'demonstration',
  }
  const phone = isYealink ? createYealinkPhone(options) : createGrandstreamPhone(options)
  await phone.start()
  undo.push(() => phone.stop())
  await startDeskAgent(desk, surroundings, {
    phone: { vendor: desk.vendor, mac: desk.mac, url: phone.url(), username: 'admin', passwordFile: 'unused' },
    listen: { host: '127.0.0.1', port, tokenFile: 'unused', allow: ['127.0.0.1'] },
    seat: { driver: 'mqtt', topic: seatTopic(desk.id), path: '/presence', occupied: true },
    lamp: { driver: 'mqtt', topic: `demo/${desk.id}/lamp` },
  })
  return { id: desk.id, habit: desk.habit, phone, seat: senseSeat(client, desk.id, { occupied: desk.habit !== 'absent' }, undo) }
}

/** An analogue telephone on an adapter, with the bridge's real program on its wires: it counts the rings, feels the seat and drives the lamp. */
async function startAnalogueDesk(desk: DemoDesk, surroundings: Surroundings): Promise<OfficeDesk> {
  const { time, undo, lights } = surroundings
  const place = createAnaloguePlace(time.clock())
  undo.push(async () => place.stop())
  place.seat(desk.habit !== 'absent')
  place.onLamp((levels) => lights.show(desk.id, levels))
  const [port, syslogPort] = [await freePort(), await freePort()]
  const phone = createAnaloguePhone({
    mac: desk.mac,
    model: 'HT802',
    firmware: '1.0.10.6',
    server: { address: '127.0.0.1', port: syslogPort },
    line: place.line,
    after: place.after,
  })
  await phone.start()
  undo.push(() => phone.stop())
  const config = {
    phone: { vendor: 'analogue', mac: desk.mac, model: 'HT802' },
    listen: { host: '127.0.0.1', port, syslogPort, tokenFile: 'unused', allow: ['127.0.0.1'] },
    bridge: { path: 'emulated' },
    seat: { driver: 'bridge' },
    lamp: { driver: 'bridge' },
  }
  await startDeskAgent(desk, surroundings, config, place.openSerial)
  return { id: desk.id, habit: desk.habit, phone, seat: place.seat }
}

async function startDeskAgent(desk: DemoDesk, { urls, directory, time, log, undo }: Surroundings, parts: object, openSerial?: OpenSerial): Promise<void> {
  const secrets = { token, phonePassword: 'demonstration' }
  const options = { log: log.child({ desk: desk.id }), clock: time.clock, ...(openSerial === undefined ? {} : { openSerial }) }
  const agent = await startAgent(demoConfig(desk, parts, urls, directory), secrets, options)
  undo.push(() => agent.stop('the demonstration ends'))
}

/** As a person would write it, checked like any other. Offices sleep, demonstrations do not: here the working hours never end. */
function demoConfig(desk: DemoDesk, parts: object, urls: HubUrls, directory: string): AgentConfig {
  const always = ['00:00-24:00']
  const written = {
    site,
    desk: desk.id,
    department: desk.department,
    admin: { host: '127.0.0.1', port: 0 },
    policy: {
      workingHours: {
        timezone: 'Europe/Warsaw',
        holidays: 'none',
        week: { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always },
      },
    },
    broker: { url: urls.mqtt },
    store: { directory: join(directory, desk.id) },
    ...parts,
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
