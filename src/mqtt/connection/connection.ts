import { connect, type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Millis } from '../../desk/time.ts'
import type { LinkLimits } from '../limits.ts'
import { classifyFault, type LinkFault, linkFault } from './link-fault.ts'
import { createPacketMeter } from './packet-meter.ts'

/** How to reach the broker; contract §2, with the files read. */
export interface BrokerAccess {
  readonly url: string
  /** Also the client identifier, unless there is one: a desk's name is unique on its broker. */
  readonly username: string
  /** For a second connection beside the desk's own, which a broker would close if it had the same. */
  readonly clientId?: string
  /** Left out, the user name stays at home, too: the desk is then anonymous, or known by its certificate. */
  readonly password?: string
  /** The one before, which the broker may still want: while it is being changed. */
  readonly olderPassword?: string
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** The name that the broker's certificate must have, where it is not the one in the URL. */
  readonly servername?: string
}

/** Where the broker says `offline` for a desk that is cut off. */
export interface LastWill {
  readonly topic: string
  readonly retain: boolean
}

export interface ConnectionEvents {
  opened(client: MqttClient, connack: IConnackPacket): void
  message(topic: string, payload: Buffer, packet: IPublishPacket): void
  /** Called once; nothing is called after it. */
  closed(fault: LinkFault): void
}

/** One connection: it is opened once and never again. */
export interface Connection {
  /** DISCONNECT, then close; cut after the given time. */
  end(withinMs: Millis): Promise<void>
}

/**
 * Opens one connection with MQTT.js and none of its own reconnecting, queueing and storing, which lose events (reference: MQTT.js issues 398, 607, 2015).
 * Whatever becomes of it, `closed` tells.
 */
export function openConnection(access: BrokerAccess, version: 4 | 5, will: LastWill | undefined, limits: LinkLimits, events: ConnectionEvents): Connection {
  let fault: LinkFault | undefined
  let opened = false
  let closed = false
  let client: MqttClient | undefined
  let tellClosed = () => {}
  const closing = new Promise<void>((resolve) => {
    tellClosed = resolve
  })

  function close(): void {
    if (closed) return
    closed = true
    tellClosed()
    if (fault === undefined || (opened && fault.reason === 'closed-early')) fault = linkFault(opened ? 'closed' : 'closed-early')
    events.closed(fault)
  }

  try {
    client = connect(access.url, clientOptions(access, version, will, limits))
    // The first error says most; those that follow are its consequences.
    client.on('error', (error) => {
      fault ??= classifyFault(error)
    })
    client.on('disconnect', ({ reasonCode }) => {
      if (reasonCode !== undefined && reasonCode > 0) fault ??= classifyFault({ code: reasonCode })
    })
    client.on('connect', (connack) => {
      opened = true
      if (client !== undefined && !closed) events.opened(client, connack)
    })
    client.on('message', (topic, payload, packet) => {
      if (!closed) events.message(topic, payload, packet)
    })
    client.on('close', close)
    limitPackets(client, limits.packetBytesMax, () => {
      fault ??= linkFault('too-large')
    })
  } catch (error) {
    // A certificate or key that is none makes TLS throw at once.
    fault = classifyFault(error)
    setImmediate(close)
  }

  return {
    async end(withinMs) {
      if (client === undefined || closed) return
      // MQTT.js waits for the answers to all it has sent, however long, and takes no second word; so the socket itself is cut.
      const patience = setTimeout(() => client?.stream.destroy(), withinMs)
      client.end(!opened)
      await closing
      clearTimeout(patience)
    },
  }
}

/** A broker of MQTT 5 keeps to the size that it was told; for all others, and for one that does not, the bytes are measured before a packet is collected. */
function limitPackets({ stream }: MqttClient, bytesMax: number, tooLarge: () => void): void {
  const withinLimit = createPacketMeter(() => bytesMax)
  stream.on('data', (chunk: Uint8Array) => {
    if (stream.destroyed || withinLimit(chunk)) return
    tooLarge()
    stream.destroy()
  })
}

function clientOptions(access: BrokerAccess, version: 4 | 5, will: LastWill | undefined, limits: LinkLimits): IClientOptions {
  const { username, clientId = username, password, ca, cert, key, servername } = access
  return {
    protocolVersion: version,
    clientId,
    clean: true,
    keepalive: limits.keepaliveSeconds,
    connectTimeout: limits.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // A table of all 65,536 packet numbers saves nothing at our rate and costs megabytes.
    writeCache: false,
    ...(version === 5 ? { properties: { maximumPacketSize: limits.packetBytesMax } } : {}),
    ...(will === undefined ? {} : { will: { ...will, payload: Buffer.from('offline'), qos: 1 } as const }),
    ...(password === undefined ? {} : { username, password }),
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername, wsOptions: { servername } as NonNullable<IClientOptions['wsOptions']> }),
  }
}
