import type { IConnackPacket, IPublishPacket, MqttClient } from 'mqtt'
import { atMost } from '../agent/at-most.ts'
import type { BrokerLink, Clock, CommandReply, ReceivedCommand, Store } from '../agent/ports.ts'
import { type CommandDoor, type CommandName, type CommandVerdict, createCommandDoor } from './commands.ts'
import type { BrokerAccess } from './connection.ts'
import { createLevelSender, type LevelSender } from './level-sender.ts'
import { type LinkLimits, linkLimits } from './limits.ts'
import { createLine, type Line, type LinkLog } from './line.ts'
import { linkFault } from './link-fault.ts'
import type { Reply } from './messages.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { type DeskTopics, deskTopics, topicMatches } from './topics.ts'

export type { BrokerAccess } from './connection.ts'
export type { LinkLog } from './line.ts'

export interface BrokerLinkOptions {
  readonly site: string
  readonly desk: string
  readonly access: BrokerAccess
  readonly store: Pick<Store, 'acknowledged' | 'lastSequence' | 'eventsAfter' | 'acknowledge'>
  readonly clock: Pick<Clock, 'now' | 'wall'>
  /** A number from 0 to 1, for the waits between attempts. */
  readonly random: () => number
  readonly log: LinkLog
  /** The commands that this desk obeys; the others of the contract are answered with NOT_SERVED. */
  readonly commands: readonly CommandName[]
  readonly onCommand: (command: ReceivedCommand) => void
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

interface Subscription {
  readonly topic: string
  readonly handler: (payload: Buffer, retained: boolean) => void
  readonly lost: (() => void) | undefined
}

/** What lives as long as one connection. */
interface Session {
  readonly client: MqttClient
  readonly publisher: Publisher
  readonly outbox: Outbox
  reassert: NodeJS.Timeout | undefined
}

/** Everything that outlives a connection. */
interface Link {
  readonly options: BrokerLinkOptions
  readonly limits: LinkLimits
  readonly topics: DeskTopics
  readonly levels: LevelSender
  readonly door: CommandDoor
  readonly line: Line
  readonly subscriptions: Subscription[]
  readonly connectHandlers: (() => void)[]
  session: Session | undefined
  stopping: boolean
  connects: number
  dropped: number
}

/** The line to the broker of `ports.ts`, on MQTT 5 or 3.1.1. Never throws for what the broker or the network does. */
export function createBrokerLink(options: BrokerLinkOptions): MqttBrokerLink {
  const limits = { ...linkLimits, ...options.limits }
  const topics = deskTopics(options.site, options.desk)
  const { access, clock, random, log } = options
  const line = createLine({
    access,
    random,
    log,
    limits,
    willTopic: topics.of('availability'),
    up: (client, connack) => openSession(link, client, connack),
    down: () => closeSession(link),
    message: (topic, payload, packet) => takeMessage(link, topic, payload, packet),
  })
  const levels = createLevelSender(topics, limits)
  const door = createCommandDoor(options.commands, clock, limits)
  const link: Link = {
    options,
    limits,
    topics,
    levels,
    door,
    line,
    subscriptions: [],
    connectHandlers: [],
    session: undefined,
    stopping: false,
    connects: 0,
    dropped: 0,
  }
  let stopping: Promise<void> | undefined
  return {
    async start() {
      line.start()
    },
    stop() {
      stopping ??= stop(link)
      return stopping
    },
    set: (name, payload) => levels.set(name, payload),
    wake: () => link.session?.outbox.wake(),
    subscribe(topic, handler, lost) {
      link.subscriptions.push({ topic, handler, lost })
      if (link.session !== undefined) void subscribe(link, link.session.client, [topic])
    },
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
        unsent: options.store.lastSequence - options.store.acknowledged,
        ...(fault === undefined ? {} : { lastError: fault.sentence }),
      }
    },
    counters() {
      const { taken, refused, ignored } = door.counters()
      return { connects: link.connects, commandsTaken: taken, commandsRefused: refused, commandsIgnored: ignored, dropped: link.dropped }
    },
  }
}

/**
 * At every connect: what the desk listens to, then the truth about it, then what has happened. `online` waits for the subscriptions, so that a command
 * sent at the sight of it finds the desk listening.
 */
