import type { Millis } from '../../desk/time.ts'
import type { HubPresence } from '../../mqtt/hub-messages.ts'
import { healthEveryMs } from '../../mqtt/topics.ts'

/** What is known of a desk of the chain, from its own presence and from the hub's word beside it. A plain value. */
export interface Neighbour {
  /** Its own word; absent before the first. */
  readonly takesCalls?: boolean
  /** When that was said, by this desk's clock; not counted while there is no line. */
  readonly heardAt: number
  /** Its last will has been heard, where that may be read. */
  readonly gone?: boolean
  /** The hub's word. */
  readonly hub?: Pick<HubPresence, 'online' | 'standsInFor'>
}

/** A desk says its presence anew each minute; after two that did not come, and half of a third, its last word is no longer believed. */
export const presenceMaxAgeMs: Millis = 2.5 * healthEveryMs

/** How things stand around what is known: without it nobody can say what a word is still worth. */
export interface Around {
  readonly now: number
  /** Since when there has been no line to the broker. */
  readonly lostAt?: number
  /** For how long what was known when the line was lost may be used. */
  readonly pictureMaxMs: number
  /** The hub is there, so that its word is a present one. */
  readonly hubOnline: boolean
}

/** Whether calls that are forwarded to it will be answered. What is not known, or too old, is "no". */
export function takesCallsNow(neighbour: Neighbour, around: Around): boolean {
  const { takesCalls, gone, hub } = neighbour
  if (takesCalls !== true || gone === true || staleAt(neighbour, around) <= around.now) return false
  return !(around.hubOnline && hub?.online === false)
}

/** When its word is no longer believed, should nothing more be heard. */
export function staleAt({ heardAt }: Neighbour, { lostAt, pictureMaxMs }: Around): number {
  const byItself = heardAt + presenceMaxAgeMs
  // Without a line nobody can say it anew: what was good when the line was lost stays so, for as long as the picture may be used.
  return lostAt === undefined || byItself <= lostAt ? byItself : lostAt + pictureMaxMs
}

/** The line is back: the time without one was nobody's silence. */
export function resumed(neighbour: Neighbour, { now, lostAt, pictureMaxMs }: Around): Neighbour {
  const isGood = lostAt !== undefined && neighbour.heardAt + presenceMaxAgeMs > lostAt && now < lostAt + pictureMaxMs
  return isGood ? { ...neighbour, heardAt: neighbour.heardAt + now - lostAt } : neighbour
}
