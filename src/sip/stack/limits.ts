/**
 * Everything of SIP that could grow, repeat or wait without end, with its bound. Sizes are in bytes, times in milliseconds; the timers are those of
 * RFC 3261 §17 and its table 4.
 */
export const sipLimits = {
  /** One message, with its body; and of that what stands before the body. */
  packetBytesMax: 16_384,
  headBytesMax: 8192,
  /** One header with its continuation lines, of those that are read; and how many headers there may be, read or not. */
  lineBytesMax: 1024,
  headersMax: 60,
  viasMax: 10,
  /** Values of one list header, over all its lines. */
  listValuesMax: 40,
  /** Blanks in a row. The codec's patterns go over such a run again for every place in it. */
  blanksMax: 8,
  uriLengthMax: 512,
  methodLengthMax: 16,
  /** A branch, a tag; a Call-ID. */
  tokenLengthMax: 160,
  callIdLengthMax: 256,
  /** RFC 3261 §8.1.1.5. */
  cseqMax: 2_147_483_647,
  portMax: 65_535,

  /** Timers A, E and G begin with T1; E and G grow to T2 at most; K and I are T4. */
  t1Ms: 500,
  t2Ms: 4000,
  t4Ms: 5000,
  /** 64 times T1: timers B, F, H and J, and how long a 2xx is acknowledged. RFC 3261 wants "at least 32 s" of D. */
  transactionMs: 32_000,
  /** An INVITE that rings for so long is given up (timer C of RFC 3261 §16.6, in the place of "for ever"). */
  proceedingMs: 180_000,
  /** Requests of ours that are under way; beyond this a new one does not go out. */
  clientTransactionsMax: 100,
  /** Requests of others whose answer is kept for a repetition: of all, and of one address. Beyond this the oldest is forgotten. */
  serverTransactionsMax: 400,
  serverTransactionsPerSourceMax: 200,
  /** Places that answer one INVITE with a 2xx, each of which is acknowledged. */
  forksMax: 4,
  /** Credentials given within one request: a proxy and a server may each ask, and each may find its nonce stale. */
  challengesMax: 4,
  /** Challenges that are looked at in one response, and realms whose last challenge is remembered. */
  challengesReadMax: 8,
  realmsMax: 8,
  /** A name is looked up for so long. */
  resolveMs: 5000,

  /** TCP. A message that has begun is complete after so long, or the connection is over. */
  messageMs: 10_000,
  connectMs: 10_000,
  backOffFirstMs: 1000,
  backOffLastMs: 60_000,
  /** A connection that has lasted so long was a good one: the next loss begins with the shortest wait. */
  steadyMs: 30_000,
  /** Two empty lines so often keep the way through a NAT open (RFC 5626 §4.4.1). */
  keepAliveMs: 90_000,
  /** What the socket has not taken. */
  unsentBytesMax: 65_536,
  /** Between two lines of the log about the same trouble. */
  sayAgainMs: 60_000,
} as const
