import type { OpenSerial } from '../../bridge/serial.ts'
import type { AgentConfig } from '../../config/config.ts'
import { policyFrom } from '../../config/policy.ts'
import type { AgentSecrets } from '../../config/secrets.ts'
import type { Desk } from '../../desk/desk.ts'
import { lampOf } from '../../desk/lamp.ts'
import type { Policy, Substitute } from '../../desk/policy.ts'
import { chainOf } from '../../desk/substitutes.ts'
import { createGpio } from '../../gpio/index.ts'
import type { Log } from '../../log.ts'
import { forwardWayOf } from '../../phones/forward-way.ts'
import { createSeat } from '../../seats/index.ts'
import { unforeseeable } from '../../sip/random.ts'
import { type JournalStore, openStore } from '../../store/store.ts'
import { version } from '../../version.ts'
import type { Admin } from '../admin/admin.ts'
import { createDeskAdmin } from '../admin/desk-admin.ts'
import { statusOf } from '../admin/status.ts'
import { type Agent, type AgentOutputs, createAgent, type Progress } from '../agent.ts'
import { createBeat } from '../beat.ts'
import { createDiscovery } from '../broker/discovery.ts'
import { createEventMaker } from '../broker/event-maker.ts'
import { createLevels } from '../broker/levels.ts'
import { createDeskLink } from '../broker/link.ts'
import { createClock, type Machine, thisMachine } from '../clock.ts'
import { createDeskBridge } from '../devices/bridge.ts'
import { createDeskDoor, type DeskDoor } from '../devices/door.ts'
import { createDeskLamp } from '../devices/lamp.ts'
import { createDeskPhone } from '../devices/phone.ts'
import { createRefusals } from '../devices/refusals.ts'
import { createDeskSip } from '../devices/sip.ts'
import { createTwoForwardings } from '../devices/two-forwardings.ts'
import { createDispatch } from '../dispatch.ts'
import { replay } from '../journal.ts'
import { createDeskDirectory } from '../office/directory.ts'
import { createDeskSubstitutes } from '../office/substitutes.ts'
import { createDeskWarden } from '../office/warden.ts'
import { createParts, type Part, type Parts } from '../parts.ts'
import type { BrokerLink, Clock, Emit } from '../ports.ts'
import { unserved } from './unserved.ts'

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
    const made = makeParts(config, secrets, options, { policy, store, clock })
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
  readonly door: DeskDoor
  readonly admin: Admin
  /** In the order in which they start. */
  readonly parts: readonly Part[]
}

/** What everything else stands on: the office's numbers, the desk's past, its time. */
interface Ground {
  readonly policy: Policy
  readonly store: JournalStore
  readonly clock: Clock
}

/** All that one desk consists of. What is new here is made in a line and takes its place in the list at the end. */
function makeParts(config: AgentConfig, secrets: AgentSecrets, options: StartOptions, { policy, store, clock }: Ground): Made {
  const { log, openSerial, machine = thisMachine } = options
  const { flashing, seatEvidenceMaxAgeMs: evidenceMaxAgeMs } = policy
  const { callerReferenceKey } = secrets
  const emit: Emit = (fact) => agent.emit(fact)
  const desk = (): Desk => agent.desk()
  const chain = (): readonly Substitute[] => chainOf(desk(), policy)
  const deskOf = (target: string): string | undefined => chain().find(({ number, desk }) => number === target || desk === target)?.desk
  const upMs = options.cameUpWithMachine === true ? machine.monotonicMs() : undefined

  const refusals = createRefusals(emit, (request) => phone.recognises(request))
  const link = createDeskLink(config, secrets, { policy, log, store, clock, emit, desk, refusals, upMs })
  const bridge = createDeskBridge(config, { flashing, clock, emit, log, openSerial })
  const gpio = createGpio(config.gpio, { log, bias: config.seat.driver === 'gpio' && config.seat.bias !== undefined })
  const lamp = createDeskLamp(config.lamp, () => lampOf(desk(), policy), { link, flashing, bridge, gpio, clock })
  const forwardings = createTwoForwardings(emit, { by: forwardWayOf(config) === 'exchange' ? 'exchange' : 'phone', lease: () => desk().lease })
  const sip = createDeskSip(config, secrets, { desk, emit: forwardings.exchange, clock, random: unforeseeable, log })
  const phone = createDeskPhone(config, secrets, { emit: forwardings.phone, log, store, clock, bridge, onRefused: refusals.refused, sip })
  const seat = createSeat(config.seat, { link, emit, log, bridge, gpio, clock, evidenceMaxAgeMs })
  const dropped = (): number => agent.health().dropped
  const known = { config, policy, version, clock, machine, store, link, deskOf }
  const levels = createLevels({ ...known, bridge: () => bridge?.health(), exchange: () => sip?.health(), lampOk: lamp.ok, dropped })
  const discovery = createDiscovery(config, policy, version, { link, clock, random: Math.random, memory: store, log })
  const directory = createDeskDirectory({ site: config.site, name: config.desk, link, clock, desk, emit, log })
  const hasAccessList = config.broker.passwordFile !== undefined || config.broker.certFile !== undefined
  const substitutes = createDeskSubstitutes({
    site: config.site,
    chain,
    isChecked: () => policy.substitutes.length === 0,
    link,
    hasAccessList,
    clock,
    desk,
    emit,
  })
  const outputs: AgentOutputs = {
    wish: createDispatch(phone, lamp, emit),
    toEvent: createEventMaker(config, { callerReferenceKey, store, clock, machine, desk, deskOf }),
    changed(now, sequence) {
      levels.changed(now, sequence)
      discovery.changed(now)
      substitutes.changed()
    },
    stored: link.wake,
  }
  const agent = createAgent({ policy, clock, machine, store, log, outputs })
  const loop: Part = { start: async () => agent.start(version), stop: () => agent.stop('it could not be started') }
  const door = createDeskDoor(config, { log, emit, phone, refusals })
  const admin = createDeskAdmin(config, { policy, agent, levels, link, store, phone, seat, gpio, door, sip })
  const beat = createBeat({ clock, link, beat: () => levels.beat(agent.deskNow()), health: () => levels.fares(agent.deskNow()), stopped: levels.stop })
  // On a broker that keeps nothing nobody can be seen who was there before.
  const warden = createDeskWarden({ site: config.site, name: config.desk, link, clock, emit })
  const seen = config.broker.profile === 'full' ? [substitutes, directory, warden] : []
  const fitted = (part: Part | undefined): readonly Part[] => (part === undefined ? [] : [part])
  const parts = [loop, door, admin, ...seen, link, discovery, ...fitted(bridge), lamp, seat, phone, ...fitted(sip), beat]
  return { agent, link, door, admin, parts }
}

function runningAgent(name: string, { agent, link, door, admin }: Made, parts: Parts): RunningAgent {
  let stopping: Promise<void> | undefined
  return {
    listenPort: door.port,
    adminPort: admin.port,
    desk: agent.desk,
    progress: agent.progress,
    tick: () => agent.emit({ type: 'tick' }),
    status: () => statusOf(name, agent.desk(), link.health().connected),
    // The last event must be on the medium and offered to the broker before the link says goodbye.
    stop: (reason) => (stopping ??= agent.stop(reason).then(parts.stop)),
  }
}
