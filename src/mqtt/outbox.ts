import type { OutboxEvent, Store } from '../agent/ports.ts'
import type { LinkLimits } from './limits.ts'
import type { Outcome } from './publisher.ts'

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
  readonly store: Pick<Store, 'acknowledged' | 'lastSequence' | 'eventsAfter' | 'acknowledge'>
  readonly send: (event: OutboxEvent, done: (outcome: Outcome) => void) => void
  readonly window: number
  readonly limits: LinkLimits
  /** Told each time that everything durable has been handed over. */
  readonly onIdle?: () => void
}

/**
 * Sends events in order from the first that is not acknowledged, with a window of them under way, and acknowledges in order whatever the order of the
 * broker's answers. On the next connection it all begins again from the last acknowledged one: at least once on the wire, once in effect, because
 * ids repeat with their events. An event that the broker turns down is tried again later; none is ever passed over.
 */
export function createOutbox({ store, send, window, limits, onIdle = () => {} }: OutboxOptions): Outbox {
  const underWay = createUnderWay((sequence) => store.acknowledge(sequence))
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
    return !stopped && retry === undefined && sent >= store.lastSequence
  }

  function sendOne(event: OutboxEvent): void {
    const entry = underWay.add(event.sequence)
    sent = event.sequence
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
    if (!stopped && store.acknowledged < store.lastSequence) return
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
  readonly sequence: number
  done: boolean
}

/** The events of which the broker has not spoken yet, in order. */
function createUnderWay(acknowledge: (sequence: number) => void) {
  let entries: Entry[] = []
  return {
    count: () => entries.length,
    holds: (entry: Entry) => entries.includes(entry),
    add(sequence: number): Entry {
      const entry = { sequence, done: false }
      entries.push(entry)
      return entry
    },
    settle(entry: Entry): void {
      entry.done = true
      for (let first = entries[0]; first?.done; first = entries[0]) {
        entries.shift()
        acknowledge(first.sequence)
      }
    },
    forget(): void {
      entries = []
    },
  }
}
