import type { Emit, Forwarder } from '../../agent/ports.ts'
import type { SipConfig } from '../../config/config.ts'
import type { ForwardOrder } from '../../desk/effect.ts'
import type { ForwardOutcome } from '../../desk/event.ts'
import { asDialled } from '../../desk/number.ts'
import { limits as deskLimits, type ForwardKind } from '../../desk/policy.ts'
import { ConfigurationError } from '../../errors.ts'
import { createInTurn } from '../../in-turn.ts'
import type { SipStack, SipStackOptions } from '../ports.ts'
import { createBothPasswords, withBothPasswords } from '../stack/both-passwords.ts'
import { createSipStack } from '../stack/stack.ts'
import { type SipUseLimits, sipUseLimits } from '../use-limits.ts'
import { createForwardHint, type ForwardHint } from '../watch/forward-hint.ts'
import type { OwnCalls } from '../watch/own-calls.ts'
import { type CodeDialler, createCodeDialler, meaningOf } from './code-dialler.ts'

/** What of the section `sip` the forwarding needs. */
export type ForwardCodes = Pick<
  SipConfig,
  'server' | 'port' | 'transport' | 'user' | 'domain' | 'localHost' | 'forwardOn' | 'forwardOff' | 'forwardNoAnswerOn' | 'forwardNoAnswerOff' | 'forwardHint'
>

export interface ExchangeForwarderDeps {
  readonly emit: Emit
  readonly clock: SipStackOptions['clock']
  readonly random: () => number
  readonly log: SipStackOptions['log']
  /** The stack of a desk that runs; somebody else starts and stops it. Left out: one is opened for the time of an order. */
  readonly stack?: SipStack
  /** With a desk that watches its own extension. */
  readonly own?: OwnCalls
  readonly limits?: Partial<SipUseLimits>
}

export interface ExchangeForwarder extends Forwarder {
  /** Only with a stack that is kept: begins to listen to the hint, so that what somebody sets by hand is seen. */
  start(): void
  /** Idempotent. */
  stop(): Promise<void>
  health(): Record<string, string | number | boolean>
}

type Command = Omit<ForwardOrder, 'order'>

/** What an order has in hand. */
interface Hand {
  readonly dialler: CodeDialler
  readonly hint: ForwardHint | undefined
}

/**
 * Tells the exchange instead of the phone, by the codes that the desk's own user may dial, and reads back by the forwarding hint where there is one. The
 * same code undoes for `release` and for the warden. A code that was turned down is believed only if the hint does not say that it worked: some exchanges
 * answer a code that they have obeyed with 603. Where there is no hint, an exchange that has answered and hung up by itself has given its word: nothing
 * better is to be had. `passwords` are for a stack of its own, the present one first; of a stack that is given, its owner has them.
 */
