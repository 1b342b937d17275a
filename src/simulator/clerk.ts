import type { Millis } from '../desk/time.ts'
import type { EmulatedCall, EmulatedPhone } from './phones/index.ts'
import { between, chance } from './random.ts'

/** What callers and a clerk do with one telephone: the part of an emulated phone that this office needs. */
export type DeskPhone = Pick<
  EmulatedPhone,
  | 'ring'
  | 'callerGivesUp'
  | 'answer'
  | 'dial'
  | 'remoteAnswers'
  | 'remoteBusy'
  | 'hold'
  | 'resume'
  | 'hangUp'
  | 'remoteHangsUp'
  | 'putDownHandset'
  | 'calls'
  | 'onDiverted'
>

/** Without a number the caller asked not to be known. */
export interface Caller {
  readonly number?: string
}

/** One desk as the simulator sees it: the telephone, the chair, and the people who are owed a call. */
export interface SimulatedDesk {
  readonly phone: DeskPhone
  seated: boolean
  /** Tells the sensor; also when nothing has changed. */
  readonly sense: (occupied: boolean) => void
  /** Who rings or talks, by the phone's id of the call. */
  readonly callers: Map<string, Caller>
  /** Missed callers whose number is known, the longest waiting first. */
  readonly owed: string[]
}

export type Habit = 'answers' | 'walks-away' | 'ordinary' | 'absent'

type Span = readonly [fromMs: Millis, toMs: Millis]

/** How often a desk is called, and how often its clerk does what: each a share of the calls. */
interface Manner {
  readonly betweenCalls: Span
  readonly late: number
  readonly misses: number
  readonly outOfRoom: number
  readonly looksSomethingUp: number
  readonly walksAway: number
  readonly hangsUpFirst: number
}
const often: Span = [15_000, 60_000]
const manners: Readonly<Record<Habit, Manner>> = {
  // Called less often than the others, because this clerk gets the calls of the absent one as well.
  answers: { betweenCalls: [45_000, 100_000], late: 0.08, misses: 0.02, outOfRoom: 0, looksSomethingUp: 0.2, walksAway: 0, hangsUpFirst: 0.05 },
  ordinary: { betweenCalls: often, late: 0.15, misses: 0.08, outOfRoom: 0.1, looksSomethingUp: 0.3, walksAway: 0.05, hangsUpFirst: 0.2 },
  'walks-away': { betweenCalls: often, late: 0.1, misses: 0.05, outOfRoom: 0.05, looksSomethingUp: 0.1, walksAway: 0.7, hangsUpFirst: 0.1 },
  // Of the few minutes in which this clerk is there.
  absent: { betweenCalls: often, late: 0.3, misses: 0.1, outOfRoom: 0, looksSomethingUp: 0.1, walksAway: 0, hangsUpFirst: 0.2 },
}

/** The waits of the office in its own time, each chosen anew between the two. */
const waits = {
  /** A caller lets it ring for so long. */
  patience: [25_000, 40_000],
  /** The same for one who has waited at another desk already. */
  patienceLeft: [12_000, 22_000],
  answerInRule: [2000, 14_000],
  answerLate: [16_000, 23_000],
  /** Two stretches of talk, with something in between or nothing. */
  talk: [10_000, 40_000],
  lookUp: [8000, 70_000],
  away: [5000, 60_000],
  /** Back at the desk, until the call is taken off hold. */
  settle: [1000, 4000],
  putDown: [800, 2500],
  outgoingRing: [4000, 15_000],
} as const satisfies Readonly<Record<string, Span>>

const withheldShare = 0.12
const callBackShare = 0.6
const calledPersonAnswersShare = 0.8
const givesUpOnHoldShare = 0.15
/** The absent clerk is away for so many calls, and then there for a few. */
const callsWhileAbsent = [6, 14] as const
const callsWhileBack = 3
const owedMax = 10
/** Numbers that belong to nobody: 85 555 01 xx is kept for fiction here. */
const fictitiousPrefix = '+488555501'

