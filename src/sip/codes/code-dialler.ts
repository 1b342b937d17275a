import type { Millis } from '../../desk/time.ts'
import { addressOf, headerOf, routeOf, sipUri, tagOf } from '../dialog-side.ts'
import type { OutgoingRequest, RequestAnswer, SipOutcome, SipRequest, SipResponse, SipStack, SipStackOptions } from '../ports.ts'
import { randomWord } from '../random.ts'
import { type SipUseLimits, sipUseLimits } from '../use-limits.ts'
import type { OwnCalls } from '../watch/own-calls.ts'

/** What came of dialling a code. */
export type CodeEnd =
  /** Answered, and the exchange hung up by itself: it has done what it does. */
  | { readonly kind: 'hung-up' }
  /** Answered, and the exchange would not hang up: we did. */
  | { readonly kind: 'cut-off' }
  /** Not answered, with the status that says why. */
  | { readonly kind: 'turned-down'; readonly status: number; readonly reason: string }
  /** It may have been heard: no answer in time, or the way broke. */
  | { readonly kind: 'silent'; readonly reason: string }
  /** It has not gone out at all. */
  | { readonly kind: 'unsent'; readonly reason: string }

export interface CodeDiallerOptions {
  readonly stack: SipStack
  readonly clock: SipStackOptions['clock']
  readonly random: () => number
  readonly user: string
  readonly domain: string
  /** Who watches the extension is told of these calls; left out where nobody does. */
  readonly own?: OwnCalls
  readonly limits?: Partial<SipUseLimits>
}

export interface CodeDialler {
  /** Dials as the desk's own user, and waits for the exchange to be done. Never rejects. */
  dial(code: string): Promise<CodeEnd>
  /** Resolves when the exchange knows of all that was taken back or hung up on, or will not say so: then the stack may go. */
  settled(): Promise<void>
}

/** One call under way. */
interface CodeCall {
  readonly callId: string
  readonly localTag: string
  readonly hungUp: Promise<void>
  readonly onHungUp: () => void
}

/**
 * Calls a feature code as the desk's own user, without a REGISTER and without media (`a=inactive`). Exchanges answer, wait a second and only then set the
 * forwarding: who hangs up at once has set nothing (reference/sip.md §2e). So the exchange's BYE is waited for, up to a limit.
 */
