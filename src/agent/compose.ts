import type { OpenSerial } from '../bridge/serial.ts'
import type { AgentConfig } from '../config/config.ts'
import { policyFrom } from '../config/policy.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import type { Desk } from '../desk/desk.ts'
import { lampOf } from '../desk/lamp.ts'
import type { Policy } from '../desk/policy.ts'
import { createGpio } from '../gpio/index.ts'
import { createListener } from '../http/listener.ts'
import { createLamp } from '../lamps/index.ts'
import type { Log } from '../log.ts'
import { createSeat } from '../seats/index.ts'
import { type JournalStore, openStore } from '../store/store.ts'
import { version } from '../version.ts'
import { createAdmin } from './admin.ts'
import { type Agent, createAgent, type Progress } from './agent.ts'
import { createClock, type Machine, thisMachine } from './clock.ts'
import { createDeskBridge } from './desk-bridge.ts'
import { createDeskLink } from './desk-link.ts'
import { createDeskPhone } from './desk-phone.ts'
import { createDiscovery } from './discovery.ts'
import { createDispatch } from './dispatch.ts'
import { createEventMaker } from './event-maker.ts'
import { hearing } from './hearing.ts'
import { replay } from './journal.ts'
import { createLevels, healthEveryMs } from './levels.ts'
import { metricsOf } from './metrics.ts'
import { createParts, type Part, type Parts } from './parts.ts'
import type { BrokerLink, Clock, Emit } from './ports.ts'
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
  /** For a test that has its own time; this machine if left out. */
  readonly machine?: Machine
  /** The service manager has started it, and not a person, who would wait for it. */
  readonly cameUpWithMachine?: boolean
  /** For a microcontroller that is emulated in this process; real serial ports if left out. */
  readonly openSerial?: OpenSerial
}

/** Puts one agent together and starts it. Rejects only with a `ConfigurationError`; what the outside does later is never an error here. */
export async function startAgent(config: AgentConfig, secrets: AgentSecrets, options: StartOptions): Promise<RunningAgent> {
  const { log } = options
  for (const sentence of unserved(config)) log.warn({}, sentence)
  let clock: Clock | undefined
  const store = await openStore({ directory: config.store.directory, log, wall: () => (clock?.synced() === true ? clock.wall() : undefined) })
  const parts = createParts(log)
  const journal: Part = { start: async () => {}, stop: () => store.close() }
  await parts.start([journal])
  try {
    const policy = policyFrom(config)
    clock = options.clock?.(store) ?? createClock(store.past.checkpoint, replay(store.past, policy).desk.at, options.machine)
    const made = makeParts(config, secrets, policy, options, store, clock)
    await parts.start(made.parts)
    return runningAgent(config.desk, made, parts)
  } catch (error) {
    await parts.stop()
    throw error
  }
}

interface Made {
  readonly agent: Agent
  readonly link: BrokerLink
  readonly listenPort: () => number
  readonly adminPort: () => number
  /** In the order in which they start. */
  readonly parts: readonly Part[]
}

