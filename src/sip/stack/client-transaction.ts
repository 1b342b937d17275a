import type { SipStackOptions } from '../ports.ts'
import { sipLimits } from './limits.ts'

/** What a client transaction does to the world. */
export interface ClientHooks {
  /** Sends the request, again or for the first time. */
  transmit(): void
  /** Timer F, B, or the bound of an INVITE that only rings: there will be no final response. */
  onTimeout(): void
  /** Nothing of it is needed any more. */
  onGone(): void
}

export interface ClientTransaction {
  /** A response that belongs to it. Whether it is news; the same one again is not. */
  receive(status: number): boolean
  /** It is over, without another word. */
  end(): void
  /** Whether its final response has come, or never will. */
  isSettled(): boolean
}

/**
 * A non-INVITE client transaction (RFC 3261 §17.1.2, figure 6). Over UDP the request goes out again after 500, 1000, 2000, 4000, 4000 … ms (timer E);
 * once somebody has said that it is working on it, each 4000 ms. Timer F ends it after 32 s in either state.
 */
export function createRequestTransaction(clock: SipStackOptions['clock'], reliable: boolean, hooks: ClientHooks): ClientTransaction {
  let state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying'
  let waitMs: number = sipLimits.t1Ms
  let cancelE = (): void => {}
  let cancelF = clock.after(sipLimits.transactionMs, timerF)

  function timerE(): void {
    hooks.transmit()
    waitMs = state === 'proceeding' ? sipLimits.t2Ms : Math.min(2 * waitMs, sipLimits.t2Ms)
    cancelE = clock.after(waitMs, timerE)
  }
  function timerF(): void {
    end()
    hooks.onTimeout()
    hooks.onGone()
  }
  function timerK(): void {
    end()
    hooks.onGone()
  }
  function end(): void {
    state = 'terminated'
    cancelE()
    cancelF()
  }
  if (!reliable) cancelE = clock.after(waitMs, timerE)
  hooks.transmit()
  return {
    receive(status) {
      if (state === 'completed' || state === 'terminated') return false
      if (status < 200) {
        state = 'proceeding'
        return true
      }
      end()
      state = 'completed'
      // Timer K: what was sent twice may be answered twice.
      if (reliable) timerK()
      else cancelF = clock.after(sipLimits.t4Ms, timerK)
      return true
    },
    end,
    isSettled: () => state === 'completed' || state === 'terminated',
  }
}

export interface InviteTransaction extends ClientTransaction {
  /** The request goes out no more; its answer is waited for all the same. */
  hush(): void
}

export interface InviteHooks extends ClientHooks {
  /** Acknowledges a final response that is not a 2xx, in this transaction (RFC 3261 §17.1.1.3); for each time that it comes. */
  acknowledge(): void
}

/**
 * An INVITE client transaction (RFC 3261 §17.1.1, figure 5, as RFC 6026 corrects it). Over UDP the request goes out again after 500, 1000, 2000, 4000,
 * 8000, 16000 ms (timer A has no cap), until somebody says anything; timer B ends it after 32 s of silence. After the final response: timer D, or, for a
 * 2xx, timer M, as long as which each further 2xx is told as news, so that it is acknowledged.
 */
export function createInviteTransaction(clock: SipStackOptions['clock'], reliable: boolean, hooks: InviteHooks): InviteTransaction {
  let state: 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated' = 'calling'
  let waitMs: number = sipLimits.t1Ms
  let cancelA = (): void => {}
  let cancelEnd = clock.after(sipLimits.transactionMs, silent)

  function timerA(): void {
    hooks.transmit()
    waitMs *= 2
    cancelA = clock.after(waitMs, timerA)
  }
  function silent(): void {
    end()
    hooks.onTimeout()
    hooks.onGone()
  }
  function gone(): void {
    end()
    hooks.onGone()
  }
  function end(): void {
    state = 'terminated'
    cancelA()
    cancelEnd()
  }
  function receive(status: number): boolean {
    if (state === 'terminated') return false
    if (state === 'accepted') return status >= 200 && status < 300
    if (state === 'completed') {
      if (status >= 300) hooks.acknowledge()
      return false
    }
    cancelA()
    if (status < 200) {
      if (state === 'calling') {
        cancelEnd()
        cancelEnd = clock.after(sipLimits.proceedingMs, silent)
      }
      state = 'proceeding'
      return true
    }
    cancelEnd()
    state = status < 300 ? 'accepted' : 'completed'
    if (state === 'completed') hooks.acknowledge()
    if (state === 'completed' && reliable) gone()
    else cancelEnd = clock.after(sipLimits.transactionMs, gone)
    return true
  }
  if (!reliable) cancelA = clock.after(waitMs, timerA)
  hooks.transmit()
  return { receive, end, hush: () => cancelA(), isSettled: () => state !== 'calling' && state !== 'proceeding' }
}
