import type { Millis } from '../desk/time.ts'
import {
  type Caller,
  type DeskPhone,
  deskLife,
  giveUp,
  type Habit,
  knownCaller,
  patienceLeft,
  putDown,
  receive,
  type SimulatedDesk,
  stateOf,
  takeSeat,
} from './clerk.ts'
import type { HelperProcess } from './helper-story.ts'
import { createRandom } from './random.ts'
import { createSleep, type OfficeClock } from './sleep.ts'

export type { OfficeClock } from './sleep.ts'

/** A visitor who has pressed a button at a desk has it alone for so long. A person's minute is a minute, however fast the office runs. */
const visitorMs = 60_000
/** A sensor reports this often, in the office's time, also if nothing has changed: older evidence moves no call. */
const seatReportMs = 5000
/** A called person answers a visitor after this long; a clerk puts the handset down so long after the caller has gone. */
const calledPersonAnswersMs = 4000
const putDownMs = 1500
/** The telephones have two lines. */
const callsMax = 2

export interface OfficeOptions {
  readonly desks: readonly OfficeDesk[]
  readonly random: () => number
  readonly clock: OfficeClock
  /** How much faster than life the office runs; 0 is a standstill. May change at any time. */
  readonly speed: () => number
}
export interface OfficeDesk {
  readonly id: string
  readonly habit: Habit
  readonly phone: DeskPhone
  /** Under which the exchange reaches it; nobody's call can be sent on to a desk without. */
  readonly number?: string
  /** Where its agent is a process of its own, which a visitor may kill. */
  readonly helper?: Pick<HelperProcess, 'running' | 'kill' | 'start'>
  /** Tells the seat's sensor what it sees. */
  readonly seat: (occupied: boolean) => void
}

/** What a visitor may do; each name is a button of the page. */
const peopleActions = ['call', 'give-up', 'remote-hang-up', 'answer', 'hold', 'resume', 'hang-up', 'call-back', 'stand-up', 'sit-down'] as const
/** The same for the program beside the desk: it is killed without a word, and started again. */
export const helperActions = ['kill-agent', 'start-agent'] as const
export const officeActions: readonly (PeopleAction | HelperAction)[] = [...peopleActions, ...helperActions]
type PeopleAction = (typeof peopleActions)[number]
type HelperAction = (typeof helperActions)[number]

/** What may come with an action, from outside: `withheld: true` makes `call` come from nobody known. */
export interface ActionBody {
  readonly withheld?: unknown
}

/** `error` is a sentence for the visitor: why this makes no sense now. */
export type ActionResult = { readonly ok: true } | { readonly ok: false; readonly error: string }

export interface Office {
  start(): void
  /** Callers, clerks and sensors stop where they are; no timer is left. */
  stop(): void
  perform(desk: string, action: string, body?: ActionBody): ActionResult
}

/** A desk and what is going on at it. */
interface Place extends SimulatedDesk {
  readonly habit: Habit
  readonly random: () => number
  /** Gives up what the simulator would do next here. */
  next: () => void
  /** Things that a visitor's action has set in motion. */
  readonly underway: Set<() => void>
  readonly number: string | undefined
  readonly helper: OfficeDesk['helper']
  /** A visitor has it alone. */
  visited: boolean
}

/**
 * An office of people: callers who ring and lose patience, clerks with their habits, sensors that watch their chairs. With the same seed and clock it
 * does the same again. Each desk has a chance of its own, so that a visitor at one does not change the others.
 */
export function createOffice({ desks, random, clock, speed }: OfficeOptions): Office {
  const places = new Map<string, Place>(desks.map((desk) => [desk.id, createPlace(desk, random)]))
  const sleep = createSleep(clock, speed)
  let running = false

  function live(place: Place, forwarded?: string): void {
    place.visited = false
    const life = deskLife(place, place.habit, place.random, forwarded)
    const step = (): void => {
      place.next = sleep(life.next().value, step)
    }
    step()
  }

  function later(place: Place, ms: Millis, then: () => void): void {
    const cancel = sleep(ms, () => {
      place.underway.delete(cancel)
      then()
    })
    place.underway.add(cancel)
  }

  function watchSeat(place: Place): void {
    place.sense(place.seated)
    later(place, seatReportMs, () => watchSeat(place))
  }

  /** What the exchange does with a call that a telephone sends elsewhere: the telephone with that number rings, for the same caller. */
  function putThrough(target: string, caller: Caller): void {
    const place = [...places.values()].find(({ number }) => number === target)
    if (!running || place === undefined || place.phone.calls().length >= callsMax) return
    const isFree = place.phone.calls().length === 0 && place.seated && !place.visited
    const id = receive(place, caller)
    if (isFree) {
      place.next()
      live(place, id)
    } else later(place, patienceLeft(place.random), () => stateOf(place, id) === 'alerting' && giveUp(place, id))
  }

  for (const { phone } of places.values()) {
    phone.onDiverted(({ target, number }) => putThrough(target, number === undefined ? {} : { number }))
  }

  return {
    start() {
      if (running) return
      running = true
      for (const place of places.values()) {
        live(place)
        watchSeat(place)
      }
    },
    stop() {
      running = false
      for (const place of places.values()) {
        place.next()
        for (const cancel of place.underway) cancel()
        place.underway.clear()
      }
    },
    perform(desk, action, body = {}) {
      const place = places.get(desk)
      const known = officeActions.find((name) => name === action)
      if (!running) return refuse('The office is closed.')
      if (place === undefined) return refuse('There is no such desk in this office.')
      if (known === undefined) return refuse('Nobody in this office knows how to do that.')
      // The people at the desk have nothing to do with it.
      if (isHelperAction(known)) return performAtHelper(place.helper, known)
      place.next()
      place.visited = true
      place.next = clock.after(visitorMs, () => live(place))
      return performAt(place, known, body, (ms, then) => later(place, ms, then))
    },
  }
}

