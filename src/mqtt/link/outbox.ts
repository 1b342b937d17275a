import type { Store, StoredEvent } from '../../agent/ports.ts'
import type { Outcome } from '../connection/publisher.ts'
import type { LinkLimits } from '../limits.ts'

/** Drains the store into one connection. */
export interface Outbox {
  /** There may be new events. */
  wake(): void
  /** Resolves as soon as the broker has acknowledged all that is durable, or the outbox was stopped. */
  drained(): Promise<void>
  /** Whether everything durable has been handed to the connection. */
  isIdle(): boolean
  stop(): void
}

export interface OutboxOptions {
  readonly store: Pick<Store, 'acknowledged' | 'unsent' | 'eventsAfter' | 'acknowledge'>
  readonly send: (event: StoredEvent, done: (outcome: Outcome) => void) => void
  readonly window: number
  readonly limits: LinkLimits
  /** Told each time that everything durable has been handed over. */
  readonly onIdle?: () => void
}

/**
 * Sends events in order from the first that is not acknowledged, with a window of them under way, and acknowledges in order whatever the order of the
 * broker's answers. On the next connection it all begins again from the last acknowledged one: at least once on the wire, once in effect, because
 * ids repeat with their events. An event that the broker turns down is tried again later; none is ever passed over, unless the store has had to give it up.
 */
export function createOutbox({ store, send, window, limits, onIdle = () => {} }: OutboxOptions): Outbox {
  const underWay = createUnderWay((position) => store.acknowledge(position))
  /** A position: what goes by sequences would begin anew with an epoch. */
  let sent = store.acknowledged
  let reading = false
  let again = false
  let retry: NodeJS.Timeout | undefined
  let stopped = false
  let waiting: (() => void)[] = []

  async function pump(): Promise<void> {
    again = true
    if (reading) return
    reading = true
    while (again && !stopped && retry === undefined) {
      again = false
      const room = window - underWay.count()
      if (room <= 0) break
      const events = await store.eventsAfter(sent, room)
      if (stopped || retry !== undefined) break
      for (const event of events) sendOne(event)
      if (events.length > 0) again = true
    }
    reading = false
    if (isIdle()) onIdle()
  }

  function isIdle(): boolean {
    return !stopped && retry === undefined && store.unsent <= underWay.count()
  }

  function sendOne(event: StoredEvent): void {
    const entry = underWay.add(event.position)
    sent = event.position
    send(event, (outcome) => {
      if (stopped || !underWay.holds(entry)) return
      if (outcome !== 'acknowledged') return startAgainLater()
      underWay.settle(entry)
      tellDrained()
      void pump()
    })
  }

  function startAgainLater(): void {
    underWay.forget()
    retry ??= setTimeout(() => {
      retry = undefined
      sent = store.acknowledged
      void pump()
    }, limits.refusedRetryMs)
  }

  function tellDrained(): void {
    if (!stopped && store.unsent > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  return {
    wake: () => void pump(),
    drained() {
      return new Promise((resolve) => {
        waiting.push(resolve)
        tellDrained()
      })
    },
    isIdle,
    stop() {
      stopped = true
      clearTimeout(retry)
      tellDrained()
    },
  }
}

interface Entry {
  readonly position: number
  done: boolean
}

/** The events of which the broker has not spoken yet, in order. */
function createUnderWay(acknowledge: (position: number) => void) {
  let entries: Entry[] = []
  return {
    count: () => entries.length,
    holds: (entry: Entry) => entries.includes(entry),
    add(position: number): Entry {
      const entry = { position, done: false }
      entries.push(entry)
      return entry
    },
    settle(entry: Entry): void {
      entry.done = true
      for (let first = entries[0]; first?.done; first = entries[0]) {
        entries.shift()
        acknowledge(first.position)
      }
    },
    forget(): void {
      entries = []
    },
  }
}
