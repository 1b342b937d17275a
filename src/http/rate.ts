import { type Bucket, leftNow } from '../token-bucket.ts'

/** How much one address may ask: `burst` at once, and from then on `perSecond`. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
  /** Addresses remembered at a time; the one heard of longest ago is forgotten first, and with it what it had used up. */
  readonly addressesMax: number
}

/** A bucket of tokens for each address: true as long as there is one left to take. `nowMs` only goes forward. */
export function createRateLimit(rate: Rate): (address: string, nowMs: number) => boolean {
  const buckets = new Map<string, Bucket>()
  return (address, nowMs) => {
    const tokens = leftNow(buckets.get(address), nowMs, rate)
    buckets.delete(address)
    buckets.set(address, { left: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs })
    const [oldest] = buckets.keys()
    if (buckets.size > rate.addressesMax && oldest !== undefined) buckets.delete(oldest)
    return tokens >= 1
  }
}
