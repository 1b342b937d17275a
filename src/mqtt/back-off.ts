import type { Millis } from '../desk/time.ts'
import type { LinkLimits } from './limits.ts'

/**
 * How long to wait after so many failures in a row (1, 2, …): anywhere between the first wait and its doubling, so that a fleet does not come back at
 * one moment.
 */
export function backOffMs(
  failures: number,
  random: () => number,
  { backOffFirstMs, backOffLastMs }: Pick<LinkLimits, 'backOffFirstMs' | 'backOffLastMs'>,
): Millis {
  const longest = Math.min(backOffLastMs, backOffFirstMs * 2 ** Math.min(failures, 30))
  return Math.round(backOffFirstMs + random() * (longest - backOffFirstMs))
}
