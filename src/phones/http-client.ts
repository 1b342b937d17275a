import { randomBytes } from 'node:crypto'
import { type Challenge, digestAuthorization, parseChallenge } from './digest.ts'
import { createMemory, keyPart, type PhoneMemory } from './driver.ts'
import { type PhoneLimits, phoneLimits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import { send, type WireAnswer, type WireOptions } from './transport.ts'

/** What asking a phone came to. Nothing here throws: a phone that does not answer is an answer. */
export type Answer =
  | WireAnswer
  /** 401 or 403: wrong credentials, our address is not allowed, or remote control is off. Nobody asks again until the back-off is over. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** `goAhead` said no at the last moment: nothing was sent. */
  | { readonly kind: 'withdrawn' }

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** A command goes before readings that wait, and is kept apart from the command before it. */
  readonly command?: boolean
  /** Asked when everything else has been waited for, just before the request goes out; false withdraws it. */
  readonly goAhead?: () => boolean
}

export interface LoginCredentials {
  readonly username: string
  readonly passwords: Passwords
}

export interface HttpClientOptions {
  readonly url: string
  /** Sent with every request, Basic first, Digest where the phone asks for it; left out where the vendor logs in another way. */
  readonly credentials?: LoginCredentials
  readonly limits?: Partial<PhoneLimits>
  readonly memory?: PhoneMemory
  /** Which phone it is, beside its address: another one may show another certificate. */
  readonly identity?: string
  readonly now: () => number
  /** Told once when the phone turns us down, and once more if it does so again after the back-off. */
  readonly onRefused: (reason: string, retryMs: number) => void
}

export interface HttpClient {
  ask(asked: Asked): Promise<Answer>
  /** The vendor's own way of saying no, inside a 200. */
  refuse(reason: string): void
  /** Why nothing is being asked at present. */
  refused(): string | undefined
  stop(): void
}

interface Job {
  readonly asked: Asked
  readonly settle: (answer: Answer) => void
}

const stopping: Answer = { kind: 'unreachable', reason: 'the agent is stopping', sent: false }
const tooMany: Answer = { kind: 'unreachable', reason: 'too many requests are waiting for this phone', sent: false }

/** One phone, one request at a time; commands before readings, and never faster than its keys can be pressed. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = { ...phoneLimits, ...options.limits }
  const abort = new AbortController()
  const wire = wireOptions(options, limits, abort.signal)
  const login = createLogin(options.credentials)
  const waiting: Job[] = []
  let running = false
  let stopped = false
  let lastCommandAt = Number.NEGATIVE_INFINITY
  let refusal: { readonly reason: string; readonly until: number } | undefined
  let gapTimer: NodeJS.Timeout | undefined
  let endGap: (() => void) | undefined

  const refused = (): string | undefined => (refusal !== undefined && options.now() < refusal.until ? refusal.reason : undefined)

  function refuse(reason: string): void {
    if (refused() !== undefined) return
    refusal = { reason, until: options.now() + limits.refusedBackOffMs }
    options.onRefused(reason, limits.refusedBackOffMs)
  }

  async function run(): Promise<void> {
    running = true
    for (let job = next(); job !== undefined; job = next()) job.settle(await perform(job.asked))
    running = false
  }

  function next(): Job | undefined {
    const command = waiting.findIndex(({ asked }) => asked.command === true)
    return command > 0 ? waiting.splice(command, 1)[0] : waiting.shift()
  }

  async function perform(asked: Asked): Promise<Answer> {
    if (asked.command === true) await gap()
    if (stopped) return stopping
    const reason = refused()
    if (reason !== undefined) return { kind: 'refused', reason }
    if (asked.goAhead?.() === false) return { kind: 'withdrawn' }
    if (asked.command === true) lastCommandAt = options.now()
    let answer = await loggedIn(asked)
    let why = answer.kind === 'answered' && options.credentials !== undefined ? refusals[answer.status] : undefined
    // Only a 401 speaks of the password; after a 403 the phone may have locked us out, and nothing more is asked.
    if (why !== undefined && login.otherPassword() && answer.kind === 'answered' && answer.status === 401) {
      answer = await loggedIn(asked)
      why = answer.kind === 'answered' ? refusals[answer.status] : undefined
      if (why !== undefined) login.otherPassword()
    }
    if (answer.kind !== 'answered') return answer
    if (why !== undefined) {
      login.forget()
      refuse(why)
      return { kind: 'refused', reason: why }
    }
    login.worked()
    return answer
  }

  /** With the password that is in use, in the way that the phone wants it. */
  async function loggedIn(asked: Asked): Promise<WireAnswer> {
    const answer = await once(asked)
    const again = answer.kind === 'answered' && answer.status === 401 && login.learn(answer.headers['www-authenticate'])
    return again ? once(asked) : answer
  }

  function gap(): Promise<void> {
    const gapMs = lastCommandAt + limits.keyGapMs - options.now()
    if (gapMs <= 0 || stopped) return Promise.resolve()
    return new Promise((resolve) => {
      endGap = resolve
      gapTimer = setTimeout(resolve, gapMs)
    })
  }

  function once({ method = 'GET', path, headers, body }: Asked): Promise<WireAnswer> {
    const authorization = login.authorization(method, path)
    return send(
      {
        method,
        path,
        headers: { ...(authorization === undefined ? {} : { Authorization: authorization }), ...headers },
        ...(body === undefined ? {} : { body }),
      },
      wire,
    )
  }

  return {
    ask(asked) {
      if (stopped) return Promise.resolve(stopping)
      if (waiting.length >= limits.waitingMax) return Promise.resolve(tooMany)
      return new Promise((settle) => {
        waiting.push({ asked, settle })
        if (!running) void run()
      })
    },
    refuse,
    refused,
    stop() {
      stopped = true
      abort.abort()
      clearTimeout(gapTimer)
      endGap?.()
      for (const { settle } of waiting.splice(0)) settle(stopping)
    },
  }
}

