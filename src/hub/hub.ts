import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { LampTable } from '../lamps/patterns.ts'
import { isLoopback } from '../loopback.ts'
import { adminUser } from './acl.ts'
import { type Broker, type Credentials, createBroker } from './broker.ts'
import { createEventStream, type EventStream } from './event-stream.ts'
import { createHttpSide } from './http.ts'
import { hubLimits } from './limits.ts'
import { type ListenAddress, urlHost } from './listen.ts'
import type { HubLog } from './log.ts'
import type { DeskView, OfficeChange } from './office.ts'
import { type BrokerAccess, type CommandAnswer, createRecorder, type OfficeClock, type Recorder } from './recorder.ts'
import { readPageFiles } from './static-files.ts'

/** What a visitor of a demonstration may do to its desks. The page shows a button for each action it knows (`docs/reference/hub-http.md`). */
export interface HubDemo {
  readonly actions: readonly string[]
  perform(desk: string, action: string, body: Readonly<Record<string, unknown>>): Promise<{ readonly ok: boolean; readonly error?: string }>
  /** How much faster than life the demonstration may run; the first is where it starts. Without `setSpeed` no choice is offered. */
  readonly speeds?: readonly number[]
  setSpeed?(speed: number): void
  /** The lights of desks whose lamp is really driven: levels from 0 to 1, or `null` where the page should draw the pattern instead. */
  readonly lights?: {
    now(): Readonly<Record<string, DrawnLights | null>>
    onChange(listener: (desk: string, lights: DrawnLights | null) => void): void
  }
}

export interface DrawnLights {
  readonly left: number
  readonly middle: number
  readonly right: number
}

export interface HubOptions {
  readonly site: string
  /** As people call the office; the site's name if left out. */
  readonly name?: string
  /** The office's time zone, for every time on the page. */
  readonly timeZone?: string
  readonly http: ListenAddress & {
    /** Further names by which browsers reach the page, behind a proxy for instance. */
    readonly names?: readonly string[]
    /** Whether the page may command desks. There is no login, so the default is: only if nobody but this machine can reach it. */
    readonly commands?: boolean
  }
  /** A broker inside the hub, or one that runs elsewhere. */
  readonly broker: { readonly embedded: ListenAddress & { readonly credentials?: Credentials; readonly open?: boolean } } | { readonly external: BrokerAccess }
  /** How the lamps of this office look; what the page draws. */
  readonly lampTable: LampTable
  /** The office's clock and how fast it runs against real time; the machine's own if left out. */
  readonly clock?: OfficeClock
  readonly demo?: HubDemo
  readonly log: HubLog
}

/** Where to find the running hub. `websocket` is MQTT for browsers and Node-RED, on the embedded broker only. */
export interface HubUrls {
  readonly page: string
  readonly mqtt: string
  readonly websocket?: string
}

/** The central side of one office: broker, recorder and page. */
export interface Hub {
  /** @throws ConfigurationError LISTEN_FAILED naming the option, CONFIG_INVALID for an open broker on a network; nothing is left running then */
  start(): Promise<HubUrls>
  /** Idempotent; leaves no socket or timer behind. */
  stop(): Promise<void>
}

const machineClock: OfficeClock = { wall: () => Date.now(), rate: () => 1 }

/** Puts the central side together. */
export function createHub(options: HubOptions): Hub {
  let running: (() => Promise<void>)[] = []
  const stop = async () => {
    const parts = running.reverse()
    running = []
    for (const part of parts) await part()
  }
  return {
    stop,
    async start() {
      try {
        return await start(options, (part) => running.push(part))
      } catch (error) {
        await stop()
        throw error
      }
    },
  }
}

