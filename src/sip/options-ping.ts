import type { Millis } from '../desk/time.ts'
import { sipUri } from './dialog-side.ts'
import type { OutgoingRequest, SipStack, SipStackOptions } from './ports.ts'
import { randomWord } from './random.ts'
import { type SipUseLimits, sipUseLimits } from './use-limits.ts'

export interface PingOptions {
  readonly stack: SipStack
  readonly clock: SipStackOptions['clock']
  readonly random: () => number
  readonly user: string
  readonly domain: string
  /** Another than the server, such as the phone. */
  readonly next?: OutgoingRequest['next']
  readonly everyMs?: Millis
  /** So many questions in a row had no answer; told once, and again after an answer. */
  readonly onDeaf?: () => void
  readonly limits?: Partial<SipUseLimits>
}

export interface Ping {
  start(): void
  stop(): void
  /** Asks once, now. */
  once(): Promise<boolean>
  /** `undefined` until the first answer, or the first that did not come. */
  isAlive(): boolean | undefined
  health(): { readonly alive: boolean | 'unknown'; readonly answerMs: number; readonly unanswered: number }
}

/**
 * Asks whether a SIP stack is there at all. Any answer will do: Asterisk tells strangers 401, a phone in a call 486. It says nothing of calls. Sent often
 * enough it also keeps the way through a NAT open for what the other side sends. It never gives the password: a wrong one would be tried so often that an
 * exchange bars this machine, and the phone is not who it belongs to.
 */
export function createPing({ stack, clock, random, user, domain, next, onDeaf, ...options }: PingOptions): Ping {
  const limits: SipUseLimits = { ...sipUseLimits, ...options.limits }
  const everyMs = options.everyMs ?? limits.keepAliveMs
  const callId = `${randomWord(random, 20)}@third-ring`
  const tag = randomWord(random, 12)
  let alive: boolean | undefined
  let cseq = 0
  let inRow = 0
  let unanswered = 0
  let answerMs = 0
  let running = false
  let cancelTimer = (): void => {}

  async function once(): Promise<boolean> {
    cseq += 1
    const askedAt = clock.now()
    const uri = next === undefined ? `sip:${domain.includes(':') ? `[${domain}]` : domain}` : sipUri(user, next.host, next.port)
    const outcome = await stack.request({
      method: 'OPTIONS',
      uri,
      from: `<${sipUri(user, domain)}>;tag=${tag}`,
      to: `<${uri}>`,
      callId,
      cseq,
      headers: { accept: 'application/sdp' },
      anonymous: true,
      ...(next === undefined ? {} : { next }),
    })
    cseq = Math.max(cseq, outcome.cseq)
    const answers = outcome.kind === 'response'
    if (answers) answerMs = Math.round(clock.now() - askedAt)
    return answers
  }

  async function ask(): Promise<void> {
    const answers = await once()
    if (!running) return
    alive = answers
    inRow = answers ? 0 : inRow + 1
    if (!answers) unanswered += 1
    if (inRow === limits.deafAfter) onDeaf?.()
    cancelTimer = clock.after(everyMs * (0.9 + 0.2 * random()), () => void ask())
  }

  return {
    start() {
      if (running) return
      running = true
      void ask()
    },
    stop() {
      running = false
      cancelTimer()
    },
    once,
    isAlive: () => alive,
    health: () => ({ alive: alive ?? 'unknown', answerMs, unanswered }),
  }
}
