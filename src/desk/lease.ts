import type { CallbackId } from './callback.ts'
import type { Event, ForwardOutcome } from './event.ts'
import { isSameTarget, type Numbering } from './number.ts'
import { type ForwardKind, limits } from './policy.ts'
import type { Instant, Millis } from './time.ts'

/**
 * A forwarding that the agent has ordered: written down before the phone is told, and over at `until` unless the phone is read again and still has it.
 * Nothing the agent sets on a phone is without one (procedure INV-3).
 */
export interface Lease {
  readonly kind: ForwardKind
  /** The number as the phone was told it, and the desk that it reaches. */
  readonly target: string
  readonly desk: string
  readonly since: Instant
  readonly until: Instant
  /**
   * `asked`: the phone is told, its word is awaited. `held`: the phone has confirmed it. `releasing`: it is told to stop, or about to be. `unknown`: agent
   * or phone has started anew, or the warden says that it has undone it: the phone must be read before anything is claimed of it.
   */
  readonly state: 'asked' | 'held' | 'releasing' | 'unknown'
  /** The last order about it, when it went out, and how often this one was tried since the phone was last there. */
  readonly order: number
  readonly orderedAt: Instant
  readonly tries: number
  /** The desk has said that the calls go to the substitute: so it will say when they no longer do. */
  readonly claimed?: true
  /** It was asked for by an agent that has ended since, and the phone had not confirmed it. */
  readonly inherited?: true
  /** The driver's answer to the last order, where that alone is no proof. */
  readonly answer?: ForwardOutcome
  /** When the last order to undo it came to nothing. */
  readonly failedAt?: Instant
  /** The phone shows nothing of it, and may yet obey the order to set it: when it is told to stop once more. */
  readonly undoAt?: Instant
  /** Why it is undone. */
  readonly why?: ReleaseReason
  /** The agent has started anew: until then its substitute is taken to be as it was, if nothing is heard of it. */
  readonly unseenUntil?: Instant
}

/** Why a forwarding of ours ended. */
export type ReleaseReason =
  | 'returned'
  | 'office-closed'
  | 'frozen'
  | 'ordered'
  | 'nobody-takes-calls'
  | 'another-substitute'
  | 'another-kind'
  | 'lease-over'
  | 'unconfirmed'
  | 'restarted'
  | 'stopping'
  | 'by-hand'
  | 'by-warden'

/** How forwarding has fared in the present absence; forgotten with it. */
export interface Cover {
  /** A person changed at the phone what we had set: what they did stands until this absence is over. */
  readonly byHand?: true
  /** The order that had set what was found to be off. Until the hub has been heard, it may have been the warden's hand and not a person's. */
  readonly takenOff?: number
  /** Orders to set that came to nothing, the last of them, and what became of it. */
  readonly failures: number
  readonly failedAt?: Instant
  readonly outcome?: ForwardOutcome | 'no-answer'
  /** The order that undoes ours so that another substitute, or another kind, can be set at once; and when it was last so. */
  readonly handover?: number
  readonly handedOverAt?: Instant
  /** Promises that the substitute has been given. */
  readonly reassigned?: readonly CallbackId[]
}

/** The last order, for as long as what the phone says by itself may be no more than its echo (reference/yealink.md §4). Time alone ends it. */
export interface Guard {
  readonly kind: ForwardKind
  readonly target: string
  readonly desk: string
  readonly at: Instant
}

/**
 * A word that is not what was ordered, or may not be, and the order that it is about. The phone is read for it, at the earliest when the echoes are over, and
 * what ends it is a reading that is newer than the word.
 */
export interface Doubt {
  readonly word: Pick<ForwardingWord, 'kind' | 'on' | 'target'>
  readonly about: Guard
}

