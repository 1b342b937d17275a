import { asterisk } from './documents.ts'
import { branchOf, type Heard, has, hear, respond, value } from './stand-in.ts'

/** How the stand-in's messages come and go: in virtual time over a link, or over a real socket. */
export interface Wire {
  now(): number
  after(ms: number, then: () => void): () => void
  send(text: string): void
}

/** A subscription as the exchange has it. */
interface Subscriber {
  readonly resource: string
  /** What of it is watched: `dialog`, or `presence`. */
  readonly event: string
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly contact: string
  cseq: number
  grantedS: number
}

export interface ExchangeOptions {
  readonly grantS?: number
  readonly minS?: number
  /** What its NOTIFY says of the time that is left; what it has granted if left out. */
  readonly saysS?: number
  /** A code before the number, the code that ends it: `*72`, `*73`. */
  readonly codes?: readonly [on: string, off: string]
  /** How long after the answer it sets the forwarding, and hangs up. */
  readonly setsAfterMs?: number
  readonly hangsUpAfterMs?: number
  /** Says this to a code instead of answering it: having set it all the same (`obeys`), or not. */
  readonly codeStatus?: { readonly status: number; readonly obeys: boolean }
  /** The extension that shows whether the desk is forwarded. */
  readonly hint?: string
  readonly notifyBeforeAnswer?: boolean
}

/**
 * A small exchange of the tests' own, written from RFC 6665 and 3261 without a look at ours: it grants subscriptions, notifies, and obeys feature codes as
 * FreePBX does — answer, wait, set, hang up. What it forgets, refuses or loses is the test's to say.
 */
