import { createRequire } from 'node:module'
import type { FirstLine, GuardedMessage } from './guard.ts'

/**
 * The only file that knows the package `sip`. Nothing of it is used but its parser and its writer: `start`, `create` and `send` open sockets that one
 * packet can end the process with (docs/explanation/sip.md).
 */
interface SipPackage {
  parse(text: string): ParsedMessage | undefined
  stringify(message: { method?: string; uri?: string; status?: number; reason?: string; headers: Record<string, unknown>; content: string }): string
}
type Params = Readonly<Record<string, string | null>>
interface ParsedAddress {
  readonly name?: string
  readonly uri: string
  readonly params: Params
}
interface ParsedMessage {
  readonly method?: string
  readonly uri?: string
  readonly status?: number
  readonly headers: {
    readonly via?: readonly { version: string; protocol: string; host: string; port?: number; params: Params }[]
    readonly from?: ParsedAddress
    readonly to?: ParsedAddress
    readonly contact?: '*' | readonly ParsedAddress[]
    readonly cseq?: { readonly seq: number; readonly method: string }
    readonly 'www-authenticate'?: readonly Readonly<Record<string, string>>[]
    readonly 'proxy-authenticate'?: readonly Readonly<Record<string, string>>[]
  }
}
const { parse, stringify } = createRequire(import.meta.url)('sip') as SipPackage

/** One Via as the codec read it (RFC 3261 §20.42); parameters by their name in lower case, without a value as an empty text. */
export interface Via {
  readonly version: string
  readonly protocol: string
  readonly host: string
  readonly port: number | undefined
  readonly params: ReadonlyMap<string, string>
}
export interface Address {
  readonly uri: string
  readonly params: ReadonlyMap<string, string>
}
/** One challenge: its scheme, and its parameters by name in lower case. Quoted values are without their quotes, and otherwise as they came. */
export interface Challenge {
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}
/** What the codec found in the headers that have a structure. What it could not read is missing. */
export interface Structure {
  readonly first: FirstLine | undefined
  readonly vias: readonly Via[]
  readonly from: Address | undefined
  readonly to: Address | undefined
  readonly cseq: { readonly number: number; readonly method: string } | undefined
  readonly contacts: readonly Address[]
}

/** Headers that the codec is given of every message; every other one is a text and stays one. */
const structured = ['via', 'from', 'to', 'cseq', 'contact'] as const

/** Takes apart what the guard let through. `undefined` where the codec gives up or throws. */
export function decode(message: GuardedMessage): Structure | undefined {
  const parsed = parsedOf(message, structured)
  return parsed === undefined ? undefined : structureOf(parsed)
}

/** The challenges of a response. On their own: the codec's patterns take longest over them, and only an answer to a request of ours is worth that. */
export function decodeChallenges(message: GuardedMessage, header: 'www-authenticate' | 'proxy-authenticate'): readonly Challenge[] {
  return (parsedOf(message, [header])?.headers[header] ?? []).map(challengeOf)
}

function parsedOf({ first, headers }: GuardedMessage, names: readonly string[]): ParsedMessage | undefined {
  const lines = names.flatMap((name) => (headers.get(name) ?? []).map((value) => `${name}: ${name === 'via' ? hideColons(value) : value}\r\n`))
  const firstLine = first.kind === 'request' ? `${first.method} ${first.uri} SIP/2.0` : `SIP/2.0 ${first.status} ${first.reason}`
  try {
    return parse(`${firstLine}\r\n${lines.join('')}\r\n`)
  } catch {
    return undefined
  }
}

function structureOf({ method, uri, status, headers }: ParsedMessage): Structure {
  const { via = [], from, to, cseq, contact = [] } = headers
  return {
    first: first(method, uri, status),
    vias: via.map(({ version, protocol, host, port, params }) => ({
      version,
      protocol: protocol.toUpperCase(),
      host: showColons(host),
      port,
      params: paramsOf(params),
    })),
    from: addressOf(from),
    to: addressOf(to),
    cseq: cseq === undefined ? undefined : { number: cseq.seq, method: cseq.method },
    contacts: contact === '*' ? [] : contact.flatMap((address) => addressOf(address) ?? []),
  }
}

function first(method: string | undefined, uri: string | undefined, status: number | undefined): FirstLine | undefined {
  if (status !== undefined) return { kind: 'response', status, reason: '' }
  return method === undefined || uri === undefined ? undefined : { kind: 'request', method, uri }
}

function addressOf(address: ParsedAddress | undefined): Address | undefined {
  return address === undefined ? undefined : { uri: address.uri, params: paramsOf(address.params) }
}

function paramsOf(params: Params): ReadonlyMap<string, string> {
  return new Map(Object.entries(params).map(([name, value]) => [name, showColons(value ?? '')]))
}

function challengeOf(challenge: Readonly<Record<string, string>>): Challenge {
  const params = Object.entries(challenge).filter(([name]) => name !== 'scheme')
  return { scheme: challenge['scheme'] ?? '', params: new Map(params.map(([name, value]) => [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')])) }
}

/** The codec's pattern for a Via ends at the first colon; an IPv6 address gets through with another character in the place of its colons. */
const standIn = '!'
function hideColons(via: string): string {
  const hide = (address: string): string => address.replaceAll(':', standIn)
  return via.replaceAll(/\[[0-9a-f:.]{2,45}\]/gi, hide).replaceAll(/(?<=received\s?=\s?)[0-9a-f:.]{2,45}/gi, hide)
}
function showColons(text: string): string {
  return /^\[?[0-9a-f!.]+\]?$/i.test(text) ? text.replaceAll(standIn, ':') : text
}

/** A header to be written: a text or several, bytes as they came, a Via, or credentials (bytes, too). */
export type OutgoingHeader =
  | string
  | readonly string[]
  | { readonly wire: string }
  | { readonly via: OutgoingVia }
  | { readonly cseq: number; readonly method: string }
  | { readonly credentials: readonly (readonly (readonly [name: string, value: string])[])[] }
export interface OutgoingVia {
  readonly protocol: string
  readonly host: string
  readonly port: number
  readonly params: Readonly<Record<string, string | null>>
}

/** The bytes of a message. Content-Length comes from the codec. Texts are Unicode; they go out as UTF-8. */
export function encode(first: FirstLine, headers: readonly (readonly [name: string, header: OutgoingHeader])[], body: Uint8Array): Buffer {
  const content = Buffer.from(body).toString('latin1')
  const written = Object.fromEntries(headers.map(([name, header]) => [name, forCodec(header)]))
  const line = first.kind === 'request' ? { method: first.method, uri: first.uri } : { status: first.status, reason: onWire(first.reason) }
  return Buffer.from(stringify({ ...line, headers: written, content }), 'latin1')
}

function forCodec(header: OutgoingHeader): unknown {
  if (typeof header === 'string') return onWire(header)
  if ('wire' in header) return header.wire
  if ('cseq' in header) return { seq: header.cseq, method: header.method }
  if ('via' in header) return [{ version: '2.0', ...header.via }]
  if ('credentials' in header) return header.credentials.map((params) => ({ scheme: 'Digest', ...Object.fromEntries(params) }))
  return onWire(header.join(', '))
}

/** A text as the bytes that it is on the wire, one character a byte. */
export function onWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
/** Bytes, one character each, as the text that they are; what is not UTF-8 shows as a replacement character. */
export function fromWire(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
