import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { BridgeHealth } from '../bridge/bridge.ts'
import type { AgentConfig } from '../config/config.ts'
import { isAbsent } from '../desk/absence.ts'
import type { Desk } from '../desk/desk.ts'
import { lampOf } from '../desk/lamp.ts'
import type { Policy } from '../desk/policy.ts'
import { ringSourceOf, ringsOf } from '../desk/rings.ts'
import { dayToCounters, deskToPresence, deskToState } from '../mqtt/desk-levels.ts'
import { type About, type Health, isoTime, schemaVersion, sequenceText } from '../mqtt/messages.ts'
import { bootId } from './clock.ts'
import type { BrokerLink, Clock, Store } from './ports.ts'

/** How often `health` is sent; also the resolution of `day` when nothing happens. */
export const healthEveryMs = 60_000

export interface LevelsDeps {
  readonly config: AgentConfig
  readonly policy: Policy
  readonly version: string
  readonly clock: Clock
  readonly store: Store
  readonly link: BrokerLink
  readonly deskOf: (target: string) => string | undefined
  /** `undefined` where the desk has none. */
  readonly bridge: () => BridgeHealth | undefined
}

export interface Levels {
  /** The desk has changed: what the broker shows of it follows. */
  changed(desk: Desk, sequence: number): void
  /** How the desk fares, for whoever asks. */
  health(desk: Desk): Promise<Health>
  /** Each minute, and once at the start: what changes with time alone is sent. */
  beat(desk: Desk): Promise<void>
  stop(): void
}

/** What the broker shows of this desk. Each level is made anew from the desk; the link sends it when it differs from what it sent last. */
export function createLevels({ config, policy, version, clock, store, link, deskOf, bridge }: LevelsDeps): Levels {
  const startedAt = clock.now()
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  let aboutKey = ''
  let dayKey = ''

  function about(desk: Desk, sequence: number): About {
    return {
      v: schemaVersion,
      at: isoTime(clock.wall()),
      agent: version,
      department: config.department ?? null,
      phone: { make: config.phone.vendor, model: desk.phone.model ?? config.phone.model ?? null, firmware: desk.phone.firmware ?? null },
      capabilities: { hold: desk.phone.canHold, forward: desk.phone.canForward, seat: config.seat.driver !== 'none', lamp: config.lamp.driver !== 'none' },
      epoch: store.epoch,
      boot: bootId(),
      firstSequence: sequenceText(store.firstSequence),
      lastSequence: sequenceText(sequence),
    }
  }

  function sendDay(desk: Desk): void {
    if (desk.day !== undefined) link.set('day', { ...dayToCounters(desk.day, clock.wall(), false) })
  }

  async function health(desk: Desk): Promise<Health> {
    const broker = link.health()
    return {
      v: schemaVersion,
      at: isoTime(clock.wall()),
      version,
      uptimeMs: clock.now() - startedAt,
      boot: bootId(),
      clock: desk.clock?.synced === true ? 'synced' : 'unsynced',
      phone: { reachable: desk.phone.reachable ?? null, fault: desk.phone.refused?.reason ?? desk.phone.fault ?? null },
      seat: { driver: config.seat.driver, plausible: config.seat.driver === 'none' ? null : desk.seat.plausible },
      lamp: { driver: config.lamp.driver },
      bridge: bridgeLevel(bridge()),
      broker: { connected: broker.connected, protocol: broker.protocol ?? null, fault: broker.fault ?? null },
      unsent: broker.unsent,
      oldestUnsentAt: await oldestUnsent(store),
      diskFreeBytes: await diskFree(config.store.directory),
      temperatureC: temperature(),
      memoryBytes: process.memoryUsage.rss(),
      loopDelayMs: Math.round(delay.max / 1e6),
    }
  }

  return {
    changed(desk, sequence) {
      link.set('state', {
        ...deskToState(desk, {
          epoch: store.epoch,
          sequence,
          lamp: lampOf(desk, policy),
          rings: (call) =>
            call.state === 'alerting' && call.startKnown ? { ring: ringsOf(call, desk.at, policy), ringSource: ringSourceOf(call) } : undefined,
          deskOf,
        }),
      })
      link.set('presence', { ...deskToPresence(desk, { longerAbsence: isAbsent(desk, policy), deskOf }) })
      // The watched time in it grows with every fact, those of the seat among them: only counters make it news, and otherwise the minute does.
      const counted = JSON.stringify([desk.day?.date, desk.day?.counts])
      if (counted !== dayKey) sendDay(desk)
      dayKey = counted
      if (desk.yesterday !== undefined) link.set('day/previous', { ...dayToCounters(desk.yesterday, clock.wall(), true) })
      // The birth certificate changes with the phone, not with each event.
      const key = JSON.stringify([desk.phone.model, desk.phone.firmware, desk.phone.canHold, desk.phone.canForward, store.epoch])
      if (key !== aboutKey) link.set('about', { ...about(desk, sequence) })
      aboutKey = key
    },
    health,
    async beat(desk) {
      sendDay(desk)
      link.set('health', { ...(await health(desk)) })
      // The longest delay of this minute has been told; a reader in between takes nothing away from it.
      delay.reset()
    },
    stop: () => void delay.disable(),
  }
}

function bridgeLevel(health: BridgeHealth | undefined): Health['bridge'] {
  if (health === undefined) return null
  return { ...health, fault: health.fault ?? null, firmware: health.firmware ?? null, resetCause: health.resetCause ?? null }
}

async function oldestUnsent(store: Store): Promise<string | null> {
  const [oldest] = await store.eventsAfter(store.acknowledged, 1)
  return oldest === undefined ? null : isoTime(oldest.wall)
}

async function diskFree(directory: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  } catch {
    return null
  }
}

/** The processor's temperature where the kernel tells it: a Raspberry Pi in a cupboard gets hot. */
function temperature(): number | null {
  try {
    return Number(readFileSync('/sys/class/thermal/thermal_zone0/temp', 'utf8')) / 1000
  } catch {
    return null
  }
}
