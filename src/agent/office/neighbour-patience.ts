import type { Instant, Millis } from '../../desk/time.ts'

/** What is said of a substitute. */
interface Word {
  readonly takesCalls: boolean
  readonly standsInFor: readonly string[] | undefined
}

/** So often in so long a neighbour may become able to take calls: each time may be an order to a phone, and events that are kept on a card. */
export const risesMax = 10
const risesWithinMs: Millis = 600_000

export interface Patience {
  /** What of the new word is believed now, where that is known. A bad word is believed at once, a good one of a restless neighbour only after a while. */
  believed(known: Word, now: Word, at: Instant): Word
  /** When more of it may be believed; `undefined` where nothing waits. */
  dueAt(): Instant | undefined
}

/** Of one neighbour. One that changes its mind ten times a second, or lies, must not make this desk do so. */
export function createPatience(): Patience {
  const rises: Instant[] = []
  let dueAt: Instant | undefined

  return {
    believed(known, now, at) {
      dueAt = undefined
      const isLess = !(known.standsInFor ?? []).every((desk) => now.standsInFor?.includes(desk))
      if (!isLess && (known.takesCalls || !now.takesCalls)) return now
      while (rises[0] !== undefined && rises[0] + risesWithinMs <= at) rises.shift()
      if (rises.length < risesMax) {
        rises.push(at)
        return now
      }
      dueAt = (rises[0] ?? at) + risesWithinMs
      return { takesCalls: known.takesCalls && now.takesCalls, standsInFor: isLess ? known.standsInFor : now.standsInFor }
    },
    dueAt: () => dueAt,
  }
}
