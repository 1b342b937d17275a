import { type Desk, emptyDesk, take } from '../../src/desk/desk.ts'
import type { ClearedCause, Fact } from '../../src/desk/event.ts'
import type { Policy } from '../../src/desk/policy.ts'
import { between, chance, createRandom } from '../../src/simulator/random.ts'
import { policy as officePolicy } from '../desk/script.ts'
import { createTruth, type Truth } from './golden-truth.ts'

const minute = 60_000
const hour = 60 * minute
/** Monday 2026-11-23, seven o'clock in Warsaw, at the desk's instant `start`. */
const seven = Date.UTC(2026, 10, 23, 6)
const start = hour
export const policy: Policy = { ...officePolicy, callbackDueWorkingMinutes: 120, substitutes: [{ desk: 'usc-14', number: '6014' }] }

interface Ref {
  readonly phoneId: string
  readonly remote?: string
  readonly withheld?: boolean
}

/** One invented day at a desk, from seven to midnight, lived through by the core, and the truth about it, written down by who invented it. */
export function goldenDay(seed: number): { readonly desk: Desk; readonly truth: Truth } {
  const random = createRandom(seed)
  const truth = createTruth()
  const tasks: { readonly at: number; run(): void }[] = []
  let desk = emptyDesk(start)
  let at = start
  let calls = 0

  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(between(random, 0, items.length))] as Item
  const clock = (): number => at - start + 7 * hour
  function tell(ms: number, ...facts: readonly Fact[]): void {
    at += ms
    for (const fact of facts) desk = take(desk, { ...fact, at }, policy).desk
  }
  function fresh(remote: string = `0600${String(100_000 + calls)}`): Ref {
    calls += 1
    return remote === 'withheld' ? { phoneId: `p${calls}`, withheld: true } : { phoneId: `p${calls}`, remote }
  }
  const clear = (ms: number, ref: Ref, cause: ClearedCause): void => tell(ms, { type: 'call.cleared', ref, cause })
  const later = (minutes: number, run: () => void): void => void tasks.push({ at: at + minutes * minute, run })

  /** Rings and is answered, or not. */
  function ring(remote?: string): { ref: Ref; rangAt: number } {
    const ref = fresh(remote)
    const rangAt = clock()
    tell(0, { type: 'call.delivered', ref })
    return { ref, rangAt }
  }

  /** Returns when they spoke. */
  function incoming(remote?: string): number {
    const { ref, rangAt } = ring(remote)
    const waitMs = pick([1200, 4999, 5001, 9000, 10_500, 11_001, 12_500, 14_999, 15_001, 22_000, 65_000])
    tell(waitMs, { type: 'call.established', ref })
    const answeredAt = at
    truth.answered(rangAt, waitMs)
    const spokeAt = clock()
    conversation(ref, answeredAt)
    return spokeAt
  }

  function conversation(ref: Ref, answeredAt: number): void {
    const what = between(random, 0, 1)
    if (what < 0.15) {
      transfer(ref)
      return
    }
    if (what < 0.3) tell(pick([6000, 3000]), { type: 'tick' })
    if (what < 0.55 && hold(ref, answeredAt)) return
    if (what >= 0.55 && what < 0.7) leave(ref)
    if (what >= 0.7 && what < 0.85) promise(ref)
    const cause = pick(['unknown', 'remote-bye', 'remote-bye', 'local-bye'] as const)
    clear(pick([4000, 12_000, 90_000]), ref, cause)
    truth.over(at - answeredAt, cause)
    tell(5000, { type: 'tick' })
  }

  /** True if the caller gave up meanwhile. */
  function hold(ref: Ref, answeredAt: number): boolean {
    tell(pick([2000, 4999, 5000, 20_000]), { type: 'call.held', ref })
    const soon = at - answeredAt < 5000
    const heldMs = pick([2000, 44_999, 45_000, 91_000, 119_999, 120_000, 200_000])
    const cause = chance(random, 0.25) ? pick(['unknown', 'remote-bye'] as const) : undefined
    truth.held(heldMs, soon)
    if (cause === undefined) {
      tell(heldMs, { type: 'call.retrieved', ref })
      return false
    }
    clear(heldMs, ref, cause)
    truth.over(at - answeredAt, cause)
    truth.abandoned()
    owed(ref, 'abandoned', 2000)
    return true
  }

  /** The clerk gets up, the phone is told to hold and does; taken back at once, it was a mistake. */
  function leave(ref: Ref): void {
    tell(3000, { type: 'seat.seen', occupied: false })
    tell(8200, { type: 'call.held', ref })
    const heldMs = pick([4999, 5000, 30_000])
    tell(heldMs - 100, { type: 'seat.seen', occupied: true })
    tell(100, { type: 'call.retrieved', ref })
    truth.forced(heldMs)
  }

  function transfer(ref: Ref): void {
    const kind = pick(['attended', 'blind', 'failed'] as const)
    truth.transferred(kind)
    tell(6000, { type: 'tick' })
    if (kind === 'attended') {
      const colleague = fresh('6014')
      tell(0, { type: 'call.held', ref }, { type: 'call.originated', ref: colleague })
      tell(3000, { type: 'call.established', ref: colleague })
      truth.held(9000, false)
      truth.outgoing()
      tell(6000, { type: 'call.transferred', ref, kind: 'attended', outcome: 'finished' })
      clear(0, colleague, 'unknown')
    } else tell(0, { type: 'call.transferred', ref, kind: 'blind', outcome: kind === 'blind' ? 'finished' : 'failed' })
    clear(kind === 'failed' ? 12_000 : 0, ref, 'remote-bye')
    if (kind === 'failed') truth.over(18_000, 'remote-bye')
    tell(5000, { type: 'tick' })
  }

  function promise(ref: Ref): void {
    const inMinutes = pick([40, 60, 90])
    if (clock() + inMinutes * minute > 15 * hour) return
    const promisedAt = seven + (at - start) + inMinutes * minute
    tell(1000, { type: 'command.callback-promise', call: `c${calls}`, promisedAt })
    const when = pick([-40, -14, 0, 14, 20, undefined])
    const answers = when === -40 || chance(random, 0.7)
    const { remote = '' } = ref
    const kept = truth.promised()
    if (when !== undefined) later(inMinutes + when, () => kept(at - (promisedAt - seven + start), outgoing(remote, answers)))
  }

  function outgoing(remote: string, answers: boolean): boolean {
    const ref = fresh(remote)
    tell(0, { type: 'call.originated', ref })
    if (answers) {
      tell(8000, { type: 'call.established', ref })
      truth.outgoing()
      clear(30_000, ref, 'remote-bye')
      truth.over(undefined, 'remote-bye')
    } else clear(20_000, ref, 'unknown')
    tell(5000, { type: 'tick' })
    return answers
  }

  /** Somebody rang in vain, or gave up on hold: what the office owes them begins so long after the end, when it is certain. */
  function owed(ref: Ref, kind: 'missed' | 'abandoned', afterMs: number): void {
    tell(35_000, { type: 'tick' })
    const { remote } = ref
    if (remote === undefined) {
      truth.withheld()
      return
    }
    const debt = truth.owe(kind, clock() - 35_000 + afterMs)
    const fate = pick(['reached', 'reached', 'vain', 'vain', 'they ring', 'declared', 'nothing'] as const)
    const callback = `b${desk.lastCallback}`
    const call = (answers: boolean): void => {
      const begunAt = clock()
      debt.tried(begunAt, outgoing(remote, answers))
    }
    if (fate === 'nothing') return
    later(pick([5, 20, 40, 90, 115, 130, 250]), () => {
      if (fate === 'they ring') {
        debt.reachedUs(incoming(remote))
      } else if (fate === 'declared') {
        tell(0, { type: 'command.callback-done', callback, by: 'clerk' })
        debt.declared(clock())
      } else call(fate === 'reached')
      if (fate === 'vain' && chance(random, 0.6)) later(30, () => call(true))
    })
  }

  function missed(): void {
    const { ref, rangAt } = ring(chance(random, 0.15) ? 'withheld' : undefined)
    const ringMs = pick([3000, 9999, 10_000, 14_999, 15_000, 30_000])
    const cause = pick(['missed', 'cancelled', 'unknown', 'answered-elsewhere', 'diverted'] as const)
    clear(ringMs, ref, cause)
    if (cause === 'answered-elsewhere' || cause === 'diverted') {
      truth.elsewhere(cause)
      tell(35_000, { type: 'tick' })
      return
    }
    truth.missed(rangAt, ringMs)
    owed(ref, 'missed', cause === 'unknown' ? 30_000 : 2000)
  }

  /** Somebody else rings while the clerk talks, and gives up. */
  function secondCaller(): void {
    const { ref, rangAt } = ring()
    tell(4000, { type: 'call.established', ref })
    const answeredAt = at
    truth.answered(rangAt, 4000)
    tell(5000, { type: 'tick' })
    const second = ring()
    clear(20_000, second.ref, 'missed')
    truth.missedBehind()
    clear(1000, ref, 'remote-bye')
    truth.over(at - answeredAt, 'remote-bye')
    owed(second.ref, 'missed', 1000)
  }

  /** Away for more than ten minutes: a substitute takes the calls, or none can. */
  function absence(): void {
    const covered = chance(random, 0.6)
    truth.absence(clock(), covered)
    if (!covered) tell(0, { type: 'substitute.seen', desk: 'usc-14', takesCalls: false })
    tell(0, { type: 'seat.seen', occupied: false })
    tell(11 * minute, covered ? { type: 'phone.forwarding', kind: 'no-answer', on: true, target: '6014' } : { type: 'tick' })
    tell(2 * minute, { type: 'seat.seen', occupied: true })
    tell(1000, { type: 'phone.forwarding', kind: 'no-answer', on: false }, { type: 'substitute.seen', desk: 'usc-14', takesCalls: true })
  }

  function quiet(): void {
    tell(0, { type: 'phone.dnd', on: true })
    const { ref } = ring()
    clear(20_000, ref, 'missed')
    truth.missedQuietly(clock() - 20_000)
    tell(0, { type: 'phone.dnd', on: false })
    owed(ref, 'missed', 2000)
  }

  function lift(): void {
    tell(0, { type: 'phone.hook', hook: 'off' })
    tell(8000, { type: 'phone.hook', hook: 'on' })
    truth.lifted()
  }

  function morning(): void {
    tell(0, { type: 'agent.started', version: 'golden' }, { type: 'clock.set', wall: seven + at - start, synced: true })
    tell(0, { type: 'phone.reachable', reachable: true }, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] })
    tell(0, { type: 'seat.seen', occupied: true }, { type: 'substitute.seen', desk: 'usc-14', takesCalls: true })
  }

  function unwatched(): void {
    const from = clock()
    if (chance(random, 0.5)) {
      tell(0, { type: 'phone.reachable', reachable: false })
      tell(12 * minute, { type: 'phone.reachable', reachable: true })
    } else {
      at += 12 * minute
      morning()
    }
    truth.unwatched(from, clock())
  }

  morning()
  const episodes = [incoming, incoming, incoming, incoming, missed, missed, missed, secondCaller, absence, quiet, lift]
  while (clock() < 16.5 * hour) {
    const due = tasks.findIndex((task) => task.at <= at)
    const [task] = due < 0 ? [] : tasks.splice(due, 1)
    if (task !== undefined) task.run()
    else if (chance(random, 0.03)) unwatched()
    else pick(episodes)()
    tell(pick([20_000, 60_000, 150_000]), { type: 'tick' })
  }
  tell(24 * hour - clock() - 1000, { type: 'tick' })
  truth.end()
  tell(minute, { type: 'tick' })
  return { desk, truth }
}
