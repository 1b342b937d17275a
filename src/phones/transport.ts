import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { messageOf } from '../errors.ts'

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Path and query exactly as they go on the wire: Yealink wants `key` first and nothing encoded that it would not read back. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type WireAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  /** `sent`: whether the phone may have got the request, and so may have done what it asked. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly sent: boolean }

export interface WireOptions {
  readonly base: URL
  readonly timeoutMs: number
  readonly bodyBytesMax: number
  /** Breaks off whatever is under way: the agent is stopping. */
  readonly signal: AbortSignal
  /**
   * The certificate that the phone showed the first time, by its SHA-256 fingerprint. Phones carry certificates that no authority here vouches for;
   * that it is always the same one is what can be checked (reference/yealink.md §2.4).
   */
  readonly certificate: { known(): string | undefined; learn(fingerprint: string): void }
}

/** One request over a connection of its own. Never rejects; redirects are an answer like any other and are not followed. */
export async function send(request: WireRequest, options: WireOptions): Promise<WireAnswer> {
  let socket: Socket | undefined
  let sent = false
  let timer: NodeJS.Timeout | undefined
  let giveUp = (): void => {}
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), options.timeoutMs)
    giveUp = () => reject(new Error('the agent is stopping'))
  })
  options.signal.addEventListener('abort', giveUp, { once: true })
  try {
    const opened = open(options, (opening) => {
      socket = opening
    })
    // If it is late, nobody is left to hear how it failed.
    opened.catch(() => {})
    const connected = await Promise.race([opened, late])
    sent = true
    const asked = ask(connected, request, options)
    asked.catch(() => {})
    return await Promise.race([asked, late])
  } catch (error) {
    return { kind: 'unreachable', reason: sentence(error), sent }
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', giveUp)
    socket?.destroy()
  }
}

/** The connection, with the phone's certificate checked before a word of ours, and above all no password, has gone out. */
function open({ base, certificate }: WireOptions, opening: (socket: Socket) => void): Promise<Socket> {
  const host = base.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    if (base.protocol !== 'https:') {
      const socket = connectTcp({ host, port: Number(base.port || 80), noDelay: true }, () => resolve(socket))
      opening(socket.on('error', reject))
      return
    }
    const socket = connectTls({ host, port: Number(base.port || 443), rejectUnauthorized: false }, () => {
      const { fingerprint256 } = socket.getPeerCertificate()
      const known = certificate.known()
      if (known !== undefined && known !== fingerprint256) {
        reject(new Error('the phone shows another certificate than before: if it is another phone, write its MAC into phone.mac'))
        return
      }
      if (known === undefined) certificate.learn(fingerprint256)
      resolve(socket)
    })
    opening(socket.on('error', reject))
  })
}

function ask(socket: Socket, { method, path, headers, body }: WireRequest, { base, bodyBytesMax }: WireOptions): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    // A POST without Content-Length is answered 411 (reference/grandstream.md §2.4). Some phones answer with headers that no standard knows.
    const length = method !== 'GET' ? { 'Content-Length': String(Buffer.byteLength(body ?? '')) } : {}
    const request = httpRequest(
      { method, path, headers: { Host: base.host, ...headers, ...length }, createConnection: () => socket, insecureHTTPParser: true },
      (response) => {
        readBody(response, bodyBytesMax).then(
          (text) => resolve({ kind: 'answered', status: response.statusCode ?? 0, headers: response.headers, body: text }),
          reject,
        )
      },
    )
    request.on('error', reject)
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

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the phone refused the connection: is its web server on?',
  EHOSTUNREACH: 'there is no way to the phone on the network',
  ENETUNREACH: 'there is no way to the phone on the network',
  ECONNRESET: 'the phone broke off',
  ENOTFOUND: 'the phone’s name is not known',
}

function sentence(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return sentences[code] ?? messageOf(error)
}
