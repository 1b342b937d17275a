import { hubTopic } from '../../mqtt/topics.ts'
import type { BrokerLink } from '../ports.ts'

interface HubDeps {
  readonly site: string
  readonly link: Pick<BrokerLink, 'subscribe'>
}

/**
 * Follows whether the hub is there, as it says itself or its will does; `lost` where there is no line any more, and nobody says. What is then still believed
 * of it, each part knows for itself. The returned function ends it.
 */
export function followHub({ site, link }: HubDeps, said: (online: boolean) => void, lost: () => void): () => void {
  return link.subscribe(hubTopic(site, 'availability'), (payload) => said(payload.toString() === 'online'), lost)
}
