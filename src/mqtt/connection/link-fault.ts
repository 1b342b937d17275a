import type { WallTime } from '../../desk/time.ts'
import { writtenWall } from '../../version.ts'
import { packetBytesMax } from '../limits.ts'

/** Why there is no line to the broker, or not all of it. */
export type FaultReason =
  | 'wrong-password'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'wrong-clock'
  | 'unknown-ca'
  | 'wrong-host-name'
  | 'client-certificate'
  | 'client-certificate-refused'
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
  | 'closed-soon'
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
  'certificate-expired': "The broker's certificate has expired: it must be renewed. Unless this machine's clock is ahead: see timedatectl.",
  'certificate-not-yet-valid':
    "The broker's certificate is not valid yet: this machine's clock is behind (see timedatectl), or that of whoever made it was ahead.",
  'wrong-clock':
    "This machine's clock cannot be right, so the broker's certificate cannot be checked. Set it: NTP, or a clock that runs without power (see timedatectl).",
  'unknown-ca': "The broker's certificate is signed by an unknown CA. Put the certificate of the CA that signed it into broker.caFile.",
  'wrong-host-name': "The broker's certificate is for another name: the host name in broker.url does not match it. Use a name that the certificate has.",
  'client-certificate': "The desk's own certificate cannot be used: see whether broker.certFile and broker.keyFile can be read and belong together.",
  'client-certificate-refused':
    "The broker does not take the desk's own certificate: it is missing, expired, revoked, or of a CA that the broker does not know. See broker.certFile.",
  tls: 'No encrypted connection could be made: the broker does not speak TLS on this port, or not as this machine does. See broker.url.',
  refused: 'The connection was refused: no broker is listening there. See broker.url.',
  'not-reachable': 'The broker is not reachable: its name is unknown or no way leads there.',
  'no-answer': 'The broker does not answer.',
  protocol: 'The broker speaks neither MQTT 5 nor MQTT 3.1.1.',
  replaced: 'Another client has connected under the name of this desk. Each desk needs a name of its own (desk, broker.username).',
  'client-id': 'The broker does not accept the name of this desk as a client identifier.',
  busy: 'The broker is busy or shutting down.',
  'closed-early':
    'The broker closed the connection before it answered. See whether its port is for TLS (mqtts: in broker.url) or not (mqtt:); with a certificate of ' +
    'one’s own, the broker may not accept it (broker.certFile).',
  closed: 'The broker closed the connection. If it does so again and again, it may not allow what is published here (see its access list).',
  'too-large':
    `The broker sent a message larger than any that a desk needs (${packetBytesMax.toLocaleString('en')} bytes), so the connection was given up. Somebody ` +
    'publishes to a topic of this desk.',
  'closed-soon':
    'The broker closes the connection soon after each connect. Most likely another client uses the name of this desk, and each needs one of its own (desk, ' +
    'broker.username); or the broker does not allow a topic that this desk publishes (see its access list).',
  'publish-denied': 'The broker does not allow this desk to publish on its topics (see its access list).',
  'subscribe-denied': 'The broker does not allow a subscription of this desk (see its access list).',
}

/** Every word that `broker.fault` may be. */
export const faultReasons: readonly FaultReason[] = [...(Object.keys(sentences) as FaultReason[]), 'other']

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
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
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

/** Alerts of TLS (RFC 8446 §6.2) by which a broker turns down a client's certificate, as OpenSSL names them. */
const certificateAlert = /^ERR_SSL_.*ALERT_(?:NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/

/** Node's and OpenSSL's codes of certificates, keys and connections. */
function reasonOfCode(code: string, wall: WallTime): Exclude<FaultReason, 'other'> | undefined {
  // A certificate that is not valid yet is the usual sign of a machine that has lost its time with its power.
  if (code === 'CERT_NOT_YET_VALID' && wall < writtenWall) return 'wrong-clock'
  if (certificateAlert.test(code)) return 'client-certificate-refused'
  if (code.startsWith('ERR_OSSL')) return 'client-certificate'
  return reasonsByCode[code] ?? (code.startsWith('ERR_SSL') ? 'tls' : undefined)
}

/** Puts an error of MQTT.js, or the reason of a CONNACK or DISCONNECT, into words. `wall` is the time by which certificates were judged. */
export function classifyFault(error: unknown, wall: WallTime = Date.now()): LinkFault {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  const text = typeof message === 'string' ? message : ''
  if (typeof code === 'number') {
    const reason = reasonsByNumber[code]
    return reason === undefined ? { reason: 'other', sentence: `The broker gave reason ${code}.` } : linkFault(reason)
  }
  const reason = typeof code === 'string' ? reasonOfCode(code, wall) : undefined
  if (reason !== undefined) return linkFault(reason)
  if (/connack timeout|keepalive timeout/i.test(text)) return linkFault('no-answer')
  return { reason: 'other', sentence: `The line to the broker failed${typeof code === 'string' ? ` (${code})` : ''}.` }
}
