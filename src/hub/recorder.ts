import { randomUUID } from 'node:crypto'
import type { BrokerProfile } from '../mqtt/broker-profile.ts'
import type { BrokerAccess } from '../mqtt/connection/connection.ts'
import { healthEveryMs, hubTopic, topicRoot } from '../mqtt/topics.ts'
import { isoTime, schemaVersion } from '../mqtt/wire-form.ts'
import { type Asked, type CommandAnswer, createAsked, failure } from './asked.ts'
import { createHubLine, type HubLine } from './hub-line.ts'
import { hubLimits, type RepairLimits, repairLimits } from './limits.ts'
import type { HubLog } from './log.ts'
import {
  type DeskView,
  emptyOffice,
  eventTopics,
  type Office,
  type OfficeChange,
  officeTopics,
  type Taken,
  takeLoss,
  takeMessage,
  takeOverdue,
  takeSilence,
} from './office.ts'
import { createRebirth, type Rebirth } from './rebirth.ts'
import { missingIn } from './record/ledger.ts'
import { createMemoryRecord, type EventRecord } from './record/record.ts'
import { createRepair, type Repair, type ReplayOutcome } from './repair.ts'

/** The office's clock: its wall time in milliseconds, and how fast it runs against real time. */
export interface OfficeClock {
  wall(): number
  rate(): number
}

/** How to reach the broker. Without a password the hub is anonymous, or known by its certificate. */
export type HubBrokerAccess = Omit<BrokerAccess, 'username' | 'clientId'> & { readonly username?: string }

export interface RecorderOptions {
  readonly site: string
  readonly broker: HubBrokerAccess | (() => HubBrokerAccess)
  /** `full` if left out. With `events` the levels are asked for at each connect. */
  readonly profile?: BrokerProfile
  /** What desks say comes by `receive`, from the broker's own hand before it acknowledges it, and is not subscribed to. */
  readonly byHand?: boolean
  /** In memory if left out. */
  readonly record?: EventRecord
  readonly limits?: Partial<RepairLimits>
  readonly clock: OfficeClock
  readonly log: HubLog
  /** All that was taken in of a desk: with the desk as it was before, whether it was said just now, and the topic, if there was one. */
  readonly onTaken?: (taken: Taken, desk: string, before: DeskView | undefined, live: boolean, name?: string) => void
  readonly onChange: (change: OfficeChange) => void
  /** A message on a topic of the hub's own. */
  readonly onOwn?: (name: string, payload: Buffer, retained: boolean) => void
  /** The line to the broker went up or down. */
  readonly onConnection: (connected: boolean) => void
}

export interface RecorderCounters {
  readonly replays: Readonly<Record<ReplayOutcome, number>>
  readonly rebirths: number
  /** Events that came while the record had no room; they are asked for again. */
  readonly dropped: number
}

/** Keeps the office's present state and the record of its events, as the desks publish them, and carries commands to the desks. */
export interface Recorder {
  start(): void
  stop(): Promise<void>
  office(): Office
  connected(): boolean
  fault(): string | undefined
  /** One message by hand. Resolves when what is to be recorded of it is on the medium. */
  receive(topic: string, payload: Buffer, retained: boolean): Promise<void>
  /** Publishes one command of contract §4, under a new id or a given one, and waits for the desk's word; resolves in any case, within `commandWaitMs`. */
  command(desk: string, name: string, body: Readonly<Record<string, unknown>>, id?: string): Promise<CommandAnswer>
  /** Publishes on a topic of the hub's own, retained. */
  publish(name: HubLevel | `presence/${string}`, payload: string): boolean
  /** How large a payload the broker takes. */
  payloadBytesMax(): number
  counters(): RecorderCounters
}

/** What the hub says of the office, and the broker keeps. */
export type HubLevel = 'alarms' | 'directory' | 'warden'

/** What the parts of a recorder share. */
interface Core {
  readonly options: RecorderOptions
  readonly record: EventRecord
  readonly root: string
  readonly asked: Asked
  readonly line: HubLine
  readonly repair: Repair
  readonly rebirth: Rebirth
  office: Office
  up: boolean
  /** When the office was last told that the hub is there, by a clock that only goes forward. */
  saidAt: number
  stopping: boolean
  dropped: number
}

