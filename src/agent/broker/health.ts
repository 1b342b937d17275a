import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { BridgeHealth } from '../../bridge/bridge.ts'
import type { AgentConfig } from '../../config/config.ts'
import type { Desk } from '../../desk/desk.ts'
import type { Capabilities, Health } from '../../mqtt/health-message.ts'
import { plainReason } from '../../mqtt/notice-event.ts'
import { isoTime, schemaVersion, sequenceText } from '../../mqtt/wire-form.ts'
import type { Machine } from '../clock.ts'
import type { SipHealth } from '../devices/sip.ts'
import type { BrokerLink, Clock, Store } from '../ports.ts'
import { diskOf, temperatureC, underVoltage } from './machine.ts'

export interface HealthDeps {
  readonly config: AgentConfig
  readonly version: string
  readonly clock: Clock
  readonly machine: Pick<Machine, 'bootId'>
  readonly store: Store
  readonly link: BrokerLink
  /** `undefined` where the desk has none. */
  readonly bridge: () => BridgeHealth | undefined
  readonly exchange: () => Pick<SipHealth, 'exchange' | 'phone' | 'watch'> | undefined
  readonly lampOk: () => boolean | null
  /** Facts and steps that the loop let go. */
  readonly dropped: () => number
}

/** Of a driver's sentence, so much is told. */
const faultLengthMax = 128

export interface HealthReader {
  /** How the desk fares now. */
  read(desk: Desk): Promise<Health>
  /** The longest delay of the loop has been told: from here on it is measured anew. */
  told(): void
  stop(): void
}

/** What a technician wants to know of a desk from afar, and never whether somebody sits there. */
export function createHealth({ config, version, clock, machine, store, link, bridge, exchange, lampOk, dropped }: HealthDeps): HealthReader {
  const startedAt = clock.now()
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  return {
    async read(desk) {
      const disk = await diskOf(config.store.directory)
      const { connected, protocol, fault, unsent } = link.health()
      return {
        v: schemaVersion,
        at: isoTime(clock.wall()),
        version,
        uptimeMs: clock.now() - startedAt,
        boot: machine.bootId(),
        clock: desk.clock?.synced === true ? 'synced' : 'unsynced',
        phone: phoneHealth(desk, clock),
        seat: { driver: config.seat.driver, plausible: config.seat.driver === 'none' ? null : desk.seat.plausible },
        lamp: { driver: config.lamp.driver, ok: lampOk() },
        bridge: bridgeHealth(bridge()),
        exchange: exchangeHealth(exchange()),
        broker: { connected, protocol: protocol ?? null, fault: fault ?? null },
        sequence: sequenceText(store.lastSequence),
        unsent,
        oldestUnsentAt: await oldestUnsent(store),
        dropped: dropped(),
        diskFreeBytes: disk.freeBytes,
        diskReadOnly: disk.readOnly,
        temperatureC: temperatureC(),
        underVoltage: underVoltage(),
        memoryBytes: process.memoryUsage.rss(),
        loopDelayMs: Math.round(delay.max / 1e6),
        forwardingUntil: desk.forwarding.until === undefined ? null : iso(desk, desk.forwarding.until),
        capabilities: capabilitiesOf(desk, config),
      }
    },
    told: () => delay.reset(),
    stop: () => void delay.disable(),
  }
}

/** What the phone can be told, and what the desk has. */
export function capabilitiesOf({ phone }: Desk, { seat, lamp }: Pick<AgentConfig, 'seat' | 'lamp'>): Capabilities {
  return { hold: phone.canHold, forward: phone.canForward.length > 0, seat: seat.driver !== 'none', lamp: lamp.driver !== 'none' }
}

function phoneHealth(desk: Desk, clock: Clock): Health['phone'] {
  const { phone, hearing } = desk
  const fault = phone.refused?.reason ?? phone.fault
  const { lastAction } = phone
  return {
    reachable: phone.reachable ?? null,
    fault: fault === undefined ? null : plainReason(fault).slice(0, faultLengthMax),
    silent: hearing.said,
    lastWordAgeMs: hearing.heardAt === undefined ? null : Math.max(0, clock.now() - hearing.heardAt),
    lastAction: lastAction === undefined ? null : { ...lastAction, at: iso(desk, lastAction.at) },
  }
}

function bridgeHealth(health: BridgeHealth | undefined): Health['bridge'] {
  if (health === undefined) return null
  return { ...health, fault: health.fault ?? null, firmware: health.firmware ?? null, resetCause: health.resetCause ?? null }
}

function exchangeHealth(sip: ReturnType<HealthDeps['exchange']>): Health['exchange'] {
  if (sip === undefined) return null
  const { state, fault } = sip.watch
  // One that is asked for the first time has neither told nor failed.
  const tells = state === 'active' ? true : fault === undefined ? null : false
  return { answers: sip.exchange, phoneAnswers: sip.phone, tells }
}

async function oldestUnsent(store: Store): Promise<string | null> {
  const [oldest] = await store.eventsAfter(store.acknowledged, 1)
  return oldest === undefined ? null : isoTime(oldest.wall)
}

function iso(desk: Desk, instant: number): string {
  return isoTime(instant + (desk.clock?.offsetMs ?? 0))
}
