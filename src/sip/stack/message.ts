import type { SipMessage, SipResponse } from '../ports.ts'
import { type Address, type Challenge, decode, decodeChallenges, fromWire, type Structure, type Via } from './codec.ts'
import { type FirstLine, type Framing, type GuardedMessage, guardMessage, isPlainUri, type Refusal, type Refused, refused } from './guard.ts'
import { kindOf } from './header-names.ts'
import { sipLimits } from './limits.ts'

/** A message that has the shape of one: what transactions are found by, and what an answer repeats, is there and plausible. */
export interface ReadMessage {
  readonly kind: 'message'
  readonly first: FirstLine
  /** As the users of the stack see it. */
  readonly said: SipMessage
  /** The values of each header as they came, one character a byte: an answer repeats them unchanged. */
  readonly wire: ReadonlyMap<string, readonly string[]>
  /** The topmost Via, and its branch (RFC 3261 §8.1.1.7). */
  readonly via: Via
  readonly branch: string
  readonly viaCount: number
  readonly cseq: { readonly number: number; readonly method: string }
  readonly callId: string
  readonly fromTag: string | undefined
  readonly toTag: string | undefined
  /** Where the other end wants to be written to, if it is plain. */
  readonly contact: string | undefined
  /** What a 401 asks for, or, of the second kind, a 407; read when it is wanted. */
  challenges(header: 'www-authenticate' | 'proxy-authenticate'): readonly Challenge[]
}

/** RFC 3261 §8.1.1.7. Messages without it are of RFC 2543, and not taken: transactions are found by branches that are unique. */
export const magicCookie = 'z9hG4bK'

/** Reads one message: the guard, then the codec, then the look whether all of it makes sense. */
export function readMessage(bytes: Uint8Array, framing: Framing): ReadMessage | Refused | { readonly kind: 'keep-alive' } {
  const guarded = guardMessage(bytes, framing)
  if (guarded.kind !== 'guarded') return guarded
  const structure = decode(guarded)
  if (structure === undefined) return refused('codec')
  const fault = faultInShape(guarded, structure)
  if (fault !== undefined) return refused(fault)
  const { first, headers, body } = guarded
  const [via] = structure.vias
  const { from, to, cseq, contacts } = structure
  if (via === undefined || from === undefined || to === undefined || cseq === undefined) return refused('codec')
  return {
    kind: 'message',
    first: first.kind === 'request' ? first : { ...first, reason: fromWire(first.reason) },
    said: { headers: saidHeaders(headers), body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') },
    wire: headers,
    via,
    branch: via.params.get('branch') ?? '',
    viaCount: structure.vias.length,
    cseq,
    callId: headers.get('call-id')?.[0] ?? '',
    fromTag: from.params.get('tag'),
    toTag: to.params.get('tag'),
    contact: contacts[0]?.uri,
    challenges: (header) => decodeChallenges(guarded, header).slice(0, sipLimits.challengesReadMax),
  }
}

function saidHeaders(headers: ReadonlyMap<string, readonly string[]>): Record<string, string | string[]> {
  const entries = [...headers].map(([name, values]) => {
    const texts = values.map(fromWire)
    return [name, kindOf(name) === 'single' ? (texts[0] ?? '') : texts] as const
  })
  return Object.fromEntries(entries)
}

/** What the codec found, held against what stands there: a codec that has overlooked or invented something is not believed. */
function faultInShape({ first, headers }: GuardedMessage, structure: Structure): Refusal | undefined {
  const said = structure.first
  const sameRequest = first.kind === 'request' && said?.kind === 'request' && said.method === first.method && said.uri === first.uri
  const sameResponse = first.kind === 'response' && said?.kind === 'response' && said.status === first.status
  if (!sameRequest && !sameResponse) return 'codec'
  if (!areVias(headers.get('via') ?? [], structure.vias)) return 'via'
  if (!isCseq(headers.get('cseq')?.[0] ?? '', structure.cseq, first)) return 'cseq'
  if (!isParty(structure.from) || !isParty(structure.to)) return 'from-to'
  if (!isCallId(headers.get('call-id')?.[0] ?? '')) return 'call-id'
  return structure.contacts.every(({ uri }) => isPlainUri(uri)) ? undefined : 'contact'
}

function areVias(texts: readonly string[], vias: readonly Via[]): boolean {
  if (vias.length === 0 || vias.length !== texts.length) return false
  const [top] = vias
  const branch = top?.params.get('branch') ?? ''
  if (!vias.every((via, at) => squeezed(texts[at] ?? '') === squeezed(rendered(via)))) return false
  return vias.every(isVia) && isToken(branch) && branch.length > magicCookie.length && branch.startsWith(magicCookie)
}

/** A Via as it would be written again. Where this is not what stands there, the codec has left something out, or taken one of two. */
function rendered({ version, protocol, host, port, params }: Via): string {
  const written = [...params].map(([name, value]) => (value === '' ? `;${name}` : `;${name}=${value}`))
  return `SIP/${version}/${protocol} ${host}${port === undefined ? '' : `:${port}`}${written.join('')}`
}

function squeezed(text: string): string {
  return text.replaceAll(/[ \t]/g, '').toLowerCase()
}

function isVia({ version, protocol, host, port }: Via): boolean {
  const isHost = /^(?:[a-z0-9]([a-z0-9._-]*)|\[[0-9a-f:.]+\])$/i.test(host)
  return version === '2.0' && /^[A-Z-]{1,8}$/.test(protocol) && isHost && (port === undefined || (port >= 1 && port <= sipLimits.portMax))
}

function isCseq(text: string, cseq: Structure['cseq'], first: FirstLine): boolean {
  const [number = '', method, ...more] = text.split(/[ \t]+/)
  if (cseq === undefined || more.length > 0 || !/^\d{1,10}$/.test(number) || Number(number) > sipLimits.cseqMax) return false
  return cseq.number === Number(number) && cseq.method === method && /^[A-Z]+$/.test(method) && (first.kind === 'response' || first.method === method)
}

function isParty(party: Address | undefined): boolean {
  const tag = party?.params.get('tag')
  return party !== undefined && isPlainUri(party.uri) && (tag === undefined || isToken(tag))
}

function isToken(text: string): boolean {
  return text.length <= sipLimits.tokenLengthMax && /^[a-zA-Z0-9.!%*_+`'~-]+$/.test(text)
}

function isCallId(text: string): boolean {
  return text.length <= sipLimits.callIdLengthMax && /^[\x21-\x7e]+$/.test(text)
}

/** A response as the users of the stack see it. */
export function responseOf({ first, said }: ReadMessage): SipResponse {
  return first.kind === 'response' ? { ...said, status: first.status, reason: first.reason } : { ...said, status: 0, reason: '' }
}