export function createCodeDialler({ stack, clock, random, user, domain, own, ...options }: CodeDiallerOptions): CodeDialler {
  const limits: SipUseLimits = { ...sipUseLimits, ...options.limits }
  const calls = new Map<string, CodeCall>()
  const goodbyes = new Set<Promise<unknown>>()
  stack.onRequest((request) => {
    const call = calls.get(headerOf(request, 'call-id') ?? '')
    return call === undefined ? undefined : inDialog(call, request)
  })

  function inDialog({ localTag, onHungUp }: CodeCall, request: SipRequest): RequestAnswer {
    if (tagOf(headerOf(request, 'to')) !== localTag) return { status: 481 }
    switch (request.method) {
      case 'BYE':
        onHungUp()
        return { status: 200 }
      case 'INVITE':
        // To lead the media elsewhere, or to keep the session alive: there are still none.
        return { status: 200, body: { type: 'application/sdp', content: silentSession() } }
      default:
        return { status: 200 }
    }
  }

  function silentSession(): string {
    const { host } = stack.contact()
    const net = host.includes(':') ? 'IP6' : 'IP4'
    const id = Math.floor(random() * 1e9)
    return [
      'v=0',
      `o=- ${id} ${id} IN ${net} ${host}`,
      's=-',
      `c=IN ${net} ${host}`,
      't=0 0',
      // Port 9 is the discard service: nothing is listened to, and whatever is sent there is nobody's.
      'm=audio 9 RTP/AVP 8 0',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:0 PCMU/8000',
      'a=inactive',
      '',
    ].join('\r\n')
  }

  async function dial(code: string): Promise<CodeEnd> {
    let onHungUp = (): void => {}
    const hungUp = new Promise<void>((resolve) => {
      onHungUp = resolve
    })
    const call: CodeCall = { callId: `${randomWord(random, 20)}@third-ring`, localTag: randomWord(random, 12), hungUp, onHungUp }
    calls.set(call.callId, call)
    own?.begin(call.callId)
    try {
      return await carryThrough(call, code)
    } finally {
      calls.delete(call.callId)
      own?.end(call.callId)
    }
  }

  async function carryThrough(call: CodeCall, code: string): Promise<CodeEnd> {
    const invitation: OutgoingRequest = {
      method: 'INVITE',
      uri: sipUri(code, domain),
      from: `<${sipUri(user, domain)}>;tag=${call.localTag}`,
      to: `<${sipUri(code, domain)}>`,
      callId: call.callId,
      cseq: 1,
      headers: { allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS' },
      body: { type: 'application/sdp', content: silentSession() },
    }
    const invite = stack.invite(invitation)
    const outcome = await inTime(limits.codeAnswerMs, invite.outcome)
    if (outcome === undefined) {
      invite.cancel()
      // One that is answered all the same must not be left standing.
      part(invite.outcome.then((late) => (isAnswered(late) ? hangUp(invitation, late.response, late.cseq) : late)))
      return { kind: 'silent', reason: 'the exchange does not answer the code' }
    }
    if (outcome.kind === 'timeout') return { kind: 'silent', reason: 'the exchange does not answer' }
    if (outcome.kind === 'unreachable') return { kind: outcome.sent ? 'silent' : 'unsent', reason: outcome.reason }
    const { status, reason } = outcome.response
    if (status >= 300) return { kind: 'turned-down', status, reason }
    if (
      (await inTime(
        limits.codeHangUpMs,
        call.hungUp.then(() => 'hung-up' as const),
      )) !== undefined
    )
      return { kind: 'hung-up' }
    part(hangUp(invitation, outcome.response, outcome.cseq))
    return { kind: 'cut-off' }
  }

  function hangUp(invitation: OutgoingRequest, answer: SipResponse, cseq: number): Promise<SipOutcome> {
    const { from, callId, uri } = invitation
    const route = routeOf(answer)
    return stack.request({
      method: 'BYE',
      uri: addressOf(headerOf(answer, 'contact')) ?? uri,
      from,
      to: headerOf(answer, 'to') ?? invitation.to,
      callId,
      cseq: cseq + 1,
      ...(route.length === 0 ? {} : { headers: { route } }),
    })
  }

  /** Nobody waits for it but who is about to close the way. */
  function part(goodbye: Promise<unknown>): void {
    goodbyes.add(goodbye)
    void goodbye.then(() => goodbyes.delete(goodbye))
  }

  function inTime<Result>(waitMs: Millis, work: Promise<Result>): Promise<Result | undefined> {
    return new Promise((resolve) => {
      const giveUp = clock.after(waitMs, () => resolve(undefined))
      void work.then((result) => {
        giveUp()
        resolve(result)
      })
    })
  }

  return {
    dial,
    settled: async () => void (await inTime(limits.goodbyeMs, Promise.all(goodbyes))),
  }
}

function isAnswered(outcome: SipOutcome): outcome is Extract<SipOutcome, { kind: 'response' }> {
  return outcome.kind === 'response' && outcome.response.status >= 200 && outcome.response.status < 300
}

/** What a status that is no answer says of a code: there is none such, we may not, or nothing certain. */
export function meaningOf(status: number): 'unsupported' | 'refused' | 'unreachable' {
  if ([404, 410, 416, 484, 485, 501, 604].includes(status)) return 'unsupported'
  return (status >= 400 && status < 500 && status !== 408 && status !== 480 && status !== 491) || status >= 600 ? 'refused' : 'unreachable'
}
