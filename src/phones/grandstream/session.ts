import { createHash } from 'node:crypto'
import { atMost } from '../../at-most.ts'
import type { Millis } from '../../desk/time.ts'
import { createInTurn } from '../../in-turn.ts'
import { textLengthMax } from '../call-ref.ts'
import type { PhoneMemory } from '../driver.ts'
import type { Answer, Asked, HttpClient } from '../http-client.ts'
import type { Passwords } from '../passwords.ts'
import { type CtiMeaning, ctiMeaning, jsonMeaning } from './cti-answer.ts'

/** The ways in that firmwares have (reference/grandstream.md §2.4): found out, never assumed. */
export type LoginVariant = 'passcode' | 'challenge' | 'plain'

/** A phone's answer to a CTI request, logged in as this firmware wants it. `unauthorized` never gets out of here: it has become `refused`. */
export type CtiAnswer =
  | Exclude<CtiMeaning, { kind: 'unauthorized' }>
  | { readonly kind: 'refused'; readonly reason: string }
  /** `sent`: the phone may have got it. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly sent: boolean }

/** How urgent a request is, and whether it may still go out when its turn comes. */
export type Urgency = Pick<Asked, 'command' | 'goAhead'>

/** What the phone's web page asks of the phone: its settings. */
export interface PageRequest extends Urgency {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly name: string
  readonly query?: Readonly<Record<string, string>>
  /** The body: fields of a form, or anything as JSON. */
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
}
/** `unreadable`: there is no such page, or no login for it. */
export type PageAnswer = { readonly kind: 'json'; readonly value: Readonly<Record<string, unknown>> } | NoAnswer
type NoAnswer = Exclude<CtiAnswer, { kind: 'success' | 'error' }>

export interface Session {
  ask(name: string, parameters?: Readonly<Record<string, string>>, urgency?: Urgency): Promise<CtiAnswer>
  /** Logged in as the phone's web page is, also where a passcode serves for everything else. */
  page(request: PageRequest): Promise<PageAnswer>
  variant(): LoginVariant | undefined
  /**
   * Gives the login back, after what is under way: these phones have one session an account, and one that is left open keeps the administrator out, or is
   * thrown out by them. Best effort, and never longer than `goodbyeMs`; whoever asks again afterwards is logged in again.
   */
  leave(): Promise<void>
}

export interface SessionOptions {
  readonly client: HttpClient
  readonly url: string
  readonly username: string
  readonly passwords: Passwords
  readonly memory: PhoneMemory
  readonly goodbyeMs: Millis
  /** Told what the phone says of itself when somebody logs in. */
  readonly onLogin?: (described: { readonly firmware?: string }) => void
}

const formType = 'application/x-www-form-urlencoded'
const advice = 'wrong password, or the agent is not on the phone’s allowed list, or its remote control pop-up window is on'

/**
 * A passcode in each request where the phone takes it; else a login, by the SHA-256 challenge where the phone gives a nonce, in clear where it gives
 * none. Which it is, is remembered. One wrong login is the last: these phones lock after five, and the lock hits the administrator, too.
 */