/** Readings of the phone's forwarding: the last that was asked for, the last that came, and how many came to nothing since. */
export interface Look {
  readonly askedAt?: Instant
  readonly readAt?: Instant
  readonly failures: number
  /** No answer to the last one yet. */
  readonly out?: true
  /** A word came while it was under way, so that what it shows may be older than that word. */
  readonly overtaken?: true
  /** The phone answers and does not show its forwarding: its own word is all there is. */
  readonly hidden?: true
}

export type ForwardingWord = Pick<Extract<Event, { type: 'phone.forwarding' }>, 'kind' | 'on' | 'target' | 'read'>

/** That it is on as ordered, that it is on and to nobody knows whom, that it is off, that it is on to somebody else, or nothing. */
export type Sign = 'ours' | 'unnamed' | 'off' | 'other' | 'aside'

/** What a word says of the forwarding that was ordered. A reading that has no number in it comes from where none is ever shown, and says all that there is. */
export function signOf({ kind, on, target, read }: ForwardingWord, about: Pick<Lease, 'kind' | 'target'>, numbering: Numbering): Sign {
  if (kind !== about.kind && kind !== 'unknown') return 'aside'
  if (!on) return 'off'
  if (target === undefined) return read ? 'ours' : 'unnamed'
  // A phone may write the number otherwise than it was told.
  return target === about.target || isSameTarget(target, about.target, numbering) ? 'ours' : 'other'
}

export function guardEnd(guard: Guard): Instant {
  return guard.at + limits.forwardEchoMs
}

/** How long to wait after so many orders that came to nothing: twice as long each time, up to the longest. */
export function backOffMs(failures: number): Millis {
  return failures === 0 ? 0 : Math.min(limits.forwardRetryMs * 2 ** Math.min(failures - 1, 16), limits.forwardRetryMaxMs)
}

/**
 * Until when a phone that has not confirmed the order to set may yet obey it, so that it proves nothing if it shows none. Whoever gave the order and lives
 * knows that it has not, as soon as its echoes would be over; of one who is dead that is not known before no phone would obey any more.
 */
export function mayObeyUntil({ claimed, inherited, since }: Pick<Lease, 'claimed' | 'inherited' | 'since'>): Instant {
  return claimed ? since : since + (inherited ? limits.forwardLateMs : limits.forwardEchoMs)
}

/** By when an order must have been answered; `undefined` where none is out. */
export function answerBy({ state, orderedAt, tries, failedAt }: Lease): Instant | undefined {
  const isOut = state === 'asked' || (state === 'releasing' && tries > 0 && (failedAt === undefined || failedAt < orderedAt))
  return isOut ? orderedAt + limits.forwardAnswerMs : undefined
}

/** When an undoing that came to nothing is tried again; at once where the phone has not been told yet, or has come back. */
export function undoAgainAt(lease: Lease): Instant | undefined {
  if (lease.state !== 'releasing' || answerBy(lease) !== undefined) return undefined
  return lease.undoAt ?? (lease.failedAt ?? lease.orderedAt) + backOffMs(lease.tries)
}

/** When the phone may be read again. */
export function nextLookAt({ askedAt, failures }: Look = { failures: 0 }): Instant {
  return askedAt === undefined ? 0 : askedAt + backOffMs(Math.max(1, failures))
}

/** When a forwarding may be set again, as far as what came of it before goes; `undefined`: not in this absence. */
export function mayAskAt(cover: Cover | undefined, toldAt: Instant | undefined): Instant | undefined {
  // However soon it is wanted again, in another absence as well: a phone writes each order down, and its memory wears out.
  const restedAt = toldAt === undefined ? 0 : toldAt + limits.forwardRetryMs
  if (cover === undefined) return restedAt
  const { byHand, failures, failedAt, outcome } = cover
  // A disk that is full or a line that is in use says nothing of the phone: there the end of it is awaited.
  const isPhones = outcome !== 'unjournalled' && outcome !== 'busy'
  if (byHand || (isPhones && failures >= limits.forwardTriesMax)) return undefined
  const retry = failedAt === undefined ? 0 : failedAt + backOffMs(Math.max(1, failures))
  return Math.max(retry, restedAt)
}
