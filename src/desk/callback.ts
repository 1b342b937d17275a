import type { CallId } from './call.ts'
import type { UncallableReason } from './effect.ts'
import type { Instant, WallTime } from './time.ts'

/** `b` and a number that is never used again in this store. */
export type CallbackId = string

/** Why somebody is owed a call. */
export const callbackCauses = ['missed', 'abandoned-on-hold', 'promise', 'transfer-failed', 'unresolved'] as const
export type CallbackCause = (typeof callbackCauses)[number]

/** A call within the promise's window, a conversation before it, or none until it had passed. */
export type PromiseOutcome = 'inTime' | 'early' | 'late'

/** One obligation to one person, however often they rang. It is forgotten, number and all, when it is closed. */
export interface Callback {
  readonly id: CallbackId
  readonly cause: CallbackCause
  /** Normalised. Absent where the caller did not show one, or the promise was made without one. */
  readonly number?: string
  readonly uncallable?: UncallableReason
  readonly openedAt: Instant
  /** The same by the first clock that could be trusted, so that no clock put right later moves a deadline. Absent until there was one. */
  readonly openedWall?: WallTime
  /** How often this person rang in vain since. */
  readonly misses: number
  /** How often the desk called them in vain. */
  readonly attempts: number
  readonly firstAttemptAt?: Instant
  readonly firstAttemptWall?: WallTime
  /** The agreed time of a promise; `assumed` while it is only the office's default. */
  readonly promisedAt?: WallTime
  readonly assumed?: true
  /** The time to call back a missed caller has passed without a first try: for the day's counters, once and for all. */
  readonly late?: true
  /** How the promise ended. */
  readonly kept?: PromiseOutcome
  /** What has been said of it, so that a clock that steps back does not say it twice. */
  readonly said: { readonly due?: true; readonly overdue?: true }
  /** Another desk's promise that this one keeps for it: whose, and which of theirs. The number stayed there. */
  readonly from?: string
  readonly of?: CallbackId
  /** The call that opened it last. */
  readonly call?: CallId
  /** Set for the one step in which it is closed, for the rule to say so; the number is gone by then, and the next step drops the rest. */
  readonly closed?: { readonly by: CallbackClosedBy; readonly at: Instant }
}

/**
 * How an obligation ends: the desk called and spoke with them, they reached us, a person declared it done, or nobody can do anything any more
 * (`expired`: no number to call and its time is over; `overflow`: the ledger is full).
 */
export type CallbackClosedBy = 'desk' | 'caller-reached-us' | 'declared' | 'expired' | 'overflow'

/** Owed to somebody who can be called. */
export function isOpen(callback: Callback): boolean {
  return callback.closed === undefined && callback.uncallable === undefined
}
