import { type Bucket, leftNow } from '../../token-bucket.ts'

/** How fast one client may publish and ask: `burst` at once, and from then on `perSecond`. */
export interface PaceLimits {
  readonly burst: number
  readonly perSecond: number
}

/**
 * How long the next packet of a client has to wait. A client that is ahead of its pace is not cut: a desk that has been away has a thousand events to
 * tell. It is read more slowly, and TCP tells it so.
 */
export function createPacketPace(pace: PaceLimits, now: () => number): (client: object) => number {
  const buckets = new WeakMap<object, Bucket>()
  return (client) => {
    const nowMs = now()
    const left = leftNow(buckets.get(client), nowMs, pace) - 1
    buckets.set(client, { left, atMs: nowMs })
    return left >= 0 ? 0 : (-left / pace.perSecond) * 1000
  }
}
