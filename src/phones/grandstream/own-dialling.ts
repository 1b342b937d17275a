import type { CallRef, Fact } from '../../desk/event.ts'
import type { PhoneLimits } from '../limits.ts'

/** What the phone does because a code of ours is dialled on it, and nobody at the desk. */
export interface OwnDialling {
  /** A code goes out now. */
  dials(code: string): void
  /** Whether a call is that code's. */
  isOurs(ref: CallRef): boolean
  /** Whether a fact of the phone is ours, and so nothing that a person did: the call of the code, and the hook that goes with it. */
  isEcho(fact: Fact): boolean
}

/**
 * A phone may place a real call to say a code to its exchange. To the desk that would be a clerk who dials, and so is there: the forwarding would be taken
 * back by its own command. A call is known by the code, the hook only by the moment.
 */
export function createOwnDialling(now: () => number, { codeCallMs, codeHookMs }: Pick<PhoneLimits, 'codeCallMs' | 'codeHookMs'>): OwnDialling {
  let code: string | undefined
  let at = Number.NEGATIVE_INFINITY

  const isOurs = ({ remote }: CallRef): boolean => code !== undefined && remote === code && now() - at < codeCallMs
  return {
    dials(dialled) {
      code = dialled
      at = now()
    },
    isOurs,
    isEcho(fact) {
      if (fact.type === 'phone.hook' || fact.type === 'phone.audio' || fact.type === 'phone.idle') return now() - at < codeHookMs
      return 'ref' in fact && isOurs(fact.ref)
    },
  }
}
