import assert from 'node:assert/strict'
import type { Millis } from '../desk/time.ts'
import { type DeskPhone, deskLife, giveUp, type Habit, knownCaller, putDown, receive, type SimulatedDesk, stateOf, takeSeat } from './clerk.ts'
import { createRandom } from './random.ts'

/** A visitor who has pressed a button at a desk has it alone for so long. A person's minute is a minute, however fast the office runs. */
const visitorMs = 60_000
/** A sensor reports this often, in the office's time, also if nothing has changed: older evidence moves no call. */
const seatReportMs = 5000
/** No wait is slept in one piece longer than this, so that a change of speed is felt at once. */
const napMaxMs = 1000
/** A called person answers a visitor after this long; a clerk puts the handset down so long after the caller has gone. */
const calledPersonAnswersMs = 4000
const putDownMs = 1500
/** The telephones have two lines. */
const callsMax = 2

export interface OfficeClock {
  /** Milliseconds of real time. */
  now(): Millis
  /** Calls back once; the returned function gives it up. */
  after(ms: Millis, wake: () => void): () => void
}

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
  /** Tells the seat's sensor what it sees. */
  readonly seat: (occupied: boolean) => void
}

/** What a visitor may do; each name is a button of the page. */
export const officeActions = ['call', 'give-up', 'remote-hang-up', 'answer', 'hold', 'resume', 'hang-up', 'call-back', 'stand-up', 'sit-down'] as const
export type OfficeAction = (typeof officeActions)[number]

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
}

/**
 * An office of people: callers who ring and lose patience, clerks with their habits, sensors that watch their chairs. With the same seed and clock it
 * does the same again. Each desk has a chance of its own, so that a visitor at one does not change the others.
 */
export function createOffice({ desks, random, clock, speed }: OfficeOptions): Office {
  const places = new Map<string, Place>(desks.map((desk) => [desk.id, createPlace(desk, random)]))
  const sleep = createSleep(clock, speed)
  let running = false

  function live(place: Place): void {
    const life = deskLife(place, place.habit, place.random)
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
      place.next()
      place.next = clock.after(visitorMs, () => live(place))
      return performAt(place, known, body, (ms, then) => later(place, ms, then))
    },
  }
}

/** Sleeps for so much of the office's time, in naps; the returned function gives it up. */
function createSleep(clock: OfficeClock, speed: () => number): (ms: Millis, wake: () => void) => () => void {
  return (ms, wake) => {
    let leftMs = ms
    let giveUpNap: () => void = () => {}
    const nap = (): void => {
      const rate = speed()
      assert(Number.isFinite(rate) && rate >= 0, 'the speed of the office is a number, 0 or more')
      const napMs = rate === 0 ? napMaxMs : Math.min(napMaxMs, leftMs / rate)
      giveUpNap = clock.after(napMs, () => {
        leftMs -= napMs * rate
        if (leftMs < 1) wake()
        else nap()
      })
    }
    nap()
    return () => giveUpNap()
  }
}

function createPlace({ id: _, habit, phone, seat }: OfficeDesk, random: () => number): Place {
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
  }
}

type Later = (ms: Millis, then: () => void) => void

function performAt(place: Place, action: OfficeAction, body: ActionBody, later: Later): ActionResult {
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