/** All that one desk consists of. What is new here is made in a line and takes its place in the list at the end. */
function makeParts(config: AgentConfig, secrets: AgentSecrets, policy: Policy, options: StartOptions, store: JournalStore, clock: Clock): Made {
  const { log, machine = thisMachine } = options
  const { flashing } = policy
  const deskOf = (target: string): string | undefined => policy.substitutes.find(({ number, desk }) => number === target || desk === target)?.desk
  const emit: Emit = (fact) => agent.emit(fact)
  const desk = (): Desk => agent.desk()
  const refusals = createRefusals(emit, (request) => phone.recognises(request))
  const upMs = options.cameUpWithMachine === true ? machine.monotonicMs() : undefined
  const link = createDeskLink(config, secrets, { log, store, clock, emit, desk, refusals, upMs })
  const bridge = createDeskBridge(config, flashing, clock, emit, options)
  const gpio = createGpio(config.gpio, { log, bias: config.seat.driver === 'gpio' && config.seat.bias !== undefined })
  const lamp = createLamp(config.lamp, { link, flashing, bridge, gpio, clock })
  const phone = createDeskPhone(config, secrets, { emit, log, store, clock, bridge, onRefused: refusals.refused })
  const seat = createSeat(config.seat, { link, emit, log, bridge, gpio, clock, evidenceMaxAgeMs: policy.seatEvidenceMaxAgeMs })
  const levels = createLevels({
    ...{ config, policy, version, clock, machine, store, link, deskOf },
    bridge: () => bridge?.health(),
    lampOk: lamp.ok,
    dropped: () => agent.health().dropped,
  })
  const discovery = createDiscovery(config, policy, version, { link, clock, random: Math.random, memory: store, log })
  const toEvent = createEventMaker(config, secrets.callerReferenceKey, store, clock, machine, desk, deskOf)
  const agent = createAgent({
    policy,
    clock,
    machine,
    store,
    log,
    outputs: {
      wish: createDispatch(phone, lamp, emit),
      toEvent,
      changed(now, sequence) {
        levels.changed(now, sequence)
        discovery.changed(now)
      },
      stored: link.wake,
    },
  })
  const listener = createListener({ ...config.listen, log, onRequest: hearing(phone.receive, emit), onTurnedAway: refusals.turnedAway })
  const admin = createAdmin(config.admin, {
    healthz: async () => ({
      ok: store.health().fault === undefined,
      ...(await levels.health(desk())),
      agent: agent.health(),
      ...{ broker: link.health(), commands: link.counters(), store: store.health() },
      phoneDriver: phone.health(),
      seatDriver: seat.health(),
      gpio: gpio.health(),
      listener: { ...listener.counters },
    }),
    metrics: async () =>
      metricsOf({
        ...{ site: config.site, name: config.desk, desk: desk(), health: await levels.health(desk()) },
        ...{ loop: agent.health(), broker: link.health(), link: link.counters(), store: store.health(), listener: listener.counters },
        ...{ firstSequence: store.firstSequence, lastSequence: store.lastSequence },
      }),
  })
  const loop: Part = { start: async () => agent.start(version), stop: () => agent.stop('it could not be started') }
  const shownLamp: Part = {
    async start() {
      await lamp.start()
      lamp.show(lampOf(desk(), policy))
    },
    stop: lamp.stop,
  }
  const doors: Part = {
    start: listener.start,
    async stop() {
      refusals.stop()
      await listener.stop()
    },
  }
  const beat = createBeat(() => levels.beat(desk()), levels.stop)
  const parts = [loop, doors, admin, link, discovery, ...(bridge === undefined ? [] : [bridge]), shownLamp, seat, phone, beat]
  return { agent, link, listenPort: () => listener.port, adminPort: admin.port, parts }
}

/** Once at the start, then each minute. */
function createBeat(beat: () => Promise<void>, stopped: () => void): Part {
  let timer: NodeJS.Timeout | undefined
  return {
    async start() {
      timer = setInterval(() => void beat(), healthEveryMs)
      void beat()
    },
    async stop() {
      clearInterval(timer)
      stopped()
    },
  }
}

function runningAgent(name: string, { agent, link, listenPort, adminPort }: Made, parts: Parts): RunningAgent {
  let stopping: Promise<void> | undefined
  return {
    listenPort,
    adminPort,
    desk: agent.desk,
    progress: agent.progress,
    tick: () => agent.emit({ type: 'tick' }),
    status: () => statusOf(name, agent.desk(), link.health().connected),
    // The last event must be on the medium and offered to the broker before the link says goodbye.
    stop: (reason) => (stopping ??= agent.stop(reason).then(parts.stop)),
  }
}

/** What the configuration asks for and this version does not have: said at each start, so that nobody waits for it. */
function unserved({ sip, homeAssistant, broker }: AgentConfig): readonly string[] {
  const keeps = broker.profile === 'full'
  return [
    ...(sip === undefined ? [] : ['sip: this version takes calls from the phone alone; the section is not used']),
    ...(homeAssistant.discovery && !keeps ? ['homeAssistant.discovery: nothing is announced on a broker that keeps nothing (broker.profile: events)'] : []),
  ]
}