/**
 * The life of one desk, without an end. Each value it yields is a wait in the office's own milliseconds, after which it wants to be resumed. It looks at
 * the telephone before each step, because the agent, a fault or a visitor may have done something meanwhile; so it may be given up at any wait and
 * a new one begun. `forwarded` is a call that rings here because it was sent on from another desk: the clerk sees to it first.
 */
export function* deskLife(desk: SimulatedDesk, habit: Habit, random: () => number, forwarded?: string): Generator<Millis, never, void> {
  const manner = manners[habit]
  if (forwarded !== undefined) yield* ringingCall(desk, forwarded, some('patienceLeft', random), manner, random)
  if (habit !== 'absent') takeSeat(desk, true)
  for (;;) {
    if (habit === 'absent') yield* absence(desk, manner, random)
    yield* oneCall(desk, manner, random)
  }
}

/** A caller of the fictitious town. */
function someCaller(random: () => number): Caller {
  return chance(random, withheldShare) ? {} : knownCaller(random)
}

/** One whose number can be seen, so that a call can be owed. */
export function knownCaller(random: () => number): Caller {
  return { number: `${fictitiousPrefix}${String(Math.floor(random() * 100)).padStart(2, '0')}` }
}

/** Somebody calls this desk; gives the id of the call. */
export function receive(desk: SimulatedDesk, caller: Caller): string {
  for (const known of desk.callers.keys()) if (stateOf(desk, known) === undefined) desk.callers.delete(known)
  const id = desk.phone.ring(caller)
  desk.callers.set(id, caller)
  return id
}

/** The caller has had enough of ringing; the clerk owes a call, if the number is known. */
export function giveUp(desk: SimulatedDesk, id: string): void {
  desk.phone.callerGivesUp(id)
  owe(desk, desk.callers.get(id)?.number)
}

/** How long somebody whose call was sent on waits at the second desk. */
export function patienceLeft(random: () => number): Millis {
  return some('patienceLeft', random)
}

/** The clerk puts the handset down, unless somebody is still on the line. */
export function putDown({ phone }: SimulatedDesk): void {
  if (phone.calls().every((call) => call.state === 'alerting')) phone.putDownHandset()
}

/** The clerk sits down or gets up. */
export function takeSeat(desk: SimulatedDesk, seated: boolean): void {
  desk.seated = seated
  desk.sense(seated)
}

export function stateOf(desk: SimulatedDesk, id: string): EmulatedCall['state'] | undefined {
  return desk.phone.calls().find((call) => call.id === id)?.state
}

function* absence(desk: SimulatedDesk, manner: Manner, random: () => number): Generator<Millis, void, void> {
  takeSeat(desk, false)
  const calls = Math.round(between(random, ...callsWhileAbsent))
  for (let call = 0; call < calls; call++) yield* oneCall(desk, manner, random)
  takeSeat(desk, true)
  for (let call = 0; call < callsWhileBack; call++) yield* oneCall(desk, manner, random)
  takeSeat(desk, false)
}

function* oneCall(desk: SimulatedDesk, manner: Manner, random: () => number): Generator<Millis, void, void> {
  yield* tidyUp(desk, manner, random)
  yield within(manner.betweenCalls, random)
  if (desk.seated && desk.owed.length > 0 && chance(random, callBackShare)) return yield* callBack(desk, manner, random)
  if (!desk.seated || !chance(random, manner.outOfRoom)) return yield* incomingCall(desk, manner, random)
  takeSeat(desk, false)
  yield* incomingCall(desk, manner, random)
  takeSeat(desk, true)
}

/** Whatever is left on the phone comes to its end, as the people at its other end would have it; then who has rung behind it is answered. */
function* tidyUp(desk: SimulatedDesk, manner: Manner, random: () => number): Generator<Millis, void, void> {
  const ringsLast = desk.phone.calls().toSorted((one, other) => Number(one.state === 'alerting') - Number(other.state === 'alerting'))
  for (const { id } of ringsLast) {
    yield some('settle', random)
    const state = stateOf(desk, id)
    if (state === 'alerting' && desk.seated) yield* answered(desk, id, manner, random)
    else if (state === 'alerting') giveUp(desk, id)
    else if (state === 'initiated') desk.phone.hangUp(id)
    else if (state !== undefined) yield* callerHangsUp(desk, id, random)
  }
}

