import type { Desk } from './desk.ts'
import type { Doubt, ForwardingWord, Lease } from './lease.ts'

/** What may be an echo of our order, or names nobody, is not believed: it stays in doubt until the phone has been read. */
export function doubted(desk: Desk, about: Doubt['about'], { kind, on, target }: ForwardingWord): Desk {
  const { look, at } = desk
  const word = { kind, on, ...(target === undefined ? {} : { target }) }
  const isOvertaken = look?.out && look.askedAt !== undefined && look.askedAt < at
  return { ...desk, doubt: { word, about }, ...(isOvertaken ? { look: { ...look, overtaken: true } } : {}) }
}

/**
 * It is on, and the phone does not say to whom (no action URL does). That may be ours, or a person has just set another number: only a reading can tell. Of a
 * phone that shows none, the last word counts.
 */
export function unnamed(desk: Desk, lease: Lease, word: ForwardingWord): Desk {
  if (desk.look?.hidden) return withoutDoubt(desk)
  // Who was said to have the calls says more than that somebody has them.
  return doubted(desk, orderOf(lease), desk.doubt?.word.target === undefined ? word : desk.doubt.word)
}

/**
 * Something is off, and the phone does not say of what kind. It may be another one, which a person has just taken away: only a reading shows that nobody has
 * to take ours back any more.
 */
export function ofNoKind(desk: Desk, lease: Lease, word: ForwardingWord): Desk {
  return doubted(desk, orderOf(lease), word)
}

function orderOf({ kind, target, desk, orderedAt: at }: Lease): Doubt['about'] {
  return { kind, target, desk, at }
}

/** Of a phone that does not show its forwarding the last word counts: there will be no reading to settle it. */
export function undoubted(desk: Desk): Desk {
  return desk.look?.hidden ? withoutDoubt(desk) : desk
}

/** The doubt that the reading settles which has just come. What was read before the word, or while there may be echoes, or is told twice, settles nothing. */
export function settledBy({ guard, doubt, look }: Desk): Doubt | undefined {
  return guard === undefined && look?.out && !look.overtaken ? doubt : undefined
}

export function withoutDoubt(desk: Desk): Desk {
  if (desk.doubt === undefined) return desk
  const { doubt: _, ...rest } = desk
  return rest
}
