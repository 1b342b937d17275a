import { type DigestAlgorithm, digestAlgorithm, digestQop, digestResponse } from '../digest.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** A Digest challenge that can be met: MD5 or SHA-256, with `qop=auth` or none. */
export interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque?: string
  readonly algorithm: DigestAlgorithm
  readonly qop: 'auth' | 'none'
  readonly stale: boolean
}

/** No challenge is longer, and the patterns below go over what they cannot read again for every place in it. */
const headerLengthMax = 2048

/** The best challenge in a `WWW-Authenticate` header, which may hold several (RFC 7616 §3.7, RFC 9110 §11.6.1). */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  // A scheme begins a piece: a word and a space before a parameter, where a parameter of its own has none.
  const schemes = (header ?? '').slice(0, headerLengthMax).split(/(?:^|,)\s*(?=[A-Za-z]+\s+\w+\s*=)/)
  const challenges = schemes.flatMap((scheme) => (/^digest\s/i.test(scheme) ? (readDigest(scheme) ?? []) : []))
  return challenges.find(({ algorithm }) => algorithm === 'SHA-256') ?? challenges[0]
}

function readDigest(text: string): Challenge | undefined {
  const fields = new Map(
    [...text.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name = '', quoted, bare]) => [
      name.toLowerCase(),
      quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '',
    ]),
  )
  const algorithm = digestAlgorithm(fields.get('algorithm'))
  const nonce = fields.get('nonce')
  const qop = digestQop(fields.get('qop'))
  if (nonce === undefined || algorithm === undefined || qop === undefined) return undefined
  const opaque = fields.get('opaque')
  return {
    realm: fields.get('realm') ?? '',
    nonce,
    algorithm,
    qop,
    stale: fields.get('stale')?.toLowerCase() === 'true',
    ...(opaque === undefined ? {} : { opaque }),
  }
}

export interface DigestRequest {
  readonly method: string
  readonly uri: string
  /** How often this nonce has been used, from 1. */
  readonly count: number
  readonly cnonce: string
}

/** The value of the `Authorization` header (RFC 7616 §3.4; without `qop` as RFC 2069 had it). */
export function digestAuthorization(challenge: Challenge, { username, password }: Credentials, { method, uri, count, cnonce }: DigestRequest): string {
  const { realm, nonce, algorithm, opaque, qop } = challenge
  const { response, nc } = digestResponse({ algorithm, qop, realm, nonce, username, password, method, uri, count, clientNonce: cnonce, encoding: 'utf8' })
  const fields = [`username=${quoted(username)}`, `realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`, `uri=${quoted(uri)}`, `algorithm=${algorithm}`]
  if (qop === 'auth') fields.push('qop=auth', `nc=${nc}`, `cnonce=${quoted(cnonce)}`)
  if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`)
  return `Digest ${[...fields, `response="${response}"`].join(', ')}`
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
