import type { SomeHours } from '../config/config.ts'
import type { Numbering } from '../desk/number.ts'

/** Who takes whose calls in one office, as a person wrote it: names of desks and their numbers, never of callers, never of clerks. */
export interface OfficeDirectory {
  readonly desks: Readonly<Record<string, ListedDesk>>
  /** Numbers outside the office to which calls may go; to any other one they may not. */
  readonly external: readonly string[]
  /** How the office writes telephone numbers, so that one telephone is one in any spelling. */
  readonly numbers: Numbering
}

export interface ListedDesk {
  /** By which the other desks reach it. */
  readonly number: string
  /** Who takes its calls on a longer absence, in this order. */
  readonly substitutes: readonly ListedSubstitute[]
  /** Somebody is always there: calls end here. */
  readonly staffed: boolean
  /** How many absent desks it stands in for at once; `limits.absenteesMax` of the core if left out. */
  readonly absenteesMax?: number
  /** What is set at its phone or at the exchange by people, and stays so. */
  readonly forwards: readonly ListedForward[]
  /** The day on which its clerk agreed to stand in; kept for the file, and not published. */
  readonly consent?: string
}

export interface ListedSubstitute {
  readonly desk: string
  /** The hours in which it stands in; always, if left out. */
  readonly week?: SomeHours
}

export const forwardKinds = ['busy', 'no-answer', 'always'] as const

export interface ListedForward {
  readonly kind: (typeof forwardKinds)[number]
  /** A desk, or a number: another desk's, or one of `external`. */
  readonly to: string
}
