import type { OutboxEvent, Store } from '../agent/ports.ts'
import type { LinkLimits } from './limits.ts'
import type { Outcome } from './publisher.ts'

/** Drains the store into one connection. */
export interface Outbox {
  /** There may be new events. */
  wake(): void
  /** Whether the broker has acknowledged all that is durable. */
  isDrained(): boolean
  stop(): void
}

export interface OutboxOptions {
  readonly store: Pick<Store, 'acknowledged' | 'lastSequence' | 'eventsAfter' | 'acknowledge'>
  readonly send: (event: OutboxEvent, done: (outcome: Outcome) => void) => void
  readonly window: number
  readonly limits: LinkLimits
}

/**
 * Sends events in order from the first that is not acknowledged, with a window of them under way, and acknowledges in order whatever the order of the
 * broker's answers. On the next connection it all begins again from the last acknowledged one: at least once on the wire, once in effect, because
 * ids repeat with their events. An event that the broker turns down is tried again later; none is ever passed over.
 */
export function createOutbox({ store, send, window, limits }: OutboxOptions): Outbox {
  let sent = store.acknowledged
  let underWay: { readonly sequence: number; done: boolean }[] = []
  let reading = false
  let again = false
  let retry: NodeJS.Timeout | undefined
  let stopped = false

  async function pump(): Promise<void> {
    again = true
    if (reading) return
    reading = true
    while (again && !stopped && retry === undefined) {
      again = false
      const room = window - underWay.length
      if (room <= 0) break
      const events = await store.eventsAfter(sent, room)
      if (stopped || retry !== undefined) break
      for (const event of events) sendOne(event)
      if (events.length > 0) again = true
    }
    reading = false
  }

  function sendOne(event: OutboxEvent): void {
    const entry = { sequence: event.sequence, done: false }
    underWay.push(entry)
    sent = event.sequence
    send(event, (outcome) => {
      if (stopped || !underWay.includes(entry) || outcome === 'lost') return
      if (outcome === 'refused') return startAgainLater()
      entry.done = true
      for (let first = underWay[0]; first?.done; first = underWay[0]) {
        underWay.shift()
        store.acknowledge(first.sequence)
      }
      void pump()
    })
  }

  function startAgainLater(): void {
    underWay = []
    retry ??= setTimeout(() => {
      retry = undefined
      sent = store.acknowledged
      void pump()
    }, limits.refusedRetryMs)
  }

  return {
    wake: () => void pump(),
    isDrained: () => store.acknowledged >= store.lastSequence,
    stop() {
      stopped = true
      clearTimeout(retry)
    },
  }
}
