import type { ForwardKind } from '../../desk/policy.ts'
import type { Instant, Millis, WallTime } from '../../desk/time.ts'
import type { WardenLease } from '../../mqtt/hub-messages.ts'
import type { LeasePayload, StatePayload } from '../payload.ts'

/** A forwarding that an agent said it answers for. */
export interface KnownLease {
  /** The agent's word; an older agent says only that it is on, which is `held`. */
  readonly state: 'asked' | 'held' | 'releasing' | 'unknown'
  readonly kind: ForwardKind
  /** The desk that gets the calls, never a number. */
  readonly target: string | null
  /** Its end, by the desk's clock. */
  readonly until: WallTime | null
  /** The desk's own name for it; an older agent says none. */
  readonly order?: number
}

/** Why the warden does what it does, or why nothing came of it. */
export type WardenReason =
  /** The agent is gone; the agent is there, and let its lease run out. */
  | 'agent-gone'
  | 'lease-over'
  /** The phone was free already when it was read. */
  | 'found-free'
  /** A line of the phone is in use. */
  | 'busy'
  /** The phone took the order and shows the contrary; it took it and shows nothing. */
  | 'contradicted'
  | 'not-shown'
  | 'unreachable'
  | 'refused'
  | 'unsupported'
  /** The phones file has no such desk; nobody knows the number of the substitute, and the agent never said that the forwarding was confirmed. */
  | 'no-phone'
  | 'no-number'
  /** The phone of a dead agent goes to one of its substitutes, and the agent never said so: it was cut off by then, or a person set it. */
  | 'unclaimed'

/** What the warden is about at one desk. */
export interface Task {
  readonly state: WardenLease['state']
  /** Why it began, and why it is as it is now. */
  readonly cause: 'agent-gone' | 'lease-over'
  readonly reason: WardenReason
  /** Since when the state has been this one. */
  readonly since: WallTime
  /** Since when the warden has been about it. */
  readonly began: WallTime
  readonly lease: KnownLease
  /** When the phone is told, or told again. */
  readonly nextAt: Instant
  /** Attempts that failed in a row, and orders that nothing came back of. */
  readonly tries: number
  readonly blind: number
  /** The order that is under way. */
  readonly order?: number
  /** Nothing more is done about it; it is shown until the agent is back. */
  readonly done: boolean
}

/** All that the warden knows of one desk. */
export interface Ward {
  /** Whether its agent has said so since the warden can hear. */
  readonly online: boolean
  /** From when its grace counts, while it is not. */
  readonly goneAt: Instant
  /** It has not gone; the warden has only just begun to hear. */
  readonly unheard?: true
  readonly lease?: KnownLease
  /** When the lease runs out, by the warden's own clock: no clock of a desk is compared with ours. */
  readonly overAt?: Instant
  /** Where the phone went at the last look, if that was to a substitute of the desk. */
  readonly seen?: { readonly at: Instant; readonly kind: ForwardKind; readonly target: string }
  /** What is known of its lease is an earlier life's. */
  readonly restored?: true
  /** The lease that is dealt with. The broker keeps a dead agent's last word, and says it again at every connect. */
  readonly settled?: string
  readonly task?: Task
}

/** What an earlier life of the hub knew of a desk. */
export interface KeptWard {
  readonly lease?: KnownLease
  readonly settled?: string
  /** A task that was done. */
  readonly task?: Task
}

/** Something is still to be done about it, and nothing is under way. */
export function isOpen(task: Task | undefined): task is Task {
  return task !== undefined && !task.done && task.order === undefined
}

export function withTask({ task: _task, ...ward }: Ward, task: Task): Ward {
  return { ...ward, task }
}

export function withoutTask({ task: _task, ...ward }: Ward): Ward {
  return ward
}

/** The agent is there, and its phone is its own business. Only an order that it came back to is waited for, because that may yet free the phone. */
export function letGo(ward: Ward): Ward {
  const { order, cause } = ward.task ?? {}
  return order !== undefined && cause === 'agent-gone' ? ward : withoutTask(ward)
}

/** What names a lease: a renewed one has another end. */
export function nameOf({ kind, target, until }: KnownLease): string {
  return `${kind} ${target ?? ''} ${until ?? ''}`
}

/** What a desk's state says of a lease, and how long it still has by that desk's own clock. */
export function leaseOf({ at, forwarding }: StatePayload): { readonly lease: KnownLease; readonly leftMs?: Millis } | undefined {
  const lease = forwarding?.lease
  if (lease !== undefined && lease !== null) return timed(knownOf(lease), at)
  // An agent of an earlier version has no such field. One that has it and says `null` while it calls a forwarding its own is taken at the graver word.
  if (forwarding?.state !== 'on' || forwarding.owner !== 'agent') return undefined
  const kind = forwarding.kind === 'always' ? 'always' : 'no-answer'
  return timed({ state: 'held', kind, target: forwarding.target ?? null, until: forwarding.until ?? null }, at)
}

function knownOf({ state, kind, target, until, order }: LeasePayload): KnownLease {
  return { state, kind, target, until: until ?? null, ...(typeof order === 'number' ? { order } : {}) }
}

function timed(lease: KnownLease, at: WallTime): { readonly lease: KnownLease; readonly leftMs?: Millis } {
  return lease.until === null ? { lease } : { lease, leftMs: lease.until - at }
}
