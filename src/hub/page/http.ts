import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { plainAddress } from '../../http/addresses.ts'
import { hostAllowed } from '../../http/host.ts'
import { limitConnections } from '../../http/limit-connections.ts'
import { createRateLimit } from '../../http/rate.ts'
import { answerFaults, plainAnswer, securityHeaders } from '../../http/security-headers.ts'
import { type Metric, metricsAnswer } from '../../metrics-text.ts'
import { isPageCommand } from '../../mqtt/commands.ts'
import { nameForm } from '../../name-form.ts'
import type { CommandAnswer } from '../asked.ts'
import { hubLimits } from '../limits.ts'
import { type ListenAddress, listen } from '../listen.ts'
import type { HubLog } from '../log.ts'
import type { EventStream } from './event-stream.ts'
import type { ReadAnswer } from './record-reader.ts'
import { fromOurPage, originAllowed } from './request-guard.ts'
import type { StaticFile } from './static-files.ts'

type Body = Readonly<Record<string, unknown>>

const commandPath = new RegExp(`^/api/desks/(${nameForm})/commands/([a-z.]{1,32})$`)
const demoPath = new RegExp(`^/api/demo/(${nameForm})/([a-z-]{1,32})$`)

/** What the page can be told and can ask for. */
export interface HttpOptions extends ListenAddress {
  /** Names in `Host` beside the address itself. */
  readonly names: readonly string[]
  readonly files: ReadonlyMap<string, StaticFile>
  readonly stream: EventStream
  readonly office: () => unknown
  readonly lampTable: unknown
  readonly health: () => { readonly ok: boolean }
  readonly metrics: () => readonly Metric[]
  /** Reads the record. */
  readonly events: (query: URLSearchParams) => Promise<ReadAnswer>
  /** Left out: this hub shows and does not command. */
  readonly command?: (desk: string, name: string, body: Body) => Promise<CommandAnswer>
  readonly perform?: (desk: string, action: string, body: Body) => Promise<CommandAnswer>
  readonly setSpeed?: (body: Body) => CommandAnswer
  /** MQTT over WebSocket at `/mqtt`. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly log: HubLog
}

export interface HttpSide {
  /** @throws ConfigurationError LISTEN_FAILED, naming `http.port` */
  start(): Promise<AddressInfo>
  stop(): Promise<void>
}

/** One answer: JSON, or a file of the page. `taken` means that the response is in other hands. */
type Answer =
  | { readonly status: number; readonly value: unknown; readonly close?: true }
  | { readonly type: string; readonly body: string }
  | { readonly file: StaticFile }
  | 'taken'

/** Serves the page, the office's state and the page's few requests. Answers every request; nothing that comes in can end the process. */
export function createHttpSide(options: HttpOptions): HttpSide {
  const mayRead = createRateLimit({ burst: hubLimits.readBurst, perSecond: hubLimits.readsPerSecond, addressesMax: hubLimits.addressesMax })
  const mayChange = createRateLimit({ burst: hubLimits.requestBurst, perSecond: hubLimits.requestsPerSecond, addressesMax: hubLimits.addressesMax })
  const server = createServer({ headersTimeout: hubLimits.requestMs, requestTimeout: hubLimits.requestMs, maxHeaderSize: 8192, requireHostHeader: false })
  limitConnections(server, { connectionsMax: hubLimits.viewersMax * 3, connectionsPerAddressMax: hubLimits.httpConnectionsPerAddressMax })
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
    if (!hostAllowed(request, options.names)) return no(421, 'WRONG_HOST', 'This name is not one of this hub.')
    const address = plainAddress(request.socket.remoteAddress ?? '')
    if (request.method === 'GET' || request.method === 'HEAD') return mayRead(address, performance.now()) ? get(options, request, response) : tooFast
    if (request.method !== 'POST') return no(405, 'METHOD', 'Only GET and POST are served here.')
    if (!fromOurPage(request)) return no(403, 'FOREIGN_PAGE', 'Only the page of this hub may ask for this.')
    if (!mayChange(address, performance.now())) return tooFast
    return post(options, request)
  }
  const answering = new Set<ServerResponse>()
  const upgraded = new Set<Duplex>()
  server.on('request', (request, response) => {
    answering.add(response)
    response.once('close', () => answering.delete(response))
    response.on('error', () => {})
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    answerTo(request, response)
      .catch((error: Error) => {
        options.log.warn({ fault: error.message }, 'request failed')
        return no(500, 'FAULT', 'The hub could not do this.')
      })
      .then((answer) => write(request, response, answer))
      .catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    socket.on('error', () => {})
    const welcome = pathOf(request) === '/mqtt' && hostAllowed(request, options.names) && originAllowed(request)
    if (welcome && options.upgrade !== undefined) options.upgrade(request, socket, head)
    else socket.end(plainAnswer(403))
  })
  answerFaults(server)
  return { start: () => listen(server, options, 'http.port'), stop: () => stop(server, options.stream, answering, upgraded) }
}

