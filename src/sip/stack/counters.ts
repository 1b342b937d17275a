import { type Refusal, refusals } from './guard.ts'

/** What came and what became of it. `received` is the sum of `strangers`, `keepAlives`, all refusals, `requests` and `responses`. */
export interface SipCounters {
  received: number
  /** Of an address that nothing is taken from: not looked at. */
  strangers: number
  keepAlives: number
  refused: Record<Refusal, number>
  requests: number
  /** Requests that had been answered already, and those that were answered by forgetting an older one. */
  repeated: number
  forgotten: number
  /** Requests that our own code failed at. */
  failed: number
  responses: number
  /** Responses to nothing that we asked, and those that said again what was known. */
  strays: number
  known: number
  sent: number
  retransmitted: number
  timedOut: number
  /** Messages that could not be sent. */
  unsent: number
  /** Streams that were closed for what they held or held back. */
  broken: number
  lost: number
}

export function createCounters(): SipCounters {
  const none = Object.fromEntries(refusals.map((reason) => [reason, 0])) as Record<Refusal, number>
  return {
    received: 0,
    strangers: 0,
    keepAlives: 0,
    refused: none,
    requests: 0,
    repeated: 0,
    forgotten: 0,
    failed: 0,
    responses: 0,
    strays: 0,
    known: 0,
    sent: 0,
    retransmitted: 0,
    timedOut: 0,
    unsent: 0,
    broken: 0,
    lost: 0,
  }
}

/** The counters as `/healthz` shows them: the sum of the refusals, and each reason that there was. */
export function shownCounters({ refused, ...others }: SipCounters): Record<string, number> {
  const reasons = Object.entries(refused).filter(([, count]) => count > 0)
  const sum = reasons.reduce((all, [, count]) => all + count, 0)
  return { ...others, refused: sum, ...Object.fromEntries(reasons.map(([reason, count]) => [`refused-${reason}`, count])) }
}
