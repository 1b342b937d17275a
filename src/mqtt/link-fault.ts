/** Why there is no line to the broker, or not all of it. */
export type FaultReason =
  | 'wrong-password'
  | 'certificate-expired'
  | 'unknown-ca'
  | 'wrong-host-name'
  | 'tls'
  | 'refused'
  | 'not-reachable'
  | 'no-answer'
  | 'protocol'
  | 'replaced'
  | 'client-id'
  | 'busy'
  | 'closed-early'
  | 'closed'
  | 'too-large'
  | 'publish-denied'
  | 'subscribe-denied'
  | 'other'

export interface LinkFault {
  readonly reason: FaultReason
  /** What is wrong and, where a person can do something, what. No password, user name or address in it. */
  readonly sentence: string
}

const sentences: Readonly<Record<Exclude<FaultReason, 'other'>, string>> = {
  'wrong-password':
    'The broker does not accept the user name and password: wrong password, or the user is not allowed. See broker.username and broker.passwordFile.',
  'certificate-expired': "The broker's certificate has expired, is not valid yet, or this machine's clock is wrong.",
  'unknown-ca': "The broker's certificate is signed by an unknown CA. See broker.caFile.",
  'wrong-host-name': "The broker's certificate is for another name: the host name in broker.url does not match it.",
  tls: 'No encrypted connection could be made: the broker does not speak TLS on this port, or not as this machine does. See broker.url.',
  refused: 'The connection was refused: no broker is listening there. See broker.url.',
  'not-reachable': 'The broker is not reachable: its name is unknown or no way leads there.',
  'no-answer': 'The broker does not answer.',
  protocol: 'The broker speaks neither MQTT 5 nor MQTT 3.1.1.',
  replaced: 'Another client has connected under the name of this desk. Each desk needs a name of its own (desk, broker.username).',
  'client-id': 'The broker does not accept the name of this desk as a client identifier.',
  busy: 'The broker is busy or shutting down.',
  'closed-early': 'The broker closed the connection before it answered.',
  closed: 'The broker closed the connection. If it does so again and again, it may not allow this desk what it publishes (see its access list).',
  'too-large':
    'The broker sent a message larger than any that a desk needs (65,536 bytes), so the connection was given up. Somebody publishes to a topic of this desk.',
  'publish-denied': 'The broker does not allow this desk to publish on its topics (see its access list).',
  'subscribe-denied': 'The broker does not allow a subscription of this desk (see its access list).',
}

export function linkFault(reason: Exclude<FaultReason, 'other'>): LinkFault {
  return { reason, sentence: sentences[reason] }
}

/** Node's codes of sockets and TLS, and OpenSSL's of certificates. */
const reasonsByCode: Readonly<Record<string, Exclude<FaultReason, 'other'>>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'not-reachable',
  EAI_AGAIN: 'not-reachable',
  EHOSTUNREACH: 'not-reachable',
  ENETUNREACH: 'not-reachable',
  ENETDOWN: 'not-reachable',
  ETIMEDOUT: 'not-reachable',
  ECONNRESET: 'closed-early',
  EPIPE: 'closed-early',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-expired',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-ca',
  CERT_SIGNATURE_FAILURE: 'unknown-ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host-name',
  EPROTO: 'tls',
}

/** CONNACK codes of MQTT 3.1.1 §3.2.2.3, CONNACK and DISCONNECT reasons of MQTT 5 §3.2.2.2 and §3.14.2.1. */
const reasonsByNumber: Readonly<Record<number, Exclude<FaultReason, 'other'>>> = {
  1: 'protocol',
  2: 'client-id',
  3: 'busy',
  4: 'wrong-password',
  5: 'wrong-password',
  132: 'protocol',
  133: 'client-id',
  134: 'wrong-password',
  135: 'wrong-password',
  136: 'busy',
  137: 'busy',
  138: 'wrong-password',
  139: 'busy',
  140: 'wrong-password',
  141: 'no-answer',
  142: 'replaced',
  159: 'busy',
}

/** Puts an error of MQTT.js, or the reason of a CONNACK or DISCONNECT, into words. */
export function classifyFault(error: unknown): LinkFault {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  const text = typeof message === 'string' ? message : ''
  if (typeof code === 'number') {
    const reason = reasonsByNumber[code]
    return reason === undefined ? { reason: 'other', sentence: `The broker gave reason ${code}.` } : linkFault(reason)
  }
  const reason = typeof code === 'string' ? (reasonsByCode[code] ?? (code.startsWith('ERR_SSL') ? 'tls' : undefined)) : undefined
  if (reason !== undefined) return linkFault(reason)
  if (/connack timeout|keepalive timeout/i.test(text)) return linkFault('no-answer')
  return { reason: 'other', sentence: `The line to the broker failed${typeof code === 'string' ? ` (${code})` : ''}.` }
}
