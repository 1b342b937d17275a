import { type Call, waitingSince } from '../call.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type LampPattern, notice } from '../effect.ts'
import type { Policy } from '../policy.ts'
import { ahead, earliest, type Instant, nextOf, timesCome } from '../time.ts'
import { hasCome, type Rule } from './rule.ts'

/** Reminds of a caller who waits on hold, or in front of a muted microphone: each time the limit has passed, and once when it is overdue. */
export const longHold: Rule = {
  name: 'long-hold',
  clause: 'III.16',
  sentence: 'Do not let the interlocutor wait on the telephone without clear information and a request for patience.',

  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    return after.calls.flatMap((call) => {
      const since = provenWait(call)
      const earlier = before.calls.find(({ id }) => id === call.id)
      // Of a wait that has only now become known, the past is not told.
      if (since === undefined || earlier === undefined || provenWait(earlier) !== since) return []
      const said = { call: call.id, heldMs: after.at - since, ...(call.state === 'held' ? {} : { muted: true as const }) }
      const times = (desk: Desk): number => timesCome({ from: since, everyMs: policy.longHoldMs }, desk.at)
      return [
        ...(times(after) > times(before) ? [notice('hold.long', said)] : []),
        ...(hasCome(since + policy.overdueHoldMs, before, after) ? [notice('hold.overdue', said)] : []),
      ]
    })
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    return earliest(
      desk.calls.flatMap((call) => {
        const since = provenWait(call)
        if (since === undefined) return []
        return [nextOf({ from: since, everyMs: policy.longHoldMs }, desk.at), ahead(since + policy.overdueHoldMs, desk.at)]
      }),
    )
  },

  lamp(desk: Desk, policy: Policy): LampPattern | undefined {
    const longest = Math.max(0, ...desk.calls.map((call) => desk.at - (provenWait(call) ?? desk.at)))
    if (longest >= policy.overdueHoldMs) return 'hold-overdue'
    return longest >= policy.longHoldMs ? 'hold-long' : undefined
  },
}

/** A call carried over a restart may long be over: it reminds of nobody until the phone names it again. */
function provenWait(call: Call): Instant | undefined {
  return call.proven ? waitingSince(call) : undefined
}
