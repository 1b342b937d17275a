import type { AgentConfig } from '../../config/config.ts'
import { isAbsent } from '../../desk/absence.ts'
import type { Desk } from '../../desk/desk.ts'
import { lampOf } from '../../desk/lamp.ts'
import type { Policy } from '../../desk/policy.ts'
import { ringSourceOf, ringsOf } from '../../desk/rings.ts'
import { dayToCounters, deskToPresence, deskToState } from '../../mqtt/desk-levels.ts'
import type { Health } from '../../mqtt/health-message.ts'
import type { About, Presence } from '../../mqtt/level-messages.ts'
import { phoneFingerprint } from '../../mqtt/phone-fingerprint.ts'
import { isoTime, schemaVersion, sequenceText } from '../../mqtt/wire-form.ts'
import { capabilitiesOf, createHealth, type HealthDeps } from './health.ts'

/** When the first event that is kept has become another one, `about` is sent again, but no more often than this. */
const aboutEveryMs = 600_000

export interface LevelsDeps extends HealthDeps {
  readonly policy: Policy
  readonly deskOf: (target: string) => string | undefined
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
export function createLevels(deps: LevelsDeps): Levels {
  const { config, policy, version, clock, machine, store, link, deskOf } = deps
  const health = createHealth(deps)
  let aboutKey = ''
  let [aboutAt, firstSequence] = [0, 0]
  let dayKey = ''

  function about(desk: Desk, sequence: number): About {
    return {
      v: schemaVersion,
      at: isoTime(clock.wall()),
      agent: version,
      department: config.department ?? null,
      phone: {
        make: config.phone.vendor,
        model: desk.phone.model ?? config.phone.model ?? null,
        firmware: desk.phone.firmware ?? null,
        fingerprint: fingerprintOf(config.phone),
      },
      capabilities: capabilitiesOf(desk, config),
      epoch: store.epoch,
      boot: machine.bootId(),
      firstSequence: sequenceText(store.firstSequence),
      lastSequence: sequenceText(sequence),
    }
  }

  function presence(desk: Desk): Presence {
    return deskToPresence(desk, { longerAbsence: isAbsent(desk, policy), deskOf })
  }

  function sendAbout(desk: Desk, sequence: number): void {
    aboutAt = clock.now()
    firstSequence = store.firstSequence
    link.set('about', { ...about(desk, sequence) })
  }

  function sendDay(desk: Desk): void {
    if (desk.day !== undefined) link.set('day', { ...dayToCounters(desk.day, clock.wall(), false) })
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
      link.set('presence', { ...presence(desk) })
      // The watched time in it grows with every fact, those of the seat among them: only counters make it news, and otherwise the minute does.
      const counted = JSON.stringify([desk.day?.date, desk.day?.counts])
      if (counted !== dayKey) sendDay(desk)
      dayKey = counted
      if (desk.yesterday !== undefined) link.set('day/previous', { ...dayToCounters(desk.yesterday, clock.wall(), true) })
      // The birth certificate changes with the phone, not with each event.
      const key = JSON.stringify([desk.phone.model, desk.phone.firmware, desk.phone.canHold, desk.phone.canForward, store.epoch])
      if (key !== aboutKey) sendAbout(desk, sequence)
      aboutKey = key
    },
    health: health.read,
    async beat(desk) {
      sendDay(desk)
      // The beat of it: by the time of the last one, other desks know whether this one is still there.
      link.set('presence', { ...presence(desk), at: isoTime(clock.wall()) }, 'anew')
      if (store.firstSequence !== firstSequence && clock.now() - aboutAt >= aboutEveryMs) sendAbout(desk, store.lastSequence)
      link.set('health', { ...(await health.read(desk)) })
      // The longest delay of this minute has been told; a reader in between takes nothing away from it.
      health.told()
    },
    stop: health.stop,
  }
}

/** An analogue telephone has no address of its own: of an adapter with several ports, each is another telephone. */
function fingerprintOf({ mac, ...phone }: AgentConfig['phone']): string | null {
  if (mac === undefined) return null
  return phoneFingerprint('port' in phone ? `${mac}${phone.port.toString(16).padStart(2, '0')}` : mac)
}
