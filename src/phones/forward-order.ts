import type { Emit, Forwarder } from '../agent/ports.ts'
import { atMost } from '../at-most.ts'
import type { ForwardOrder } from '../desk/effect.ts'
import type { ForwardOutcome } from '../desk/event.ts'
import { asDialled, isSameTarget, type Numbering } from '../desk/number.ts'
import type { ForwardKind } from '../desk/policy.ts'
import { createInTurn } from '../in-turn.ts'
import type { PhoneLog } from './driver.ts'
import type { PhoneLimits } from './limits.ts'

/** One kind of forwarding as a reading shows it. */
export interface ForwardingSeen {
  readonly kind: 'always' | 'busy' | 'no-answer'
  readonly on: boolean
  readonly target?: string
  /** What is shown need not be what is in force: a target that is stored, a list that another switch does not touch. */
  readonly unsure?: true
}

/** What a reading came to. A kind that is not in it is one that the phone does not show. */
export type ForwardReading =
  | { readonly forwarding: readonly ForwardingSeen[] }
  /** `unsupported`: it answered, and there is nothing of the kind in it. */
  | { readonly outcome: 'refused' | 'unreachable' | 'unsupported' }

/** What telling came to: `lost`, it may have been heard, and there is no answer. */
export type ForwardTold = 'taken' | 'lost' | 'busy' | 'refused' | 'unsupported' | 'unreachable'

export type ForwardCommand = Omit<ForwardOrder, 'order'>

/** A command that went out: what came of it, until when the order must be answered, and whether the phone surely did not forward before. */
interface Told {
  readonly told: 'taken' | 'lost'
  readonly until: number
  readonly wasOff: boolean
}

/** How one way reads and tells. Nothing here rejects. */
export interface ForwardPort {
  readonly kinds: readonly ForwardKind[]
  read(): Promise<ForwardReading>
  /** One command. `goAhead` is asked just before it goes out; false withdraws it. */
  tell(command: ForwardCommand, goAhead: () => boolean): Promise<ForwardTold>
}

export interface ForwardDeps {
  readonly emit: Emit
  readonly log: PhoneLog
  readonly now: () => number
  readonly limits: PhoneLimits
  readonly numbering: Numbering
}

export interface OrderedForwarder extends Forwarder {
  /** Whether the phone was told to forward a moment ago, so that its word to that effect is about our order. */
  toldToForward(): boolean
  /** From here on: has no order been under way? A reading that one overtook says nothing. */
  undisturbed(): () => boolean
  /** Resolves when no order and no look is under way. */
  settled(): Promise<unknown>
}

/**
 * The one way in which orders are carried out, whatever the phone: read, tell, read back, one order after the other. What a reading shows to be somebody
 * else's is not touched, neither to set nor to undo; what is as ordered is left as it is. A command is never sent twice for one order.
 */
