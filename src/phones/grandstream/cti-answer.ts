import type { Answer } from '../http-client.ts'

/** What a CTI answer means. The envelope says `success` to strangers, too: the body decides (reference/grandstream.md §2.2, §2.4). */
export type CtiMeaning =
  | { readonly kind: 'success'; readonly body: unknown }
  /** The phone understood and said no. */
  | { readonly kind: 'error'; readonly body: unknown }
  /** Whoever asks must log in, be put on the allow-list, or have the pop-up window switched off. */
  | { readonly kind: 'unauthorized' }
  /** No such function, or no JSON: another firmware, or a web server that only shows pages. */
  | { readonly kind: 'unreadable' }

export function ctiMeaning({ status, body: text }: Extract<Answer, { kind: 'answered' }>): CtiMeaning {
  if (status === 401 || status === 403) return { kind: 'unauthorized' }
  const answer = status >= 200 && status < 300 ? parsed(text) : undefined
  if (answer === undefined) return { kind: 'unreadable' }
  const { response, body } = answer
  if (body === 'unauthorized' || response === 'unauthorized' || isExpired(body)) return { kind: 'unauthorized' }
  return response === 'success' ? { kind: 'success', body } : { kind: 'error', body }
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
