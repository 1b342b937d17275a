import { once } from 'node:events'
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Aedes, type AedesPublishPacket } from 'aedes'
import { onTestFinished } from 'vitest'
import type { StoredEvent } from '../../src/agent/ports.ts'
import { type BrokerLinkOptions, createBrokerLink, type MqttBrokerLink } from '../../src/mqtt/link/broker-link.ts'

/** What one client published, or a will. */
export interface Heard {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
}

export interface TestBroker {
  readonly url: string
  readonly port: number
  readonly aedes: Aedes
  /** Everything published by clients, in order. */
  readonly heard: Heard[]
  on(topic: string): readonly string[]
  publish(topic: string, payload: string, options?: { readonly retain?: boolean; readonly qos?: 0 | 1 }): Promise<void>
  retained(topic: string): Promise<string | undefined>
  /** Cuts every connection. */
  cut(): void
  stop(): Promise<void>
}

/** A real broker (MQTT 3.1.1) in this process. It stops when the test is over; a port of an earlier one makes it the same broker come back, its memory gone. */
export async function startBroker(options: ConstructorParameters<typeof Aedes>[0] = {}, port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker(options)
  const heard: Heard[] = []
  aedes.on('publish', (packet: AedesPublishPacket) => {
    if (!packet.topic.startsWith('$SYS')) heard.push({ topic: packet.topic, payload: packet.payload.toString(), retain: packet.retain })
  })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
    aedes.handle(socket)
  })
  const { port: taken } = await listen(server, port)
  let stopped: Promise<void> | undefined
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const stop = async () => {
    server.close()
    cut()
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
  }
  const broker: TestBroker = {
    url: `mqtt://127.0.0.1:${taken}`,
    port: taken,
    aedes,
    heard,
    on: (topic) => heard.filter((each) => each.topic === topic).map(({ payload }) => payload),
    publish: (topic, payload, { retain = false, qos = 1 } = {}) =>
      new Promise((resolve, reject) => {
        aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain, dup: false }, (error) => (error ? reject(error) : resolve()))
      }),
    async retained(topic) {
      const { persistence } = aedes as unknown as { persistence: { createRetainedStream(topic: string): AsyncIterable<{ payload: Buffer }> } }
      for await (const packet of persistence.createRetainedStream(topic)) return packet.payload.toString()
      return undefined
    },
    cut,
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
  onTestFinished(() => broker.stop())
  return broker
}

export async function listen(server: NetServer, port = 0): Promise<AddressInfo> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server.address() as AddressInfo
}

export interface MemoryStore {
  readonly epoch: string
  lastSequence: number
  acknowledged: number
  readonly unsent: number
  /** The order in which events were acknowledged. */
  readonly acknowledgements: number[]
  add(count?: number): void
  eventsAfter(position: number, limit: number): Promise<readonly StoredEvent[]>
  eventsOf(epoch: string, from: number, limit: number): Promise<readonly Omit<StoredEvent, 'position'>[]>
  /** Events before this one are no longer kept. */
  forgetBefore(sequence: number): void
  acknowledge(position: number): void
}

/** An outbox without a disk. Its one epoch begins at position 0, so that positions are sequences. */
export function memoryStore(): MemoryStore {
  let events: StoredEvent[] = []
  const store: MemoryStore = {
    epoch: ownEpoch,
    lastSequence: 0,
    acknowledged: 0,
    acknowledgements: [],
    get unsent() {
      return store.lastSequence - store.acknowledged
    },
    add(count = 1) {
      for (let added = 0; added < count; added += 1) {
        store.lastSequence += 1
        events.push({ position: store.lastSequence, sequence: store.lastSequence, wall: 0, json: JSON.stringify({ n: store.lastSequence }) })
      }
    },
    eventsAfter: async (after, limit) => events.filter(({ position }) => position > after).slice(0, limit),
    eventsOf: async (epoch, from, limit) =>
      epoch === ownEpoch ? events.filter(({ sequence }) => sequence >= from).slice(0, limit) : epoch === olderEpoch && from <= 3 ? older(from, limit) : [],
    forgetBefore(sequence) {
      events = events.filter((event) => event.sequence >= sequence)
    },
    acknowledge(position) {
      store.acknowledged = position
      store.acknowledgements.push(position)
    },
  }
  return store
}

export const ownEpoch = '0f3a5c1e-8d2b-4a67-9c01-23456789abcd'
/** An earlier store of the same desk, of which three events are kept. */
export const olderEpoch = '1111aaaa-8d2b-4a67-9c01-23456789abcd'

function older(from: number, limit: number): readonly Omit<StoredEvent, 'position'>[] {
  return [1, 2, 3]
    .filter((sequence) => sequence >= from)
    .slice(0, limit)
    .map((sequence) => ({ position: sequence, sequence, wall: 0, json: JSON.stringify({ older: sequence }) }))
}

export const base = 'third-ring/v1/um/usc-1'
export const now = Date.UTC(2026, 10, 23, 9)

export interface TestLink extends MqttBrokerLink {
  /** How often it has said that it is online. */
  announced(): number
  readonly log: { readonly level: string; readonly message: string; readonly fields: object }[]
}

/** A link of desk usc-1, stopped when the test is over. Waits are short, so that tests are. */
export function startLink(url: string, options: Partial<BrokerLinkOptions> = {}): TestLink {
  const log: TestLink['log'] = []
  const link = createBrokerLink({
    site: 'um',
    desk: 'usc-1',
    access: { url, username: 'usc-1' },
    store: memoryStore(),
    clock: { now: () => performance.now(), wall: () => now },
    random: () => 0.5,
    log: { info: (fields, message) => log.push({ level: 'info', fields, message }), warn: (fields, message) => log.push({ level: 'warn', fields, message }) },
    onCommand: ({ answer }) => answer({ ok: true }),
    ...options,
    limits: { backOffFirstMs: 20, backOffLastMs: 100, stableMs: 300, reassertMs: 60_000, levelGapMs: 50, refusedRetryMs: 100, ...options.limits },
  })
  let announced = 0
  link.onConnect(() => {
    announced += 1
  })
  onTestFinished(() => link.stop())
  void link.start()
  return { ...link, log, announced: () => announced }
}
