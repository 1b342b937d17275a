import type { AgentConfig } from '../../config/config.ts'
import { forwardWayOf } from '../../phones/forward-way.ts'

/** What the configuration asks for and this version does not have: said at each start, so that nobody waits for it. */
export function unserved(config: AgentConfig): readonly string[] {
  const { homeAssistant, broker } = config
  const keeps = broker.profile === 'full'
  return [
    ...(keeps ? [] : ['broker.profile: a broker that keeps nothing cannot show who is there to stand in, so no calls are forwarded to a substitute']),
    ...(homeAssistant.discovery && !keeps ? ['homeAssistant.discovery: nothing is announced on a broker that keeps nothing (broker.profile: events)'] : []),
    ...(forwardWayOf(config) === 'exchange' ? byExchange(config) : []),
  ]
}

/** What the exchange has no code for cannot be told; what it does and cannot show would never be confirmed. */
function byExchange({ sip, policy: { forwardKind = 'no-answer' } }: AgentConfig): readonly string[] {
  if (sip?.forwardOn === undefined || forwardKind === 'always') return []
  if (sip.forwardNoAnswerOn === undefined)
    return ['policy.forwardKind: is no-answer, and sip has the code for every call alone (sip.forwardOn): no calls are forwarded']
  if (sip.forwardHint === undefined) return []
  return ['policy.forwardKind: is no-answer, and sip.forwardHint shows the forwarding of every call alone (sip.forwardOn): no calls are forwarded']
}
