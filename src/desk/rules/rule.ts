import type { Desk } from '../desk.ts'
import type { Effect, ForwardWish, LampPattern } from '../effect.ts'
import type { Policy } from '../policy.ts'
import type { Instant } from '../time.ts'

/** Somebody who looks at the desk before and after an event and has something to say of the difference. It remembers nothing. */
export interface Judge {
  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[]
  /** The next instant, after the desk's own, at which this judge speaks up or its lamp changes, should nothing else happen. */
  due?(desk: Desk, policy: Policy): Instant | undefined
  /** What the lamp should show for this judge now: a level. The most urgent of all is shown. */
  lamp?(desk: Desk, policy: Policy): LampPattern | undefined
  /** What the phone's forwarding should be for this judge now: a level. The first that has a wish is heard. */
  forward?(desk: Desk, policy: Policy): ForwardWish | undefined
}

/** One sentence of the office's procedure. A rule remembers nothing: all it knows is the desk before and after. */
export interface Rule extends Judge {
  readonly name: string
  /** Where the sentence stands: `III.1`. */
  readonly clause: string
  /** The office's sentence. */
  readonly sentence: string
}

/** Whether the instant has come between the two desks: the edge at which a rule speaks, once. */
export function hasCome(instant: Instant | undefined, before: Desk, after: Desk): boolean {
  return instant !== undefined && before.at < instant && instant <= after.at
}
