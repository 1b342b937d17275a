import type { CallRef, HoldOutcome } from '../../desk/event.ts'
import { type CodeDialler, meaningOf } from './code-dialler.ts'

/** Calls of which it is remembered that the code was dialled for them. */
const callsMax = 16

/**
 * Holds the call of a telephone that takes no commands, by a code of its exchange. Whether the call is held only the adapter's own log can say. What the code
 * does to a call that is held already nobody here knows: it is dialled once for a call, and again only where the exchange said that it had done nothing.
 */
export function createHoldCode(dialler: CodeDialler, code: string): (ref: CallRef, attempt: 1 | 2) => Promise<HoldOutcome> {
  const dialled = new Map<string, 'under-way' | 'may-have-worked'>()
  return async (ref, attempt) => {
    const name = ref.phoneId ?? ref.remote ?? ''
    if (attempt === 2 && dialled.has(name)) return 'unsafe'
    if (dialled.get(name) === 'under-way') return 'unsafe'
    keep(dialled, name, 'under-way')
    const end = await dialler.dial(code)
    const vain = end.kind === 'unsent' || (end.kind === 'turned-down' && meaningOf(end.status) !== 'unreachable')
    if (vain) dialled.delete(name)
    else keep(dialled, name, 'may-have-worked')
    switch (end.kind) {
      case 'hung-up':
      case 'cut-off':
        return 'sent'
      case 'turned-down':
        return meaningOf(end.status)
      default:
        return 'unreachable'
    }
  }
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > callsMax && oldest !== undefined) map.delete(oldest)
}
