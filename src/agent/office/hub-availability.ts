import { hubTopic } from '../../mqtt/topics.ts'
import type { BrokerLink, Clock } from '../ports.ts'
import { presenceMaxAgeMs } from './neighbour.ts'

interface HubDeps {
  readonly site: string
  readonly link: Pick<BrokerLink, 'subscribe'>
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
}

/**
 * Follows whether the hub is there: `said` with each word of it, and when the last one is too old; `lost` where there is no line any more, and nobody says. A
 * hub says so each minute: what its broker has kept may be the word of one that died together with that broker and never came back, and nobody is left to
 * send its will. What is then still believed of it, each part knows for itself. The returned function ends it.
 */
export function followHub({ site, link, clock }: HubDeps, said: (online: boolean) => void, lost: () => void): () => void {
  let cancel = (): void => {}
  const leave = link.subscribe(
    hubTopic(site, 'availability'),
    (payload) => {
      cancel()
      const online = payload.toString() === 'online'
      cancel = online ? clock.wakeAt(clock.now() + presenceMaxAgeMs, () => said(false)) : () => {}
      said(online)
    },
    () => {
      cancel()
      lost()
    },
  )
  return () => {
    cancel()
    leave()
  }
}
