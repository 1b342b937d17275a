import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { createHub, type Hub, type HubUrls } from '../hub/hub.ts'
import { lampTable } from '../lamps/patterns.ts'
import type { Log } from '../log.ts'
import { type AnaloguePlace, createAnaloguePlace } from './analogue-place.ts'
import { type DemoAgent, demoSite, demoToken, startDemoAgent } from './demo-agents.ts'
import { type DemoDesk, demoDesks, demoPassword, writeDirectory, writeWardenPhones } from './demo-desks.ts'
import { createDemoWaits, realClock } from './demo-time.ts'
import { createHelperStory } from './helper-story.ts'
import { createLights, type Lights } from './lights.ts'
import { type ActionBody, type ActionResult, createOffice, helperActions, type OfficeDesk, officeActions } from './office.ts'
import { createAnaloguePhone, createGrandstreamPhone, createYealinkPhone, type EmulatedPhone } from './phones/index.ts'
import { createRandom } from './random.ts'
import { createScaledTime, type ScaledTime } from './scaled-clock.ts'
import { createSleep } from './sleep.ts'

/** How often a chair's sensor reports, so that its evidence is fresh. */
const seatEveryMs = 2000
/** How long the warden waits for a helper that is gone: three minutes in an office, here as long as somebody likes to watch. */
const wardenGraceMs = 30_000

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

type Perform = (desk: string, action: string, body: ActionBody) => ActionResult

/** An office on one machine: a hub, five desks with real agents, phones that speak real HTTP, and people invented from a seed. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { log } = options
  const folder = await mkdtemp(join(tmpdir(), 'third-ring-demo-'))
  const time = createScaledTime(options.speed)
  const undo: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
  }
  try {
    let perform: Perform = () => ({ ok: false, error: 'The office is still opening.' })
    const lights = createLights(() => time.speed() === 1)
    const stage: Stage = { folder, time, log, undo, lights }
    const places: Place[] = []
    for (const desk of demoDesks) places.push(await (desk.vendor === 'analogue' ? placeAnaloguePhone(desk, stage) : placeDeskPhone(desk, stage)))
    const hub = demoHub(options, stage, places, (...action) => perform(...action))
    const urls = await hub.start()
    undo.push(() => hub.stop())
    const client = await mqtt.connectAsync(urls.mqtt, { clientId: 'simulator', username: 'simulator', reconnectPeriod: 1000 })
    undo.push(() => client.endAsync(true))
    const desks: OfficeDesk[] = []
    // An agent that is a process of its own comes up while the others do.
    places.sort((one, other) => Number(other.desk.killable ?? false) - Number(one.desk.killable ?? false))
    for (const place of places) desks.push(await openDesk(place, stage, urls.mqtt, client))
    for (const { agent } of places) await agent?.forked?.started()
    const [random, sleep] = [createRandom(options.seed), createSleep(realClock, time.speed)]
    const office = createOffice({ desks, random, clock: realClock, speed: time.speed })
    perform = office.perform
    office.start()
    undo.push(async () => office.stop())
    for (const { agent, phone } of places) {
      if (agent?.forked === undefined) continue
      const story = createHelperStory(agent.forked, () => Object.keys(phone.forwarding()).length > 0, random, sleep)
      story.start()
      undo.push(async () => story.stop())
      stage.onSpeed = agent.forked.setSpeed
    }
    return { urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What each desk of the demonstration stands on. */
interface Stage {
  readonly folder: string
  readonly time: ScaledTime
  readonly log: Log
  readonly undo: (() => Promise<void>)[]
  readonly lights: Lights
  /** Where time runs elsewhere too. */
  onSpeed?: (speed: number) => void
}

/** A desk whose telephone is there, and what its agent must know to find it. */
interface Place {
  readonly desk: DemoDesk
  readonly phone: EmulatedPhone
  readonly parts: object
  readonly analogue?: AnaloguePlace
  agent?: DemoAgent
}