async function get(options: HttpOptions, request: IncomingMessage, response: ServerResponse): Promise<Answer> {
  const path = pathOf(request)
  const file = options.files.get(path)
  if (file !== undefined) return { file }
  switch (path) {
    case '/api/office':
      return { status: 200, value: options.office() }
    case '/api/lamp-patterns':
      return { status: 200, value: options.lampTable }
    case '/api/events': {
      const query = new URLSearchParams((request.url ?? '').split('?')[1])
      if (query.has('desk')) return readAnswer(await options.events(query))
      const last = request.headers['last-event-id']
      const attached =
        request.method === 'GET' &&
        options.stream.attach(response, plainAddress(request.socket.remoteAddress ?? ''), typeof last === 'string' ? last : undefined)
      return attached ? 'taken' : no(503, 'TOO_MANY_VIEWERS', 'Too many browsers are watching.')
    }
    case '/healthz': {
      const health = options.health()
      return { status: health.ok ? 200 : 503, value: health }
    }
    case '/metrics':
      return metricsOf(options.metrics(), request)
    default:
      return no(404, 'NOT_FOUND', 'There is nothing here.')
  }
}

function metricsOf(metrics: readonly Metric[], { headers }: IncomingMessage): Answer {
  const { contentType, body } = metricsAnswer(metrics, headers.accept)
  return { type: contentType, body }
}

const readStatus = { BAD_QUERY: 400, UNKNOWN_DESK: 404, UNKNOWN_EVENT: 410, BUSY: 503 } as const

function readAnswer(answer: ReadAnswer): Answer {
  return 'error' in answer ? no(readStatus[answer.error], answer.error, answer.message) : answer
}

async function post(options: HttpOptions, request: IncomingMessage): Promise<Answer> {
  const ask = requestOf(options, pathOf(request))
  if (ask === undefined) return no(404, 'NOT_FOUND', 'This hub takes no such request.')
  const body = await readBody(request)
  if (body === 'too-large') return { ...no(413, 'TOO_LARGE', `A body has at most ${hubLimits.bodyBytesMax} bytes.`), close: true }
  if (body === 'invalid') return no(400, 'BAD_BODY', 'The body is a JSON object, sent as application/json.')
  const value = await ask(body)
  return { status: statusOf(value), value }
}

function requestOf(options: HttpOptions, path: string): ((body: Body) => CommandAnswer | Promise<CommandAnswer>) | undefined {
  const { command, perform, setSpeed } = options
  const [, desk, name] = commandPath.exec(path) ?? []
  if (desk !== undefined && name !== undefined && command !== undefined && isPageCommand(name)) return (body) => command(desk, name, body)
  const [, place, action] = demoPath.exec(path) ?? []
  if (place !== undefined && action !== undefined && perform !== undefined) return (body) => perform(place, action, body)
  return path === '/api/demo/speed' ? setSpeed : undefined
}

/** The desk's own "no" is an answer like its "yes"; these are ours. */
function statusOf(answer: CommandAnswer): number {
  switch (answer.error?.code) {
    case 'NO_ANSWER':
      return 504
    case 'BROKER_AWAY':
    case 'BUSY':
    case 'STOPPING':
      return 503
    default:
      return 200
  }
}

async function readBody(request: IncomingMessage): Promise<Body | 'too-large' | 'invalid'> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) return 'invalid'
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > hubLimits.bodyBytesMax) return 'too-large'
    chunks.push(chunk)
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}')
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Body) : 'invalid'
  } catch {
    return 'invalid'
  }
}

const tooFast = no(429, 'TOO_FAST', 'Too many requests; wait a moment.')

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] as string
}

function no(status: number, code: string, message: string): { status: number; value: unknown } {
  return { status, value: { ok: false, error: { code, message } } }
}

function write(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer === 'taken') return
  if ('file' in answer) {
    const { type, etag, body } = answer.file
    const same = request.headers['if-none-match'] === etag
    response.writeHead(same ? 304 : 200, { 'content-type': type, etag, 'cache-control': 'no-cache', ...(same ? {} : { 'content-length': body.length }) })
    response.end(same ? undefined : body)
    return
  }
  if ('type' in answer) {
    response.writeHead(200, { 'content-type': answer.type, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body)
    return
  }
  const body = JSON.stringify(answer.value)
  const close = answer.close ? { connection: 'close' } : {}
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body), ...close })
  response.end(body)
}

/** Lets answers that are under way go out, but waits for nobody: a browser keeps connections open that it may never use. */
async function stop(server: Server, stream: EventStream, answering: ReadonlySet<ServerResponse>, upgraded: ReadonlySet<Duplex>): Promise<void> {
  stream.close()
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), hubLimits.stopMs)
  await Promise.all([...answering].map((response) => once(response, 'close', { signal: patience.signal }).catch(() => {})))
  clearTimeout(timer)
  server.closeAllConnections()
  for (const socket of upgraded) socket.destroy()
  await closed
}
