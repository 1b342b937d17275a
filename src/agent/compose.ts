import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import type { Bridge } from '../bridge/bridge.ts'
import { serialDevices } from '../bridge/fault-sentence.ts'
import { createBridge } from '../bridge/link.ts'
import { type OpenSerial, openSerialPort } from '../bridge/serial.ts'
import type { AgentConfig } from '../config/config.ts'
import { policyFrom } from '../config/policy.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import type { Desk, Stamped } from '../desk/desk.ts'
import { lampOf } from '../desk/lamp.ts'
import { ConfigurationError } from '../errors.ts'
import { createGpio } from '../gpio/index.ts'
import { createListener, type Listener } from '../http/listener.ts'
import { createLamp } from '../lamps/index.ts'
import type { Log } from '../log.ts'
import { createBrokerLink } from '../mqtt/broker-link.ts'
import { callerReference } from '../mqtt/caller-reference.ts'
import type { Health } from '../mqtt/messages.ts'
import { noticeToCloudEvent } from '../mqtt/notice-event.ts'
import { createAnalogue } from '../phones/analogue/driver.ts'
import { analogueLimits } from '../phones/analogue/limits.ts'
import type { PhoneOptions, PostingPhone } from '../phones/driver.ts'
import { phoneDrivers } from '../phones/index.ts'
import { createSeat } from '../seats/index.ts'
import { type JournalStore, openStore } from '../store/store.ts'
import { version } from '../version.ts'
import { createAdmin } from './admin.ts'
import { type Agent, createAgent, type Progress } from './agent.ts'
import { brokerAccess, readSecretFile } from './broker-access.ts'
import { createClock } from './clock.ts'
import { obey, servedCommands } from './commands.ts'
import { createDispatch } from './dispatch.ts'
import { replay } from './journal.ts'
import { createLevels, healthEveryMs } from './levels.ts'
import { metricsOf } from './metrics.ts'
import type { Clock, Emit, LampDriver, OutboxEvent } from './ports.ts'
import { createRefusals } from './refusals.ts'
import { statusOf } from './status.ts'

export interface RunningAgent {
  listenPort(): number
  adminPort(): number
  desk(): Desk
  /** For a service manager's watchdog. */
  progress(): Progress
  tick(): void
  /** How things stand, in one sentence. */
  status(): string
  stop(reason: string): Promise<void>
}

export interface StartOptions {
  readonly log: Log
  /** For a demonstration that runs faster than life; the machine's clocks if left out. */
  readonly clock?: (store: JournalStore) => Clock
  /** For a microcontroller that is emulated in this process; real serial ports if left out. */
  readonly openSerial?: OpenSerial
}

/** Puts one agent together and starts it. Rejects only with a `ConfigurationError`; what the outside does later is never an error here. */
export async function startAgent(config: AgentConfig, secrets: AgentSecrets, options: StartOptions): Promise<RunningAgent> {
  const { log } = options
  for (const sentence of unserved(config)) log.warn({}, sentence)
  const policy = policyFrom(config)
  const deskOf = (target: string): string | undefined => policy.substitutes.find(({ number, desk }) => number === target || desk === target)?.desk
  let clock: Clock | undefined
  const store = await openStore({ directory: config.store.directory, log, wall: () => (clock?.synced() === true ? clock.wall() : undefined) })
  const parts: (() => Promise<void>)[] = [() => store.close()]
  try {
    const time = options.clock?.(store) ?? createClock(store.past.checkpoint, replay(store.past, policy).desk.at)
    clock = time
    const link = createBrokerLink({
      site: config.site,
      desk: config.desk,
      access: brokerAccess(config, secrets.brokerPassword),
      store,
      clock: time,
      random: Math.random,
      log,
      commands: servedCommands,
      onCommand: (command) => obey(command, agent.desk(), emit),
    })
    const emit: Emit = (fact) => agent.emit(fact)
    const bridge = createDeskBridge(config, policy.flashing, time, emit, options)
    const gpio = createGpio(config.gpio, { log, bias: config.seat.driver === 'gpio' && config.seat.bias !== undefined })
    const lamp = createLamp(config.lamp, { link, flashing: policy.flashing, bridge, gpio, clock: time })
    const phone = createPhone(config, secrets, { emit, log, store, bridge })
    const levels = createLevels({ config, policy, version, clock: time, store, link, deskOf, bridge: () => bridge?.health() })
    const agent = createAgent({
      policy,
      clock: time,
      store,
      log,
      outputs: {
        wish: createDispatch(phone, lamp, emit),
        toEvent: eventMaker(config, store, time, () => agent.desk(), deskOf),
        changed: levels.changed,
        stored: link.wake,
      },
    })
    const refusals = createRefusals(emit)
    const listener = createListener({ ...config.listen, log, onRequest: refusals.watch(phone.receive) })
    const seat = createSeat(config.seat, { link, emit, log, bridge, gpio, clock: time })
    const health = (): Promise<Health> => levels.health(agent.desk())
    const admin = createAdmin(config.admin, adminPages(health, { agent, link, store, phone, listener, seat, gpio }))
    await begin(parts, { listener, admin, link, bridge, lamp, seat, phone, agent, policyLamp: () => lampOf(agent.desk(), policy) })
    const beat = setInterval(() => void levels.beat(agent.desk()), healthEveryMs)
    void levels.beat(agent.desk())
    parts.push(async () => {
      clearInterval(beat)
      refusals.stop()
      levels.stop()
    })
    return runningAgent(config, { listener, admin, link, agent }, parts)
  } catch (error) {
    await stopAll(parts)
    throw error
  }
}

