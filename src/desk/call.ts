import type { CallRef, ClearedCause, HoldOutcome } from './event.ts'
import { limits } from './policy.ts'
import type { Instant, Millis } from './time.ts'

/** `c` and a number that is never used again in this store. */
export type CallId = string

export type Direction = 'in' | 'out' | 'unknown'

/** A call at this desk in CSTA's words (ECMA-269 local connection states). **`alerting` means that this desk rings**, never the far end. */
export type CallState = 'initiated' | 'alerting' | 'connected' | 'held' | 'cleared'

/** The office is closed, nobody is to disturb, the calls go to somebody else, an evacuation. */
export type Excuse = 'off-hours' | 'dnd' | 'forwarded' | 'frozen'

/** The other party. */
export interface Remote {
  /** Normalised (`number.ts`); absent where the phone gave none. */
  readonly number?: string
  readonly withheld: boolean
}

/** A hold that the desk asked of the phone. */
export interface HoldRequest {
  /** The departure it answers: the instant at which the seat fell empty; absent when a person commanded it. */
  readonly leftAt?: Instant
  readonly at: Instant
  readonly attempt: 1 | 2
  /** `wanted` by a person, `asked` of the phone, then its own word that the call is held (`confirmed`), or nothing more to be tried (`given-up`). */
  readonly state: 'wanted' | 'asked' | 'confirmed' | 'given-up'
  /** What the phone, or the driver for it, answered to the last attempt. */
  readonly outcome?: HoldOutcome
  /** The first request of this departure: reports measure from here. */
  readonly firstAt: Instant
}

/** One call as the desk knows it. Cleared calls stay until their verdict is given, then they are dropped. */
export interface Call {
  readonly id: CallId
  /** How to name it to the phone. */
  readonly ref: CallRef
  readonly direction: Direction
  readonly remote: Remote
  readonly state: CallState
  /** Since when it has been in this state. */
  readonly since: Instant
  readonly startedAt: Instant
  /** When it began to ring at this desk; absent for a call whose beginning was not seen. */
  readonly deliveredAt?: Instant
  readonly answeredAt?: Instant
  /** False where the beginning was not seen: found on the phone, or carried over a restart of the phone. */
  readonly startKnown: boolean
  /** False after a restart of agent or phone, until a fresh word of the phone names this call. An unproven call is never touched. */
  readonly proven: boolean
  /** Why III.1 asks nothing of the clerk here, by what was so when it began to ring. */
  readonly excused?: Excuse
  /** It came while the clerk was in another call: III.1 cannot apply to it. */
  readonly waiting: boolean
  readonly emergency: boolean
  /** The last burst counted on the line, and when it began; absent where rings are derived from time. */
  readonly counted?: { readonly ring: number; readonly at: Instant }
  readonly mutedSince?: Instant
  readonly heldByThem: boolean
  readonly conference: boolean
  /** It has been held or in a conference at some time: who hung up first cannot be judged by the hook. */
  readonly touched: boolean
  readonly heldBy?: 'agent' | 'clerk'
  readonly hold?: HoldRequest
  /** Time on hold before the present hold, and time talking before the present talk. */
  readonly heldMs: Millis
  readonly talkMs: Millis
  readonly transfer?: { readonly kind: 'blind' | 'attended' | 'unknown'; readonly outcome: 'started' | 'finished' | 'failed'; readonly at: Instant }
  /** The clerk spoke through the handset, as far as the phone said; and when it was put down, if it was. */
  readonly handset: boolean
  readonly onHookAt?: Instant
  /** When the clerk first spoke through the loudspeaker in this call. */
  readonly speakerAt?: Instant
  /** The desk spoke with this person after the call had ended and before its verdict: nobody is owed anything any more. */
  readonly reached?: true
  /** The state it was cleared from, why, and whether a reason was given. */
  readonly cleared?: { readonly from: Exclude<CallState, 'cleared'>; readonly cause: ClearedCause | 'lost'; readonly reasonAt?: Instant }
}

/** What a phone can say that moves a call, in CSTA's words (ECMA-269 §17: Delivered, Originated, Established, Held, Retrieved, ConnectionCleared). */
export const callWords = ['delivered', 'originated', 'established', 'held', 'retrieved', 'cleared'] as const
export type CallWord = (typeof callWords)[number]

/** The states of a call, and `absent`: the desk knows of no such call. */
export const callStates = ['absent', 'initiated', 'alerting', 'connected', 'held', 'cleared'] as const

