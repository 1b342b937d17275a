import { hubTopic } from '../../mqtt/topics.ts'
import type { BrokerLink, Clock } from '../ports.ts'
import { presenceMaxAgeMs } from './neighbour.ts'

interface HubThereDeps {
  readonly site: string
  readonly link: Pick<BrokerLink, 'subscribe'>
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
}

/**
 * Hears whether the hub is there: told with each word, and when the last one is too old. A hub says so each minute. What its broker has kept may be the word
 * of one that died together with that broker and never came back: nobody is left to send its will. The returned function ends it.
 */
export function listenToHub({ site, link, clock }: HubThereDeps, told: (online: boolean) => void, lost: () => void): () => void {
  let cancel = (): void => {}
  const leave = link.subscribe(
    hubTopic(site, 'availability'),
    (payload) => {
      cancel()
      const online = payload.toString() === 'online'
      cancel = online ? clock.wakeAt(clock.now() + presenceMaxAgeMs, () => told(false)) : () => {}
      told(online)
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
