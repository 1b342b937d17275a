import type { IClientPublishOptions, MqttClient } from 'mqtt'
import type { LinkLimits } from './limits.ts'

/** What became of a message: the broker has it, turned it down (MQTT 5 only), or the connection ended before it said so. */
export type Outcome = 'acknowledged' | 'refused' | 'lost'

export interface Publication {
  readonly topic: string
  readonly payload: string
  readonly retain?: boolean
  readonly properties?: IClientPublishOptions['properties']
}

/** Publishes on one connection. */
export interface Publisher {
  /** QoS 1. Calls back once, unless the connection ends before. */
  send(publication: Publication, done?: (outcome: Outcome) => void): void
  /** QoS 0, dropped when the socket takes no more. */
  sendOnce(publication: Publication): boolean
  /** Nothing is called back any more. */
  close(): void
}

/**
 * Keeps messages with QoS 1 within what the broker takes at once: an MQTT 5 broker closes the connection of a client that has more unacknowledged ones
 * than its Receive Maximum (§3.3.4; mosquitto: 20), and MQTT.js does not count them.
 */
export function createPublisher(client: MqttClient, inFlightMax: number, limits: LinkLimits, onRefused: () => void): Publisher {
  const queue: { readonly publication: Publication; readonly done: (outcome: Outcome) => void }[] = []
  let inFlight = 0
  let closed = false

  function pump(): void {
    for (let next = queue[0]; next !== undefined && inFlight < inFlightMax && !closed; next = queue[0]) {
      queue.shift()
      inFlight += 1
      write(next.publication, next.done)
    }
  }

  function write({ topic, payload, retain = false, properties }: Publication, done: (outcome: Outcome) => void): void {
    client.publish(topic, payload, { qos: 1, retain, ...(properties === undefined ? {} : { properties }) }, (error) => {
      if (closed) return
      inFlight -= 1
      const outcome = outcomeOf(error)
      if (outcome === 'refused') onRefused()
      done(outcome)
      pump()
    })
  }

  return {
    send(publication, done = () => {}) {
      if (closed || queue.length >= limits.queueMax) return
      queue.push({ publication, done })
      pump()
    },
    sendOnce({ topic, payload, retain = false }) {
      if (closed || client.stream.writableLength > limits.unsentBytesMax) return false
      client.publish(topic, payload, { qos: 0, retain })
      return true
    },
    close() {
      closed = true
      queue.length = 0
    },
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error === undefined || error === null) return 'acknowledged'
  return typeof (error as { code?: unknown }).code === 'number' ? 'refused' : 'lost'
}
