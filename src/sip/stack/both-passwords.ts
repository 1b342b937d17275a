import type { OutgoingRequest, SipOutcome, SipResponse, SipStack } from '../ports.ts'

/** The password that is given now. While it is being changed its file holds two, the new one first: whichever the exchange takes is kept. */
export interface BothPasswords {
  current(): string | undefined
  /** Takes the other one; false where there is none. */
  turn(): boolean
}

export function createBothPasswords(values: () => readonly string[]): BothPasswords {
  let known: readonly string[] = values()
  let index = 0
  function read(): readonly string[] {
    const now = values()
    // A file that was changed begins with the new one.
    if (now.length !== known.length || now.some((value, place) => value !== known[place])) index = 0
    known = now
    return now
  }
  return {
    current: () => {
      const now = read()
      return now[index] ?? now[0]
    },
    turn() {
      if (read().length < 2) return false
      index = 1 - index
      return true
    },
  }
}

/** The same stack; what is turned down with one password is asked once more with the other. */
export function withBothPasswords(stack: SipStack, passwords: BothPasswords): SipStack {
  async function once(request: OutgoingRequest, ask: (request: OutgoingRequest) => Promise<SipOutcome>, isWanted = (): boolean => true): Promise<SipOutcome> {
    const outcome = await ask(request)
    return isTurnedDown(outcome) && isWanted() && passwords.turn() ? ask({ ...request, cseq: outcome.cseq + 1 }) : outcome
  }
  return {
    ...stack,
    request: (request) => (request.anonymous ? stack.request(request) : once(request, stack.request)),
    invite(request: OutgoingRequest, onProvisional?: (response: SipResponse) => void) {
      let isCancelled = false
      let cancelCall = (): void => {}
      const place = (again: OutgoingRequest): Promise<SipOutcome> => {
        const call = stack.invite(again, onProvisional)
        cancelCall = call.cancel
        return call.outcome
      }
      return {
        // A call that was given up is not placed anew, however late it is turned down.
        outcome: once(request, place, () => !isCancelled),
        cancel() {
          isCancelled = true
          cancelCall()
        },
      }
    },
  }
}

function isTurnedDown(outcome: SipOutcome): boolean {
  return outcome.kind === 'response' && (outcome.response.status === 401 || outcome.response.status === 407 || outcome.response.status === 403)
}
