/** What is left of an allowance, as of a moment of a clock that only goes forward. */
export interface Bucket {
  readonly left: number
  readonly atMs: number
}

/** How much of an allowance of `burst` at once, and then `perSecond`, is there now; all of it for whoever has not used any. */
export function leftNow(bucket: Bucket | undefined, nowMs: number, { burst, perSecond }: { readonly burst: number; readonly perSecond: number }): number {
  return bucket === undefined ? burst : Math.min(burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond)
}
