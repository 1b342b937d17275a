import type { LampTable } from '../lamps/patterns.ts'
import { isLoopback } from '../loopback.ts'
import type { BrokerProfile } from '../mqtt/broker-profile.ts'
import type { StoreLog } from '../store/store.ts'
import { createWatch, type Watch } from './alarms/watch.ts'
import { createDirectorySide, type DirectorySide } from './directory/directory-side.ts'
import { type EmbeddedBroker, startBroker } from './embedded-broker.ts'
import { type HealthSource, healthOf } from './hub-health.ts'
import type { RepairLimits } from './limits.ts'
import { type ListenAddress, urlHost } from './listen.ts'
import type { HubLog } from './log.ts'
import { hubMetrics } from './metrics.ts'
import type { HubDemo } from './page/demo-side.ts'
import { createHttpSide, type HttpSide } from './page/http.ts'
import { createRecordReader } from './page/record-reader.ts'
import { readPageFiles } from './page/static-files.ts'
import { createView, type View } from './page/view.ts'
import { openDurableRecord } from './record/durable.ts'
import { createMemoryRecord, type EventRecord } from './record/record.ts'
import { createRecorder, type HubBrokerAccess, type OfficeClock, type Recorder } from './recorder.ts'
import { createSince, type Since } from './since.ts'
import { createWardenSide, type WardenOptions, type WardenSide } from './warden/warden-side.ts'

export type { DrawnLights, HubDemo } from './page/demo-side.ts'

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
  /** A broker inside the hub, or one that runs elsewhere; a function is asked before each attempt to connect. */
  readonly broker: EmbeddedBroker | { readonly external: HubBrokerAccess | (() => HubBrokerAccess); readonly profile?: BrokerProfile }
  /** Where the record of events is kept; in memory, for as long as the hub runs, if left out. */
  readonly store?: { readonly directory: string }
  /** The file that says who takes whose calls. */
  readonly directory?: string
  /** Who undoes the forwarding of agents that die; nobody if left out. */
  readonly warden?: WardenOptions
  /** How the lamps of this office look; what the page draws. */
  readonly lampTable: LampTable
  /** The office's clock and how fast it runs against real time; the machine's own if left out. */
  readonly clock?: OfficeClock
  readonly demo?: HubDemo
  /** How gaps are repaired; for tests that cannot wait. */
  readonly limits?: Partial<RepairLimits>
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
  const { http, log, site } = options
  const files = await readPageFiles()
  const record = await openRecord(options, running)
  // The broker begins before the recorder, which must know where it is: what comes by its hand meanwhile waits.
  let ready = (_recorder: Recorder) => {}
  const there = new Promise<Recorder>((resolve) => {
    ready = resolve
  })
  const { broker, access } = await startBroker(options, running, async (...message) => (await there).receive(...message))
  const since = createSince(options.clock)
  const directory: DirectorySide = openDirectory(options, () => recorder, since.clock.wall)
  const warden = openWarden(options, {
    byHand: broker !== undefined,
    since,
    directory,
    publish: (payload) => recorder.publish('warden', payload),
    onChange: () => view.tellWarden(),
  })
  const watch: Watch = createWatch({
    office: () => recorder.office(),
    wall: since.clock.wall,
    connectedSince: () => (since.state().connected ? since.state().since : undefined),
    recordFault: () => record.health().fault,
    directoryFaults: () => directory.health().faults.length,
    warden: () => (warden === undefined ? undefined : { tasks: warden.tasks(), faults: warden.health().faults.length }),
    publish: (payload) => recorder.publish('alarms', payload),
    onChange: () => view.tellAlarms(),
    log,
  })
  const recorder: Recorder = createRecorder({
    site,
    broker: access,
    profile: 'external' in options.broker ? (options.broker.profile ?? 'full') : 'full',
    byHand: broker !== undefined,
    record,
    clock: since.clock,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    log,
    onTaken(taken, desk, before, live, name) {
      watch.taken(taken, desk, before, live)
      directory.taken(taken, desk)
      if (name !== undefined) warden?.taken(desk, name, taken.office.desks.get(desk))
    },
    onOwn: directory.heard,
    onChange: (change) => view.tell(change),
    onConnection(connected) {
      directory.connection(connected)
      warden?.connection(connected)
      view.stream.send('broker', since.change(connected))
    },
  })
  ready(recorder)
  const commands = http.commands ?? isLoopback(http.host)
  const view: View = createView({ options, commands, since, office: recorder.office, alarms: watch.alarms, warden: () => warden?.tasks() ?? [] })
  const side = createSide(options, { files, view, commands, broker, sources: { recorder, record, watch, directory, warden } })
  running(side.stop)
  const address = await side.start()
  running(async () => watch.stop())
  running(directory.stop)
  running(recorder.stop)
  // Before the line goes down: it has something to say.
  running(async () => warden?.stop())
  watch.start()
  directory.start()
  warden?.start()
  recorder.start()
  const place = `${urlHost(http.host)}:${address.port}`
  return { page: `http://${place}/`, mqtt: (typeof access === 'function' ? access() : access).url, ...(broker ? { websocket: `ws://${place}/mqtt` } : {}) }
}