/** What the broker keeps of an earlier hub, and this one may have to take back. */
const ownTopics = ['directory', 'presence/+'] as const

/** Under a name of its own on this broker, whatever else is connected as the same user; what the files hold is asked for before each attempt. */
function accessOf(broker: RecorderOptions['broker']): () => BrokerAccess {
  const own = randomUUID()
  return () => {
    const { username = 'hub', ...access } = typeof broker === 'function' ? broker() : broker
    return { ...access, username, clientId: `${username}.${own}` }
  }
}

/** See `Recorder`. A broker that is away is not an error: it is tried again, less and less often. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { site, log, record = createMemoryRecord() } = options
  const limits = { ...repairLimits, ...options.limits }
  const root = `${topicRoot}/${site}`
  const topics = options.byHand ? ['reply'] : [...officeTopics, 'reply']
  const asked = createAsked()
  const line = createHubLine({
    site,
    access: accessOf(options.broker),
    keeps: options.profile !== 'events',
    filters: [...topics.map((name) => `${root}/+/${name}`), ...ownTopics.map((name) => `${root}/hub/${name}`)],
    log,
    up: () => changeLine(core, true),
    down: () => changeLine(core, false),
    message: (topic, payload, packet) => void receive(core, topic, payload, packet.retain),
  })
  const office = { ...emptyOffice, past: record.past, wantsPast: record.durable }
  const [repair, rebirth] = [createRepairOf(() => core, limits), createRebirthOf(() => core)]
  const core: Core = { options, record, root, asked, line, repair, rebirth, office, up: false, saidAt: 0, stopping: false, dropped: 0 }
  let timers: NodeJS.Timeout[] = []
  return {
    start() {
      core.stopping = false
      timers = [setInterval(() => tick(core), limits.repairTickMs), setInterval(() => void record.sweep(Date.now()), hubLimits.recordSweepMs)]
      line.start()
    },
    async stop() {
      core.stopping = true
      for (const timer of timers) clearInterval(timer)
      asked.giveUp()
      await line.stop()
      core.up = false
    },
    office: () => core.office,
    connected: () => core.up,
    fault: line.fault,
    receive: (topic, payload, retained) => receive(core, topic, payload, retained),
    async command(desk, name, body, id) {
      const { data: _data, ...answer } = await command(core, desk, name, body, { lifeMs: hubLimits.commandLifeMs, waitMs: hubLimits.commandWaitMs, id })
      return answer
    },
    publish: (name, payload) => line.publish(`${root}/hub/${name}`, payload, { retain: true }),
    payloadBytesMax: line.payloadBytesMax,
    counters: () => ({ replays: repair.counters(), rebirths: rebirth.asked(), dropped: core.dropped }),
  }
}

function changeLine(core: Core, up: boolean): void {
  core.up = up
  core.saidAt = performance.now()
  if (up) core.rebirth.up(performance.now())
  else core.rebirth.down()
  if (up) core.repair.retry()
  // A line that we close ourselves is not lost.
  if (!core.stopping) core.options.onConnection(up)
}

function tick(core: Core): void {
  if (!core.up) return
  sayOnline(core)
  core.rebirth.tick(performance.now())
  core.repair.tick(performance.now())
}

/** Each minute of the office's time: what a broker has kept of a hub that never comes back must not be believed for ever. */
function sayOnline(core: Core): void {
  const { options, line, saidAt } = core
  if ((performance.now() - saidAt) * options.clock.rate() < healthEveryMs) return
  core.saidAt = performance.now()
  line.publish(hubTopic(options.site, 'availability'), 'online', { retain: true })
}

