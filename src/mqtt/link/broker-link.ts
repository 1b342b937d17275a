import type { IConnackPacket, IPublishPacket, MqttClient } from 'mqtt'
import type { BrokerLink, Clock, OutboxEvent, ReceivedCommand, Store } from '../../agent/ports.ts'
import { atMost } from '../../at-most.ts'
import type { Millis } from '../../desk/time.ts'
import type { BrokerProfile } from '../broker-profile.ts'
import { firstWaitMs } from '../connection/back-off.ts'
import type { BrokerAccess } from '../connection/connection.ts'
import { createLine, type Line, type LinkLog } from '../connection/line.ts'
import { type LinkFault, linkFault } from '../connection/link-fault.ts'
import { createPublisher, inFlightMaxOf, type Outcome, type Publisher } from '../connection/publisher.ts'
import { type LinkLimits, linkLimits } from '../limits.ts'
import { propertiesOf } from '../properties.ts'
import { type DeskTopics, deskTopics, hubTopic } from '../topics.ts'
import { type CommandDesk, createCommandDesk, type JudgedCommand } from './command-desk.ts'
import { createCommandDoor } from './command-door.ts'
import { createCommandMemory, takenBefore } from './command-memory.ts'
import { createLevelSender, type LevelSender } from './level-sender.ts'
import { createOutbox, type Outbox, type OutboxOptions } from './outbox.ts'
import { createRebirth, type Rebirth } from './rebirth.ts'
import { createReplay, type Replay } from './replay.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

export type { BrokerAccess } from '../connection/connection.ts'
export type { LinkLog } from '../connection/line.ts'
export type { JudgedCommand } from './command-desk.ts'

export interface BrokerLinkOptions {
  readonly site: string
  readonly desk: string
  /** What to connect with; asked before each attempt where it is a function, because passwords and certificates are changed while a desk runs. */
  readonly access: BrokerAccess | (() => BrokerAccess)
  readonly profile?: BrokerProfile
  readonly store: OutboxOptions['store'] & Pick<Store, 'epoch' | 'lastSequence' | 'eventsOf'>
  readonly clock: Pick<Clock, 'now' | 'wall'>
  /** A number from 0 to 1, for the waits between attempts. */
  readonly random: () => number
  /** How long the machine had been up when the agent was started, where it came up with the machine. */
  readonly upMs?: Millis
  readonly log: LinkLog
  readonly onCommand: (command: ReceivedCommand) => void
  /** What became of each command, for the journal. */
  readonly onJudged?: (judged: JudgedCommand) => void
  /** A message on a command's topic was one too many; the journal must not be filled by such. */
  readonly onTurnedAway?: () => void
  /** Somebody else seems to be connected under the name of this desk. */
  readonly onThrownOff?: () => void
  readonly limits?: Partial<LinkLimits>
}

export interface MqttBrokerLink extends BrokerLink {
  counters(): LinkCounters
}

/** Since the start. */
export interface LinkCounters {
  readonly connects: number
  readonly commandsTaken: number
  readonly commandsRefused: number
  /** Retained commands, which are ghosts. */
  readonly commandsIgnored: number
  /** Messages that may be lost, and were. */
  readonly dropped: number
}

/** What lives as long as one connection. */
interface Session {
  readonly client: MqttClient
  readonly publisher: Publisher
  readonly outbox: Outbox
  readonly replay: Replay
  reassert: NodeJS.Timeout | undefined
}

/** Everything that outlives a connection. */
interface Link {
  readonly options: BrokerLinkOptions
  readonly limits: LinkLimits
  readonly topics: DeskTopics
  /** Whether the broker keeps what is retained. */
  readonly keeps: boolean
  readonly levels: LevelSender
  readonly commands: CommandDesk
  readonly line: Line
  readonly subscriptions: Subscriptions
  readonly rebirth: Rebirth
  readonly connectHandlers: (() => void)[]
  session: Session | undefined
  stopping: boolean
  connects: number
  dropped: number
}

/** The line to the broker of `ports.ts`, on MQTT 5 or 3.1.1. Never throws for what the broker or the network does. */
export function createBrokerLink(options: BrokerLinkOptions): MqttBrokerLink {
  const limits = { ...linkLimits, ...options.limits }
  const { store } = options
  const memory = createCommandMemory(limits)
  const door = createCommandDoor(memory, options.clock, limits)
  const link = createLink(options, limits, door)
  const { line, levels, subscriptions } = link
  let stopping: Promise<void> | undefined
  return {
    async start() {
      memory.recall(await takenBefore(store, limits))
      line.start(firstWaitMs(options.upMs, options.random, limits))
    },
    stop() {
      stopping ??= stop(link)
      return stopping
    },
    set: (name, payload, anew) => levels.set(name, payload, anew),
    wake: () => link.session?.outbox.wake(),
    subscribe: (topic, handler, lost) => subscriptions.add({ topic, handler, lost }),
    publish(topic, payload, { retain = false, told } = {}) {
      if (link.session !== undefined && told !== undefined) link.session.publisher.send({ topic, payload, retain }, told)
      else if (link.session?.publisher.sendOnce({ topic, payload, retain }) !== true) {
        link.dropped += 1
        told?.('lost')
      }
    },
    onConnect: (handler) => void link.connectHandlers.push(handler),
    health() {
      const [protocol, fault] = [line.protocol(), line.fault()]
      return {
        connected: line.isUp(),
        ...(protocol === undefined ? {} : { protocol }),
        unsent: options.store.unsent,
        ...(fault === undefined ? {} : { fault: fault.reason, lastError: fault.sentence }),
      }
    },
    counters() {
      const { taken, refused, ignored } = door.counters()
      return { connects: link.connects, commandsTaken: taken, commandsRefused: refused, commandsIgnored: ignored, dropped: link.dropped }
    },
  }
}

