import { doubledMs } from '../../back-off.ts'
import type { Millis } from '../../desk/time.ts'
import { addressOf, cseqOf, headerOf, headersOf, routeOf, secondsOf, sipUri, subscriptionStateOf, tagOf } from '../dialog-side.ts'
import type { OutgoingRequest, RequestAnswer, SipOutcome, SipRequest, SipResponse, SipStack, SipStackOptions } from '../ports.ts'
import { randomWord } from '../random.ts'
import { type SipUseLimits, sipUseLimits } from '../use-limits.ts'

/** What a notifier said of a resource. `asked`: it answers a SUBSCRIBE of ours, and so need not be news. */
export interface Notification {
  readonly cseq: number
  readonly body: string
  readonly asked: boolean
}

/** What is subscribed to (RFC 6665 §7.2), and in which form it comes. */
export interface EventPackage {
  readonly event: string
  readonly type: string
}

const dialogPackage: EventPackage = { event: 'dialog', type: 'application/dialog-info+xml' }

export interface SubscriptionOptions {
  readonly stack: SipStack
  readonly clock: SipStackOptions['clock']
  readonly random: () => number
  /** Who asks, and who or what is watched: users of the domain. */
  readonly user: string
  readonly watched: string
  readonly domain: string
  /** Dialogs (RFC 4235) if left out. */
  readonly package?: EventPackage
  readonly onNotify: (notification: Notification) => void
  /** Nothing is known any more, or the first NOTIFY of a new subscription is about to be handed over: what was known before is no longer so. */
  readonly onDown: (reason: string) => void
  readonly limits?: Partial<SipUseLimits>
}

export interface SubscriptionHealth {
  /** `active`: told by NOTIFY; `asking`: granted or asked for, nothing told yet; `waiting`: it failed, and is asked for again after a while. */
  readonly state: 'stopped' | 'asking' | 'active' | 'waiting'
  /** Why it failed last, in a sentence; left out while it is active. */
  readonly fault?: string
  readonly notified: number
  readonly afresh: number
}

export interface Subscription {
  start(): void
  /** Says goodbye, and does not wait for the answer for long. */
  stop(): Promise<void>
  /** All of it once more; not more often than is sensible. */
  refresh(): void
  /** The exchange has not been heard for a while: nothing is believed, and it is asked afresh. */
  restart(reason: string): void
  health(): SubscriptionHealth
}

/** One dialog of SUBSCRIBE and NOTIFY. */
interface Session {
  readonly callId: string
  readonly localTag: string
  cseq: number
  remoteTag?: string | undefined
  target?: string | undefined
  route: readonly string[]
  /** A SUBSCRIBE of ours has gone out, and its NOTIFY has not come. */
  askedAt?: number | undefined
  notified: boolean
  grantedS?: number
}

/**
 * A subscription (RFC 6665) that keeps itself: renewed in time, and made anew with patience whenever it is lost. Whatever the
 * notifier does, there is one subscription at a time, and while there is none nothing is claimed of the resource.
 */
