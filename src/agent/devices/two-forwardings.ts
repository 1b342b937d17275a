import type { Fact } from '../../desk/event.ts'
import type { Emit } from '../ports.ts'

type Word = Extract<Fact, { type: 'phone.forwarding' }>

/**
 * A desk may be forwarded at the phone and at the exchange, and each tells of its own alone: that one of them is off does not say that calls arrive. So the
 * word "off" of one goes on only if the other does not have that kind on. Everything else is handed on as it is.
 */
export function createTwoForwardings(emit: Emit): { readonly phone: Emit; readonly exchange: Emit } {
  const on = { phone: new Set<Word['kind']>(), exchange: new Set<Word['kind']>() }
  const side =
    (own: 'phone' | 'exchange', other: 'phone' | 'exchange'): Emit =>
    (fact) => {
      // What the phone had before its start it will say anew.
      if (fact.type === 'phone.restarted') on.phone.clear()
      if (fact.type !== 'phone.forwarding') return emit(fact)
      if (fact.on) on[own].add(fact.kind)
      else if (fact.kind === 'unknown') on[own].clear()
      else on[own].delete(fact.kind)
      const isOnThere = fact.kind === 'unknown' ? on[other].size > 0 : on[other].has(fact.kind)
      if (fact.on || !isOnThere) emit(fact)
    }
  return { phone: side('phone', 'exchange'), exchange: side('exchange', 'phone') }
}
