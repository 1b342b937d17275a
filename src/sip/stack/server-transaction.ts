import type { SipStackOptions } from '../ports.ts'
import { sipLimits } from './limits.ts'

export interface ServerTransaction {
  /** The same request again: the same answer again. */
  repeat(): void
  /** The other end has heard the final answer to its INVITE. */
  acknowledged(): void
  end(): void
}

/** A non-INVITE server transaction that has been answered (RFC 3261 §17.2.2): the answer is kept for 32 s (timer J); on a stream nothing comes twice. */
export function createRequestServerTransaction(
  clock: SipStackOptions['clock'],
  reliable: boolean,
  hooks: { transmit(): void; onGone(): void },
): ServerTransaction {
  const end = clock.after(reliable ? 0 : sipLimits.transactionMs, hooks.onGone)
  hooks.transmit()
  return { repeat: hooks.transmit, acknowledged() {}, end }
}

/**
 * An INVITE server transaction that has been answered (RFC 3261 §17.2.1; for a 2xx, §13.3.1.4): the answer goes out again after 500, 1000, 2000, 4000,
 * 4000 … ms (timer G) until it is acknowledged, for 32 s at most (timer H). Repetitions of the ACK are swallowed for timer I.
 */
export function createInviteServerTransaction(
  clock: SipStackOptions['clock'],
  { reliable, accepted }: { readonly reliable: boolean; readonly accepted: boolean },
  hooks: { transmit(): void; onGone(): void },
): ServerTransaction {
  let waitMs: number = sipLimits.t1Ms
  let confirmed = false
  let cancelG = (): void => {}
  let cancelEnd = clock.after(sipLimits.transactionMs, gone)

  function timerG(): void {
    hooks.transmit()
    waitMs = Math.min(2 * waitMs, sipLimits.t2Ms)
    cancelG = clock.after(waitMs, timerG)
  }
  function gone(): void {
    end()
    hooks.onGone()
  }
  function end(): void {
    cancelG()
    cancelEnd()
  }
  // A 2xx is repeated on a stream as well: it may have been lost behind a proxy.
  if (!reliable || accepted) cancelG = clock.after(waitMs, timerG)
  hooks.transmit()
  return {
    repeat() {
      if (!confirmed) hooks.transmit()
    },
    acknowledged() {
      if (confirmed) return
      confirmed = true
      end()
      cancelEnd = clock.after(reliable ? 0 : sipLimits.t4Ms, gone)
    },
    end,
  }
}