function* incomingCall(desk: SimulatedDesk, manner: Manner, random: () => number): Generator<Millis, void, void> {
  const id = receive(desk, someCaller(random))
  yield* ringingCall(desk, id, some('patience', random), manner, random)
}

function* ringingCall(desk: SimulatedDesk, id: string, patienceMs: Millis, manner: Manner, random: () => number): Generator<Millis, void, void> {
  const late = chance(random, manner.late)
  const answerMs = some(late ? 'answerLate' : 'answerInRule', random)
  const answers = desk.seated && !chance(random, manner.misses)
  yield answers ? Math.min(answerMs, patienceMs) : patienceMs
  if (stateOf(desk, id) !== 'alerting') return
  if (!answers) return giveUp(desk, id)
  yield* answered(desk, id, manner, random)
}

function* answered(desk: SimulatedDesk, id: string, manner: Manner, random: () => number): Generator<Millis, void, void> {
  desk.phone.answer(id)
  yield* conversation(desk, id, manner, random)
}

function* callBack(desk: SimulatedDesk, manner: Manner, random: () => number): Generator<Millis, void, void> {
  const number = desk.owed.shift()
  if (number === undefined) return
  const id = desk.phone.dial(number)
  yield some('outgoingRing', random)
  if (stateOf(desk, id) !== 'initiated') return
  if (chance(random, calledPersonAnswersShare)) {
    desk.callers.set(id, { number })
    desk.phone.remoteAnswers(id)
    return yield* conversation(desk, id, manner, random)
  }
  desk.phone.remoteBusy(id)
  owe(desk, number)
  yield some('putDown', random)
  putDown(desk)
}

function* conversation(desk: SimulatedDesk, id: string, manner: Manner, random: () => number): Generator<Millis, void, void> {
  yield some('talk', random)
  const whim = random()
  if (whim < manner.walksAway) yield* walkAway(desk, id, random)
  else if (whim < manner.walksAway + manner.looksSomethingUp) yield* lookSomethingUp(desk, id, random)
  yield some('talk', random)
  if (stateOf(desk, id) === undefined) return
  if (!chance(random, manner.hangsUpFirst)) return yield* callerHangsUp(desk, id, random)
  desk.phone.hangUp(id)
}

/** Off without a word. Whether the caller hears the office meanwhile is the agent's affair. */
function* walkAway(desk: SimulatedDesk, id: string, random: () => number): Generator<Millis, void, void> {
  takeSeat(desk, false)
  yield some('away', random)
  if (stateOf(desk, id) === 'held' && chance(random, givesUpOnHoldShare)) {
    desk.phone.remoteHangsUp(id)
    owe(desk, desk.callers.get(id)?.number)
  }
  yield some('settle', random)
  takeSeat(desk, true)
  yield some('settle', random)
  if (stateOf(desk, id) === 'held') desk.phone.resume(id)
  else if (stateOf(desk, id) === undefined) putDown(desk)
}

function* lookSomethingUp(desk: SimulatedDesk, id: string, random: () => number): Generator<Millis, void, void> {
  if (stateOf(desk, id) !== 'connected') return
  desk.phone.hold(id)
  yield some('lookUp', random)
  if (stateOf(desk, id) === 'held') desk.phone.resume(id)
}

function* callerHangsUp(desk: SimulatedDesk, id: string, random: () => number): Generator<Millis, void, void> {
  desk.phone.remoteHangsUp(id)
  yield some('putDown', random)
  putDown(desk)
}

function owe(desk: SimulatedDesk, number: string | undefined): void {
  if (number === undefined || desk.owed.includes(number)) return
  desk.owed.push(number)
  if (desk.owed.length > owedMax) desk.owed.shift()
}

function some(wait: keyof typeof waits, random: () => number): Millis {
  return within(waits[wait], random)
}

function within([fromMs, toMs]: Span, random: () => number): Millis {
  return Math.round(between(random, fromMs, toMs))
}
