import type { IConnackPacket, IPublishPacket, MqttClient } from 'mqtt'
import type { Clock } from '../../agent/ports.ts'
import type { Millis } from '../../desk/time.ts'
import type { LinkLimits } from '../limits.ts'
import { backOffMs } from './back-off.ts'
import { createClash } from './clash.ts'
import { type BrokerAccess, type Connection, type LastWill, openConnection } from './connection.ts'
import type { LinkFault } from './link-fault.ts'
import { createLogin } from './login.ts'
import { createProtocolChoice } from './protocol-choice.ts'

/** The part of pino's logger that the line uses. */
export interface LinkLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface LineOptions {
  /** What to connect with; asked before each attempt where it is a function. */
  readonly access: BrokerAccess | (() => BrokerAccess)
  readonly clock: Pick<Clock, 'now'>
  readonly will: LastWill
  readonly random: () => number
  readonly log: LinkLog
  readonly limits: LinkLimits
  readonly up: (client: MqttClient, connack: IConnackPacket) => void
  readonly down: (fault: LinkFault) => void
  /** Somebody else seems to be connected under the name of this desk. */
  readonly thrownOff?: (fault: LinkFault) => void
  readonly message: (topic: string, payload: Buffer, packet: IPublishPacket) => void
}

/** Keeps one connection to the broker for as long as it is wanted. */
export interface Line {
  /** The first attempt is made at once, or after so long. */
  start(waitMs?: Millis): void
  stop(withinMs: Millis): Promise<void>
  isUp(): boolean
  /** The protocol of the present connection. */
  protocol(): 4 | 5 | undefined
  fault(): LinkFault | undefined
  /** Something is wrong with a line that is up. */
  report(fault: LinkFault): void
  /** The broker has taken what the desk said on this connection. */
  proven(): void
}

/** A new connection each time, with a wait that grows and is random. Logs each change of reason once, not each attempt. */
export function createLine(options: LineOptions): Line {
  const { limits, access } = options
  const protocol = createProtocolChoice()
  const login = createLogin(typeof access === 'function' ? access : () => access)
  const clash = createClash(options.clock, limits)
  const reporter = createReporter(options.log)
  let connection: Connection | undefined
  let up = false
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  /** The last connections were made and soon lost again: the next one is news only when it lasts. */
  let shaky = false
  let stopped = false

  function open(): void {
    connection = openConnection(login.next(), protocol.version(), options.will, limits, { opened, message: options.message, closed })
  }

  function opened(client: MqttClient, connack: IConnackPacket): void {
    if (stopped) return
    protocol.accepted()
    login.accepted()
    clash.opened()
    up = true
    timer = setTimeout(settled, clash.isOn() ? limits.clashForgetMs : limits.stableMs)
    if (!shaky) reporter.connected(protocol.version())
    options.up(client, connack)
  }

  function settled(): void {
    if (shaky) reporter.connected(protocol.version())
    shaky = false
    failures = 0
    clash.over()
  }

  function closed(why: LinkFault): void {
    clearTimeout(timer)
    const wasUp = up
    connection = undefined
    up = false
    if (wasUp) options.down(why)
    if (stopped) return
    if (!wasUp) clash.failed()
    const goesOn = wasUp ? false : anotherWay(why)
    shaky ||= wasUp
    timer = setTimeout(open, goesOn ? 0 : failed(wasUp ? clash.meaningOf(why) : why))
  }

  /** Tells it, and how long to wait. */
  function failed(fault: LinkFault): Millis {
    failures += 1
    reporter.lost(fault)
    const thrownOff = fault.reason === 'replaced' || fault.reason === 'closed-soon'
    if (thrownOff) options.thrownOff?.(fault)
    return (thrownOff ? clash.waitMs(options.random) : undefined) ?? backOffMs(failures, options.random, limits)
  }

  /** Whether it makes sense to try again at once: with the other password, or because a broker that does not know MQTT 5 will know 3.1.1. */
  function anotherWay({ reason }: LinkFault): boolean {
    if (reason === 'wrong-password') return login.refused()
    const before = protocol.version()
    if (reason === 'protocol') protocol.refused()
    else if (reason === 'closed-early') protocol.closedEarly()
    return before === 5 && protocol.version() === 4
  }

  return {
    start(waitMs = 0) {
      if (stopped || connection !== undefined) return
      if (waitMs === 0) open()
      else timer = setTimeout(open, waitMs)
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
    proven: clash.proven,
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
