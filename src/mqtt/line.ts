import type { IConnackPacket, IPublishPacket, MqttClient } from 'mqtt'
import type { Millis } from '../desk/time.ts'
import { backOffMs } from './back-off.ts'
import { type BrokerAccess, type Connection, type LastWill, openConnection } from './connection.ts'
import type { LinkLimits } from './limits.ts'
import type { LinkFault } from './link-fault.ts'
import { createProtocolChoice } from './protocol-choice.ts'

/** The part of pino's logger that the line uses. */
export interface LinkLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface LineOptions {
  readonly access: BrokerAccess
  readonly will: LastWill
  readonly random: () => number
  readonly log: LinkLog
  readonly limits: LinkLimits
  readonly up: (client: MqttClient, connack: IConnackPacket) => void
  readonly down: (fault: LinkFault) => void
  readonly message: (topic: string, payload: Buffer, packet: IPublishPacket) => void
}

/** Keeps one connection to the broker for as long as it is wanted. */
export interface Line {
  start(): void
  stop(withinMs: Millis): Promise<void>
  isUp(): boolean
  /** The protocol of the present connection. */
  protocol(): 4 | 5 | undefined
  fault(): LinkFault | undefined
  /** Something is wrong with a line that is up. */
  report(fault: LinkFault): void
}

/** A new connection each time, with a wait that grows and is random. Logs each change of reason once, not each attempt. */
export function createLine(options: LineOptions): Line {
  const { limits } = options
  const protocol = createProtocolChoice()
  const reporter = createReporter(options.log)
  let connection: Connection | undefined
  let up = false
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  /** The last connections were made and soon lost again: the next one is news only when it lasts. */
  let shaky = false
  let stopped = false

  function open(): void {
    connection = openConnection(options.access, protocol.version(), options.will, limits, { opened, message: options.message, closed })
  }

  function opened(client: MqttClient, connack: IConnackPacket): void {
    if (stopped) return
    protocol.accepted()
    up = true
    timer = setTimeout(settled, limits.stableMs)
    if (!shaky) reporter.connected(protocol.version())
    options.up(client, connack)
  }

  function settled(): void {
    if (shaky) reporter.connected(protocol.version())
    shaky = false
    failures = 0
  }

  function closed(fault: LinkFault): void {
    clearTimeout(timer)
    const wasUp = up
    connection = undefined
    up = false
    if (wasUp) options.down(fault)
    if (stopped) return
    const goesOn = wasUp ? false : chooseProtocol(fault)
    shaky ||= wasUp
    if (!goesOn) {
      failures += 1
      reporter.lost(fault)
    }
    timer = setTimeout(open, goesOn ? 0 : backOffMs(failures, options.random, limits))
  }

  /** Whether it makes sense to try again at once: a broker that does not know MQTT 5 will know 3.1.1. */
  function chooseProtocol(fault: LinkFault): boolean {
    const before = protocol.version()
    if (fault.reason === 'protocol') protocol.refused()
    else if (fault.reason === 'closed-early') protocol.closedEarly()
    return before === 5 && protocol.version() === 4
  }

  return {
    start() {
      if (!stopped && connection === undefined) open()
    },
    async stop(withinMs) {
      stopped = true
      clearTimeout(timer)
      await connection?.end(withinMs)
    },
    isUp: () => up,
    protocol: () => (up ? protocol.version() : undefined),
    fault: reporter.fault,
    report: reporter.lost,
  }
}

function createReporter(log: LinkLog) {
  let current: LinkFault | 'connected' | undefined
  return {
    connected(version: 4 | 5) {
      if (current === 'connected') return
      current = 'connected'
      log.info({ protocol: version === 5 ? 'MQTT 5' : 'MQTT 3.1.1' }, 'connected to the broker')
    },
    lost(fault: LinkFault) {
      if (typeof current === 'object' && current.reason === fault.reason) return
      current = fault
      log.warn({ reason: fault.reason }, fault.sentence)
    },
    fault: (): LinkFault | undefined => (typeof current === 'object' ? current : undefined),
  }
}
