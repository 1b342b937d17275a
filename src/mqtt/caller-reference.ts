import { createHmac } from 'node:crypto'
import { base32Start } from './base32.ts'

/** How many characters of the reference go on the wire: enough to tell an office's callers apart, too few to prove anything. */
const referenceLength = 10

/**
 * What stands for a caller on the wire where the office has chosen so (contract §4): base32 of HMAC-SHA-256 of the normalised number, the first ten
 * characters. Without the key it leads nowhere; a plain hash would not do, since there are few enough numbers to try them all.
 */
export function callerReference(key: string | Uint8Array, number: string): string {
  return base32Start(createHmac('sha256', key).update(number, 'utf8').digest(), referenceLength)
}