export function createExchange(wire: Wire, options: ExchangeOptions = {}) {
  const subscribers = new Map<string, Subscriber>()
  const documents = new Map<string, string>()
  const calls = new Map<string, { readonly heard: Heard; readonly stop: () => void }>()
  const heardAll: { at: number; heard: Heard }[] = []
  const unanswered: string[] = []
  let branches = 0
  let forwardedTo: string | undefined
  let refuses: ((heard: Heard) => readonly [status: number, reason: string, ...headers: string[]] | undefined) | undefined
  let isDeaf = false

  function answer(heard: Heard, status: number, reason: string, headers: string[] = [], body = ''): void {
    wire.send(respond(heard, status, reason, { tag: 'exchange', headers, body }))
  }

  function receive(text: string): void {
    if (isDeaf) return
    const heard = hear(text)
    heardAll.push({ at: wire.now(), heard })
    if (heard.status !== undefined) {
      unanswered.splice(0, unanswered.length, ...unanswered.filter((branch) => branch !== branchOf(heard)))
      return
    }
    const refusal = heard.method === 'ACK' ? undefined : refuses?.(heard)
    if (refusal !== undefined) {
      const [status, reason, ...headers] = refusal
      answer(heard, status, reason, headers)
    } else if (heard.method === 'SUBSCRIBE') subscribe(heard)
    else if (heard.method === 'INVITE') code(heard)
    else if (heard.method === 'BYE') {
      calls.get(value(heard, 'call-id'))?.stop()
      answer(heard, 200, 'OK')
    } else if (heard.method !== 'ACK') answer(heard, 200, 'OK')
  }

  function subscribe(heard: Heard) {
    const callId = value(heard, 'call-id')
    const resource = decodeURIComponent(/<sip:([^@>]+)@/.exec(value(heard, 'to'))?.[1] ?? '')
    const known = subscribers.get(callId)
    if (value(heard, 'to').includes(';tag=') && known === undefined) return answer(heard, 481, 'Subscription does not exist')
    const wantedS = Number(value(heard, 'expires'))
    if (wantedS > 0 && wantedS < (options.minS ?? 0)) return answer(heard, 423, 'Interval too brief', [`Min-Expires: ${options.minS}`])
    const grantedS = wantedS === 0 ? 0 : Math.min(wantedS, options.grantS ?? wantedS)
    const event = value(heard, 'event')
    // As an exchange does that has nothing of the kind.
    if (event !== 'dialog' && !documents.has(`${event} ${resource}`)) return answer(heard, 489, 'Bad Event')
    const subscriber = known ?? {
      resource,
      event,
      callId,
      from: `${value(heard, 'to').replace(/;tag=.*/, '')};tag=exchange`,
      to: value(heard, 'from'),
      contact: /<([^>]+)>/.exec(value(heard, 'contact'))?.[1] ?? '',
      cseq: 100,
      grantedS,
    }
    subscriber.grantedS = grantedS
    subscribers.set(callId, subscriber)
    const grant = (): void => answer(heard, 200, 'OK', [`Expires: ${grantedS}`, 'Contact: <sip:exchange@192.0.2.1:5060>'])
    const tell = (): void => notify(subscriber, grantedS === 0 ? 'terminated;reason=timeout' : `active;expires=${options.saysS ?? grantedS}`)
    if (options.notifyBeforeAnswer === true) {
      tell()
      wire.after(20, grant)
    } else {
      grant()
      tell()
    }
    if (grantedS === 0) subscribers.delete(callId)
  }

  function notify(
    subscriber: Subscriber,
    state: string,
    body = documents.get(`${subscriber.event} ${subscriber.resource}`) ?? '',
    event = subscriber.event,
  ): void {
    subscriber.cseq += 1
    branches += 1
    const branch = `z9hG4bKexchange${branches}`
    unanswered.push(branch)
    wire.send(
      [
        `NOTIFY ${subscriber.contact} SIP/2.0`,
        `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=${branch};rport`,
        'Max-Forwards: 70',
        `From: ${subscriber.from}`,
        `To: ${subscriber.to}`,
        `Call-ID: ${subscriber.callId}`,
        `CSeq: ${subscriber.cseq} NOTIFY`,
        'Contact: <sip:exchange@192.0.2.1:5060>',
        `Event: ${event}`,
        `Subscription-State: ${state}`,
        ...(body === '' ? [] : [`Content-Type: application/${event === 'presence' ? 'pidf' : 'dialog-info'}+xml`]),
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n'),
    )
  }

  /** A code of the desk's own user. */
  function code(heard: Heard) {
    const dialled = decodeURIComponent(/^sip:([^@]+)@/.exec(heard.uri ?? '')?.[1] ?? '')
    const [on, off] = options.codes ?? ['*72', '*73']
    if (calls.has(value(heard, 'call-id'))) return
    if (!dialled.startsWith(on) && dialled !== off) return answer(heard, 404, 'Not Found')
    const set = (): void => setForwarded(dialled === off ? undefined : dialled.slice(on.length))
    answer(heard, 100, 'Trying')
    if (options.codeStatus !== undefined) {
      if (options.codeStatus.obeys) set()
      return answer(heard, options.codeStatus.status, 'Declined')
    }
    answer(heard, 200, 'OK', ['Contact: <sip:exchange@192.0.2.1:5060>', 'Content-Type: application/sdp'], 'v=0\r\n')
    const cancels = [wire.after(options.setsAfterMs ?? 1000, set)]
    if (options.hangsUpAfterMs !== Number.POSITIVE_INFINITY) cancels.push(wire.after(options.hangsUpAfterMs ?? 2000, () => hangUp(heard)))
    calls.set(value(heard, 'call-id'), { heard, stop: () => void cancels.map((cancel) => cancel()) })
  }

  function hangUp(heard: Heard): void {
    branches += 1
    wire.send(
      [
        `BYE ${/<([^>]+)>/.exec(value(heard, 'contact'))?.[1] ?? ''} SIP/2.0`,
        `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKexchange${branches};rport`,
        'Max-Forwards: 70',
        `From: ${value(heard, 'to')};tag=exchange`,
        `To: ${value(heard, 'from')}`,
        `Call-ID: ${value(heard, 'call-id')}`,
        'CSeq: 1 BYE',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    )
  }

  function setForwarded(target: string | undefined): void {
    forwardedTo = target
    if (options.hint !== undefined) show(options.hint, asterisk({ state: target === undefined ? 'terminated' : 'confirmed' }, options.hint))
  }

  /** From now on this is what it shows of a resource; whoever watches it is told. */
  function show(resource: string, document: string, event = 'dialog'): void {
    documents.set(`${event} ${resource}`, document)
    for (const subscriber of subscribers.values())
      if (subscriber.resource === resource && subscriber.event === event) notify(subscriber, `active;expires=${subscriber.grantedS}`)
  }

  if (options.hint !== undefined) documents.set(`dialog ${options.hint}`, asterisk({ state: 'terminated' }, options.hint))
  return {
    receive,
    /** Its own word about a request that it has heard, whenever it likes. */
    answer,
    show,
    setForwarded,
    forwardedTo: () => forwardedTo,
    subscribers: () => [...subscribers.values()],
    /** Ends every subscription, saying why. */
    terminate(reason: string): void {
      for (const subscriber of subscribers.values()) notify(subscriber, `terminated;${reason}`, '')
      subscribers.clear()
    },
    notify(state: string, body: string, event?: string): void {
      for (const subscriber of subscribers.values()) notify(subscriber, state, body, event)
    },
    /** It has started anew: it knows of nothing. */
    restart: () => subscribers.clear(),
    deaf(is: boolean): void {
      isDeaf = is
    },
    refuse(rule: typeof refuses): void {
      refuses = rule
    },
    /** Requests of ours, by their method. */
    heard: (method: string) => heardAll.filter(({ heard }) => heard.method === method),
    /** What it has said and got no answer to. */
    unanswered: () => [...unanswered],
    hasCredentials: (heard: Heard) => has(heard, 'authorization'),
  }
}
export type Exchange = ReturnType<typeof createExchange>
