import type { Desk } from '../desk.ts'
import { type Effect, notice } from '../effect.ts'
import type { Rule } from './rule.ts'

/**
 * Says how a call was handed over: with a word to the colleague first, or blind. A blind one is no fault by itself, the colleague may have been told
 * otherwise. A transfer that failed leaves somebody without an answer: the ledger owes them a call.
 */
export const announcedTransfer: Rule = {
  name: 'announced-transfer',
  clause: 'III.15',
  sentence: 'Before transferring, pass on to the co-worker all key information about the client and the matter.',

  judge(before: Desk, after: Desk): readonly Effect[] {
    return after.calls.flatMap((call) => {
      const earlier = before.calls.find(({ id }) => id === call.id)?.transfer
      const { transfer } = call
      if (transfer === undefined || transfer.at === earlier?.at) return []
      if (transfer.outcome === 'failed') return earlier?.outcome === 'failed' ? [] : [notice('call.transferred', { call: call.id, kind: 'failed' })]
      const named = transfer.kind !== 'unknown' && earlier?.kind !== transfer.kind
      const finishedUnnamed = transfer.kind === 'unknown' && transfer.outcome === 'finished' && earlier?.outcome !== 'finished'
      return named || finishedUnnamed ? [notice('call.transferred', { call: call.id, kind: transfer.kind })] : []
    })
  },
}
