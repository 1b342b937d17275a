import type { AgentConfig } from '../config/config.ts'

/** What the configuration asks for and this version does not have: said at each start, so that nobody waits for it. */
export function unserved({ homeAssistant, broker }: AgentConfig): readonly string[] {
  const keeps = broker.profile === 'full'
  return [
    ...(keeps ? [] : ['broker.profile: a broker that keeps nothing cannot show who is there to stand in, so no calls are forwarded to a substitute']),
    ...(homeAssistant.discovery && !keeps ? ['homeAssistant.discovery: nothing is announced on a broker that keeps nothing (broker.profile: events)'] : []),
  ]
}