export function createSession(options: SessionOptions): Session {
  const { client, username, passwords, memory } = options
  const { origin, host } = new URL(options.url)
  const memoryKey = `login/grandstream/${host.slice(0, 100)}`
  let variant = variantOf(memory.recall(memoryKey))
  let entered: { readonly sid: string; readonly cookies: string } | undefined

  function learn(found: LoginVariant): void {
    if (variant !== found) memory.remember(memoryKey, found)
    variant = found
  }

  const turn = createInTurn()
  /** The phone has said no to the request under way. */
  let turnedDown: 'password' | 'other' | undefined

  /** One after the other: two that found the door shut at the same time would both try the password. */
  function ask(name: string, parameters: Readonly<Record<string, string>> = {}, urgency: Urgency = {}): Promise<CtiAnswer> {
    return inTurn(() => askNow(name, parameters, urgency))
  }

  function inTurn<Answered extends { readonly kind: string }>(work: () => Promise<Answered>): Promise<Answered> {
    return turn.run(() => withEither(work))
  }

  /** With the other password once, where there are two and the phone has not locked itself. What it turned down it has not done. */
  async function withEither<Answered extends { readonly kind: string }>(work: () => Promise<Answered>): Promise<Answered> {
    const first = await work()
    const why = turnedDownNow()
    if (why === undefined) return settled(first)
    if (!passwords.refused() || why !== 'password') return shut(first)
    const second = await work()
    if (turnedDownNow() === undefined) return settled(second)
    passwords.refused()
    return shut(second)
  }

  function turnedDownNow(): typeof turnedDown {
    const why = turnedDown
    turnedDown = undefined
    return why
  }

  function settled<Answered extends { readonly kind: string }>(answer: Answered): Answered {
    if (answer.kind === 'success' || answer.kind === 'error' || answer.kind === 'json') passwords.worked()
    return answer
  }

  /** Nothing more is asked until the back-off is over. */
  function shut<Answered extends { readonly kind: string }>(answer: Answered): Answered {
    if ('reason' in answer && typeof answer.reason === 'string' && answer.kind === 'refused') client.refuse(answer.reason)
    return answer
  }

  /** Where a passcode is good for the CTI functions, a page that is barred must not bar them as well. */
  async function pageNow(request: PageRequest): Promise<PageAnswer> {
    const inTheWay = variant === 'passcode'
    for (let fresh = entered === undefined; ; fresh = true) {
      const failure = fresh ? await enter(inTheWay) : undefined
      if (failure !== undefined) return failure
      const answer = await raw(pageAsked(request, entered?.sid ?? ''))
      if (answer.kind !== 'answered') return outcome(answer)
      const read = jsonMeaning(answer)
      if (read.kind !== 'unauthorized') return read
      if (fresh) return inTheWay ? { kind: 'refused', reason: advice } : refuse(`turned away although logged in: ${advice}`, 'other')
    }
  }

  async function askNow(name: string, parameters: Readonly<Record<string, string>>, command: Urgency): Promise<CtiAnswer> {
    if (variant === undefined || variant === 'passcode') {
      const answer = await withPasscode(name, parameters, command)
      if (answer.kind === 'success' || answer.kind === 'error') learn('passcode')
      if (answer.kind !== 'unauthorized') return answer
      if (variant === 'passcode') return refuse(advice)
    }
    if (entered !== undefined) {
      const answer = await withSession(name, parameters, command)
      if (answer.kind !== 'unauthorized') return answer
    }
    // No session yet, or it has run out. The request above did nothing, so asking again is not asking twice.
    const failure = await enter()
    if (failure !== undefined) return failure
    const answer = await withSession(name, parameters, command)
    return answer.kind === 'unauthorized' ? refuse(`turned away although logged in: ${advice}`, 'other') : answer
  }

  function refuse(reason: string, why: 'password' | 'other' = 'password'): Extract<CtiAnswer, { kind: 'refused' }> {
    variant = undefined
    entered = undefined
    turnedDown = why
    return { kind: 'refused', reason }
  }

  function withPasscode(name: string, parameters: Readonly<Record<string, string>>, urgency: Urgency): Promise<CtiMeaning | CtiAnswer> {
    return send({ path: `/cgi-bin/${name}?${encoded({ passcode: passwords.current(), ...parameters })}`, ...urgency })
  }

  function withSession(name: string, parameters: Readonly<Record<string, string>>, urgency: Urgency): Promise<CtiMeaning | CtiAnswer> {
    return post(name, { ...parameters, sid: entered?.sid ?? '' }, urgency)
  }

  function post(name: string, fields: Readonly<Record<string, string>>, urgency: Urgency = {}): Promise<CtiMeaning | CtiAnswer> {
    return send({ method: 'POST', path: `/cgi-bin/${name}`, body: encoded(fields), ...urgency, headers: { 'Content-Type': formType } })
  }

  async function send(asked: Asked): Promise<CtiMeaning | CtiAnswer> {
    const answer = await raw(asked)
    return answer.kind === 'answered' ? ctiMeaning(answer) : outcome(answer)
  }

  /** Without Origin and Referer some firmwares answer 403. */
  function raw(asked: Asked): Promise<Answer> {
    const cookies = entered === undefined ? {} : { Cookie: entered.cookies }
    return client.ask({ ...asked, headers: { ...asked.headers, Origin: origin, Referer: `${origin}/`, ...cookies } })
  }

  /** `undefined` when we are in, else the answer that says why not. */
  async function enter(aside = false): Promise<NoAnswer | undefined> {
    entered = undefined
    const challenge = await post('access', { access: sha256(username) })
    if (challenge.kind === 'refused' || challenge.kind === 'unreachable') return challenge
    // Not even the question how to log in is welcome, so the password stays here.
    if (challenge.kind === 'unauthorized') return aside ? { kind: 'refused', reason: advice } : refuse(advice)
    const nonce = challenge.kind === 'success' && typeof challenge.body === 'string' && challenge.body !== '' ? challenge.body : undefined
    const password = passwords.current()
    const secret = nonce === undefined ? password : sha256(`${password}${nonce}`)
    const answer = await raw({
      method: 'POST',
      path: '/cgi-bin/dologin',
      body: encoded({ username, password: secret }),
      headers: { 'Content-Type': formType },
    })
    if (answer.kind !== 'answered') return outcome(answer)
    const login = ctiMeaning(answer)
    const sid = login.kind === 'success' ? textField(login.body, 'sid') : undefined
    if (aside && login.kind === 'unreadable') return login
    if (login.kind !== 'success' || sid === undefined) {
      const word = failure(login)
      return refuse(`the login was turned down (${word}): ${advice}`, /lock/i.test(word) ? 'other' : 'password')
    }
    if (!aside) learn(nonce === undefined ? 'plain' : 'challenge')
    // One firmware looks for its own cookies, one for `session-identity`, which its web page's script sets, one for `sid`.
    const given = (answer.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0] ?? '').filter((cookie) => cookie.includes('='))
    entered = { sid, cookies: [...given, `session-identity=${sid}`, `sid=${sid}`].join('; ') }
    const firmware = textField(login.body, 'ver')?.slice(0, textLengthMax)
    options.onLogin?.(firmware === undefined ? {} : { firmware })
    return undefined
  }

  /** What the phone says to it changes nothing: a session that it does not know any more is over as well. */
  async function leaveNow(): Promise<void> {
    if (entered === undefined || client.refused() !== undefined) return
    await post('dologout', { sid: entered.sid })
    entered = undefined
  }

  return {
    ask,
    page: (request) => inTurn(() => pageNow(request)),
    variant: () => variant,
    async leave() {
      await atMost(options.goodbyeMs, turn.run(leaveNow))
    },
  }
}