/** What the configuration asks for and this version does not have: said at each start, so that nobody waits for it. */
function unserved({ sip, homeAssistant }: AgentConfig): readonly string[] {
  return [
    ...(sip === undefined ? [] : ['sip: this version takes calls from the phone alone; the section is not used']),
    ...(homeAssistant.discovery ? ['homeAssistant.discovery: this version announces nothing to Home Assistant'] : []),
  ]
}

/** What `/healthz` and `/metrics` say, asked anew each time. */
function adminPages(
  health: () => Promise<Health>,
  {
    agent,
    link,
    store,
    phone,
    listener,
    seat,
    gpio,
  }: Pick<Parts, 'agent' | 'link' | 'phone' | 'listener' | 'seat'> & { readonly store: JournalStore; readonly gpio: ReturnType<typeof createGpio> },
): Parameters<typeof createAdmin>[1] {
  return {
    healthz: async () => ({
      ok: store.health().fault === undefined,
      ...(await health()),
      agent: agent.health(),
      broker: link.health(),
      store: store.health(),
      phoneDriver: phone.health(),
      seatDriver: seat.health(),
      gpio: gpio.health(),
      listener: { ...listener.counters },
    }),
    metrics: async () => metricsOf(await health(), agent, listener.counters, store.lastSequence),
  }
}

interface Parts {
  readonly listener: Listener
  readonly admin: ReturnType<typeof createAdmin>
  readonly link: ReturnType<typeof createBrokerLink>
  readonly bridge: Bridge | undefined
  readonly lamp: LampDriver
  readonly seat: ReturnType<typeof createSeat>
  readonly phone: PostingPhone
  readonly agent: Agent
  readonly policyLamp: () => Parameters<LampDriver['show']>[0]
}

function runningAgent(
  { desk }: AgentConfig,
  { listener, admin, link, agent }: Pick<Parts, 'listener' | 'admin' | 'link' | 'agent'>,
  parts: (() => Promise<void>)[],
): RunningAgent {
  let stopping: Promise<void> | undefined
  return {
    listenPort: () => listener.port,
    adminPort: admin.port,
    desk: agent.desk,
    progress: agent.progress,
    tick: () => agent.emit({ type: 'tick' }),
    status: () => statusOf(desk, agent.desk(), link.health().connected),
    // The last event must be on the medium and offered to the broker before the link says goodbye.
    stop: (reason) => (stopping ??= agent.stop(reason).then(() => stopAll(parts))),
  }
}

