import { type ClientTransaction, createInviteTransaction, createRequestTransaction } from './client-transaction.ts'
import type { OutgoingHeader } from './codec.ts'
import type { SipCounters } from './counters.ts'
import { createCredentials } from './credentials.ts'
import { sipLimits } from './limits.ts'
import { magicCookie, type ReadMessage } from './message.ts'
import type { OutgoingRequest, SipOutcome, SipResponse, SipStackOptions } from './ports.ts'
import { randomWord } from './random.ts'
import type { Route, Transport } from './transport.ts'
import { isSayable, type RequestFrame, writeAcceptance, writeRequest, writeSameWay } from './write.ts'

export interface ClientSide {
  request(request: OutgoingRequest): Promise<SipOutcome>
  invite(request: OutgoingRequest, onProvisional?: (response: SipResponse) => void): { readonly outcome: Promise<SipOutcome>; cancel(): void }
  /** A response has come. Whether it is to something that we asked. */
  receive(message: ReadMessage): boolean
  /** Ends whatever is under way as unreachable. */
  failAll(reason: string): void
  size(): number
}

/** What became of one transaction: its final response, silence, or no way. */
type End =
  | { readonly kind: 'response'; readonly message: ReadMessage }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** A transaction under way, by its branch and method. */
interface Entry {
  readonly route: Route
  receive(message: ReadMessage): void
  fail(reason: string): void
}
interface CallUnderWay {
  readonly end: Promise<End>
  cancel(): void
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
  const { clock, random, server, userAgent } = options
  const credentials = createCredentials(options)
  const reliable = transport.framing === 'stream'
  const underWay = new Map<string, Entry>()

  function frameOf(route: Route, cseq: number, given: readonly (readonly [string, OutgoingHeader])[]): RequestFrame {
    const branch = `${magicCookie}${randomWord(random, 24)}`
    return { transport: transport.name, route, branch, cseq, contact: contactOn(route), userAgent, credentials: given }
  }

  function sender(bytes: Uint8Array, { peer }: Route, onFailed: (reason: string) => void): () => void {
    let first = true
    return () => {
      counts.sent += 1
      if (!first) counts.retransmitted += 1
      first = false
      // Not at once: who sends for the first time is not yet ready to hear of it.
      transport.send(bytes, peer, (reason) =>
        queueMicrotask(() => {
          counts.unsent += 1
          onFailed(reason)
        }),
      )
    }
  }

  /** One non-INVITE transaction. */
  function transact(method: string, bytes: Uint8Array, frame: RequestFrame): Promise<End> {
    const key = `${frame.branch} ${method}`
    return new Promise((resolve) => {
      let transaction: ClientTransaction | undefined
      const fail = (reason: string): void => {
        transaction?.end()
        underWay.delete(key)
        resolve({ kind: 'unreachable', reason })
      }
      const receive = (message: ReadMessage): void => {
        const { first } = message
        if (first.kind !== 'response' || transaction?.receive(first.status) !== true) counts.known += 1
        else if (first.status >= 200) resolve({ kind: 'response', message })
      }
      underWay.set(key, { route: frame.route, receive, fail })
      transaction = createRequestTransaction(clock, reliable, {
        transmit: sender(bytes, frame.route, (reason) => transaction?.isSettled() === true || fail(reason)),
        onTimeout() {
          counts.timedOut += 1
          resolve({ kind: 'timeout' })
        },
        onGone: () => void underWay.delete(key),
      })
    })
  }

