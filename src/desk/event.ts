import type { AbsenceKind } from './absence.ts'
import type { CallId } from './call.ts'
import type { CallbackCause, CallbackId } from './callback.ts'
import type { ForwardKind, Substitute } from './policy.ts'
import type { Instant, Millis, WallTime } from './time.ts'

/**
 * How a phone points at a call. A Yealink gives its own id; a Grandstream gives only the other party; some events give nothing. Which
 * call is meant is for the desk to find out, never for a driver.
 */
export interface CallRef {
  /** The phone's own id of the call (Yealink `$call_id`). It may be used again after the phone restarts. */
  readonly phoneId?: string
  /** The other party's number as the phone wrote it. Left out where the phone said nothing or left its placeholder unfilled. */
  readonly remote?: string
  /** The caller asked not to be known. */
  readonly withheld?: boolean
}

/**
 * Why a call ended, in RFC 4235's words where it has one (`local-bye`, `remote-bye`, `cancelled`, `rejected`, `error`). `unknown` is the
 * honest answer of most phones; a later word may name the reason.
 */
export type ClearedCause =
  | 'unknown'
  | 'missed'
  | 'cancelled'
  | 'rejected'
  | 'diverted'
  | 'answered-elsewhere'
  | 'busy'
  | 'no-answer'
  | 'local-bye'
  | 'remote-bye'
  | 'error'

/** One line of a phone, as a reading of its state shows it. */
export interface LineReading {
  readonly ref: CallRef
  readonly state: 'alerting' | 'initiated' | 'connected' | 'held'
  readonly conference?: boolean
}

/** What became of a hold that the desk asked for. `sent` is not proof: only the phone's own word that the call is held is. */
export type HoldOutcome =
  /** The phone took the command. */
  | 'sent'
  /** A fresh reading of the phone shows the call on hold already: nothing was sent. */
  | 'already-held'
  /** A fresh reading shows no connected call: nothing was sent. */
  | 'not-connected'
  /** A second command could resume the call, and the driver cannot rule that out: nothing was sent. */
  | 'unsafe'
  /** The phone said no: wrong password, address not allowed, feature off. */
  | 'refused'
  /** This phone cannot be told to hold. */
  | 'unsupported'
  /** No answer in time. */
  | 'unreachable'

/** What became of an order to forward, or to undo a forwarding. Only `confirmed`, or the phone's own word, is proof (reference/yealink.md §2.2). */
export type ForwardOutcome =
  /** A fresh reading of the phone (or of the exchange) shows it as ordered. */
  | 'confirmed'
  /** Taken, and there is nothing to read it back by: the phone's own word may come. */
  | 'sent'
  /** Taken, and a fresh reading shows that nothing came of it. */
  | 'contradicted'
  /** A fresh reading shows another target of this kind: it is somebody else's, to be written over as little as to be undone. Nothing was sent. */
  | 'foreign'
  /** It can be told only while no line is in use. Nothing was sent. */
  | 'busy'
  /** The order could not be written down first. Nothing was sent. */
  | 'unjournalled'
  /** Wrong password, address not allowed, feature off. */
  | 'refused'
  /** This phone cannot be told to. */
  | 'unsupported'
  /** No answer in time: it may have worked. */
  | 'unreachable'

export type HookState = 'on' | 'off'

/** Why nothing is known of the bridge: no such device, its cable pulled, no good line in time, only lines that cannot be read, another protocol. */
export type BridgeFault = 'absent' | 'unplugged' | 'silent' | 'garbage' | 'wrong-firmware'
/**
 * Why events are gone: the store was damaged; the broker was away for longer than there is room for; the medium took nothing for longer than there is
 * memory for.
 */
export interface JournalLoss {
  readonly cause: 'damaged' | 'outage' | 'medium'
  /** How many; of which epoch, from which number to which. What is left out is not known, or does not apply. */
  readonly count?: number
  readonly epoch?: string
  readonly from?: number
  readonly to?: number
}
export type AudioPath = 'handset' | 'headset' | 'speaker'

