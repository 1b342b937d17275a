import { createHash } from 'node:crypto'

/** Hashes that we know, the strongest first (RFC 7616 §3.2, RFC 8760 §2.1). */
export const digestAlgorithms = ['SHA-256', 'MD5'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

/** As a challenge names it; `MD5` where it names none. `undefined` for one that we do not know. */
export function digestAlgorithm(said: string | undefined): DigestAlgorithm | undefined {
  return digestAlgorithms.find((name) => name === (said ?? 'MD5').toUpperCase())
}

/** `auth` where it is offered: then the answer says so and counts. The older form without where nothing is (RFC 2069); `undefined` for others alone. */
export function digestQop(offered: string | undefined): 'auth' | 'none' | undefined {
  if (offered === undefined) return 'none'
  const names = offered.split(',').map((qop) => qop.trim().toLowerCase())
  return names.includes('auth') ? 'auth' : undefined
}

export interface DigestProof {
  readonly algorithm: DigestAlgorithm
  readonly qop: 'auth' | 'none'
  readonly realm: string
  readonly nonce: string
  readonly username: string
  readonly password: string
  readonly method: string
  readonly uri: string
  /** How often this nonce has been used, this time included; and a word of ours. */
  readonly count: number
  readonly clientNonce: string
  /** How its texts become bytes: SIP's are bytes already, one a letter. */
  readonly encoding: 'utf8' | 'latin1'
}

/** What proves that the password is known, for HTTP and SIP alike, and `nc` as it goes with it (RFC 7616 §3.4.1; without `qop` as RFC 2069 had it). */
export function digestResponse({ algorithm, qop, encoding, ...proof }: DigestProof): { readonly response: string; readonly nc: string } {
  const { realm, nonce, username, password, method, uri, count, clientNonce } = proof
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text, encoding)
      .digest('hex')
  const secret = hash(`${username}:${realm}:${password}`)
  const wanted = hash(`${method}:${uri}`)
  const nc = count.toString(16).padStart(8, '0')
  return { nc, response: hash(qop === 'auth' ? `${secret}:${nonce}:${nc}:${clientNonce}:${qop}:${wanted}` : `${secret}:${nonce}:${wanted}`) }
}
