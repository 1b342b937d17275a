import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
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
import { noticeToCloudEvent } from '../mqtt/notice-event.ts'
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
    const gpio = createGpio(config.gpio, { log, bias: config.seat.driver === 'gpio' && config.seat.bias !== undefined })
    const lamp = createLamp(config.lamp, { link, flashing: policy.flashing, gpio, clock: time })
    const phone = createPhone(config, secrets, { emit, log, store })
    const levels = createLevels({ config, policy, version, clock: time, store, link, deskOf })
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
    const seat = createSeat(config.seat, { link, emit, log, gpio, clock: time })
    const health = (): ReturnType<typeof levels.health> => levels.health(agent.desk())
    const admin = createAdmin(config.admin, {
      healthz: async () => ({
        ok: true,
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
    })
    await begin(parts, { listener, admin, link, lamp, seat, phone, agent, policyLamp: () => lampOf(agent.desk(), policy) })
    const beat = setInterval(() => void health().then((level) => link.set('health', { ...level })), healthEveryMs)
    void health().then((level) => link.set('health', { ...level }))
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
function unserved({ sip, bridge, homeAssistant }: AgentConfig): readonly string[] {
  return [
    ...(sip === undefined ? [] : ['sip: this version takes calls from the phone alone; the section is not used']),
    ...(bridge === undefined ? [] : ['bridge: this version has no driver for the microcontroller; the section is not used']),
    ...(homeAssistant.discovery ? ['homeAssistant.discovery: this version announces nothing to Home Assistant'] : []),
  ]
}

interface Parts {
  readonly listener: Listener
  readonly admin: ReturnType<typeof createAdmin>
  readonly link: ReturnType<typeof createBrokerLink>
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
async function begin(parts: (() => Promise<void>)[], { listener, admin, link, lamp, seat, phone, agent, policyLamp }: Parts): Promise<void> {
  agent.start(version)
  await listener.start()
  parts.push(() => listener.stop())
  await admin.start()
  parts.push(() => admin.stop())
  await link.start()
  parts.push(() => link.stop())
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

function createPhone(config: AgentConfig, secrets: AgentSecrets, deps: { emit: Emit; log: Log; store: JournalStore }): PostingPhone {
  const { phone } = config
  if (phone.vendor === 'analogue') {
    throw new ConfigurationError('DRIVER_UNAVAILABLE', 'phone.vendor: analogue adapters are not served by this version; use yealink or grandstream')
  }
  const { emit, log, store } = deps
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
