import type { ForwardKind } from '../../desk/policy.ts'
import type { Instant, Millis, WallTime } from '../../desk/time.ts'
import type { UndoOutcome } from './outcome.ts'
import type { KnownLease } from './ward.ts'

/** Everything that can come in. */
export type WardenFact =
  | { readonly type: 'tick' }
  /** The line to the broker: from now on agents that speak are heard, or are not. */
  | { readonly type: 'hears'; readonly on: boolean }
  /** An agent's own word, or its will. */
  | { readonly type: 'availability'; readonly desk: string; readonly online: boolean }
  /** The broker keeps nothing of this desk any more. */
  | { readonly type: 'forgotten'; readonly desk: string }
  /** What a desk's state says; without a lease: that there is none. */
  | { readonly type: 'lease'; readonly desk: string; readonly lease?: KnownLease; readonly leftMs?: Millis }
  /** The phones file was read, for the first time or again. */
  | { readonly type: 'phones'; readonly desks: readonly string[] }
  | { readonly type: 'undid'; readonly desk: string; readonly order: number; readonly outcome: UndoOutcome }
  | { readonly type: 'looked'; readonly desk: string; readonly ok: boolean; readonly seen?: Seen }

/** A forwarding that a look has found, to one of the desk's substitutes. */
export interface Seen {
  readonly kind: ForwardKind
  readonly target: string
}

export type WardenEvent = WardenFact & { readonly at: Instant; readonly wall: WallTime }

/** Everything that can go out: what is to be done at phones. */
export type WardenEffect =
  | { readonly type: 'undo'; readonly desk: string; readonly order: number; readonly lease: KnownLease }
  | { readonly type: 'look'; readonly desk: string }
