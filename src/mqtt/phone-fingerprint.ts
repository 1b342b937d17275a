import { createHash } from 'node:crypto'
import { base32Start } from './base32.ts'

const fingerprintLength = 10

/**
 * The same for the same telephone at every desk, so that one that stands in two configurations is found: base32 of SHA-256 of its MAC, the first ten
 * characters. It is a mark, not a secret: there are few enough addresses to try them all.
 */
export function phoneFingerprint(mac: string): string {
  const digits = mac.toLowerCase().replace(/[^0-9a-f]/g, '')
  return base32Start(createHash('sha256').update(digits, 'utf8').digest(), fingerprintLength)
}
