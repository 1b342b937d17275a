import { type ClientTransaction, createRequestTransaction } from './client-transaction.ts'
import type { ReadMessage } from './message.ts'
import type { End, Outbound } from './outbound.ts'
import type { RequestFrame } from './write.ts'

/** One non-INVITE transaction. */
export function transact(outbound: Outbound, method: string, bytes: Uint8Array, frame: RequestFrame): Promise<End> {
  const { clock, reliable, counts, underWay, sender } = outbound
  const key = `${frame.branch} ${method}`
  return new Promise((resolve) => {
    let transaction: ClientTransaction | undefined
    const fail = (reason: string, sent: boolean): void => {
      transaction?.end()
      underWay.delete(key)
      resolve({ kind: 'unreachable', reason, ...(sent ? { sent } : {}) })
    }
    const receive = (message: ReadMessage): void => {
      const { first } = message
      if (first.kind !== 'response' || transaction?.receive(first.status) !== true) counts.known += 1
      else if (first.status >= 200) resolve({ kind: 'response', message })
    }
    underWay.set(key, { route: frame.route, receive, fail: (reason) => fail(reason, true) })
    transaction = createRequestTransaction(clock, reliable, {
      transmit: sender(bytes, frame.route, (reason, sent) => transaction?.isSettled() === true || fail(reason, sent)),
      onTimeout() {
        counts.timedOut += 1
        resolve({ kind: 'timeout' })
      },
      onGone: () => void underWay.delete(key),
    })
  })
}