/**
 * Every fact that can come in. The words for calls are CSTA's (ECMA-269): a call is *delivered* when it rings at this desk, *originated*
 * when the clerk dials, then *established*, *held*, *retrieved*, *cleared*. `clock.set` and `agent.started` are the shell's own.
 */
export type Fact =
  /** Time passes and nothing else. Only `take` itself and the shell's timer make one. */
  | { readonly type: 'tick' }
  // ——— calls, by the phone's word ———
  /** Once a call. Where the phone gives no id, the same party told again, more than a moment later, is another caller. */
  | { readonly type: 'call.delivered'; readonly ref: CallRef }
  /** One burst counted on the line. A phone that only says that it rings never sends this; its rings are derived from time. */
  | { readonly type: 'call.ring'; readonly ref: CallRef; readonly ring: number }
  | { readonly type: 'call.originated'; readonly ref: CallRef }
  | { readonly type: 'call.established'; readonly ref: CallRef }
  /** This desk put the other party on hold; `retrieved` takes it back. */
  | { readonly type: 'call.held'; readonly ref: CallRef }
  | { readonly type: 'call.retrieved'; readonly ref: CallRef }
  /** The other party put this desk on hold. */
  | { readonly type: 'call.held-by-them'; readonly ref: CallRef; readonly on: boolean }
  | { readonly type: 'call.muted'; readonly ref: CallRef; readonly on: boolean }
  | { readonly type: 'call.conferenced'; readonly ref: CallRef }
  | {
      readonly type: 'call.transferred'
      readonly ref: CallRef
      readonly kind: 'blind' | 'attended' | 'unknown'
      readonly outcome: 'started' | 'finished' | 'failed'
    }
  | { readonly type: 'call.cleared'; readonly ref: CallRef; readonly cause: ClearedCause }
  // ——— the phone ———
  /** A reading of all lines at one moment: where it disagrees with the desk, the phone is right. */
  | { readonly type: 'phone.lines'; readonly lines: readonly LineReading[] }
  | { readonly type: 'phone.hook'; readonly hook: HookState }
  | { readonly type: 'phone.audio'; readonly path: AudioPath }
  /** No call is left on the phone (`idle: true`), or there is at least one. */
  | { readonly type: 'phone.idle'; readonly idle: boolean }
  /** The phone has just started: it knows of no call, and ids may be used again. */
  | { readonly type: 'phone.restarted' }
  | { readonly type: 'phone.described'; readonly model?: string; readonly firmware?: string }
  | { readonly type: 'phone.registered'; readonly registered: boolean }
  | { readonly type: 'phone.dnd'; readonly on: boolean }
  /** `read`: what a fresh reading of ours shows, and so never the echo of a command. */
  | {
      readonly type: 'phone.forwarding'
      readonly kind: 'always' | 'busy' | 'no-answer' | 'unknown'
      readonly on: boolean
      readonly target?: string
      readonly read?: true
    }
  /** `by`: nothing listens to the telephone itself; that it is there is known from its exchange alone, as far as that can know. */
  | { readonly type: 'phone.reachable'; readonly reachable: boolean; readonly reason?: string; readonly by?: 'exchange' }
  /** The phone turned our credential or address down; the driver has stopped asking until `retryMs` from now. */
  | { readonly type: 'phone.refused'; readonly reason: string; readonly retryMs: number }
  /** The phone has said something by itself, whatever it was: it posted an event, or logged a line. A reading of ours never brings this. */
  | { readonly type: 'phone.heard' }
  /** What this phone can be told to do, once known. */
  | { readonly type: 'phone.capable'; readonly hold: boolean; readonly forward: readonly ForwardKind[] }
  | { readonly type: 'hold.answered'; readonly call: CallId; readonly attempt: 1 | 2; readonly outcome: HoldOutcome }
  /** The answer to `phone.forward`, by the order's number. */
  | { readonly type: 'forward.answered'; readonly order: number; readonly outcome: ForwardOutcome }
  /** The answer to `phone.look`: what was read has come before it as `phone.forwarding`. `hidden`: the phone answers, and shows none of it. */
  | { readonly type: 'forward.looked'; readonly ok: boolean; readonly hidden?: true }
  // ——— the seat ———
  /** Evidence, each time the sensor reports, also if nothing changed. */
  | { readonly type: 'seat.seen'; readonly occupied: boolean }
  /** The sensor is gone: nothing is known of the seat. */
  | { readonly type: 'seat.lost' }
  // ——— the bridge ———
  /** Lamp, seat contact or line detector of the microcontroller: nothing of them is known. */
  | { readonly type: 'bridge.lost'; readonly reason: BridgeFault }
  /** It has greeted, for the first time or again. */
  | { readonly type: 'bridge.back'; readonly firmware?: string }
  // ——— the shell ———
  | { readonly type: 'clock.set'; readonly wall: WallTime; readonly synced: boolean }
  /** With the time as the shell knows it: what the desk was told in an earlier life may no longer be so, and nothing must fall due by it. */
  | { readonly type: 'agent.started'; readonly version: string; readonly wall?: WallTime; readonly synced?: boolean }
  | { readonly type: 'agent.stopping'; readonly reason: string }
  /** Requests that the listener or the broker turned away since the last such fact, by reason. */
  | { readonly type: 'security.refused'; readonly reason: string; readonly count: number }
  /** Events that no consumer will ever see; the words are those of the notice. */
  | ({ readonly type: 'journal.incomplete' } & JournalLoss)
  /** A desk of the chain: whether its agent is there and calls that are forwarded to it will be answered; whose calls it takes already, the earliest first. */
  | { readonly type: 'substitute.seen'; readonly desk: string; readonly takesCalls: boolean; readonly standsInFor?: readonly string[] }
  /** The office's directory as the hub has it now; told again while the hub is there, so that its age is known. */
  | { readonly type: 'directory.seen'; readonly version: number; readonly substitutes: readonly Substitute[] }
  /** Whether a warden is there that can undo a forwarding of this desk. */
  | { readonly type: 'warden.seen'; readonly answers: boolean }
  /** It says that it has undone at the phone what this order of ours had set, because it did not hear of this desk: no person did. */
  | { readonly type: 'warden.freed'; readonly order: number }
  // ——— people's commands ———
  | { readonly type: 'command.hold'; readonly call?: CallId }
  | { readonly type: 'command.lamp-test' }
  | { readonly type: 'command.identify' }
  | { readonly type: 'command.callback-done'; readonly callback: CallbackId; readonly by: string }
  | { readonly type: 'command.callback-promise'; readonly call?: CallId; readonly callback?: CallbackId; readonly promisedAt?: WallTime }
  | { readonly type: 'command.absence'; readonly on: boolean; readonly until?: WallTime; readonly kind?: AbsenceKind }
  /**
   * To forward now, to this desk or to the first of the chain that can, for so long at most; or to stop, and not to begin again by the seat alone for a
   * while.
   */
  | { readonly type: 'command.forward'; readonly on: boolean; readonly target?: string; readonly forMs?: Millis }
  /** A promise of another desk that is empty; the number stays there. */
  | {
      readonly type: 'command.callback-accept'
      readonly from: string
      readonly callback: CallbackId
      readonly cause: CallbackCause
      readonly promisedAt?: WallTime
    }
  | { readonly type: 'command.freeze'; readonly on: boolean }
  /** What became of a command, whoever gave it and whatever it was: obeyed, or refused with a code. It changes nothing; it is there to be written down. */
  | { readonly type: 'command.answered'; readonly command: string; readonly id?: string; readonly code?: string }

/** A fact at the instant at which it became known to the desk. */
export type Event = Fact & { readonly at: Instant }
