import { messageOf } from '../../errors.ts'
import type { RequestAnswer, SipRequest, SipStackOptions } from '../ports.ts'
import { randomWord } from '../random.ts'
import type { SipCounters } from './counters.ts'
import { sipLimits } from './limits.ts'
import type { ReadMessage } from './message.ts'
import { createInviteServerTransaction, createRequestServerTransaction, type ServerTransaction } from './server-transaction.ts'
import type { Endpoint, Transport } from './transport.ts'
import { writeAnswer } from './write.ts'

export interface ServerSide {
  receive(message: ReadMessage, method: string, from: Endpoint): void
  onRequest(handler: (request: SipRequest) => RequestAnswer | undefined): void
  /** Answers that are kept. */
  size(): number
  stop(): void
}

interface Kept {
  readonly transaction: ServerTransaction
  readonly source: string
  /** Of an INVITE: what the ACK of a 2xx is known by, its Call-ID and CSeq. */
  readonly invite: string | undefined
}

/** Requests from outside: each is told once and answered at once; its answer is kept for repetitions (RFC 3261 §17.2). */
export function createServerSide(
  options: Pick<SipStackOptions, 'clock' | 'random' | 'log' | 'userAgent'>,
  transport: Transport,
  counts: SipCounters,
): ServerSide {
  const { clock, random, log, userAgent } = options
  const handlers: ((request: SipRequest) => RequestAnswer | undefined)[] = []
  /** In the order in which they came. */
  const kept = new Map<string, Kept>()
  const perSource = new Map<string, number>()

  function forget(key: string): void {
    const gone = kept.get(key)
    if (gone === undefined) return
    gone.transaction.end()
    kept.delete(key)
    const left = (perSource.get(gone.source) ?? 1) - 1
    if (left === 0) perSource.delete(gone.source)
    else perSource.set(gone.source, left)
  }

  /** Room for one more of this source. Under a flood it is better to tell something twice than not at all. */
  function makeRoom(source: string): void {
    const full = kept.size >= sipLimits.serverTransactionsMax
    if (!full && (perSource.get(source) ?? 0) < sipLimits.serverTransactionsPerSourceMax) return
    for (const [key, other] of kept) {
      if (!full && other.source !== source) continue
      counts.forgotten += 1
      forget(key)
      return
    }
  }

  function acknowledge(message: ReadMessage): void {
    const own = kept.get(keyOf(message, 'INVITE'))
    const accepted = own ?? [...kept.values()].find(({ invite }) => invite === inviteOf(message))
    accepted?.transaction.acknowledged()
  }

  function answerTo(message: ReadMessage, method: string, from: Endpoint): RequestAnswer {
    if (method === 'CANCEL') return { status: kept.has(keyOf(message, 'INVITE')) ? 200 : 481 }
    const required = message.wire.get('require') ?? []
    if (required.length > 0) return { status: 420, headers: { unsupported: required } }
    const uri = message.first.kind === 'request' ? message.first.uri : ''
    const request: SipRequest = { ...message.said, method, uri, from }
    try {
      for (const handler of handlers) {
        const answer = handler(request)
        if (answer !== undefined) return answer
      }
    } catch (error) {
      // A fault of ours that somebody outside can cause again and again must not end the process; it is counted and said.
      counts.failed += 1
      log.warn({ error: messageOf(error), method }, 'a SIP request could not be handled')
      return { status: 500 }
    }
    if (method === 'OPTIONS') return { status: 200, headers: { allow: allowed } }
    return message.toTag === undefined ? { status: 405, headers: { allow: allowed } } : { status: 481 }
  }

  function receive(message: ReadMessage, method: string, from: Endpoint): void {
    if (method === 'ACK') {
      acknowledge(message)
      return
    }
    const key = keyOf(message, method)
    const before = kept.get(key)
    if (before !== undefined) {
      counts.repeated += 1
      before.transaction.repeat()
      return
    }
    const answer = answerTo(message, method, from)
    const bytes = writeAnswer(message, answer, { from, toTag: randomWord(random, 12), userAgent })
    const back = answerEndpoint(message, from, transport)
    let first = true
    const transmit = (): void => {
      counts.sent += 1
      if (!first) counts.retransmitted += 1
      first = false
      transport.send(bytes, back, () => {
        counts.unsent += 1
      })
    }
    makeRoom(from.address)
    const hooks = { transmit, onGone: () => forget(key) }
    const reliable = transport.framing === 'stream'
    const isInvite = method === 'INVITE'
    const transaction = isInvite
      ? createInviteServerTransaction(clock, { reliable, accepted: answer.status < 300 }, hooks)
      : createRequestServerTransaction(clock, reliable, hooks)
    perSource.set(from.address, (perSource.get(from.address) ?? 0) + 1)
    kept.set(key, { transaction, source: from.address, invite: isInvite ? inviteOf(message) : undefined })
  }

  return {
    receive,
    onRequest: (handler) => void handlers.push(handler),
    size: () => kept.size,
    stop() {
      for (const key of [...kept.keys()]) forget(key)
    },
  }
}

const allowed = 'OPTIONS, NOTIFY, BYE, CANCEL, ACK'

/** RFC 3261 §17.2.3: the branch, who sent it, and the method; an ACK and a CANCEL belong to an INVITE. */
function keyOf({ branch, via }: ReadMessage, method: string): string {
  return `${branch} ${via.host.toLowerCase()}:${via.port ?? ''} ${method}`
}

function inviteOf({ callId, cseq, fromTag }: ReadMessage): string {
  return `${cseq.number} ${fromTag ?? ''} ${callId}`
}

/**
 * Where an answer goes (RFC 3261 §18.2.2, RFC 3581 §4): to the address that the request came from, always; a host named in the request is never written to.
 * To that port if it is asked for so, otherwise to the one in Via.
 */
function answerEndpoint({ via }: ReadMessage, from: Endpoint, { framing }: Transport): Endpoint {
  if (framing === 'stream' || via.params.has('rport')) return from
  return { address: from.address, port: via.port ?? 5060 }
}
