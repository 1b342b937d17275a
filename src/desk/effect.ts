import type { AbsenceCause } from './absence.ts'
import type { CallId, Direction, Excuse } from './call.ts'
import type { CallbackCause, CallbackClosedBy, CallbackId } from './callback.ts'
import type { BridgeFault, CallRef, ClearedCause } from './event.ts'
import type { Unannounced } from './hearing.ts'
import type { ForwardKind } from './policy.ts'
import type { Millis, WallTime } from './time.ts'

/**
 * What the lamp shows, by name; how each looks is `lamps/patterns.ts`. Dark means that there is nothing to show — or no helper at all.
 * In the order of their urgency (procedure R-L1).
 */
export const lampPatterns = [
  'test',
  'identify',
  'hold-warning',
  'hold-unconfirmed',
  'ring-overdue',
  'ring-warning',
  'ring-second',
  'ring-first',
  'ask-consent',
  'hold-overdue',
  'hold-long',
  'promise-due',
  'call-waiting',
  'day-end',
  'forwarded',
  'callbacks',
  'dark',
] as const
export type LampPattern = (typeof lampPatterns)[number]

/** What a desk says, once, at the instant when it became so. The names and fields are contract §4's; none holds a number or a name. */
export interface Notices {
  'call.alerting': { call: CallId; direction: Direction; waiting?: true }
  'call.ring': { call: CallId; ring: number; ringSource: 'counted' | 'estimated'; waiting?: true }
  'call.answered': {
    call: CallId
    direction: Direction
    rings?: number
    ringSource?: 'counted' | 'estimated'
    waitMs?: Millis
    inRule?: boolean
    strict?: boolean
    excluded?: Exclusion
  }
  'call.missed': {
    call: CallId
    direction: Direction
    cause: MissedCause
    rings?: number
    ringSource?: 'counted' | 'estimated'
    waitMs?: Millis
    waiting?: true
    excluded?: Exclusion
  }
  'call.held': { call: CallId; direction: Direction; by: 'agent' | 'clerk' }
  /** Never by the agent; `heldBy`: who had put it on hold, where that is known. */
  'call.resumed': { call: CallId; direction: Direction; heldMs: Millis; by: 'clerk'; heldBy?: 'agent' | 'clerk' }
  'call.ended': { call: CallId; direction: Direction; cause: ClearedCause | 'lost' | 'transferred'; talkMs?: Millis; heldMs?: Millis }
  'call.hung-up-first': { call: CallId; by: 'remote' | 'local' | 'unknown'; evidence: HangUpEvidence }
  'call.transferred': { call: CallId; kind: 'blind' | 'attended' | 'failed' | 'unknown' }
  'call.speaker-cue': { call: CallId }
  /** The phone said something that the desk did not expect; its word was adopted. */
  'call.contradiction': { call: CallId; state: string; event: string }
  'hold.warned': { call: CallId; afterMs: Millis; remindOnly?: MobilityReason }
  'hold.forced': { call: CallId; afterMs: Millis }
  'hold.unconfirmed': { call: CallId; afterMs: Millis; reason: string }
  'hold.long': { call: CallId; heldMs: Millis; muted?: true }
  'hold.overdue': { call: CallId; heldMs: Millis; muted?: true }
  'forwarding.on': { target: string; kind: ForwardKind; reason: string; until: WallTime }
  'forwarding.off': { target?: string; kind?: string; reason: string }
  'forwarding.unconfirmed': { target?: string; kind?: string; reason: string }
  'forwarding.uncovered': { reason: 'no-substitute' | 'not-capable' | 'nobody-takes-calls' | 'frozen' | 'directory-stale' | 'not-journalled' | 'unconfirmed' }
  /** `target`: where to, while it is on and the phone has said it. */
  'forwarding.foreign': { kind: string; on: boolean; target?: string }
  /** The working day is over, and a person's do not disturb, or their forwarding (its kind), is still on: asked once, whether that is meant. */
  'day-end.asked': { dnd: boolean; kind?: string }
  /** `from` and `of`: the desk and its callback, where this one keeps another desk's promise. */
  'callback.opened': {
    callback: CallbackId
    call?: CallId
    cause: CallbackCause
    misses: number
    dueAt?: WallTime
    uncallable?: UncallableReason
    from?: string
    of?: CallbackId
  }
  'callback.attempted': { callback: CallbackId; cause: CallbackCause; misses: number; attempts: number; dueAt?: WallTime }
  'callback.closed': {
    callback: CallbackId
    by: CallbackClosedBy
    cause: CallbackCause
    misses: number
    attempts: number
    uncallable?: UncallableReason
    /** The first try came before the deadline, or within the promise's window. */
    inTime?: boolean
    /** Working minutes from the opening to the first try. */
    workingMinutes?: number
    from?: string
    of?: CallbackId
  }
  'callback.due': { callback: CallbackId; cause: CallbackCause; misses: number; dueAt: WallTime }
  'callback.overdue': { callback: CallbackId; cause: CallbackCause; misses: number; dueAt: WallTime }
  /** `by`: the desk that keeps the promise now. */
  'callback.reassigned': { callback: CallbackId; cause: CallbackCause; misses: number; by: string; dueAt?: WallTime }
  'seat.implausible': { reason: 'contradiction' | 'flapping' | 'lost' }
  /** How long nothing has been heard of a phone that can be reached, and what its silence is known by. */
  'phone.silent': { sinceMs: Millis; evidence: Unannounced | 'nothing-heard' }
  'phone.unreachable': { reason: string }
  'phone.back': Record<string, never>
  'phone.refused': { reason: string; retryMs: Millis }
  'phone.restarted': Record<string, never>
  'bridge.lost': { reason: BridgeFault }
  'bridge.back': { firmware?: string; afterMs: Millis }
  'clock.stepped': { byMs: Millis; synced: boolean }
  'security.refused': { reason: string; count: number }
  'journal.incomplete': { cause: 'damaged' | 'outage' | 'medium'; count?: number; epoch?: string; from?: number; to?: number }
  /** A command that was given to the desk from outside, by its own name and id. */
  'command.obeyed': { command: string; id: string }
  'command.refused': { command: string; id?: string; code: string }
  'agent.started': { version: string; adopted: number }
  'agent.stopping': { reason: string }
}
/** Why a call does not count for III.1: it waited behind another call, its start is not known, or it asked nothing of the clerk. */
export type Exclusion = 'waiting' | 'unknown-start' | Excuse
export type NoticeName = keyof Notices