async function start(options: HubOptions, running: (stop: () => Promise<void>) => void): Promise<HubUrls> {
  const { http, log } = options
  const files = await readPageFiles()
  const { broker, access } = await startBroker(options, running)
  const demo = options.demo && createDemoSide(options.demo, (speed) => stream.send('demo', { speed, ...clock() }))
  const commands = http.commands ?? isLoopback(http.host)
  const since = createSince(options)
  const clock = () => ({ now: since.clock.wall(), rate: since.clock.rate() })
  const { site, name = site, timeZone = 'Europe/Warsaw' } = options
  const snapshot = () => {
    const { desks, log: entries } = recorder.office()
    return { site, name, timeZone, ...clock(), broker: since.state(), commands, demo: demo?.state() ?? null, desks: [...desks.values()], log: entries }
  }
  const watched = () => ({ ...snapshot(), desks: snapshot().desks.map(watchedDesk) })
  const stream: EventStream = createEventStream({ snapshot: watched, clock, log })
  options.demo?.lights?.onChange((id, lights) => stream.pass('lights', { id, lights }))
  const onConnection = (connected: boolean) => stream.send('broker', since.change(connected))
  const recorder: Recorder = createRecorder({ site, broker: access, clock: since.clock, log, onChange: (change) => tell(stream, change), onConnection })
  const side = createHttpSide({
    ...http,
    names: http.names ?? [],
    files,
    stream,
    office: snapshot,
    lampTable: options.lampTable,
    health: () => ({ ok: recorder.connected(), broker: recorder.connected(), desks: recorder.office().desks.size, viewers: stream.viewers() }),
    ...(commands ? { command: recorder.command } : {}),
    ...(demo ? { perform: demo.perform, ...(demo.setSpeed ? { setSpeed: demo.setSpeed } : {}) } : {}),
    ...(broker ? { upgrade: broker.upgrade } : {}),
    log,
  })
  running(side.stop)
  const address = await side.start()
  running(recorder.stop)
  recorder.start()
  const place = `${urlHost(http.host)}:${address.port}`
  return { page: `http://${place}/`, mqtt: access.url, ...(broker ? { websocket: `ws://${place}/mqtt` } : {}) }
}

/** A desk without the figures that no page shows: most of its bytes. */
function watchedDesk({ health: _health, day: _day, previousDay: _previousDay, ...desk }: DeskView): Omit<DeskView, 'health' | 'day' | 'previousDay'> {
  return desk
}

function tell(stream: EventStream, change: OfficeChange): void {
  if (change.type === 'desk') stream.send('desk', watchedDesk(change.desk))
  else if (change.type === 'event') stream.send('event', change.entry)
  else stream.send('gone', { id: change.id })
}

/** The embedded broker with a user of the hub's own, known to nobody and new at each start; or the way to the external one. */
async function startBroker(options: HubOptions, running: (stop: () => Promise<void>) => void): Promise<{ broker?: Broker; access: BrokerAccess }> {
  if ('external' in options.broker) return { access: options.broker.external }
  const { embedded } = options.broker
  const secret = randomBytes(24).toString('base64url')
  const isSecret = (password: Buffer) => password.length === secret.length && timingSafeEqual(password, Buffer.from(secret))
  const credentials: Credentials = (username, password) => {
    if (username === 'hub') return isSecret(password) ? adminUser('hub') : undefined
    return embedded.credentials?.(username, password)
  }
  const broker = createBroker({ ...embedded, credentials, log: options.log })
  running(broker.stop)
  const address = await broker.start()
  return { broker, access: { url: `mqtt://${urlHost(embedded.host)}:${address.port}`, username: 'hub', password: secret } }
}

/** Whether the broker is there, and since when. */
function createSince(options: HubOptions) {
  const clock = options.clock ?? machineClock
  let state = { connected: false, since: clock.wall() }
  return {
    clock,
    state: () => state,
    change(connected: boolean) {
      state = { connected, since: clock.wall() }
      return state
    },
  }
}

/** The demonstration's part of the page: only its own actions and speeds, and an answer in any case. */
function createDemoSide(demo: HubDemo, changed: (speed: number) => void) {
  const speeds = demo.setSpeed === undefined ? [] : (demo.speeds ?? [1, 5, 20])
  let speed = speeds[0] ?? 1
  const refuse = (code: string, message: string): CommandAnswer => ({ ok: false, error: { code, message } })
  const setSpeed = (body: { readonly speed?: unknown }): CommandAnswer => {
    const wanted = speeds.find((known) => known === body.speed)
    if (wanted === undefined) return refuse('UNKNOWN_SPEED', `The speeds are ${speeds.join(', ')}.`)
    speed = wanted
    demo.setSpeed?.(speed)
    changed(speed)
    return { ok: true }
  }
  return {
    state: () => ({ actions: demo.actions, speeds, speed, lights: demo.lights?.now() ?? {} }),
    async perform(desk: string, action: string, body: Readonly<Record<string, unknown>>): Promise<CommandAnswer> {
      if (!demo.actions.includes(action)) return refuse('UNKNOWN_ACTION', 'This demonstration has no such action.')
      const result = await demo.perform(desk, action, body)
      return result.ok ? { ok: true } : refuse('REFUSED', (result.error ?? 'This cannot be done now.').slice(0, hubLimits.textMax))
    },
    ...(speeds.length > 0 ? { setSpeed } : {}),
  }
}
