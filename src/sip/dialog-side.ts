import type { SipMessage } from './ports.ts'

/** What is read out of headers by whoever has a dialog: small, and every answer may be that there is none. */

/** A header's first value. */
export function headerOf({ headers }: SipMessage, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return typeof value === 'string' ? value : value?.[0]
}

export function headersOf({ headers }: SipMessage, name: string): readonly string[] {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

/** The tag of From or To: a parameter of the header, never of the address in it. */
export function tagOf(header: string | undefined): string | undefined {
  const outside = (header ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/<[^>]*>/g, '')
  return /;\s*tag=([^;\s,>"]+)/i.exec(outside)?.[1]
}

/** The address in a Contact or Record-Route. */
export function addressOf(header: string | undefined): string | undefined {
  const uri = /<\s*(sips?:[^<>\s"]{1,256})\s*>/i.exec(header ?? '')?.[1] ?? /^\s*(sips?:[^;,<>\s"]{1,256})/i.exec(header ?? '')?.[1]
  return uri
}

export function cseqOf(message: SipMessage): number | undefined {
  const number = /^\s*(\d{1,10})\s/.exec(`${headerOf(message, 'cseq') ?? ''} `)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** Whole seconds, as in Expires, Min-Expires and Retry-After. */
export function secondsOf(header: string | undefined): number | undefined {
  const seconds = /^\s*(\d{1,9})\b/.exec(header ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

/** `*72` and the like are users as they stand; what else could end or open a part of the address is written by its number (RFC 3261 §25.1). */
export function sipUri(user: string, host: string, port?: number): string {
  const name = encodeURIComponent(user).replace(/%2B/g, '+')
  return `sip:${name}@${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`
}

/** The requests of a dialog go along the route that its first answer recorded, the other way round (RFC 3261 §12.1.2). */
export function routeOf(response: SipMessage): readonly string[] {
  return headersOf(response, 'record-route').toReversed()
}

export interface SubscriptionState {
  readonly state: 'active' | 'pending' | 'terminated'
  readonly reason?: string
  readonly expiresS?: number
  readonly retryAfterS?: number
}

/** RFC 6665 §4.1.3; a state that nobody knows is one that goes on. */
export function subscriptionStateOf(header: string | undefined): SubscriptionState | undefined {
  const [word = '', ...params] = (header ?? '').split(';').map((piece) => piece.trim())
  if (!/^[a-z-]+$/i.test(word)) return undefined
  const of = (name: string): string | undefined =>
    params
      .find((param) => param.toLowerCase().startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replace(/^"|"$/g, '')
  const [reason, expiresS, retryAfterS] = [of('reason')?.toLowerCase(), secondsOf(of('expires')), secondsOf(of('retry-after'))]
  const lower = word.toLowerCase()
  return {
    state: lower === 'terminated' || lower === 'pending' ? lower : 'active',
    ...(reason === undefined ? {} : { reason }),
    ...(expiresS === undefined ? {} : { expiresS }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  }
}
