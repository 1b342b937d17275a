import type { Millis } from '../desk/time.ts'

/** What the users of SIP (a subscription, a feature-code call, a ping) ask of the stack below them. Nothing here throws for what the network does. */

/** The whole of a message that the guard let through. Header names are in lower case and in full; a header that may be given once is a text. */
export interface SipMessage {
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}
export interface SipRequest extends SipMessage {
  readonly method: string
  readonly uri: string
  /** Where it came from. */
  readonly from: { readonly address: string; readonly port: number }
}
export interface SipResponse extends SipMessage {
  readonly status: number
  readonly reason: string
}

/** A request to be sent. The stack adds Via, Max-Forwards, Content-Length, User-Agent, Contact and, once challenged, the answer to the challenge. */
export interface OutgoingRequest {
  readonly method: string
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly cseq: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: { readonly type: string; readonly content: string }
  /** Where it is sent; the configured server if left out. */
  readonly next?: { readonly host: string; readonly port: number }
  /** It goes out without credentials, and a challenge is answer enough. */
  readonly anonymous?: true
}

/** What came of a request: its final response, or why there is none. `cseq` is the one that was used last, after a challenge one more. */
export type SipOutcome =
  | { readonly kind: 'response'; readonly response: SipResponse; readonly cseq: number }
  /** Timer B or F: nobody answered. */
  | { readonly kind: 'timeout'; readonly cseq: number }
  /** It could not be sent: no route, connection refused, stopped. `sent`: that came later, and the other end may have got it before. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly sent?: true; readonly cseq: number }

/** What a request from outside is answered with; the stack adds what repeats the request, the tag of To, and Content-Length. */
export interface RequestAnswer {
  readonly status: number
  readonly reason?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: { readonly type: string; readonly content: string }
}

export interface SipStack {
  /** @throws ConfigurationError where its own port cannot be had. */
  start(): Promise<void>
  /** Idempotent; leaves no socket and no timer behind. Requests under way end as `unreachable`. */
  stop(): Promise<void>
  /** A non-INVITE transaction (RFC 3261 §17.1.2), repeated once with credentials where it is challenged (RFC 3261 §22, RFC 7616, RFC 8760). */
  request(request: OutgoingRequest): Promise<SipOutcome>
  /**
   * An INVITE transaction (RFC 3261 §17.1.1) with its ACK; a 2xx is acknowledged as often as it comes. `cancel` gives up a call that is not answered: it
   * goes out no more, and one that is answered all the same comes as its 2xx, and the caller ends it with BYE. One that rings for three minutes is
   * cancelled, and a `timeout`.
   * What happens inside the dialog afterwards is `request` (our BYE) and `onRequest` (theirs).
   */
  invite(request: OutgoingRequest, onProvisional?: (response: SipResponse) => void): { readonly outcome: Promise<SipOutcome>; cancel(): void }
  /**
   * Requests from outside, each told once however often it is sent: the first handler that answers has answered. Retransmissions get the same answer
   * (RFC 3261 §17.2.2). Nobody: 481 for one inside a dialog, 200 for OPTIONS, else 405.
   */
  onRequest(handler: (request: SipRequest) => RequestAnswer | undefined): void
  /** The way to the server is lost (TCP: the connection has ended): what is said in dialogs there no longer reaches us. */
  onLost(handler: (reason: string) => void): void
  /** What our Contact says; known after `start`. */
  contact(): { readonly host: string; readonly port: number }
  /** Plain counters for `/healthz`: refused by the guard by reason, retransmitted, timed out. */
  health(): Record<string, string | number | boolean>
}

export interface SipStackOptions {
  readonly server: { readonly host: string; readonly port: number }
  readonly transport: 'udp' | 'tcp'
  readonly local: { readonly host?: string; readonly port: number }
  readonly user: string
  readonly password?: () => string | undefined
  /** Whom requests are taken from, beside the server. */
  readonly allow?: readonly string[]
  readonly userAgent: string
  readonly clock: { now(): number; after(delayMs: Millis, then: () => void): () => void }
  readonly random: () => number
  readonly log: { debug(fields: object, message: string): void; warn(fields: object, message: string): void }
}
