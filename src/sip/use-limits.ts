/** How what a desk wants of SIP is asked, repeated and given up. Times in milliseconds, `…S` in seconds as SIP writes them. */
export const sipUseLimits = {
  /** What a subscription asks for; it is renewed when about half of what was granted is over. So long a restart of the exchange may go unseen. */
  expiresS: 120,
  /** A notifier that wants longer (423, RFC 6665 §4.2.1.1) gets up to this. */
  expiresMaxS: 3600,
  /** A shorter grant is renewed as if it were this long. */
  expiresMinS: 20,
  /** How far around the half, as a share: so that the desks of an office do not ask at one moment. */
  refreshSpread: 0.1,
  /** The first NOTIFY must come within Timer N, 64 times T1 (RFC 6665 §4.1.2.4). */
  firstNotifyMs: 32_000,
  /** A NOTIFY so soon after a SUBSCRIBE of ours answers it, and is no news. */
  answerWithinMs: 5000,
  /** Subscribing afresh after a failure: this, then twice that, up to the longest; each anywhere between its half and its whole. */
  againFirstMs: 2000,
  againMaxMs: 120_000,
  /** Where the exchange has turned us down (password, no such event, nobody of that name): a person must act, and it is not pestered. */
  refusedMs: 300_000,
  /** What a notifier may ask for by Retry-After at most. */
  retryAfterMaxMs: 3_600_000,
  /** When something partial was lost, all is asked for anew, and no more often than this. */
  refreshGapMs: 5000,
  /** A goodbye waits for its answer for so long: that of a subscription, and of a code's call. */
  goodbyeMs: 1000,
  /** The way through a NAT is kept open, and the exchange's health known, by OPTIONS so often (RFC 5626 §4.4.1 wants less than 30 s over UDP). */
  keepAliveMs: 25_000,
  /** No answer to so many in a row: what the subscription last said is not believed any more. */
  deafAfter: 2,
  /** A code's call: how long the exchange may take to answer, and then to hang up; before that it has set the forwarding (reference/sip.md §2e). */
  codeAnswerMs: 4000,
  codeHangUpMs: 8000,
  /** How long the forwarding hint may take to show what a code has done. */
  hintMs: 1000,
} as const

export type SipUseLimits = { readonly [Name in keyof typeof sipUseLimits]: number }
