import type { Desk } from './desk.ts'
import type { ForwardWish } from './effect.ts'
import type { Policy } from './policy.ts'
import { judges } from './rules/index.ts'

/** What the phone's forwarding should be: a level, by the first judge that has a wish. Where none has, it is not ours to touch. */
export function forwardOf(desk: Desk, policy: Policy): ForwardWish {
  for (const judge of judges) {
    const wish = judge.forward?.(desk, policy)
    if (wish !== undefined) return wish
  }
  return { state: 'leave' }
}