function variantOf(text: string | undefined): LoginVariant | undefined {
  return text === 'passcode' || text === 'challenge' || text === 'plain' ? text : undefined
}

function outcome(answer: Exclude<Answer, { kind: 'answered' }>): NoAnswer {
  if (answer.kind === 'refused') return answer
  return answer.kind === 'unreachable' ? answer : { kind: 'unreachable', reason: 'nothing was asked', sent: false }
}

/** The session goes along where a firmware may look for it: in a form or the query, and in cookies (see `enter`). */
function pageAsked({ method, name, query = {}, form, json, ...urgency }: PageRequest, sid: string): Asked {
  if (form !== undefined) return { ...urgency, method, path: `/cgi-bin/${name}`, body: encoded({ ...form, sid }), headers: { 'Content-Type': formType } }
  const path = `/cgi-bin/${name}?${encoded({ ...query, sid })}`
  return { ...urgency, method, path, ...(json === undefined ? {} : { body: JSON.stringify(json), headers: { 'Content-Type': 'application/json' } }) }
}

/** Form encoding, with spaces as `%20`: what a phone makes of `+` is not known. */
function encoded(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function textField(body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `wrong4`, `locked`: the phone's own word, and nothing longer. */
function failure(login: CtiMeaning): string {
  return 'body' in login && typeof login.body === 'string' ? login.body.slice(0, 16) : login.kind
}