export type MobilityReason = 'headset' | 'standing' | 'not-capable' | 'frozen'
export type UncallableReason = 'withheld' | 'shared'
/** `unresolved`: the phone never said why the ringing ended; listed apart. */
export type MissedCause = 'missed' | 'cancelled' | 'rejected' | 'busy' | 'unresolved' | 'lost'
/** What the verdict rests on, so that a report can be made again with another window (procedure §1.2). */
export type HangUpEvidence = 'bye' | 'hook-before-end' | 'end-before-hook' | 'too-close' | 'no-handset' | 'on-hold' | 'conference' | 'adopted'

/** One notice with its name and its data. `caller` is the other party's number for the desk's own use: it never leaves the desk as it is. */
export type Notice = {
  [Name in NoticeName]: { readonly type: 'notice'; readonly name: Name; readonly data: Readonly<Notices[Name]>; readonly caller?: string }
}[NoticeName]

/** What the desk wants the phone's forwarding to be: a level. `leave` means that it is not ours to touch. */
export type ForwardWish =
  | { readonly state: 'leave' }
  | { readonly state: 'off' }
  | { readonly state: 'on'; readonly kind: ForwardKind; readonly target: string; readonly desk: string; readonly reason: AbsenceCause }

/** One command about the phone's forwarding. The driver undoes only what a fresh reading shows to be this very kind and target, where it can read. */
export interface ForwardOrder {
  readonly order: number
  readonly on: boolean
  readonly kind: ForwardKind
  readonly target: string
  /** For `no-answer`: how long the desk rings first. A phone that counts otherwise takes the next longer. */
  readonly ringMs: Millis
}

/** Every wish that can go out. */
export type Effect =
  /** Put this call on hold. Once; a second attempt only where the driver can be sure that it cannot resume the call. */
  | { readonly type: 'phone.hold'; readonly call: CallId; readonly ref: CallRef; readonly attempt: 1 | 2 }
  /** To set a forwarding, or to undo one of ours. Setting waits until the lease is on the medium; undoing waits for nothing. */
  | ({ readonly type: 'phone.forward' } & ForwardOrder)
  /** Read the phone's forwarding now. */
  | { readonly type: 'phone.look' }
  /** A level: sent when it changes, and again when the lamp comes back. */
  | { readonly type: 'lamp'; readonly pattern: LampPattern }
  | Notice

/** A notice, checked against the table above. */
export function notice<Name extends NoticeName>(name: Name, data: Notices[Name], caller?: string): Effect {
  return (caller === undefined ? { type: 'notice', name, data } : { type: 'notice', name, data, caller }) as Effect
}
