import { atMost } from '../../at-most.ts'
import type { AgentConfig } from '../../config/config.ts'
import type { Millis } from '../../desk/time.ts'
import { monotonicMs } from '../clock.ts'
import { releaseLamp } from './lamp.ts'
import type { Released } from './released.ts'

/** All of a release, however many things there are to do: what is not done by then counts as not done. */
export const releaseWithinMs: Millis = 9000
/** The lamp is what people see: the journal is not even read before it is dark, or has had so long. */
const lampAheadMs: Millis = 500

/**
 * Does what an agent does on its way out, for one that could not: the lamp dark, and the forwarding that it answers for taken off the phone. Neither waits for
 * the other to succeed, nothing to do is well done, and doing it twice does no harm. Never rejects.
 */
export async function releaseDesk(config: AgentConfig, withinMs: Millis = releaseWithinMs): Promise<readonly Released[]> {
  const startedMs = monotonicMs()
  const lamp = releaseLamp(config, withinMs)
  await atMost(lampAheadMs, lamp)
  // Loaded for who needs it, and after the lamp: it brings the journal and the phone with it.
  const { releaseForwarding } = await import('./forwarding.ts')
  return Promise.all([lamp, releaseForwarding(config, withinMs - (monotonicMs() - startedMs))])
}