/** Answers that say nothing of what the phone can and cannot do, only that it did not get to it now. */
export function isPassing(status: number): boolean {
  return (status >= 500 && status !== 501) || status === 408 || status === 429
}

const refusals: Readonly<Record<number, string>> = {
  401: 'wrong user name or password',
  403: 'not allowed: wrong password, our address is not on the phone’s list, or remote control is off',
}

function wireOptions(
  { url, identity = '', memory = createMemory() }: HttpClientOptions,
  { timeoutMs, bodyBytesMax }: PhoneLimits,
  signal: AbortSignal,
): WireOptions {
  const base = new URL(url)
  const key = `certificate/${base.host.slice(0, 80)}/${keyPart(identity)}`
  return { base, timeoutMs, bodyBytesMax, signal, certificate: { known: () => memory.recall(key), learn: (fingerprint) => memory.remember(key, fingerprint) } }
}

interface Login {
  authorization(method: string, uri: string): string | undefined
  /** True if this challenge is worth one further try: the first, or a new nonce where an earlier one has worked. */
  learn(header: string | undefined): boolean
  worked(): void
  /** The password was turned down. True if there is another one to try at once. */
  otherPassword(): boolean
  /** Begins again with the first way; the phone's settings may have been changed by the next time. */
  forget(): void
}

/**
 * Basic until the phone asks for Digest, from then on Digest only. A refusal that carries the first challenge is not a wrong password yet, and neither
 * is a new nonce after one that has worked or that the phone calls stale; every other 401 is.
 */
function createLogin(credentials: LoginCredentials | undefined): Login {
  let challenge: Challenge | undefined
  let count = 0
  let proven = false
  return {
    authorization(method, uri) {
      if (credentials === undefined) return undefined
      const { username, passwords } = credentials
      const password = passwords.current()
      if (challenge === undefined) return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
      count += 1
      return digestAuthorization(challenge, { username, password }, { method, uri, count, cnonce: randomBytes(8).toString('hex') })
    },
    learn(header) {
      const asked = credentials === undefined ? undefined : parseChallenge(header)
      if (asked === undefined) return false
      const worthATry = challenge === undefined || asked.stale || (proven && asked.nonce !== challenge.nonce)
      challenge = asked
      count = 0
      proven = false
      return worthATry
    },
    worked() {
      proven = challenge !== undefined
      credentials?.passwords.worked()
    },
    otherPassword: () => credentials?.passwords.refused() ?? false,
    forget() {
      challenge = undefined
      proven = false
    },
  }
}
