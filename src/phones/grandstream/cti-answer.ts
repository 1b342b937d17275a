import { type Answer, isPassing } from '../http-client.ts'

/** What a CTI answer means. The envelope says `success` to strangers, too: the body decides (reference/grandstream.md §2.2, §2.4). */
export type CtiMeaning =
  | { readonly kind: 'success'; readonly body: unknown }
  /** The phone understood and said no. */
  | { readonly kind: 'error'; readonly body: unknown }
  /** Whoever asks must log in, be put on the allow-list, or have the pop-up window switched off. */
  | { readonly kind: 'unauthorized' }
  /** No such function, or no JSON: another firmware, or a web server that only shows pages. */
  | { readonly kind: 'unreadable'; readonly status: number }

export function ctiMeaning({ status, body: text }: Extract<Answer, { kind: 'answered' }>): CtiMeaning {
  if (status === 401 || status === 403) return { kind: 'unauthorized' }
  const answer = status >= 200 && status < 300 ? parsed(text) : undefined
  if (answer === undefined) return { kind: 'unreadable', status }
  const { response, body } = answer
  if (isUnauthorized(answer)) return { kind: 'unauthorized' }
  return response === 'success' ? { kind: 'success', body } : { kind: 'error', body }
}

/** What a page's answer means: any object, since the pages for settings have no envelope of their own (reference/grandstream.md §2.5). */
export function jsonMeaning({ status, body: text }: Extract<Answer, { kind: 'answered' }>): JsonMeaning {
  if (status === 401 || status === 403) return { kind: 'unauthorized' }
  const value = status >= 200 && status < 300 ? parsed(text) : undefined
  if (value === undefined) return { kind: 'unreadable', status }
  return isUnauthorized(value) ? { kind: 'unauthorized' } : { kind: 'json', value }
}

export type JsonMeaning =
  | { readonly kind: 'json'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'unreadable'; readonly status: number }

/** What an answer that cannot be read says of a command: that there is no such thing, or nothing, and then it may have been obeyed. */
export function toldUnreadably(status: number): 'unsupported' | 'lost' {
  return (status >= 200 && status < 300) || isPassing(status) ? 'lost' : 'unsupported'
}

function isUnauthorized({ response, body }: Readonly<Record<string, unknown>>): boolean {
  return body === 'unauthorized' || response === 'unauthorized' || isExpired(body)
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function isExpired(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'status' in body && body.status === 'session-expired'
}
