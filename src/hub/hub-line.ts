import type { IPublishPacket, MqttClient } from 'mqtt'
import { atMost } from '../at-most.ts'
import type { BrokerAccess } from '../mqtt/connection/connection.ts'
import { createLine } from '../mqtt/connection/line.ts'
import { linkFault } from '../mqtt/connection/link-fault.ts'
import { createPublisher, inFlightMaxOf, type Publisher } from '../mqtt/connection/publisher.ts'
import { linkLimits, packetFrameBytes } from '../mqtt/limits.ts'
import { hubTopic } from '../mqtt/topics.ts'
import { hubLimits } from './limits.ts'
import type { HubLog } from './log.ts'

export interface HubLineOptions {
  readonly site: string
  /** Asked before each attempt to connect where it is a function. */
  readonly access: BrokerAccess | (() => BrokerAccess)
  /** Whether the broker keeps messages; one that does not may refuse whoever asks it to. */
  readonly keeps: boolean
  /** Filters; subscribed anew at each connect, since the session is clean: what the broker kept is read again, and a repeated event is known by its number. */
  readonly filters: readonly string[]
  readonly log: HubLog
  /** The broker has granted every filter. */
  readonly up: () => void
  readonly down: () => void
  readonly message: (topic: string, payload: Buffer, packet: IPublishPacket) => void
}

export interface Sent {
  readonly retain?: boolean
  /** MQTT 5: after this the broker throws it away. */
  readonly expiresAfterMs?: number
}

/** The hub's line to the broker: the agent's own (`src/mqtt/connection/line.ts`), with the hub's availability as its will. */
export interface HubLine {
  start(): void
  /** `offline`, then DISCONNECT; `stopMs` at most for each. */
  stop(): Promise<void>
  /** False while there is no line: nothing is queued for later. */
  publish(topic: string, payload: string, sent?: Sent): boolean
  /** How large a payload the broker takes: as it says itself (MQTT 5 §3.2.2.3.6), and no more than ours. A larger one would end the connection. */
  payloadBytesMax(): number
  /** What is wrong with the line, in a sentence. */
  fault(): string | undefined
}

export function createHubLine(options: HubLineOptions): HubLine {
  const { site, access, keeps, filters, log } = options
  const availability = hubTopic(site, 'availability')
  let publisher: Publisher | undefined
  let granted = false
  let packetBytes = linkLimits.packetBytesMax
  let stopping = false
  const opened = (client: MqttClient, inFlightMax: number) => {
    publisher = createPublisher(client, inFlightMax, linkLimits, () => line.report(linkFault('publish-denied')))
    const mine = publisher
    client.subscribe([...filters], { qos: 1 }, (error, grants) => {
      const denied = error !== null || (grants ?? []).some(({ qos }) => qos === 128)
      if (publisher !== mine || stopping) return
      if (denied) return line.report(linkFault('subscribe-denied'))
      granted = true
      options.up()
    })
    publisher.send({ topic: availability, payload: 'online', retain: keeps })
  }
  const line = createLine({
    access,
    clock: performance,
    will: { topic: availability, retain: keeps },
    random: Math.random,
    log,
    limits: linkLimits,
    up(client, connack) {
      packetBytes = Math.min(linkLimits.packetBytesMax, connack.properties?.maximumPacketSize ?? linkLimits.packetBytesMax)
      opened(client, inFlightMaxOf(connack, linkLimits))
    },
    down() {
      publisher?.close()
      publisher = undefined
      if (granted) options.down()
      granted = false
    },
    message: options.message,
  })
  return {
    start: line.start,
    async stop() {
      stopping = true
      const offline = { topic: availability, payload: 'offline', retain: keeps }
      if (publisher !== undefined) await atMost(hubLimits.stopMs, new Promise<void>((resolve) => publisher?.send(offline, () => resolve())))
      await line.stop(hubLimits.stopMs)
    },
    publish(topic, payload, { retain = false, expiresAfterMs } = {}) {
      if (publisher === undefined || !granted) return false
      const messageExpiryInterval = expiresAfterMs === undefined || line.protocol() !== 5 ? undefined : Math.ceil(expiresAfterMs / 1000)
      publisher.send({ topic, payload, retain: retain && keeps, ...(messageExpiryInterval === undefined ? {} : { properties: { messageExpiryInterval } }) })
      return true
    },
    payloadBytesMax: () => packetBytes - packetFrameBytes,
    fault: () => line.fault()?.sentence,
  }
}