function isHelperAction(action: PeopleAction | HelperAction): action is HelperAction {
  return helperActions.some((name) => name === action)
}

function performAtHelper(helper: OfficeDesk['helper'], action: HelperAction): ActionResult {
  if (helper === undefined) return refuse('The helper of this desk is part of the demonstration itself and cannot be killed alone.')
  if (helper.running() === (action === 'start-agent')) return refuse(helper.running() ? 'The helper runs already.' : 'The helper is dead already.')
  if (action === 'kill-agent') helper.kill()
  else helper.start()
  return { ok: true }
}

function createPlace({ id: _, habit, phone, seat, number, helper }: OfficeDesk, random: () => number): Place {
  return {
    habit,
    phone,
    sense: seat,
    seated: habit !== 'absent',
    callers: new Map(),
    owed: [],
    random: createRandom(Math.floor(random() * 2 ** 32)),
    next: () => {},
    underway: new Set(),
    number,
    helper,
    visited: false,
  }
}

type Later = (ms: Millis, then: () => void) => void

function performAt(place: Place, action: PeopleAction, body: ActionBody, later: Later): ActionResult {
  const { phone } = place
  switch (action) {
    case 'call':
      if (phone.calls().length >= callsMax) return refuse('Both lines of this telephone are taken.')
      receive(place, body.withheld === true ? {} : knownCaller(place.random))
      return { ok: true }
    case 'give-up':
      return withCall(place, ['alerting'], 'Nobody is calling this desk.', (id) => giveUp(place, id))
    case 'answer':
      return withCall(place, ['alerting'], 'The telephone is not ringing.', (id) => phone.answer(id))
    case 'hold':
      return withCall(place, ['connected'], 'Nobody is on the line.', (id) => phone.hold(id))
    case 'resume':
      return withCall(place, ['held'], 'No call is on hold.', (id) => phone.resume(id))
    case 'hang-up':
      return withCall(place, ['connected', 'initiated', 'held'], 'There is no call to hang up.', (id) => phone.hangUp(id))
    case 'remote-hang-up':
      return withCall(place, ['connected', 'held'], 'Nobody is on the line.', (id) => {
        phone.remoteHangsUp(id)
        later(putDownMs, () => putDown(place))
      })
    case 'call-back':
      return callBackNow(place, later)
    case 'stand-up':
    case 'sit-down': {
      const seated = action === 'sit-down'
      if (place.seated === seated) return refuse(seated ? 'The clerk is sitting at the desk already.' : 'The clerk is not at the desk.')
      takeSeat(place, seated)
      return { ok: true }
    }
    default:
      return action satisfies never
  }
}

function callBackNow(place: Place, later: Later): ActionResult {
  if (place.phone.calls().length > 0) return refuse('The telephone is in use.')
  const number = place.owed.shift()
  if (number === undefined) return refuse('No missed caller of this desk has left a number.')
  const id = place.phone.dial(number)
  place.callers.set(id, { number })
  later(calledPersonAnswersMs, () => {
    if (stateOf(place, id) === 'initiated') place.phone.remoteAnswers(id)
  })
  return { ok: true }
}

/** Does it to the call in the first of these states that there is. */
function withCall(place: Place, states: readonly string[], otherwise: string, act: (id: string) => void): ActionResult {
  const calls = place.phone.calls()
  const call = states.map((state) => calls.find((candidate) => candidate.state === state)).find((found) => found !== undefined)
  if (call === undefined) return refuse(otherwise)
  act(call.id)
  return { ok: true }
}

function refuse(error: string): ActionResult {
  return { ok: false, error }
}
