/** How much one address may ask: `burst` at once, and from then on `perSecond`. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
  /** Addresses remembered at a time; the one heard of longest ago is forgotten first, and with it what it had used up. */
  readonly addressesMax: number
}

/** A bucket of tokens for each address: true as long as there is one left to take. `nowMs` only goes forward. */
export function createRateLimit(rate: Rate): (address: string, nowMs: number) => boolean {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return (address, nowMs) => {
    const bucket = buckets.get(address) ?? { tokens: rate.burst, atMs: nowMs }
    const tokens = Math.min(rate.burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * rate.perSecond)
    buckets.delete(address)
    buckets.set(address, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs })
    const [oldest] = buckets.keys()
    if (buckets.size > rate.addressesMax && oldest !== undefined) buckets.delete(oldest)
    return tokens >= 1
  }
}
