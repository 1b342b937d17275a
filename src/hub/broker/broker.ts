import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Aedes, type AuthenticateError, type Client } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { atMost } from '../../at-most.ts'
import { ConfigurationError } from '../../errors.ts'
import { plainAddress } from '../../http/addresses.ts'
import { createCrowd } from '../../http/crowd.ts'
import { isLoopback } from '../../loopback.ts'
import { createPacketMeter } from '../../mqtt/connection/packet-meter.ts'
import { packetBytesMax } from '../../mqtt/limits.ts'
import { topicMatches } from '../../mqtt/topics.ts'
import { hubLimits } from '../limits.ts'
import { type ListenAddress, listen } from '../listen.ts'
import type { HubLog } from '../log.ts'
import { type BrokerUser, hubUser, mayConnectAs, mayPublish, maySubscribe, openUser } from './acl.ts'
import { createLoginGuard, type LoginAttempt } from './login-guard.ts'
import { createPacketPace } from './packet-pace.ts'
import { createRefusalLog } from './refusal-log.ts'

/** Who may use the broker: the user of a name and password, `undefined` for a stranger. */
export type Credentials = (username: string, password: Buffer) => BrokerUser | undefined | Promise<BrokerUser | undefined>

export interface BrokerOptions extends ListenAddress {
  readonly credentials: Credentials
  /** Without a password everything is allowed, under any name: only on loopback, for a demonstration or a first try. */
  readonly open?: boolean
  readonly log: HubLog
  /** Messages on these topics are handed over before they are acknowledged: PUBACK then means that they are kept. */
  readonly keep?: Keep
}

export interface Keep {
  readonly filters: readonly string[]
  /** Resolves when the message is kept; after `storeWaitMs` it is acknowledged all the same. */
  readonly receive: (topic: string, payload: Buffer, retained: boolean) => Promise<void>
}

/** An MQTT 3.1.1 broker inside this process: good for one office (up to a thousand desks), nothing kept over a restart. */
export interface Broker {
  /** @throws ConfigurationError LISTEN_FAILED or CONFIG_INVALID */
  start(): Promise<AddressInfo>
  stop(): Promise<void>
  /** MQTT over WebSocket, on somebody else's HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

type Refuse = (reason: string, client?: Client) => Error

/** See `Broker`. Sessions are always clean: a queue for a desk that may never come back would have no bound. */
export function createBroker(options: BrokerOptions): Broker {
  const { log } = options
  const users = new WeakMap<Client, BrokerUser>()
  const addresses = new WeakMap<Duplex, string>()
  const guard = createLoginGuard(hubLimits, () => performance.now())
  const login: Login = (client, check) => guard.attempt({ address: addresses.get(client.conn) ?? '', gone: () => client.conn.destroyed, check })
  const refused = createRefusalLog(log, () => performance.now())
  const refuse: Refuse = (reason, client) => {
    refused(reason, client && users.get(client)?.name)
    return new Error(reason)
  }
  const aedes = new Aedes({ connectTimeout: hubLimits.brokerConnectMs, ...admission(options, users, refuse, login), ...rights(users, refuse, options.keep) })
  const faults: EventEmitter = aedes
  faults.on('error', (error: Error) => log.warn({ fault: error.message }, 'broker fault'))
  const connections = new Set<Duplex>()
  const crowd = createCrowd({
    connectionsMax: hubLimits.brokerConnectionsMax,
    connectionsPerAddressMax: hubLimits.brokerConnectionsPerAddressMax,
    strangersMax: 0,
  })
  const accept = (stream: Duplex, socket: Socket, request?: IncomingMessage) => {
    stream.on('error', () => {})
    const address = plainAddress(socket.remoteAddress ?? '')
    if (!crowd.enter(address, false)) {
      refuse('too many connections')
      stream.destroy()
      return
    }
    connections.add(stream)
    addresses.set(stream, address)
    stream.once('close', () => {
      connections.delete(stream)
      crowd.leave(address, false)
    })
    const client = aedes.handle(stream, request as IncomingMessage)
    const isHub = () => users.get(client)?.name === hubUser
    limitPackets(stream, () => (isHub() ? packetBytesMax : hubLimits.clientPacketBytesMax), refuse)
  }
  const server = createServer((socket) => accept(socket.setNoDelay(true), socket))
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: hubLimits.clientPacketBytesMax, perMessageDeflate: false })
  return {
    async start() {
      if (options.open === true && !isLoopback(options.host)) {
        const fault = `broker.open: a broker without passwords may listen on 127.0.0.1 only, not on ${options.host}`
        throw new ConfigurationError('CONFIG_INVALID', 'The broker cannot be open to the network.', [fault])
      }
      await aedes.listen()
      return listen(server, options, 'broker.port')
    },
    stop: () => stop(aedes, server, connections),
    upgrade: (request, socket, head) => webSockets.handleUpgrade(request, socket, head, (peer) => accept(createWebSocketStream(peer), request.socket, request)),
  }
}

type Login = (client: Client, check: LoginAttempt['check']) => Promise<BrokerUser | undefined | 'slowed'>

