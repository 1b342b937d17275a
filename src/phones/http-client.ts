import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What asking a phone came to. Nothing here throws: a phone that does not answer is an answer. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  /** 401 or 403: wrong credentials, our address is not allowed, or remote control is off. Nobody asks again until the back-off is over. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string }

export interface Asked {
  readonly method?: 'GET' | 'POST'
  /** Path and query exactly as they go on the wire: Yealink wants `key` first and nothing encoded that it would not read back. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** A command, to be kept apart from the one before; a reading need not wait. */
  readonly command?: boolean
  /** It rests on a session that may have run out: a 401 then says only that, and is handed on as an answer. */
  readonly inSession?: boolean
}

export interface HttpClientLimits {
  readonly timeoutMs: number
  readonly bodyBytesMax: number
  /** From one command to the next (reference/yealink.md §2.4). */
  readonly keyGapMs: number
  /** After a refusal: phones lock out who tries again (reference/yealink.md §2.4, grandstream.md §2.4). */
  readonly refusedBackOffMs: number
  readonly waitingMax: number
}

export const httpClientLimits: HttpClientLimits = { timeoutMs: 2000, bodyBytesMax: 65_536, keyGapMs: 200, refusedBackOffMs: 300_000, waitingMax: 32 }

export interface HttpClientOptions {
  readonly url: string
  /** Sent with every request, Basic first, Digest where the phone asks for it; left out where the vendor logs in another way. */
  readonly credentials?: { readonly username: string; readonly password: string }
  readonly limits?: Partial<HttpClientLimits>
  readonly now: () => number
  /** Told once when the phone turns us down. */
  readonly onRefused: (reason: string, retryMs: number) => void
}

export interface HttpClient {
  ask(asked: Asked): Promise<Answer>
  /** The vendor's own way of saying no, inside a 200. */
  refuse(reason: string): void
  refused(): string | undefined
  stop(): void
}

