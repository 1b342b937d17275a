import { doubledMs } from '../../back-off.ts'
import type { Millis } from '../../desk/time.ts'
import type { LinkLimits } from '../limits.ts'

/**
 * How long to wait after so many failures in a row (1, 2, …): anywhere between the first wait and its doubling, so that a fleet does not come back at
 * one moment.
 */
export function backOffMs(
  failures: number,
  random: () => number,
  { backOffFirstMs, backOffLastMs }: Pick<LinkLimits, 'backOffFirstMs' | 'backOffLastMs'>,
): Millis {
  const longest = doubledMs(failures + 1, backOffFirstMs, backOffLastMs)
  return Math.round(backOffFirstMs + random() * (longest - backOffFirstMs))
}

/**
 * How long a desk that has been up for so long waits before its first connection: when the power of a building comes back, all its desks boot at one
 * moment, and a broker that has only just booted itself must not meet them all at once. The desk's own work waits for none of this.
 */
export function firstWaitMs(upMs: Millis | undefined, random: () => number, { justBootedMs, bootSpreadMs }: LinkLimits): Millis {
  return upMs === undefined || upMs > justBootedMs ? 0 : Math.round(random() * bootSpreadMs)
}
