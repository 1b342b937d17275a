import type { OutgoingRequest, SipOutcome, SipResponse, SipStackOptions } from '../ports.ts'
import { randomWord } from '../random.ts'
import type { OutgoingHeader } from './codec.ts'
import type { SipCounters } from './counters.ts'
import { createCredentials } from './credentials.ts'
import { type CallUnderWay, placeCall } from './invite-call.ts'
import { sipLimits } from './limits.ts'
import { magicCookie, type ReadMessage, responseOf } from './message.ts'
import { createOutbound, type End } from './outbound.ts'
import { transact } from './transact.ts'
import type { Route, Transport } from './transport.ts'
import { isSayable, type RequestFrame, writeRequest } from './write.ts'

export interface ClientSide {
  request(request: OutgoingRequest): Promise<SipOutcome>
  invite(request: OutgoingRequest, onProvisional?: (response: SipResponse) => void): { readonly outcome: Promise<SipOutcome>; cancel(): void }
  /** A response has come. Whether it is to something that we asked. */
  receive(message: ReadMessage): boolean
  /** Ends whatever is under way as unreachable. */
  failAll(reason: string): void
  size(): number
}

export interface ClientDeps {
  readonly options: SipStackOptions
  readonly transport: Transport
  readonly counts: SipCounters
  /** What Contact says on this way. */
  readonly contactOn: (route: Route) => string
  /** Whether requests go out: between start and stop. */
  readonly isRunning: () => boolean
}

/** Requests of ours: transactions, their matching with what comes, and what is done when they are challenged. */
export function createClientSide({ options, transport, counts, contactOn, isRunning }: ClientDeps): ClientSide {
  const { random, server, userAgent } = options
  const credentials = createCredentials(options)
  const outbound = createOutbound(options, transport, counts)
  const { underWay } = outbound

  function frameOf(route: Route, cseq: number, given: readonly (readonly [string, OutgoingHeader])[]): RequestFrame {
    const branch = `${magicCookie}${randomWord(random, 24)}`
    return { transport: transport.name, route, branch, cseq, contact: contactOn(route), userAgent, credentials: given }
  }

  /** Sends until there is an outcome: once, and once more for each challenge that can be answered. */
  async function exchange(request: OutgoingRequest, attempt: (frame: RequestFrame) => Promise<End>): Promise<SipOutcome> {
    const tries = credentials.begin()
    let { cseq } = request
    for (;;) {
      const route = await wayTo(request)
      if (typeof route === 'string') return { kind: 'unreachable', reason: route, cseq }
      const end = await attempt(frameOf(route, cseq, request.anonymous ? [] : tries.headers(request.method, request.uri)))
      if (end.kind !== 'response') return { ...end, cseq }
      const response = responseOf(end.message)
      const challenged = !request.anonymous && (response.status === 401 || response.status === 407)
      if (!challenged || !tries.learn(response.status, end.message)) return { kind: 'response', response, cseq }
      cseq += 1
    }
  }

  async function wayTo(request: OutgoingRequest): Promise<Route | string> {
    if (!isRunning()) return 'stopped'
    if (!isSayable(request)) return 'it cannot be said in SIP'
    if (underWay.size >= sipLimits.clientTransactionsMax) return 'too many requests are under way'
    const next = request.next ?? server
    if (!Number.isInteger(next.port) || next.port < 1 || next.port > sipLimits.portMax) return `${next.port} is no port`
    const route = await transport.route(next)
    return isRunning() ? route : 'stopped'
  }

  return {
    request: (request) => exchange(request, (frame) => transact(outbound, request.method, writeRequest(request, frame), frame)),
    invite(request, onProvisional = () => {}) {
      let current: CallUnderWay | undefined
      let cancelled = false
      const outcome = exchange(request, (frame) => {
        if (cancelled) return Promise.resolve({ kind: 'unreachable', reason: 'cancelled' })
        current = placeCall(outbound, request, frame, onProvisional)
        return current.end
      })
      return {
        outcome,
        cancel() {
          cancelled = true
          current?.cancel()
        },
      }
    },
    receive(message) {
      const entry = underWay.get(`${message.branch} ${message.cseq.method}`)
      // RFC 3261 §8.1.3.3 and §18.1.2: one Via, and it is ours.
      if (entry === undefined || message.viaCount !== 1 || message.via.port !== entry.route.local.port) {
        counts.strays += 1
        return false
      }
      entry.receive(message)
      return true
    },
    failAll(reason) {
      for (const entry of [...underWay.values()]) entry.fail(reason)
    },
    size: () => underWay.size,
  }
}
