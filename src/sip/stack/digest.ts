import { type DigestAlgorithm, digestAlgorithm, digestAlgorithms, digestQop, digestResponse } from '../../digest.ts'
import { type Challenge, onWire } from './codec.ts'

/** A challenge that can be answered. Texts as they came, without their quotes: what stands in them escaped is hashed and repeated escaped. */
export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: DigestAlgorithm
  /** Whether the algorithm was named, so that the answer names it as well. */
  readonly named: boolean
  /** `auth`, or the older form without (RFC 2069). Integrity of the body is not offered: no exchange asks for it. */
  readonly qop: 'auth' | 'none'
  /** The nonce was only too old: the password may be right. */
  readonly stale: boolean
}

/** Of several challenges of one realm, the strongest that we know; of each realm that asks, one. */
export function answerable(challenges: readonly Challenge[]): DigestChallenge[] {
  const known = challenges.flatMap((challenge) => readChallenge(challenge) ?? [])
  const strength = ({ algorithm }: DigestChallenge): number => digestAlgorithms.indexOf(algorithm)
  const best = new Map<string, DigestChallenge>()
  for (const challenge of known) {
    const other = best.get(challenge.realm)
    if (other === undefined || strength(challenge) < strength(other)) best.set(challenge.realm, challenge)
  }
  return [...best.values()]
}

function readChallenge({ scheme, params }: Challenge): DigestChallenge | undefined {
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  const said = params.get('algorithm')
  const algorithm = digestAlgorithm(said)
  const qop = digestQop(params.get('qop'))
  if (scheme.toLowerCase() !== 'digest' || realm === undefined || nonce === undefined || algorithm === undefined || qop === undefined) return undefined
  return {
    realm,
    nonce,
    opaque: params.get('opaque'),
    algorithm,
    named: said !== undefined,
    qop,
    stale: params.get('stale')?.toLowerCase() === 'true',
  }
}

/** What is proved: who asks for what. */
export interface DigestQuestion {
  readonly user: string
  readonly password: string
  readonly method: string
  readonly uri: string
  /** How often the nonce has been used, this time included; and a word of ours. */
  readonly count: number
  readonly clientNonce: string
}

/** The parameters of an Authorization header (RFC 7616 §3.4), quoted where they must be. */
export function digestAnswer(challenge: DigestChallenge, { user, password, method, uri, count, clientNonce }: DigestQuestion): [string, string][] {
  const { realm, nonce, opaque, algorithm, named, qop } = challenge
  const name = onWire(user).replaceAll(/["\\]/g, '\\$&')
  const proof = { algorithm, qop, realm, nonce, username: name, password: onWire(password), method, uri, count, clientNonce }
  const { response, nc } = digestResponse({ ...proof, encoding: 'latin1' })
  return [
    ['username', `"${name}"`],
    ['realm', `"${realm}"`],
    ['nonce', `"${nonce}"`],
    ['uri', `"${uri}"`],
    ['response', `"${response}"`],
    ...(named ? [['algorithm', algorithm] satisfies [string, string]] : []),
    ...(qop === 'auth'
      ? ([
          ['cnonce', `"${clientNonce}"`],
          ['qop', qop],
          ['nc', nc],
        ] satisfies [string, string][])
      : []),
    ...(opaque === undefined ? [] : [['opaque', `"${opaque}"`] satisfies [string, string]]),
  ]
}
