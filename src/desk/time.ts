/**
 * A moment on the desk's own clock, in milliseconds. It only goes forward and knows nothing of days: the agent keeps it running over
 * restarts. Every duration of the procedure is a difference of two instants.
 */
export type Instant = number

/** A length of time, in milliseconds. */
export type Millis = number

/** A moment on the wall, in milliseconds since 1970-01-01T00:00Z. It labels; it never measures. */
export type WallTime = number

/** A deadline that comes again and again: at `from + everyMs`, `from + 2 × everyMs`, … */
export interface Series {
  readonly from: Instant
  readonly everyMs: Millis
}

/** The earliest of the given instants; those that are not known do not count. */
export function earliest(instants: Iterable<Instant | undefined>): Instant | undefined {
  let first: Instant | undefined
  for (const instant of instants) {
    if (instant !== undefined && (first === undefined || instant < first)) first = instant
  }
  return first
}

/** How many times the series has come by the given instant, counted from 0. */
export function timesCome(series: Series, at: Instant): number {
  return Math.max(0, Math.floor((at - series.from) / series.everyMs))
}

/** The next instant of the series after the given one. */
export function nextOf(series: Series, after: Instant): Instant {
  return series.from + (timesCome(series, after) + 1) * series.everyMs
}

/** The instant, if it is still to come. */
export function ahead(instant: Instant | undefined, at: Instant): Instant | undefined {
  return instant !== undefined && instant > at ? instant : undefined
}