function openSession(link: Link, client: MqttClient, connack: IConnackPacket): void {
  const { options, limits, topics } = link
  const inFlightMax = Math.max(1, Math.min(limits.inFlightMax, connack.properties?.receiveMaximum ?? limits.inFlightMax))
  const publisher = createPublisher(client, inFlightMax, limits, () => link.line.report(linkFault('publish-denied')))
  const event = topics.of('event')
  const outbox = createOutbox({
    store: options.store,
    limits,
    // Some places are left for levels and answers.
    window: Math.max(1, Math.min(limits.eventWindow, Math.floor(inFlightMax / 2))),
    send: ({ json }, done) => publisher.send({ topic: event, payload: json }, done),
  })
  const session: Session = { client, publisher, outbox, reassert: undefined }
  link.session = session
  link.connects += 1
  const wanted = [...new Set([topics.commands, ...link.subscriptions.map(({ topic }) => topic)])]
  void atMost(limits.subscribeTimeoutMs, subscribe(link, client, wanted)).then(() => announce(link, session))
}

function announce(link: Link, session: Session): void {
  if (link.session !== session || link.stopping) return
  const { limits, topics, levels, connectHandlers } = link
  const sayOnline = () => session.publisher.send({ topic: topics.of('availability'), payload: 'online', retain: true })
  sayOnline()
  session.reassert = setTimeout(sayOnline, limits.reassertMs)
  levels.connected(session.publisher)
  for (const handler of connectHandlers) handler()
  session.outbox.wake()
}

function closeSession(link: Link): void {
  const { session } = link
  if (session === undefined) return
  link.session = undefined
  clearTimeout(session.reassert)
  session.outbox.stop()
  session.publisher.close()
  link.levels.disconnected()
  for (const { lost } of link.subscriptions) lost?.()
}

/** Resolves when the broker has answered, whatever it said, or is gone. */
function subscribe(link: Link, client: MqttClient, topics: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    client.subscribe([...topics], { qos: 1 }, (error, granted) => {
      const denied = error !== null || (granted ?? []).some(({ qos }) => qos === 128)
      if (denied && link.session?.client === client) link.line.report(linkFault('subscribe-denied'))
      resolve()
    })
  })
}

function takeMessage(link: Link, topic: string, payload: Buffer, packet: IPublishPacket): void {
  const name = link.topics.commandOf(topic)
  if (name !== undefined) takeCommand(link, link.door.judge(name, payload, packet.retain), packet)
  for (const subscription of link.subscriptions) if (topicMatches(subscription.topic, topic)) subscription.handler(payload, packet.retain)
}

function takeCommand(link: Link, verdict: CommandVerdict, packet: IPublishPacket): void {
  if (verdict.type === 'refuse') reply(link, packet, { id: verdict.id, ok: false, error: verdict.error })
  if (verdict.type !== 'take') return
  const { id, name, body } = verdict
  let answered = false
  const answer = (given: CommandReply) => {
    if (answered) return
    answered = true
    reply(link, packet, { id, ...given })
  }
  link.options.onCommand({ id, name, body, answer })
}

/** To the topic that the requester named (MQTT 5 §4.10), else to the desk's own. */
function reply({ session, topics }: Link, { properties }: IPublishPacket, payload: Reply): void {
  const asked = properties?.responseTopic
  const topic = asked !== undefined && topics.takesReply(asked) ? asked : topics.of('reply')
  const correlationData = properties?.correlationData
  session?.publisher.send({ topic, payload: JSON.stringify(payload), ...(correlationData === undefined ? {} : { properties: { correlationData } }) })
}

/** Events that are durable go first, then `offline`, then DISCONNECT, which takes the will back. */
async function stop(link: Link): Promise<void> {
  const { session, limits, topics, line } = link
  link.stopping = true
  if (session !== undefined) {
    clearTimeout(session.reassert)
    session.outbox.wake()
    await atMost(limits.stopDrainMs, session.outbox.drained())
    const offline = { topic: topics.of('availability'), payload: 'offline', retain: true }
    await atMost(limits.stopOfflineMs, new Promise<void>((resolve) => session.publisher.send(offline, () => resolve())))
  }
  await line.stop(limits.stopCloseMs)
}