/** Who comes in, and as whom. Only passwords of others' choice are slowed: the hub's own is new at each start, and it must never be kept out. */
function admission(options: BrokerOptions, users: WeakMap<Client, BrokerUser>, refuse: Refuse, login: Login) {
  const userOf = async (username: string | undefined, password: Buffer | undefined) => {
    if (username !== undefined && password !== undefined) return options.credentials(username, password)
    return options.open === true && password === undefined ? openUser : undefined
  }
  return {
    preConnect(_client: Client, packet: { clean?: boolean }, done: (error: Error | null, success: boolean) => void) {
      packet.clean = true
      done(null, true)
    },
    authenticate(
      client: Client,
      username: string | undefined,
      password: Buffer | undefined,
      done: (error: AuthenticateError | null, success: boolean | null) => void,
    ) {
      const answer = (user: BrokerUser | undefined) => {
        if (user === undefined) return done(Object.assign(refuse('unknown user or wrong password'), { returnCode: 4 }), null)
        users.set(client, user)
        if (!mayConnectAs(user, client.id)) return done(Object.assign(refuse('client id of somebody else', client), { returnCode: 2 }), null)
        done(null, true)
      }
      const check = () => userOf(username, password)
      const looked = username === hubUser || password === undefined ? check() : login(client, check)
      looked.then(
        (user) => (user === 'slowed' ? done(Object.assign(refuse('too many wrong passwords'), { returnCode: 3 }), null) : answer(user)),
        () => answer(undefined),
      )
    },
  }
}

/** What a user may write and read. A forbidden message closes the connection (MQTT 3.1.1 has no milder answer); a forbidden filter is answered 0x80. */
function rights(users: WeakMap<Client, BrokerUser>, refuse: Refuse, keep: Keep | undefined) {
  const retained = new Map<string, Set<string>>()
  const filters = new WeakMap<Client, Set<string>>()
  const waitMs = createPacketPace({ burst: hubLimits.publishBurst, perSecond: hubLimits.publishesPerSecond }, () => performance.now())
  return {
    authorizePublish(client: Client | null, packet: { topic: string; payload: string | Buffer; retain: boolean }, done: (error?: Error | null) => void) {
      if (client === null) return done(null)
      const user = users.get(client)
      if (user === undefined || !isCurrent(user)) return done(refuse('password no longer good', client))
      if (!mayPublish(user, packet.topic)) return done(refuse('topic not allowed', client))
      if (packet.retain && !countRetained(retained, user.name, packet)) return done(refuse('too many retained topics', client))
      // Until this one is granted, the client's next packets are not read.
      const granted = () => void later(waitMs(client), () => done(null))
      if (keep?.filters.some((filter) => topicMatches(filter, packet.topic)) !== true) return granted()
      void kept(keep.receive(packet.topic, Buffer.from(packet.payload), packet.retain)).then(granted)
    },
    authorizeSubscribe<Asked extends { topic: string }>(client: Client, asked: Asked, done: (error: Error | null, granted: Asked | null) => void) {
      const user = users.get(client)
      const allowed = user !== undefined && isCurrent(user) && maySubscribe(user, asked.topic) && countFilter(filters, client, asked.topic)
      if (!allowed) refuse('filter not allowed', client)
      done(null, allowed ? asked : null)
    },
    authorizeForward<Packet>(client: Client, packet: Packet): Packet | null {
      const user = users.get(client)
      if (user !== undefined && isCurrent(user)) return packet
      // A message that comes for somebody who was let go is the moment to say so.
      refuse('password no longer good', client)
      client.close()
      return null
    },
  }
}

function later(ms: number, then: () => void): void {
  if (ms === 0) then()
  else setTimeout(then, ms).unref()
}

/** A client's filters are kept for as long as it is connected: only so many, however often they are taken back. */
function countFilter(filters: WeakMap<Client, Set<string>>, client: Client, filter: string): boolean {
  const known = filters.get(client) ?? new Set<string>()
  filters.set(client, known)
  if (known.size < hubLimits.subscriptionsMax) known.add(filter)
  return known.has(filter)
}

function isCurrent({ isCurrent: stillIs }: BrokerUser): boolean {
  return stillIs === undefined || stillIs()
}

/** Waits for the medium, but not for ever: a desk whose events are not acknowledged cannot say either how it is. What is not kept is asked for again. */
async function kept(receiving: Promise<void>): Promise<void> {
  await atMost(hubLimits.storeWaitMs, receiving)
}

/** Keeps count of what each user has had the broker remember; an empty payload takes a topic back. */
function countRetained(retained: Map<string, Set<string>>, name: string, packet: { topic: string; payload: string | Buffer }): boolean {
  const topics = retained.get(name) ?? new Set<string>()
  retained.set(name, topics)
  if (packet.payload.length === 0) topics.delete(packet.topic)
  else if (topics.size < (name === hubUser ? hubLimits.hubRetainedTopicsMax : hubLimits.retainedTopicsMax)) topics.add(packet.topic)
  else return topics.has(packet.topic)
  return true
}

/** `data` comes with each read of the broker's own `readable` listener, before it sees the bytes: the flow stays the broker's. */
function limitPackets(stream: Duplex, bytesMax: () => number, refuse: Refuse): void {
  const withinLimit = createPacketMeter(bytesMax)
  stream.on('data', (chunk: Buffer) => {
    if (!stream.destroyed && !withinLimit(chunk)) stream.destroy(refuse('packet too large'))
  })
}

async function stop(aedes: Aedes, server: Server, connections: ReadonlySet<Duplex>): Promise<void> {
  await new Promise<void>((resolve) => aedes.close(() => resolve()))
  for (const stream of connections) stream.destroy()
  if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
}