function createLink(options: BrokerLinkOptions, limits: LinkLimits, door: ReturnType<typeof createCommandDoor>): Link {
  const { access, clock, random, log, site, profile = 'full', onCommand, onJudged = () => {}, onTurnedAway = () => {}, onThrownOff = () => {} } = options
  const topics = deskTopics(site, options.desk)
  const keeps = profile === 'full'
  const line = createLine({
    access,
    clock,
    random,
    log,
    limits,
    will: { topic: topics.of('availability'), retain: keeps },
    up: (client, connack) => openSession(link, client, connack),
    down: (fault) => closeSession(link, fault),
    thrownOff: onThrownOff,
    message: (topic, payload, packet) => takeMessage(link, topic, payload, packet),
  })
  const subscriptions = createSubscriptions({ clock, limits, onDenied: () => line.report(linkFault('subscribe-denied')) })
  const link: Link = {
    options,
    limits,
    topics,
    keeps,
    levels: createLevelSender(topics, limits, keeps),
    commands: createCommandDesk({ door, topics, onCommand, onJudged, onTurnedAway }),
    line,
    subscriptions,
    rebirth: createRebirth(() => sayAll(link), clock, random, limits),
    connectHandlers: [],
    session: undefined,
    stopping: false,
    connects: 0,
    dropped: 0,
  }
  // The commands first: their answers are what `online` stands for.
  subscriptions.add({ topic: topics.commands, handler: () => {}, retainAsPublished: true })
  subscriptions.add({ topic: hubTopic(site, 'rebirth'), handler: (_, retained) => link.rebirth.hear(retained) })
  return link
}

/**
 * At every connect: what the desk listens to, then the truth about it, then what has happened. `online` waits for the subscriptions, so that a command
 * sent at the sight of it finds the desk listening.
 */
function openSession(link: Link, client: MqttClient, connack: IConnackPacket): void {
  const { options, limits, topics } = link
  const inFlightMax = inFlightMaxOf(connack, limits)
  const publisher = createPublisher(client, inFlightMax, limits, () => link.line.report(linkFault('publish-denied')))
  const send =
    (name: 'event' | 'event/replay') =>
    ({ json }: OutboxEvent, done: (outcome: Outcome) => void): void => {
      const properties = propertiesOf(name)
      publisher.send({ topic: topics.of(name), payload: json, ...(properties === undefined ? {} : { properties }) }, done)
    }
  const outbox = createOutbox({
    store: options.store,
    limits,
    // Some places are left for levels and answers.
    window: Math.max(1, Math.min(limits.eventWindow, Math.floor(inFlightMax / 2))),
    send: send('event'),
    onIdle: () => replay.wake(),
  })
  const replay = createReplay({
    store: options.store,
    limits,
    window: Math.max(1, Math.min(limits.replayWindow, Math.floor(inFlightMax / 4))),
    send: send('event/replay'),
    isIdle: outbox.isIdle,
  })
  const session: Session = { client, publisher, outbox, replay, reassert: undefined }
  link.session = session
  link.connects += 1
  void atMost(limits.subscribeTimeoutMs, link.subscriptions.opened(client)).then(() => announce(link, session))
}

function announce(link: Link, session: Session): void {
  if (link.session !== session || link.stopping) return
  const { limits, levels, connectHandlers } = link
  sayOnline(link)
  session.reassert = setTimeout(() => sayOnline(link), limits.reassertMs)
  levels.connected(session.publisher)
  for (const handler of connectHandlers) handler()
  session.outbox.wake()
}

function sayOnline({ session, topics, keeps, line }: Link): void {
  session?.publisher.send({ topic: topics.of('availability'), payload: 'online', retain: keeps }, (outcome) => {
    if (outcome === 'acknowledged') line.proven()
  })
}

/** Everything that the broker should know of the desk now. */
function sayAll(link: Link): void {
  if (link.stopping) return
  sayOnline(link)
  link.levels.again()
}

function closeSession(link: Link, fault: LinkFault): void {
  const { session } = link
  if (session === undefined) return
  link.session = undefined
  clearTimeout(session.reassert)
  session.outbox.stop()
  session.replay.stop()
  session.publisher.close()
  link.rebirth.forget()
  link.levels.disconnected()
  link.subscriptions.closed(fault)
}

function takeMessage(link: Link, topic: string, payload: Buffer, packet: IPublishPacket): void {
  const name = link.topics.commandOf(topic)
  if (name !== undefined && link.session !== undefined) link.commands.take(name, payload, packet, link.session)
  link.subscriptions.hear(topic, payload, packet.retain)
}

/** Events that are durable go first, then `offline`, then DISCONNECT, which takes the will back. */
async function stop(link: Link): Promise<void> {
  const { session, limits, topics, line, keeps } = link
  link.stopping = true
  if (session !== undefined) {
    clearTimeout(session.reassert)
    session.outbox.wake()
    await atMost(limits.stopDrainMs, session.outbox.drained())
    // The last word of each level goes before `offline`, however soon after the one before.
    link.levels.flush()
    const offline = { topic: topics.of('availability'), payload: 'offline', retain: keeps }
    await atMost(limits.stopOfflineMs, new Promise<void>((resolve) => session.publisher.send(offline, () => resolve())))
  }
  await line.stop(limits.stopCloseMs)
}