export function createSubscription(options: SubscriptionOptions): Subscription {
  const { stack, clock, random, user, watched, domain, onNotify, onDown, package: { event, type } = dialogPackage } = options
  const limits: SipUseLimits = { ...sipUseLimits, ...options.limits }
  const counts = { notified: 0, afresh: 0 }
  let session: Session | undefined
  let running = false
  let registered = false
  let failures = 0
  let wantedS: number = limits.expiresS
  let fault: string | undefined
  let refreshedAt = Number.NEGATIVE_INFINITY
  let cancelTimer = (): void => {}

  function wake(delayMs: Millis, then: () => void): void {
    cancelTimer()
    cancelTimer = clock.after(delayMs, then)
  }

  function begin(): void {
    if (!running) return
    counts.afresh += 1
    session = { callId: `${randomWord(random, 20)}@third-ring`, localTag: randomWord(random, 12), cseq: 0, route: [], notified: false }
    void ask(session, wantedS)
  }

  async function ask(current: Session, expiresS: number): Promise<void> {
    current.askedAt = clock.now()
    refreshedAt = clock.now()
    const outcome = await stack.request(subscribe(current, expiresS))
    current.cseq = Math.max(current.cseq, outcome.cseq)
    if (session !== current || !running) return
    if (outcome.kind === 'response' && outcome.response.status < 300) granted(current, outcome.response, expiresS)
    else failed(outcome, current)
  }

  function subscribe(current: Session, expiresS: number): OutgoingRequest {
    current.cseq += 1
    const { callId, cseq, localTag, remoteTag, target, route } = current
    const resource = sipUri(watched, domain)
    return {
      method: 'SUBSCRIBE',
      uri: target ?? resource,
      from: `<${sipUri(user, domain)}>;tag=${localTag}`,
      to: remoteTag === undefined ? `<${resource}>` : `<${resource}>;tag=${remoteTag}`,
      callId,
      cseq,
      headers: { event, accept: type, expires: String(expiresS), ...(route.length === 0 ? {} : { route }) },
    }
  }

  function granted(current: Session, response: SipResponse, askedS: number): void {
    const tag = tagOf(headerOf(response, 'to'))
    current.remoteTag ??= tag
    current.target = addressOf(headerOf(response, 'contact')) ?? current.target
    if (current.route.length === 0) current.route = routeOf(response)
    const grantedS = Math.min(secondsOf(headerOf(response, 'expires')) ?? askedS, limits.expiresMaxS)
    // Only one that is renewed shows that all is well: an exchange may grant each, tell of it, and end it at once.
    if (current.grantedS !== undefined) failures = 0
    if (current.notified) renewIn(grantedS)
    // Nothing is known before the first NOTIFY: it is waited for, and not for the whole of the subscription.
    else wake(limits.firstNotifyMs, () => lose('the exchange grants the subscription and sends nothing', backOff()))
    current.grantedS = grantedS
  }

  function renewIn(grantedS: number): void {
    const half = (Math.max(grantedS, limits.expiresMinS) * 1000) / 2
    wake(half * (1 - limits.refreshSpread + 2 * limits.refreshSpread * random()), () => session !== undefined && void ask(session, wantedS))
  }

  function failed(outcome: SipOutcome, current: Session): void {
    if (outcome.kind !== 'response') {
      lose(outcome.kind === 'timeout' ? 'the exchange does not answer' : `the exchange cannot be reached: ${outcome.reason}`, backOff())
      return
    }
    const { response } = outcome
    const { status } = response
    const minS = secondsOf(headerOf(response, 'min-expires'))
    if (status === 423 && minS !== undefined && minS > wantedS && minS <= limits.expiresMaxS) {
      wantedS = minS
      void ask(current, wantedS)
      return
    }
    lose(sentenceOf(response), retryAfter(response) ?? (isRefusal(status) ? limits.refusedMs : backOff()))
  }

  function retryAfter(response: SipResponse): Millis | undefined {
    const seconds = secondsOf(headerOf(response, 'retry-after'))
    return seconds === undefined ? undefined : Math.min(seconds * 1000, limits.retryAfterMaxMs) + random() * limits.againFirstMs
  }

  function backOff(): Millis {
    failures += 1
    const longest = doubledMs(failures, limits.againFirstMs, limits.againMaxMs)
    return longest / 2 + (random() * longest) / 2
  }

  /** Afresh, but not all desks at one moment; and soon only the first time. */
  function soon(): Millis {
    const isFirst = failures === 0
    const laterMs = backOff()
    return isFirst ? random() * limits.againFirstMs : laterMs
  }

  function lose(reason: string, againMs: Millis): void {
    session = undefined
    fault = reason
    onDown(reason)
    if (running) wake(againMs, begin)
  }

  /** A NOTIFY that is ours is answered, whatever is in it; one of a subscription that we do not have is told so, and its notifier gives up. */
  function onRequest(request: SipRequest): RequestAnswer | undefined {
    const current = session
    if (request.method !== 'NOTIFY' || current === undefined || headerOf(request, 'call-id') !== current.callId) return undefined
    const remoteTag = tagOf(headerOf(request, 'from'))
    if (tagOf(headerOf(request, 'to')) !== current.localTag || (current.remoteTag !== undefined && remoteTag !== current.remoteTag)) return { status: 481 }
    if (firstOf(headerOf(request, 'event')) !== event) return { status: 489 }
    const state = subscriptionStateOf(headerOf(request, 'subscription-state'))
    const cseq = cseqOf(request)
    if (state === undefined || cseq === undefined) return { status: 400 }
    current.remoteTag = remoteTag
    current.target = addressOf(headerOf(request, 'contact')) ?? current.target
    if (current.route.length === 0) current.route = headersOf(request, 'record-route')
    if (state.state === 'terminated') over(state.reason, state.retryAfterS)
    else told(current, request, cseq, state.expiresS)
    return { status: 200 }
  }

  function told(current: Session, request: SipRequest, cseq: number, expiresS: number | undefined): void {
    const asked = current.askedAt !== undefined && clock.now() - current.askedAt <= limits.answerWithinMs
    current.askedAt = undefined
    counts.notified += 1
    fault = undefined
    if (!current.notified) {
      current.notified = true
      // A notifier may grant less than was asked for, and never more (RFC 6665): a longer time, believed, would outlive the subscription.
      renewIn(Math.min(expiresS ?? Number.POSITIVE_INFINITY, current.grantedS ?? wantedS))
    }
    const sent = firstOf(headerOf(request, 'content-type'))
    if (request.body.trim() !== '' && sent !== undefined && sent !== type) return
    onNotify({ cseq, body: request.body, asked })
  }

  /** RFC 6665 §4.1.3: each reason says whether and when it is worth another try. */
  function over(reason: string | undefined, retryAfterS: number | undefined): void {
    const given = retryAfterS === undefined ? undefined : Math.min(retryAfterS * 1000, limits.retryAfterMaxMs) + random() * limits.againFirstMs
    const refused = reason === 'rejected' || reason === 'noresource' || reason === 'invariant'
    const atOnce = reason === undefined || reason === 'deactivated' || reason === 'timeout'
    const leastMs = given !== undefined || atOnce ? soon() : refused ? limits.refusedMs : backOff()
    lose(`the exchange has ended the subscription (${reason ?? 'no reason given'})`, Math.max(given ?? 0, leastMs))
  }

  return {
    start() {
      if (running) return
      running = true
      if (!registered) stack.onRequest(onRequest)
      registered = true
      begin()
    },
    async stop() {
      if (!running) return
      running = false
      cancelTimer()
      const last = session
      session = undefined
      if (last?.remoteTag === undefined) return
      await new Promise<void>((resolve) => {
        const giveUp = clock.after(limits.goodbyeMs, resolve)
        void stack.request(subscribe(last, 0)).then(() => {
          giveUp()
          resolve()
        })
      })
    },
    refresh() {
      const current = session
      if (current?.notified !== true || clock.now() - refreshedAt < limits.refreshGapMs) return
      void ask(current, wantedS)
    },
    restart(reason) {
      if (running && session !== undefined) lose(reason, soon())
    },
    health: () => ({
      state: running ? (session === undefined ? 'waiting' : session.notified ? 'active' : 'asking') : 'stopped',
      ...(fault === undefined ? {} : { fault }),
      ...counts,
    }),
  }
}

/** What stands before the parameters, in small letters. */
function firstOf(header: string | undefined): string | undefined {
  return header?.split(';', 1)[0]?.trim().toLowerCase()
}

/** Answers after which only a person can help: wrong password, not allowed, no such event, nobody of that name. */
function isRefusal(status: number): boolean {
  return [401, 403, 404, 405, 407, 484, 485, 489, 501, 604].includes(status)
}

function sentenceOf({ status, reason }: SipResponse): string {
  if (status === 401 || status === 407) return 'the exchange does not accept the user or the password'
  if (status === 403) return `the exchange does not allow it (403 ${reason})`
  if (status === 404 || status === 604) return 'the exchange knows nobody of that name, or has no hint for them'
  if (status === 489) return 'the exchange does not offer the event "dialog"'
  if (status === 481) return 'the exchange has forgotten the subscription'
  return `the exchange answered ${status} ${reason}`
}
