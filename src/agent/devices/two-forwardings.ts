import type { Fact } from '../../desk/event.ts'
import type { Lease } from '../../desk/lease.ts'
import type { Emit } from '../ports.ts'

type Word = Extract<Fact, { type: 'phone.forwarding' }>
type Side = 'phone' | 'exchange'

export interface OurForwarding {
  /** Which of the two the agent tells. */
  readonly by: Side
  /** What it has told it, and answers for. */
  readonly lease: () => Pick<Lease, 'kind'> | undefined
}

/**
 * A desk may be forwarded at the phone and at the exchange, and each tells of its own alone: that one of them is off does not say that calls arrive. So the
 * word "off" of one goes on only if the other does not have that kind on. And while the desk answers for a forwarding of its own, only the one that was told
 * is heard of that kind: a phone that has nothing set must not make the desk forget what it has told the exchange, which nobody would take back then. What
 * the other side said is on meanwhile is handed on when the desk no longer answers for anything: nobody may say it again. Everything else is handed on as it
 * is.
 */
export function createTwoForwardings(emit: Emit, { by, lease }: OurForwarding): { readonly phone: Emit; readonly exchange: Emit } {
  const on = { phone: new Set<Word['kind']>(), exchange: new Set<Word['kind']>() }
  const untold = new Map<Word['kind'], Word>()

  function keep(word: Word): void {
    if (word.on) untold.set(word.kind, word)
    else if (word.kind === 'unknown') untold.clear()
    else untold.delete(word.kind)
  }

  function tellUntold(): void {
    if (untold.size === 0 || lease() !== undefined) return
    const words = [...untold.values()]
    untold.clear()
    for (const word of words) emit(word)
  }

  const isOurs = ({ kind }: Word): boolean => {
    const ours = lease()
    return ours !== undefined && (kind === ours.kind || kind === 'unknown')
  }
  const side =
    (own: Side, other: Side): Emit =>
    (fact) => {
      // What the phone had before its start it will say anew.
      if (fact.type === 'phone.restarted') {
        on.phone.clear()
        if (by === 'exchange') untold.clear()
      }
      if (fact.type !== 'phone.forwarding') {
        emit(fact)
        return tellUntold()
      }
      if (fact.on) on[own].add(fact.kind)
      else if (fact.kind === 'unknown') on[own].clear()
      else on[own].delete(fact.kind)
      if (isOurs(fact)) {
        if (own !== by) return keep(fact)
        emit(fact)
        return tellUntold()
      }
      const isOnThere = fact.kind === 'unknown' ? on[other].size > 0 : on[other].has(fact.kind)
      if (fact.on || !isOnThere) emit(fact)
    }
  return { phone: side('phone', 'exchange'), exchange: side('exchange', 'phone') }
}