/**
 * What a word does to a call.
 * - `to`: the call moves; `odd` marks a word that the desk did not expect: it is adopted, because the phone is right, and counted.
 * - `repeated`: the desk knew; nothing changes.
 * - `late`: the word was overtaken by the one that brought the call here, if that was just now; nothing changes. If it was longer ago, then
 *   `otherwise`: an odd move, or `anew`: the old call's end was lost and this is another call. A live call that the phone names by its own id is told
 *   twice however late (`isDoubled` in record-call.ts).
 */
export type Cell =
  | { readonly to: CallState; readonly odd?: true }
  | { readonly repeated: true }
  | { readonly late: true; readonly otherwise: 'anew' | 'nothing' | { readonly to: CallState; readonly odd: true } }

const repeated: Cell = { repeated: true }
const lateElseAnew: Cell = { late: true, otherwise: 'anew' }

/** Everything that can happen to a call, on one page. The diagram in the docs is drawn from it, and every cell has its test. */
export const transitions: Readonly<Record<(typeof callStates)[number], Readonly<Record<CallWord, Cell>>>> = {
  absent: {
    delivered: { to: 'alerting' },
    originated: { to: 'initiated' },
    established: { to: 'connected', odd: true },
    held: { to: 'held', odd: true },
    retrieved: { to: 'connected', odd: true },
    cleared: { late: true, otherwise: 'nothing' },
  },
  initiated: {
    delivered: { to: 'alerting', odd: true },
    originated: repeated,
    established: { to: 'connected' },
    held: { to: 'held', odd: true },
    retrieved: { to: 'connected', odd: true },
    cleared: { to: 'cleared' },
  },
  alerting: {
    delivered: repeated,
    originated: { to: 'initiated', odd: true },
    established: { to: 'connected' },
    held: { to: 'held', odd: true },
    retrieved: { to: 'connected', odd: true },
    cleared: { to: 'cleared' },
  },
  connected: {
    delivered: lateElseAnew,
    originated: lateElseAnew,
    established: repeated,
    held: { to: 'held' },
    retrieved: repeated,
    cleared: { to: 'cleared' },
  },
  held: {
    delivered: lateElseAnew,
    originated: lateElseAnew,
    established: { late: true, otherwise: { to: 'connected', odd: true } },
    held: repeated,
    retrieved: { to: 'connected' },
    cleared: { to: 'cleared' },
  },
  cleared: {
    delivered: lateElseAnew,
    originated: lateElseAnew,
    established: lateElseAnew,
    held: lateElseAnew,
    retrieved: lateElseAnew,
    cleared: repeated,
  },
}

/** A call that is still going on. */
export function isLive(call: Call): boolean {
  return call.state !== 'cleared'
}

/** Reasons that the phone gives only for a call that nobody took up here. */
export function endsUnanswered(cause: ClearedCause): boolean {
  return ['missed', 'no-answer', 'cancelled', 'rejected', 'diverted', 'answered-elsewhere'].includes(cause)
}

/** A call in which the clerk is engaged, so that another one that comes now must wait. One carried over a restart may long be over: it keeps nobody waiting. */
export function isEngaged(call: Call): boolean {
  return call.proven && (call.state === 'connected' || call.state === 'held' || call.state === 'initiated')
}

/** Whether the phone, or the driver for it, answered that it will not hold, so that nothing is to be waited for. */
export function isTurnedDown({ outcome }: HoldRequest): boolean {
  return outcome === 'refused' || outcome === 'unsupported' || outcome === 'unsafe' || outcome === 'not-connected'
}

/**
 * Whether a hold that the phone tells of now is the one that the desk asked for. Not if it was turned down, or if the driver found the call held before
 * it sent anything; but what a second attempt finds so, or thinks unsafe, may be the work of the first.
 */
export function isOurHold(hold: HoldRequest, at: Instant): boolean {
  if (hold.state === 'wanted' || hold.state === 'confirmed' || at - hold.at >= limits.commandAnswerMs) return false
  if (hold.outcome === 'already-held' || hold.outcome === 'unsafe') return hold.attempt === 2
  return !isTurnedDown(hold)
}

/** Time on hold up to the given instant. */
export function heldMsOf(call: Call, at: Instant): Millis {
  return call.heldMs + (call.state === 'held' ? at - call.since : 0)
}

/** Since when this caller has been waiting without a word: on hold, or with the microphone muted. */
export function waitingSince(call: Call): Instant | undefined {
  if (call.state === 'held') return call.since
  return call.state === 'connected' ? call.mutedSince : undefined
}
