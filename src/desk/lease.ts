import type { ForwardKind } from './policy.ts'
import type { Instant } from './time.ts'

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
   * `asked`: the phone is told, its word is awaited. `held`: the phone has confirmed it. `releasing`: it is told to stop. `unknown`: agent or phone has
   * started anew, and the phone must be read before anything is claimed of it.
   */
  readonly state: 'asked' | 'held' | 'releasing' | 'unknown'
  /** The last order about it, when it went out and how often it was tried. */
  readonly order: number
  readonly orderedAt: Instant
  readonly tries: number
}