/** One phone, one request at a time. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = { ...httpClientLimits, ...options.limits }
  const base = new URL(options.url)
  let chain: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let lastCommandAt = Number.NEGATIVE_INFINITY
  let refusal: { reason: string; until: number } | undefined
  let challenge: Challenge | undefined
  let nonceCount = 0
  let stopped = false

  const refused = (): string | undefined => (refusal !== undefined && options.now() < refusal.until ? refusal.reason : undefined)

  function refuse(reason: string): void {
    refusal = { reason, until: options.now() + limits.refusedBackOffMs }
    options.onRefused(reason, limits.refusedBackOffMs)
  }

  async function askNow(asked: Asked): Promise<Answer> {
    const reason = refused()
    if (stopped) return { kind: 'unreachable', reason: 'the agent is stopping' }
    if (reason !== undefined) return { kind: 'refused', status: 0, reason }
    if (asked.command === true) {
      const gap = lastCommandAt + limits.keyGapMs - options.now()
      if (gap > 0) await new Promise((resolve) => setTimeout(resolve, gap))
      lastCommandAt = options.now()
    }
    let answer = await send(base, asked, limits, authorization(asked))
    const asksDigest = answer.kind === 'answered' && answer.status === 401 ? parseChallenge(answer.headers['www-authenticate']) : undefined
    // Basic was not wanted, or the nonce has gone stale: one further try in the way the phone asks for is not a second guess.
    if (asksDigest !== undefined && options.credentials !== undefined && (challenge === undefined || asksDigest.stale)) {
      challenge = asksDigest
      answer = await send(base, asked, limits, authorization(asked))
    }
    if (answer.kind === 'answered' && answer.status === 401 && asked.inSession === true) return answer
    if (answer.kind === 'answered' && (answer.status === 401 || answer.status === 403)) {
      const why =
        answer.status === 401 ? 'wrong user name or password' : 'not allowed: wrong password, our address is not on the list, or remote control is off'
      refuse(why)
      return { kind: 'refused', status: answer.status, reason: why }
    }
    return answer
  }

  function authorization(asked: Asked): string | undefined {
    const { credentials } = options
    if (credentials === undefined) return undefined
    if (challenge === undefined) return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    nonceCount += 1
    return digest(challenge, credentials, asked.method ?? 'GET', asked.path, nonceCount)
  }

  return {
    ask(asked) {
      if (waiting >= limits.waitingMax) return Promise.resolve({ kind: 'unreachable', reason: 'too many requests are waiting for this phone' })
      waiting += 1
      const answer = chain
        .then(() => askNow(asked))
        .finally(() => {
          waiting -= 1
        })
      chain = answer
      return answer
    },
    refuse,
    refused,
    stop() {
      stopped = true
    },
  }
}

function send(base: URL, asked: Asked, limits: HttpClientLimits, auth: string | undefined): Promise<Answer> {
  return new Promise((resolve) => {
    const body = asked.body === undefined ? undefined : Buffer.from(asked.body)
    const requestOptions: RequestOptions = {
      host: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port === '' ? undefined : Number(base.port),
      method: asked.method ?? 'GET',
      path: asked.path,
      agent: false,
      headers: {
        ...(auth === undefined ? {} : { Authorization: auth }),
        ...(asked.method === 'POST' ? { 'Content-Length': String(body?.length ?? 0) } : {}),
        ...asked.headers,
      },
    }
    const request = (base.protocol === 'https:' ? httpsRequest : httpRequest)(requestOptions, (response) => {
      readBody(response, limits.bodyBytesMax).then(
        (text) => finish({ kind: 'answered', status: response.statusCode ?? 0, headers: response.headers, body: text }),
        (error: unknown) => finish({ kind: 'unreachable', reason: sentence(error) }),
      )
    })
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), limits.timeoutMs)
    const finish = (answer: Answer): void => {
      clearTimeout(timer)
      resolve(answer)
    }
    request.on('error', (error) => finish({ kind: 'unreachable', reason: sentence(error) }))
    request.end(body)
  })
}

async function readBody(response: IncomingMessage, bytesMax: number): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response) {
    bytes += (piece as Buffer).length
    if (bytes > bytesMax) throw new Error('the answer is too long')
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function sentence(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'the phone refused the connection: is its web server on?'
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'there is no way to the phone on the network'
  if (code === 'ECONNRESET') return 'the phone broke off'
  return error instanceof Error ? error.message : String(error)
}

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque?: string
  readonly algorithm: 'MD5' | 'SHA-256'
  readonly qop: boolean
  readonly stale: boolean
}

/** A Digest challenge that can be met (RFC 7616 §3.3); of several, MD5 or SHA-256 with `qop=auth` or none. */
function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || !/^digest\s/i.test(header)) return undefined
  const fields = new Map(
    [...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? '']),
  )
  const algorithm = (fields.get('algorithm') ?? 'MD5').toUpperCase()
  const nonce = fields.get('nonce')
  if (nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return undefined
  const opaque = fields.get('opaque')
  return {
    realm: fields.get('realm') ?? '',
    nonce,
    algorithm,
    qop: /(^|,\s*)auth(\s*,|$)/.test(fields.get('qop') ?? ''),
    stale: fields.get('stale')?.toLowerCase() === 'true',
    ...(opaque === undefined ? {} : { opaque }),
  }
}

/** RFC 7616 §3.4. */
function digest(challenge: Challenge, { username, password }: { username: string; password: string }, method: string, uri: string, count: number): string {
  const hash = (text: string): string =>
    createHash(challenge.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const ha1 = hash(`${username}:${challenge.realm}:${password}`)
  const ha2 = hash(`${method}:${uri}`)
  const nc = count.toString(16).padStart(8, '0')
  const cnonce = randomBytes(8).toString('hex')
  const response = challenge.qop ? hash(`${ha1}:${challenge.nonce}:${nc}:${cnonce}:auth:${ha2}`) : hash(`${ha1}:${challenge.nonce}:${ha2}`)
  const fields = [`username="${username}"`, `realm="${challenge.realm}"`, `nonce="${challenge.nonce}"`, `uri="${uri}"`, `algorithm=${challenge.algorithm}`]
  if (challenge.qop) fields.push(`qop=auth`, `nc=${nc}`, `cnonce="${cnonce}"`)
  if (challenge.opaque !== undefined) fields.push(`opaque="${challenge.opaque}"`)
  return `Digest ${[...fields, `response="${response}"`].join(', ')}`
}
