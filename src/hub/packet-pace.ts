/** How fast one client may publish and ask: `burst` at once, and from then on `perSecond`. */
export interface PaceLimits {
  readonly burst: number
  readonly perSecond: number
}

/**
 * How long the next packet of a client has to wait. A client that is ahead of its pace is not cut: a desk that has been away has a thousand events to
 * tell. It is read more slowly, and TCP tells it so.
 */
export function createPacketPace({ burst, perSecond }: PaceLimits, now: () => number): (client: object) => number {
  const buckets = new WeakMap<object, { left: number; atMs: number }>()
  return (client) => {
    const { left, atMs } = buckets.get(client) ?? { left: burst, atMs: now() }
    const after = Math.min(burst, left + ((now() - atMs) / 1000) * perSecond) - 1
    buckets.set(client, { left: after, atMs: now() })
    return after >= 0 ? 0 : (-after / perSecond) * 1000
  }
}