/** In an order in which each finds what it needs; stopped the other way round. */
async function begin(parts: (() => Promise<void>)[], { listener, admin, link, bridge, lamp, seat, phone, agent, policyLamp }: Parts): Promise<void> {
  agent.start(version)
  await listener.start()
  parts.push(() => listener.stop())
  await admin.start()
  parts.push(() => admin.stop())
  await link.start()
  parts.push(() => link.stop())
  if (bridge !== undefined) {
    await bridge.start()
    parts.push(() => bridge.stop())
  }
  await lamp.start()
  parts.push(() => lamp.stop())
  lamp.show(policyLamp())
  await seat.start()
  parts.push(() => seat.stop())
  await phone.start()
  parts.push(() => phone.stop())
}

async function stopAll(parts: (() => Promise<void>)[]): Promise<void> {
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) await part()
}

/** One microcontroller a desk, shared by lamp, seat and analogue phone. That it goes and comes is a fact; what follows from it is the desk's to say. */
function createDeskBridge({ bridge }: AgentConfig, flashing: boolean, clock: Clock, emit: Emit, options: StartOptions): Bridge | undefined {
  if (bridge === undefined) return undefined
  const link = createBridge(bridge, { clock, open: options.openSerial ?? openSerialPort, log: options.log, steady: !flashing, devices: serialDevices })
  link.onLost((reason) => emit({ type: 'bridge.lost', reason }))
  link.onBack((firmware) => emit({ type: 'bridge.back', firmware }))
  return link
}

interface PhoneDeps {
  readonly emit: Emit
  readonly log: Log
  readonly store: JournalStore
  /** Its line detector counts the rings of an analogue phone. */
  readonly bridge: Bridge | undefined
}

function createPhone(config: AgentConfig, secrets: AgentSecrets, deps: PhoneDeps): PostingPhone {
  const { phone } = config
  const { emit, log, store, bridge } = deps
  if (phone.vendor === 'analogue') {
    return createAnalogue({
      phone,
      emit,
      log,
      now: () => performance.now(),
      limits: { ringOverMs: config.bridge?.thresholds?.ringOverMs ?? analogueLimits.ringOverMs },
      ...(bridge === undefined ? {} : { bridge }),
      ...(config.listen.allow.length === 0 ? {} : { syslog: { host: config.listen.host, port: config.listen.syslogPort, allow: config.listen.allow } }),
      ...(phone.snmp === undefined ? {} : { snmp: { ...phone.snmp, community: secrets.snmpCommunity ?? '' } }),
    })
  }
  const options: PhoneOptions = {
    url: phone.url,
    username: phone.username,
    password: secrets.phonePassword ?? '',
    token: secrets.token,
    emit,
    log,
    now: () => performance.now(),
    memory: {
      recall: (key) => {
        const value = store.recall(key)
        return typeof value === 'string' ? value : undefined
      },
      remember: (key, value) => void store.remember(key, value).catch(() => {}),
    },
    ...(phone.mac === undefined ? {} : { mac: phone.mac }),
    ...(phone.model === undefined ? {} : { model: phone.model }),
  }
  return phoneDrivers[phone.vendor](options)
}

type Notice = Extract<Stamped, { type: 'notice' }>

/** Numbers a notice and writes it as it goes on the wire; the same text each time it is sent. */
function eventMaker(
  config: AgentConfig,
  store: JournalStore,
  clock: Clock,
  desk: () => Desk,
  deskOf: (target: string) => string | undefined,
): (notice: Notice, sequence: number) => OutboxEvent {
  const reference = referenceOf(config)
  return (notice, sequence) => {
    const { clock: known } = desk()
    // The instant at which it became so, however late the machine woke to say it.
    const wall = known === undefined ? clock.wall() : notice.at + known.offsetMs
    assert(Number.isFinite(wall), 'an event has a time')
    const event = noticeToCloudEvent(notice, {
      site: config.site,
      desk: config.desk,
      epoch: store.epoch,
      sequence,
      wall,
      synced: known?.synced === true,
      deskOf,
      ...(reference === undefined ? {} : { callerReference: reference }),
    })
    return { sequence, json: JSON.stringify(event), wall }
  }
}

function referenceOf({ privacy }: AgentConfig): ((number: string) => string) | undefined {
  if (privacy.callerReference === 'off' || privacy.keyFile === undefined) return undefined
  const key = readSecretFile('privacy.keyFile', privacy.keyFile).trim()
  return (number) => callerReference(key, number)
}