export function createExchangeForwarder(codes: ForwardCodes, passwords: () => readonly string[], deps: ExchangeForwarderDeps): ExchangeForwarder {
  const { emit, clock, random, stack, own } = deps
  const limits: SipUseLimits = { ...sipUseLimits, ...deps.limits }
  /** The hint tells of one kind only: of the forwarding of every call, where the exchange can be told that. */
  const hintKind: ForwardKind = codes.forwardOn === undefined ? 'no-answer' : 'always'
  // Beside a kind that is read back, one that is not would be set, never confirmed, and its code to end it dialled for ever.
  const kinds = kindsOf(codes).filter((kind) => codes.forwardHint === undefined || kind === hintKind)
  const hasHint = codes.forwardHint !== undefined
  const counts = { orders: 0, sent: 0, confirmed: 0, failed: 0 }
  const standing = stack === undefined ? undefined : handOn(stack)
  /** Set by us and not seen off since: on without this, it is somebody else's. */
  let ours: boolean | undefined
  /** When the exchange was last told to forward: it may obey so late, or its hint may be late, that "off" proves nothing yet. */
  let toldOnAt = Number.NEGATIVE_INFINITY
  const inTurn = createInTurn()

  function handOn(on: SipStack): Hand {
    const { user, server, domain = server, forwardHint } = codes
    const known = { stack: on, clock, random, user, domain, limits }
    const hint = forwardHint === undefined ? undefined : createForwardHint({ ...known, watched: forwardHint, onChange })
    return { dialler: createCodeDialler({ ...known, ...(own === undefined ? {} : { own }) }), hint }
  }

  /** By the exchange's own word, so that what a person does at the telephone is seen; ours comes back the same way. */
  function onChange(on: boolean): void {
    if (!on && ours === true) ours = false
    if (stack !== undefined) emit({ type: 'phone.forwarding', kind: hintKind, on })
  }

  async function withHand<Result>(work: (hand: Hand) => Promise<Result>, otherwise: Result): Promise<Result> {
    if (standing !== undefined) return work(standing)
    const { server, port, transport, localHost, user } = codes
    const both = createBothPasswords(passwords)
    const bare = createSipStack({
      server: { host: server, port },
      transport,
      local: { port: 0, ...(localHost === undefined ? {} : { host: localHost }) },
      user,
      password: both.current,
      userAgent: 'third-ring',
      clock,
      random,
      log: deps.log,
    })
    const own = withBothPasswords(bare, both)
    try {
      await own.start()
      const hand = handOn(own)
      hand.hint?.start()
      const result = await work(hand)
      // A call that is still up would be left so for as long as the exchange likes.
      await Promise.all([hand.hint?.stop(), hand.dialler.settled()])
      return result
    } catch (error) {
      // Its own port cannot be had: as good as no way.
      if (!(error instanceof ConfigurationError)) throw error
      return otherwise
    } finally {
      await own.stop()
    }
  }

  async function carryOut(command: Command, { dialler, hint }: Hand): Promise<ForwardOutcome> {
    const code = codeFor(codes, command)
    if (code === undefined) return 'unsupported'
    const read = command.kind === hintKind ? hint : undefined
    const before = await read?.known(limits.hintMs)
    if (!command.on && before === false && clock.now() - toldOnAt >= deskLimits.forwardLateMs) return 'confirmed'
    // The hint does not say whereto. On, though we never set it or saw ours end, it is not ours to touch.
    if (before === true && (command.on ? ours !== true : ours === false)) return 'foreign'
    counts.sent += 1
    if (command.on && read !== undefined) toldOnAt = clock.now()
    const end = await dialler.dial(code)
    if (end.kind === 'unsent') return 'unreachable'
    const after = await read?.until(command.on, limits.hintMs)
    if (after === command.on) return done(command, 'confirmed')
    // Where nobody can see now what came of it, a decline proves nothing.
    if (end.kind === 'turned-down') return read !== undefined && after === undefined && end.status >= 600 ? 'unreachable' : meaningOf(end.status)
    if (end.kind === 'silent') return 'unreachable'
    if (after !== undefined) return 'contradicted'
    return done(command, end.kind === 'hung-up' && !hasHint ? 'confirmed' : 'sent')
  }

  function done({ on, kind }: Command, outcome: 'confirmed' | 'sent'): ForwardOutcome {
    if (kind === hintKind) ours = on ? true : undefined
    return outcome
  }

  return {
    kinds,
    forward: (command) =>
      inTurn.run(async () => {
        counts.orders += 1
        const outcome = await withHand<ForwardOutcome>((hand) => carryOut(command, hand), 'unreachable')
        counts[outcome === 'confirmed' ? 'confirmed' : 'failed'] += outcome === 'sent' ? 0 : 1
        return outcome
      }),
    async look() {
      if (!hasHint) return 'hidden'
      return inTurn.run(() =>
        withHand(async ({ hint }) => {
          const on = await hint?.known(limits.hintMs)
          if (on === undefined) return false
          emit({ type: 'phone.forwarding', kind: hintKind, on, read: true })
          return true
        }, false),
      )
    },
    start: () => standing?.hint?.start(),
    stop: async () => {
      await standing?.hint?.stop()
    },
    health: () => ({ ...counts, hint: hintHealth(codes, standing?.hint) }),
  }
}

function hintHealth({ forwardHint }: ForwardCodes, hint: ForwardHint | undefined): string {
  if (forwardHint === undefined) return 'none'
  const on = hint?.isOn()
  return on === undefined ? 'unknown' : on ? 'on' : 'off'
}

function kindsOf({ forwardOn, forwardOff, forwardNoAnswerOn, forwardNoAnswerOff }: ForwardCodes): readonly ForwardKind[] {
  const noAnswer = forwardNoAnswerOn !== undefined && forwardNoAnswerOff !== undefined
  const always = forwardOn !== undefined && forwardOff !== undefined
  return [...(noAnswer ? ['no-answer' as const] : []), ...(always ? ['always' as const] : [])]
}

function codeFor({ forwardOn, forwardOff, forwardNoAnswerOn, forwardNoAnswerOff }: ForwardCodes, { on, kind, target }: Command): string | undefined {
  const [start, end] = kind === 'always' ? [forwardOn, forwardOff] : [forwardNoAnswerOn, forwardNoAnswerOff]
  if (start === undefined || end === undefined) return undefined
  // A code without a number would ask for one; and nothing but a number may come after it.
  const number = asDialled(target)
  if (on && !/^\+?[\d*#]{1,40}$/.test(number)) return undefined
  return on ? `${start}${number}` : end
}