function demoHub({ host, port, brokerPort, speed, log }: DemoOptions, stage: Stage, places: readonly Place[], perform: Perform): Hub {
  const { time, lights, folder } = stage
  const killable = demoDesks.filter((desk) => desk.killable).map(({ id }) => id)
  const phones = places.filter(({ phone }) => phone.url() !== '').map(({ desk, phone }) => ({ id: desk.id, vendor: desk.vendor, url: phone.url() }))
  return createHub({
    site: demoSite,
    name: 'Urząd Miejski w Białymstoku',
    http: { host, port },
    broker: { embedded: { host, port: brokerPort, open: true } },
    directory: writeDirectory(folder),
    warden: { graceMs: wardenGraceMs, phonesFile: writeWardenPhones(folder, phones) },
    lampTable,
    clock: { wall: time.wall, rate: time.speed },
    demo: {
      actions: officeActions,
      only: Object.fromEntries(helperActions.map((name) => [name, killable])),
      perform: async (...action) => perform(...action),
      speeds: [...new Set([speed, 1, 2, 5, 10])],
      setSpeed(speed) {
        time.setSpeed(speed)
        stage.onSpeed?.(speed)
        lights.again()
      },
      lights,
    },
    log,
  })
}

/** A desk phone. Its agent's port is chosen first, since the phone must know where to post. */
async function placeDeskPhone(desk: DemoDesk, { time, undo }: Stage): Promise<Place> {
  const port = await freePort()
  const isYealink = desk.vendor === 'yealink'
  const waits = createDemoWaits(time)
  const options = {
    mac: desk.mac,
    model: isYealink ? 'SIP-T46U' : 'GRP2614',
    firmware: isYealink ? '108.86.0.20' : '1.0.9.103',
    agentUrl: `http://127.0.0.1:${port}/${desk.vendor}/${demoToken}`,
    username: 'admin',
    password: demoPassword,
    after: waits.after,
  }
  const phone = isYealink ? createYealinkPhone(options) : createGrandstreamPhone(options)
  await phone.start()
  undo.push(async () => {
    waits.stop()
    await phone.stop()
  })
  const parts = {
    phone: { vendor: desk.vendor, mac: desk.mac, url: phone.url(), username: 'admin', passwordFile: 'unused' },
    listen: { host: '127.0.0.1', port, tokenFile: 'unused', allow: ['127.0.0.1'] },
    seat: { driver: 'mqtt', topic: seatTopic(desk.id), path: '/presence', occupied: true },
    lamp: { driver: 'mqtt', topic: `demo/${desk.id}/lamp` },
  }
  return { desk, phone, parts }
}

/** An analogue telephone on an adapter, with the bridge's real program on its wires: it counts the rings, feels the seat and drives the lamp. */
async function placeAnaloguePhone(desk: DemoDesk, { time, undo, lights }: Stage): Promise<Place> {
  const analogue = createAnaloguePlace(time.clock())
  undo.push(async () => analogue.stop())
  analogue.seat(desk.habit !== 'absent')
  analogue.onLamp((levels) => lights.show(desk.id, levels))
  const [port, syslogPort] = [await freePort(), await freePort()]
  const phone = createAnaloguePhone({
    mac: desk.mac,
    model: 'HT802',
    firmware: '1.0.10.6',
    server: { address: '127.0.0.1', port: syslogPort },
    line: analogue.line,
    after: analogue.after,
  })
  await phone.start()
  undo.push(() => phone.stop())
  const parts = {
    phone: { vendor: 'analogue', mac: desk.mac, model: 'HT802' },
    listen: { host: '127.0.0.1', port, syslogPort, tokenFile: 'unused', allow: ['127.0.0.1'] },
    bridge: { path: 'emulated' },
    seat: { driver: 'bridge' },
    lamp: { driver: 'bridge' },
  }
  return { desk, phone, parts, analogue }
}

/** The desk's agent, and the sensor at its chair. */
async function openDesk(place: Place, { folder, time, log, undo }: Stage, url: string, client: MqttClient): Promise<OfficeDesk> {
  const { desk, phone, parts, analogue } = place
  const agent = await startDemoAgent(desk, parts, { mqtt: url, folder, time, log }, analogue?.openSerial)
  undo.push(agent.stop)
  place.agent = agent
  const seat = analogue?.seat ?? senseSeat(client, desk.id, { occupied: desk.habit !== 'absent' }, undo)
  const { id, habit, number } = desk
  return { id, habit, number, phone, seat, ...(agent.forked === undefined ? {} : { helper: agent.forked }) }
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
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