interface SideParts {
  readonly files: Awaited<ReturnType<typeof readPageFiles>>
  readonly view: View
  readonly commands: boolean
  readonly broker: Awaited<ReturnType<typeof startBroker>>['broker']
  readonly sources: Omit<HealthSource, 'viewers'>
}

/** The page and what programs ask for beside it. */
function createSide({ http, lampTable, log }: HubOptions, { files, view, commands, broker, sources }: SideParts): HttpSide {
  const { recorder, record } = sources
  return createHttpSide({
    ...http,
    names: http.names ?? [],
    files,
    stream: view.stream,
    office: view.office,
    lampTable,
    health: () => healthOf({ ...sources, viewers: view.stream.viewers() }),
    metrics: () => hubMetrics({ ...sources, viewers: view.stream.viewers() }),
    events: createRecordReader(record, recorder.office),
    ...(commands ? { command: recorder.command } : {}),
    ...(view.demo ? { perform: view.demo.perform, ...(view.demo.setSpeed ? { setSpeed: view.demo.setSpeed } : {}) } : {}),
    ...(broker ? { upgrade: broker.upgrade } : {}),
    log,
  })
}

interface WardenGround {
  readonly byHand: boolean
  readonly since: Since
  readonly directory: Pick<DirectorySide, 'desks'>
  readonly publish: (payload: string) => boolean
  readonly onChange: () => void
}

function openWarden({ warden, store, log }: HubOptions, { since, directory, ...ground }: WardenGround): WardenSide | undefined {
  if (warden === undefined) return undefined
  const substitutesOf = (desk: string) => directory.desks()[desk]?.substitutes ?? []
  return createWardenSide({
    ...warden,
    ...ground,
    ...(store === undefined ? {} : { store: store.directory }),
    clock: since.clock,
    substitutesOf,
    numberOf: (desk, substitute) => substitutesOf(desk).find((each) => each.desk === substitute)?.number ?? directory.desks()[substitute]?.number,
    log,
  })
}

function openDirectory({ directory, store, log }: HubOptions, recorder: () => Recorder, wall: () => number): DirectorySide {
  const file = directory === undefined ? {} : { file: directory }
  return createDirectorySide({ ...file, ...(store === undefined ? {} : { store: store.directory }), recorder, wall, log })
}

async function openRecord({ store, log }: HubOptions, running: (stop: () => Promise<void>) => void): Promise<EventRecord> {
  if (store === undefined) log.info({}, 'the record of events is in memory and ends with the hub; name store.directory to keep it')
  const record = store === undefined ? createMemoryRecord() : await openDurableRecord({ directory: store.directory, log: recordLog(log) })
  running(record.close)
  return record
}

/** What the record calls an error is the office's trouble, and the hub goes on. */
function recordLog(log: HubLog): StoreLog {
  return { info: (fields, message) => log.info(fields, message), error: (fields, message) => log.warn(fields, message) }
}
