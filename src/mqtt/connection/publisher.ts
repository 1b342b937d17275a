import type { IConnackPacket, MqttClient } from 'mqtt'
import type { LinkLimits } from '../limits.ts'
import type { MessageProperties } from '../properties.ts'

/** What became of a message: the broker has it, turned it down (MQTT 5 only), or it was not sent, or the connection ended before the answer. */
export type Outcome = 'acknowledged' | 'refused' | 'lost'

export interface Publication {
  readonly topic: string
  readonly payload: string
  readonly retain?: boolean
  /** What MQTT 5 adds; a broker of MQTT 3.1.1 never hears of it. */
  readonly properties?: MessageProperties
}

/** Publishes on one connection. */
export interface Publisher {
  /** QoS 1. Calls back exactly once. */
  send(publication: Publication, done?: (outcome: Outcome) => void): void
  /** QoS 0, dropped when the socket takes no more. */
  sendOnce(publication: Publication): boolean
  /** The connection has ended: whatever was not answered is lost. */
  close(): void
}

/** How many messages with QoS 1 may be unacknowledged on this connection: what the broker takes (Receive Maximum, MQTT 5 §3.2.2.3.3), and no more than ours. */
export function inFlightMaxOf({ properties }: IConnackPacket, { inFlightMax }: Pick<LinkLimits, 'inFlightMax'>): number {
  return Math.max(1, Math.min(inFlightMax, properties?.receiveMaximum ?? inFlightMax))
}

/**
 * Keeps messages with QoS 1 within what the broker takes at once: an MQTT 5 broker closes the connection of a client that has more unacknowledged ones
 * than its Receive Maximum (§3.3.4; mosquitto: 20), and MQTT.js does not count them.
 */
export function createPublisher(client: MqttClient, inFlightMax: number, limits: LinkLimits, onRefused: () => void): Publisher {
  const queue: Publication[] = []
  const waiting = new Map<Publication, (outcome: Outcome) => void>()
  let inFlight = 0
  let closed = false

  function pump(): void {
    for (let next = queue[0]; next !== undefined && inFlight < inFlightMax; next = queue[0]) {
      queue.shift()
      inFlight += 1
      write(next)
    }
  }

  function write(publication: Publication): void {
    const { topic, payload, retain = false, properties } = publication
    client.publish(topic, payload, { qos: 1, retain, ...(properties === undefined ? {} : { properties }) }, (error) => {
      if (closed) return
      inFlight -= 1
      const outcome = outcomeOf(error)
      if (outcome === 'refused') onRefused()
      settle(publication, outcome)
      pump()
    })
  }

  function settle(publication: Publication, outcome: Outcome): void {
    const done = waiting.get(publication)
    waiting.delete(publication)
    done?.(outcome)
  }

  return {
    send(asked, done = () => {}) {
      const publication = { ...asked }
      waiting.set(publication, done)
      if (closed || queue.length >= limits.queueMax) {
        settle(publication, 'lost')
        return
      }
      queue.push(publication)
      pump()
    },
    sendOnce({ topic, payload, retain = false, properties }) {
      if (closed || client.stream.writableLength > limits.unsentBytesMax) return false
      client.publish(topic, payload, { qos: 0, retain, ...(properties === undefined ? {} : { properties }) })
      return true
    },
    close() {
      closed = true
      queue.length = 0
      for (const publication of [...waiting.keys()]) settle(publication, 'lost')
    },
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error === undefined || error === null) return 'acknowledged'
  return typeof (error as { code?: unknown }).code === 'number' ? 'refused' : 'lost'
}
