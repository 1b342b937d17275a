import type { SipStackOptions } from '../ports.ts'
import type { SipCounters } from './counters.ts'
import type { ReadMessage } from './message.ts'
import type { Route, Transport } from './transport.ts'

/** What became of one transaction: its final response, silence, or no way. */
export type End =
  | { readonly kind: 'response'; readonly message: ReadMessage }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly sent?: true }

/** A transaction under way, by its branch and method. */
export interface Entry {
  readonly route: Route
  receive(message: ReadMessage): void
  /** There will be no answer to what went out. */
  fail(reason: string): void
}

/** What every transaction of ours needs of the world. */
export interface Outbound {
  readonly clock: SipStackOptions['clock']
  readonly random: () => number
  readonly reliable: boolean
  readonly counts: SipCounters
  /** By branch and method. */
  readonly underWay: Map<string, Entry>
  /** Something that sends these bytes each time it is called, and counts how often. `sent`: they had gone out before. */
  sender(bytes: Uint8Array, route: Route, onFailed: (reason: string, sent: boolean) => void): () => void
}

export function createOutbound({ clock, random }: Pick<SipStackOptions, 'clock' | 'random'>, transport: Transport, counts: SipCounters): Outbound {
  return {
    clock,
    random,
    reliable: transport.framing === 'stream',
    counts,
    underWay: new Map(),
    sender(bytes, { peer }, onFailed) {
      let isAgain = false
      return () => {
        const sent = isAgain
        counts.sent += 1
        if (sent) counts.retransmitted += 1
        isAgain = true
        // Not at once: who sends for the first time is not yet ready to hear of it.
        transport.send(bytes, peer, (reason) =>
          queueMicrotask(() => {
            counts.unsent += 1
            onFailed(reason, sent)
          }),
        )
      }
    },
  }
}