  /** One INVITE transaction. A call that rings is taken back by CANCEL, at the wish of who called or because it rings for too long. */
  function call(request: OutgoingRequest, frame: RequestFrame, onProvisional: (response: SipResponse) => void): CallUnderWay {
    const key = `${frame.branch} INVITE`
    let transaction: ClientTransaction | undefined
    let settle: (end: End) => void = () => {}
    /** The ACK of each 2xx, by the tag of who sent it: a proxy may have called at two places. */
    const acceptances = new Map<string, () => void>()
    let wish: 'none' | 'cancel' | 'cancelled' = 'none'
    let rings = false
    let giveUpWait = (): void => {}
    const end = new Promise<End>((resolve) => {
      settle = resolve
    })

    function over(what: End): void {
      giveUpWait()
      settle(what)
    }
    function fail(reason: string): void {
      transaction?.end()
      underWay.delete(key)
      over({ kind: 'unreachable', reason })
    }
    function sendCancel(): void {
      wish = 'cancelled'
      void transact('CANCEL', writeSameWay('CANCEL', request, frame), frame)
    }
    /** RFC 3261 §9.1: not before somebody has said that he is working on it; and who does not answer CANCEL within 64 T1 has forgotten the call. */
    function cancel(): void {
      if (wish !== 'none' || transaction?.isSettled() === true) return
      wish = 'cancel'
      if (!rings) return
      sendCancel()
      giveUpWait = clock.after(sipLimits.transactionMs, () => {
        transaction?.end()
        underWay.delete(key)
        over({ kind: 'timeout' })
      })
    }
    function accept(message: ReadMessage): void {
      const tag = message.toTag ?? ''
      if (!acceptances.has(tag) && acceptances.size < sipLimits.forksMax) {
        const again = { ...frame, branch: `${magicCookie}${randomWord(random, 24)}` }
        acceptances.set(
          tag,
          sender(writeAcceptance(request, again, message), frame.route, () => {}),
        )
      }
      acceptances.get(tag)?.()
    }
    function receive(message: ReadMessage): void {
      const { first } = message
      if (first.kind !== 'response') return
      last = message
      if (transaction?.receive(first.status) !== true) {
        counts.known += 1
        return
      }
      if (first.status < 200) {
        rings = true
        onProvisional(responseOf(message))
        if (wish === 'cancel') {
          wish = 'none'
          cancel()
        }
        return
      }
      if (first.status < 300) accept(message)
      over({ kind: 'response', message })
    }
    let last: ReadMessage | undefined
    underWay.set(key, { route: frame.route, receive, fail })
    transaction = createInviteTransaction(clock, reliable, {
      transmit: sender(writeRequest(request, frame), frame.route, (reason) => transaction?.isSettled() === true || fail(reason)),
      acknowledge() {
        if (last !== undefined) sender(writeSameWay('ACK', request, frame, last), frame.route, () => {})()
      },
      onTimeout() {
        counts.timedOut += 1
        if (rings && wish !== 'cancelled') sendCancel()
        over({ kind: 'timeout' })
      },
      onGone: () => void underWay.delete(key),
    })
    return { end, cancel }
  }

  /** Sends until there is an outcome: once, and once more for each challenge that can be answered. */
  async function exchange(request: OutgoingRequest, attempt: (frame: RequestFrame) => Promise<End>): Promise<SipOutcome> {
    const tries = credentials.begin()
    let { cseq } = request
    for (;;) {
      const route = await wayTo(request)
      if (typeof route === 'string') return { kind: 'unreachable', reason: route, cseq }
      const end = await attempt(frameOf(route, cseq, tries.headers(request.method, request.uri)))
      if (end.kind !== 'response') return { ...end, cseq }
      const response = responseOf(end.message)
      const challenged = response.status === 401 || response.status === 407
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
    request: (request) => exchange(request, (frame) => transact(request.method, writeRequest(request, frame), frame)),
    invite(request, onProvisional = () => {}) {
      let current: CallUnderWay | undefined
      let cancelled = false
      const outcome = exchange(request, (frame) => {
        if (cancelled) return Promise.resolve({ kind: 'unreachable', reason: 'cancelled' })
        current = call(request, frame, onProvisional)
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

function responseOf({ first, said }: ReadMessage): SipResponse {
  return first.kind === 'response' ? { ...said, status: first.status, reason: first.reason } : { ...said, status: 0, reason: '' }
}
