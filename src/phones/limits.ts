import { limits } from '../desk/policy.ts'
import type { Millis } from '../desk/time.ts'

/** All that bounds a driver's dealings with its phone, and how long it waits for what. */
export interface PhoneLimits {
  /** For one request and its answer. Two of them and the waits below stay within the desk's `commandAnswerMs`. */
  readonly timeoutMs: Millis
  readonly bodyBytesMax: number
  /** Requests that wait for their turn with one phone. */
  readonly waitingMax: number
  /** From one command to the next (reference/yealink.md §2.4). */
  readonly keyGapMs: Millis
  /** After a refusal nothing is asked for so long: phones lock out who tries again (reference/yealink.md §2.4, grandstream.md §2.4). */
  readonly refusedBackOffMs: Millis
  /** How often a phone is read when nothing happens: its forwarding and do-not-disturb may be set on its keys without a word. */
  readonly readEveryMs: Millis
  /** A phone that cannot be reached is asked again after this, twice as long each time, up to the regular reading. */
  readonly unreachableRetryMs: Millis
  /** A phone that has just started says so before its web server is up. */
  readonly readAfterStartMs: Millis
  /** A phone's word that a call is held confirms a command of ours that was sent at most so long ago. */
  readonly confirmWithinMs: Millis
  /** Calls whose state at the phone is remembered at a time, to keep a key press from doing harm. */
  readonly callsMax: number
  /** Grandstream: after an event about a call the lines are read, since events carry no call's id and may overtake each other. */
  readonly lookAfterEventMs: Millis
  /** Grandstream: while there are calls, the lines are read so often, and never more often than so many times without news. */
  readonly pollEveryMs: Millis
  readonly pollsMax: number
  /** Grandstream: how long the phone may take to show that a call is held, and how often it is looked at meanwhile. */
  readonly heldWithinMs: Millis
  readonly heldLookEveryMs: Millis
  /** Grandstream: a reading that an event overtook is taken again, so many times. */
  readonly readingsMax: number
  /** An order to forward is answered within this, its wait for those before it included: less than the desk's `forwardAnswerMs`. */
  readonly forwardWithinMs: Millis
  /** So long after the command the phone is read for what has come of it, and so often. */
  readonly forwardReadBackMs: Millis
  readonly forwardReadEveryMs: Millis
  /** A phone may obey so late: until then a reading that shows the contrary of the last command proves nothing. */
  readonly forwardLateMs: Millis
  /** The phone's word that it forwards belongs to a command of ours that was given at most so long ago. */
  readonly forwardWordMs: Millis
  /** Grandstream: so long after a code was dialled for us, a call to it is ours, and what the hook does. */
  readonly codeCallMs: Millis
  readonly codeHookMs: Millis
  /** Grandstream: how long taking leave of the phone may take; whoever ends or has done an errand waits for it no longer. */
  readonly goodbyeMs: Millis
}

export const phoneLimits: PhoneLimits = {
  timeoutMs: 2000,
  bodyBytesMax: 65_536,
  waitingMax: 32,
  keyGapMs: 200,
  refusedBackOffMs: 300_000,
  readEveryMs: 300_000,
  unreachableRetryMs: 5000,
  readAfterStartMs: 2000,
  confirmWithinMs: 5000,
  callsMax: 16,
  lookAfterEventMs: 300,
  pollEveryMs: 5000,
  pollsMax: 2880,
  heldWithinMs: 1200,
  heldLookEveryMs: 250,
  readingsMax: 3,
  forwardWithinMs: 13_000,
  forwardReadBackMs: 4000,
  forwardReadEveryMs: 500,
  forwardLateMs: limits.forwardLateMs,
  forwardWordMs: 10_000,
  codeCallMs: 60_000,
  codeHookMs: 6000,
  goodbyeMs: 1000,
}
