import type { OutgoingRequest, SipResponse } from '../ports.ts'
import { randomWord } from '../random.ts'
import { createInviteTransaction, type InviteTransaction } from './client-transaction.ts'
import { sipLimits } from './limits.ts'
import { magicCookie, type ReadMessage, responseOf } from './message.ts'
import type { End, Outbound } from './outbound.ts'
import { transact } from './transact.ts'
import { type RequestFrame, writeAcceptance, writeRequest, writeSameWay } from './write.ts'

export interface CallUnderWay {
  readonly end: Promise<End>
  cancel(): void
}

/** One INVITE transaction. A call that rings is taken back by CANCEL, at the wish of who called or because it rings for too long. */
export function placeCall(outbound: Outbound, request: OutgoingRequest, frame: RequestFrame, onProvisional: (response: SipResponse) => void): CallUnderWay {
  const { clock, random, reliable, counts, underWay, sender } = outbound
  const key = `${frame.branch} INVITE`
  let transaction: InviteTransaction | undefined
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
  function fail(reason: string, sent: boolean): void {
    transaction?.end()
    underWay.delete(key)
    over({ kind: 'unreachable', reason, ...(sent ? { sent } : {}) })
  }
  function sendCancel(): void {
    wish = 'cancelled'
    void transact(outbound, 'CANCEL', writeSameWay('CANCEL', request, frame), frame)
  }
  /** RFC 3261 §9.1: not before somebody has said that he is working on it; and who does not answer CANCEL within 64 T1 has forgotten the call. */
  function cancel(): void {
    if (wish !== 'none' || transaction?.isSettled() === true) return
    wish = 'cancel'
    // Nor does it go out again: who comes back by then would still do what nobody wants any more.
    transaction?.hush()
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
  underWay.set(key, { route: frame.route, receive, fail: (reason) => fail(reason, true) })
  transaction = createInviteTransaction(clock, reliable, {
    transmit: sender(writeRequest(request, frame), frame.route, (reason, sent) => transaction?.isSettled() === true || fail(reason, sent)),
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