async function receive(core: Core, topic: string, payload: Buffer, retained: boolean): Promise<void> {
  const { root, options, record } = core
  const [desk, ...rest] = topic.slice(root.length + 1).split('/')
  const name = rest.join('/')
  if (desk === undefined || !topic.startsWith(`${root}/`)) return
  if (desk === 'hub') return options.onOwn?.(name, payload, retained)
  if (name === 'reply') return core.asked.answer(payload)
  if (eventTopics.has(name) && !record.takes()) {
    core.dropped += 1
    return
  }
  const wasOnline = core.office.desks.get(desk)?.availability === 'online'
  const taken = takeMessage(core.office, { desk, name, payload, retained, at: options.clock.wall() })
  apply(core, taken, desk, !retained, name)
  const known = core.office.desks.get(desk)
  if (known !== undefined) core.rebirth.heard(known, performance.now())
  if (known?.availability === 'online' && !wasOnline) core.repair.retry(desk)
  const { news } = taken
  if (news === undefined) return
  const { sequence, event } = news
  const recorded = { epoch: sequence.epoch, sequence: event.sequence, receivedAt: Date.now(), json: payload.toString('utf8') }
  await record.write(desk, sequence, recorded)
}

function apply(core: Core, taken: Taken, desk: string, live = false, name?: string): void {
  const before = core.office.desks.get(desk)
  core.office = taken.office
  core.options.onTaken?.(taken, desk, before, live, name)
  for (const change of taken.changes) core.options.onChange(change)
}

function createRepairOf(core: () => Core, limits: RepairLimits): Repair {
  return createRepair({
    limits,
    desks: () => core().office.desks.values(),
    desk: (id) => core().office.desks.get(id),
    ask: (desk, gap) => command(core(), desk, 'replay', { ...gap }, { lifeMs: limits.replayLifeMs, waitMs: limits.replayWaitMs }),
    overdue: (desk) => apply(core(), takeOverdue(core().office, desk), desk),
    lost(desk, epoch, range) {
      const { office, options, record } = core()
      const before = office.desks.get(desk)?.lost ?? 0
      apply(core(), takeLoss(office, desk, epoch, range, options.clock.wall()), desk)
      const after = core().office.desks.get(desk)
      const sequence = after?.ledger.find((each) => each.epoch === epoch)
      if (sequence !== undefined) void record.write(desk, sequence)
      // At its first and at its last: a desk that has lost a hundred thousand says so two hundred times.
      const isTold = after !== undefined && after.lost > before && (before === 0 || missingIn(after.ledger) === 0)
      if (isTold) options.log.warn({ desk, events: after.lost }, 'the desk no longer has events that were lost')
    },
    settled(desk) {
      const view = core().office.desks.get(desk)
      if (view !== undefined && !core().stopping) core().options.onChange({ type: 'desk', desk: view })
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  })
}

function createRebirthOf(core: () => Core): Rebirth {
  return createRebirth({
    always: () => core().options.profile === 'events',
    publish() {
      const { options, line } = core()
      return line.publish(hubTopic(options.site, 'rebirth'), JSON.stringify({ v: schemaVersion, at: isoTime(options.clock.wall()) }))
    },
    expected() {
      const { office, options, record } = core()
      const remembered = [...record.heardAt].filter(([, at]) => options.profile === 'events' && Date.now() - at < hubLimits.rememberedMs)
      return [...new Set([...office.desks.keys(), ...remembered.map(([id]) => id)])]
    },
    silent(desks) {
      const { office, options } = core()
      const taken = takeSilence(office, desks)
      if (taken.changes.length > 0) options.log.warn({ desks: taken.changes.length }, 'desks have not spoken since the hub found its broker')
      core().office = taken.office
      for (const change of taken.changes) if (change.type === 'desk') apply(core(), { office: taken.office, changes: [change] }, change.desk.id)
    },
  })
}

async function command(
  core: Core,
  desk: string,
  name: string,
  body: Readonly<Record<string, unknown>>,
  { lifeMs, waitMs, id: given }: { readonly lifeMs: number; readonly waitMs: number; readonly id?: string | undefined },
): Promise<CommandAnswer> {
  const { options, line, asked, root } = core
  if (!core.up) return failure('BROKER_AWAY', 'The hub has no connection to the broker.')
  const { clock } = options
  const expires = new Date(clock.wall() + Math.min(lifeMs * clock.rate(), hubLimits.commandExpiryMaxMs)).toISOString()
  const { id, answer } = asked.ask(waitMs, given)
  if (id !== undefined) line.publish(`${root}/${desk}/command/${name}`, JSON.stringify({ ...body, id, expires }), { expiresAfterMs: lifeMs })
  return answer
}
