import { doubledMs } from '../back-off.ts'

/** The first and the longest wait before a line that went is taken again; each wait is twice the one before. */
const againFirstMs = 1000
export const againMaxMs = 60_000
/** A line that has been had for so long has come back to stay: the waits begin again at the first. */
export const backToStayMs = 10_000

/** How long to wait after so many failures in a row: 1, 2, … */
export function againAfterMs(failures: number): number {
  return doubledMs(failures, againFirstMs, againMaxMs)
}
