import type { Millis } from './desk/time.ts'

/** More doublings than this are none: the last wait is reached long before, and a power of two stays a whole number. */
const doublingsMax = 30

/** How long to wait after so many failures in a row, from 1: the first wait, doubled with each, up to the last. */
export function doubledMs(failures: number, firstMs: Millis, lastMs: Millis): Millis {
  return Math.min(lastMs, firstMs * 2 ** Math.min(failures - 1, doublingsMax))
}
