import type { Call } from '../call.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type HangUpEvidence, notice } from '../effect.ts'
import { limits, type Policy } from '../policy.ts'
import { ahead, earliest, type Instant } from '../time.ts'
import { hasCome, type Rule } from './rule.ts'

/**
 * Says who hung up first, with what it is known by, once the window is over in which the two signs may have overtaken each other. Three answers:
 * `unknown` is an honest one and counts against nobody. After the call only; nothing is shown on the lamp.
 */
export const callerHangsUpFirst: Rule = {
  name: 'caller-hangs-up-first',
  clause: 'III.12',
  sentence: 'After the conversation wait until the interlocutor hangs up first.',

  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    // Whoever was known to have talked only when the window was over is not judged: by then the hook says nothing any more.
    const talked = (id: string): boolean => before.calls.some((call) => call.id === id && call.answeredAt !== undefined)
    return after.calls
      .filter((call) => talked(call.id) && hasCome(verdictAt(call, policy), before, after))
      .map((call) => notice('call.hung-up-first', { call: call.id, ...verdict(call, policy) }))
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    return earliest(desk.calls.map((call) => ahead(verdictAt(call, policy), desk.at)))
  },
}

/** A conversation that ended, and was not handed over: only there does somebody hang up on somebody. */
function verdictAt(call: Call, policy: Policy): Instant | undefined {
  const talked = call.cleared !== undefined && call.answeredAt !== undefined && call.cleared.cause !== 'lost'
  const handed = call.transfer !== undefined && call.transfer.outcome !== 'failed'
  // Never at the very instant of the end: it is a deadline, and those are ahead.
  return talked && !handed ? call.since + Math.max(1, policy.hangUpWindowMs) : undefined
}

/** The evidence model of procedure §1.2. */
function verdict(call: Call, policy: Policy): { by: 'remote' | 'local' | 'unknown'; evidence: HangUpEvidence } {
  if (call.cleared?.cause === 'remote-bye') return { by: 'remote', evidence: 'bye' }
  if (call.cleared?.cause === 'local-bye') return { by: 'local', evidence: 'bye' }
  if (!call.startKnown) return { by: 'unknown', evidence: 'adopted' }
  if (call.conference) return { by: 'unknown', evidence: 'conference' }
  if (call.touched) return { by: 'unknown', evidence: 'on-hold' }
  if (!call.handset) return { by: 'unknown', evidence: 'no-handset' }
  if (call.onHookAt === undefined) return { by: 'remote', evidence: 'end-before-hook' }
  const hookFirstMs = call.since - call.onHookAt
  if (hookFirstMs > limits.onHookEndsCallMs) return { by: 'unknown', evidence: 'no-handset' }
  return hookFirstMs >= policy.hangUpWindowMs ? { by: 'local', evidence: 'hook-before-end' } : { by: 'unknown', evidence: 'too-close' }
}