export function createOrderedForwarder(port: ForwardPort, deps: ForwardDeps): OrderedForwarder {
  const { emit, log, now, limits, numbering } = deps
  const last = new Map<ForwardKind, { readonly on: boolean; readonly at: number }>()
  const inTurn = createInTurn()
  let begun = 0
  let ended = 0

  /** Where the phone stands against an order. */
  function standing({ on, kind, target }: ForwardCommand, reading: ForwardReading): 'as-ordered' | 'perhaps' | 'contrary' | 'foreign' | 'unsure' | 'hidden' {
    const seen = 'forwarding' in reading ? reading.forwarding.find((each) => each.kind === kind) : undefined
    if (seen === undefined) return 'hidden'
    if (seen.on && seen.target !== undefined && !isSameTarget(seen.target, target, numbering)) return 'foreign'
    // A stored target of ours has to go, whether or not it is in force.
    if (!on && seen.on) return 'contrary'
    if (seen.on && seen.target === undefined) return 'unsure'
    if (seen.on === on) return seen.unsure === true ? 'perhaps' : 'as-ordered'
    return seen.unsure === true ? 'unsure' : 'contrary'
  }

  /** The phone may yet obey a command of ours to the contrary. */
  function mayStillChange({ on, kind }: ForwardCommand): boolean {
    const told = last.get(kind)
    return told !== undefined && told.on !== on && now() - told.at < limits.forwardLateMs
  }

  /** What is certain, and why an order was not carried out. */
  function say(reading: ForwardReading, contested?: ForwardKind): void {
    if (!('forwarding' in reading)) return
    for (const { unsure, ...seen } of reading.forwarding) {
      if (unsure !== true || seen.kind === contested) emit({ type: 'phone.forwarding', ...seen, read: true })
    }
  }

  function somebodyElses(kind: ForwardKind, reading: ForwardReading): 'foreign' {
    say(reading, kind)
    return 'foreign'
  }

  async function carryOut(command: ForwardCommand, until: number): Promise<ForwardOutcome> {
    if (!port.kinds.includes(command.kind) || !isDialable(command.target)) return 'unsupported'
    if (now() >= until) return 'unreachable'
    const before = await port.read()
    if ('outcome' in before && before.outcome !== 'unsupported') return before.outcome
    const stands = standing(command, before)
    if (stands === 'foreign') return somebodyElses(command.kind, before)
    if (stands === 'as-ordered' && !mayStillChange(command)) return 'confirmed'
    if (stands === 'perhaps' && !mayStillChange(command)) return 'sent'
    const told = await tell(command, until)
    return told === 'taken' || told === 'lost' ? readBack(command, { told, until, wasOff: stands === 'contrary' }) : told
  }

  async function tell(command: ForwardCommand, until: number): Promise<ForwardTold> {
    return port.tell({ ...command, target: asDialled(command.target) }, () => {
      if (now() >= until) return false
      last.set(command.kind, { on: command.on, at: now() })
      return true
    })
  }

  async function readBack(command: ForwardCommand, { told, until, wasOff }: Told): Promise<ForwardOutcome> {
    const deadline = Math.min(until, now() + limits.forwardReadBackMs)
    for (let first = true; ; first = false) {
      const reading = await port.read()
      const stands = standing(command, reading)
      if (stands === 'as-ordered') return 'confirmed'
      if (stands === 'perhaps') return 'sent'
      if (stands === 'foreign') return command.on && first && wasOff ? takeBack(command, until) : somebodyElses(command.kind, reading)
      // It cannot be seen there, now or later.
      const done = stands === 'hidden' || now() + limits.forwardReadEveryMs >= deadline
      if (!done) await new Promise((resolve) => setTimeout(resolve, limits.forwardReadEveryMs))
      else if (told === 'lost') return 'unreachable'
      else return stands === 'contrary' ? 'contradicted' : 'sent'
    }
  }

  /**
   * A moment ago it was off, then it was told our number, and now it shows another: the phone writes numbers in a way that we could never know again as
   * ours, and nobody would undo it. So it is undone while that is certain.
   */
  async function takeBack(command: ForwardCommand, until: number): Promise<ForwardOutcome> {
    log.warn({ kind: command.kind }, 'the phone shows another number than it was told to forward to; the forwarding is taken back')
    const told = await tell({ ...command, on: false }, until)
    return told === 'lost' ? 'unreachable' : 'contradicted'
  }

  return {
    kinds: port.kinds,
    forward(command) {
      const until = now() + limits.forwardWithinMs
      begun += 1
      const outcome = inTurn
        .run(() => carryOut(command, until))
        .finally(() => {
          ended += 1
        })
      // What has not come to an end by then may still work; no command goes out any more.
      return atMost(limits.forwardWithinMs, outcome).then((came) => came ?? 'unreachable')
    },
    look: () =>
      inTurn.run(async () => {
        const reading = await port.read()
        say(reading)
        if ('outcome' in reading) return reading.outcome === 'unsupported' ? 'hidden' : false
        return port.kinds.every((kind) => reading.forwarding.some((seen) => seen.kind === kind && seen.unsure !== true)) || 'hidden'
      }),
    toldToForward: () => [...last.values()].some(({ on, at }) => on && now() - at < limits.forwardWordMs),
    undisturbed() {
      const before = begun
      const quiet = begun === ended
      return () => quiet && begun === before
    },
    settled: inTurn.settled,
  }
}

/** Yealink's guides store 32 characters; nobody's number is longer. */
const targetLengthMax = 32

/** Nothing but a number may stand in a command: `6014;Reboot` would press another key. */
function isDialable(target: string): boolean {
  const number = asDialled(target)
  return number.length <= targetLengthMax && /^\+?[\d*#]+$/.test(number)
}
