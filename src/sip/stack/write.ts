import type { OutgoingRequest, RequestAnswer } from '../ports.ts'
import { uriHost } from './addresses.ts'
import { encode, type OutgoingHeader } from './codec.ts'
import { isPlainUri } from './guard.ts'
import type { ReadMessage } from './message.ts'
import type { Endpoint, Route, Transport } from './transport.ts'

/** What the stack adds to a request. */
export interface RequestFrame {
  readonly transport: Transport['name']
  readonly route: Route
  readonly branch: string
  readonly cseq: number
  readonly contact: string
  readonly userAgent: string
  readonly credentials: readonly (readonly [name: string, header: OutgoingHeader])[]
}

const maxForwards = '70'
const noBody = Buffer.alloc(0)

/** Whether it can be said in SIP at all: nothing in it ends a line or hides one. */
export function isSayable({ method, uri, from, to, callId, headers = {}, body }: OutgoingRequest): boolean {
  const texts = [from, to, callId, body?.type ?? '', ...Object.entries(headers).flat(2)]
  return /^[A-Z]+$/.test(method) && isPlainUri(uri) && texts.every(isOneLine)
}

function isOneLine(text: string): boolean {
  return [...text].every((character) => character >= ' ' && character !== '\x7f')
}

export function writeRequest(request: OutgoingRequest, frame: RequestFrame): Buffer {
  const { method, uri, from, to, callId, headers = {}, body } = request
  const own: (readonly [string, OutgoingHeader])[] = [
    ['via', via(frame)],
    ['max-forwards', maxForwards],
    ['from', from],
    ['to', to],
    ['call-id', callId],
    ['cseq', { cseq: frame.cseq, method }],
    ['contact', frame.contact],
    ['user-agent', frame.userAgent],
    ...frame.credentials,
  ]
  const theirs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const type: [string, string][] = body === undefined ? [] : [['content-type', body.type]]
  return encode({ kind: 'request', method, uri }, [...own, ...theirs, ...type], body === undefined ? noBody : Buffer.from(body.content, 'utf8'))
}

function via({ transport, route, branch }: Pick<RequestFrame, 'transport' | 'route' | 'branch'>): OutgoingHeader {
  const { host, port } = route.local
  // An empty rport asks for answers to where the request really came from (RFC 3581).
  return { via: { protocol: transport, host: uriHost(host), port, params: { branch, rport: null } } }
}

/** CANCEL goes the way of its INVITE, under its branch (RFC 3261 §9.1); so does the ACK of a response that is not a 2xx (§17.1.1.3). */
export function writeSameWay(
  method: 'CANCEL' | 'ACK',
  { uri, from, to, callId, headers = {} }: OutgoingRequest,
  frame: RequestFrame,
  answered?: ReadMessage,
): Buffer {
  const route = Object.entries(headers).find(([name]) => name.toLowerCase() === 'route')?.[1]
  return encode(
    { kind: 'request', method, uri },
    [
      ['via', via(frame)],
      ['max-forwards', maxForwards],
      ...(route === undefined ? [] : [['route', route] as const]),
      ['from', from],
      ['to', answered === undefined ? to : copied(answered, 'to')],
      ['call-id', callId],
      ['cseq', { cseq: frame.cseq, method }],
      ['user-agent', frame.userAgent],
    ],
    noBody,
  )
}

/** The ACK of a 2xx is a request of its own (RFC 3261 §13.2.2.4), to where the other end wants it, with the credentials of the INVITE (§22.1). */
export function writeAcceptance({ uri, from, callId }: OutgoingRequest, frame: RequestFrame, answer: ReadMessage): Buffer {
  const routes = [...(answer.wire.get('record-route') ?? [])].reverse()
  return encode(
    { kind: 'request', method: 'ACK', uri: answer.contact ?? uri },
    [
      ['via', via(frame)],
      ['max-forwards', maxForwards],
      ...(routes.length === 0 ? [] : [['route', { wire: routes.join(', ') }] as const]),
      ['from', from],
      ['to', copied(answer, 'to')],
      ['call-id', callId],
      ['cseq', { cseq: frame.cseq, method: 'ACK' }],
      ['user-agent', frame.userAgent],
      ...frame.credentials,
    ],
    noBody,
  )
}

/** What answers are written with beside the answer itself. */
export interface AnswerFrame {
  readonly from: Endpoint
  readonly toTag: string
  readonly userAgent: string
}

/** An answer repeats Via, From, To, Call-ID and CSeq of its request as they came (RFC 3261 §8.2.6.2). */
export function writeAnswer(request: ReadMessage, { status, reason, headers = {}, body }: RequestAnswer, { from, toTag, userAgent }: AnswerFrame): Buffer {
  const to = request.wire.get('to')?.[0] ?? ''
  const theirs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return encode(
    { kind: 'response', status, reason: reason ?? reasons[status] ?? 'Answered' },
    [
      ['via', { wire: viasOf(request, from) }],
      ['from', copied(request, 'from')],
      ['to', { wire: request.toTag === undefined ? `${to};tag=${toTag}` : to }],
      ['call-id', copied(request, 'call-id')],
      ['cseq', { cseq: request.cseq.number, method: request.cseq.method }],
      ['user-agent', userAgent],
      ...theirs,
      ...(body === undefined ? [] : [['content-type', body.type] as const]),
    ],
    body === undefined ? noBody : Buffer.from(body.content, 'utf8'),
  )
}

function copied({ wire }: ReadMessage, name: string): { readonly wire: string } {
  return { wire: wire.get(name)?.[0] ?? '' }
}

/** The topmost Via says from where the request really came (RFC 3261 §18.2.1, RFC 3581 §4); what it claimed about that itself is left out. */
function viasOf({ wire }: ReadMessage, { address, port }: Endpoint): string {
  const [top = '', ...others] = wire.get('via') ?? []
  const asked = /;\s*rport\s*(?==|;|$)/i.test(top)
  const plain = top.replaceAll(/;\s*(?:received|rport)\s*(?:=\s*[^;\s]*)?\s*(?=;|$)/gi, '')
  return [`${plain};received=${address}${asked ? `;rport=${port}` : ''}`, ...others].join(', ')
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  415: 'Unsupported Media Type',
  420: 'Bad Extension',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}
