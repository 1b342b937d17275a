import type { Clock } from '../../agent/ports.ts'
import type { Instant, Millis } from '../../desk/time.ts'
import type { LinkLimits } from '../limits.ts'
import { backOffMs } from './back-off.ts'
import { type LinkFault, linkFault } from './link-fault.ts'

/** Two clients under one name: a broker closes the older connection, so that they throw each other off for as long as both try. */
export interface Clash {
  opened(): void
  /** The broker has taken what the desk says: whatever closes this connection now, it is not that it may not speak. */
  proven(): void
  /** What a close means: the fault itself, or that somebody else has this desk's name. */
  meaningOf(fault: LinkFault): LinkFault
  /** An attempt came to nothing, for another reason: then it was that reason which closed the connections before. */
  failed(): void
  /** How long to stay away; `undefined` where there is no clash. */
  waitMs(random: () => number): Millis | undefined
  /** There has been a clash lately. */
  isOn(): boolean
  /** A connection has lasted for long. */
  over(): void
}

/**
 * MQTT 5 has a word for it (0x8E, §4.13). MQTT 3.1.1 has none, and mosquitto 2.0.11 only closes in either: then it is told by its pattern, again and again
 * a connection on which the desk was heard, and which does not last.
 */
export function createClash(clock: Pick<Clock, 'now'>, limits: LinkLimits): Clash {
  let openedAt: Instant = 0
  let proven = false
  let closes = 0
  let clashes = 0
  return {
    opened() {
      openedAt = clock.now()
      proven = false
    },
    proven() {
      proven = true
    },
    meaningOf(fault) {
      const soon = fault.reason === 'closed' && proven && clock.now() - openedAt < limits.clashWithinMs
      closes = soon ? closes + 1 : fault.reason === 'closed' ? 0 : closes
      const meaning = closes >= limits.clashCloses ? linkFault('closed-soon') : fault
      if (meaning.reason === 'replaced' || meaning.reason === 'closed-soon') clashes += 1
      return meaning
    },
    failed() {
      closes = 0
    },
    waitMs(random) {
      if (clashes === 0) return undefined
      return backOffMs(clashes, random, { backOffFirstMs: limits.clashBackOffFirstMs, backOffLastMs: limits.clashBackOffLastMs })
    },
    isOn: () => clashes > 0,
    over() {
      closes = 0
      clashes = 0
    },
  }
}
