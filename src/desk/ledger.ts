import { addWorkingMinutes } from './calendar.ts'
import type { Call } from './call.ts'
import { type Callback, type CallbackCause, type CallbackClosedBy, isOpen } from './callback.ts'
import { instantOf, trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import type { MissedCause } from './effect.ts'
import type { Event } from './event.ts'
import { isShared } from './number.ts'
import { limits, type Policy } from './policy.ts'
import type { Instant, WallTime } from './time.ts'

const minuteMs = 60_000

/** Why an unanswered caller was missed; `undefined` where nobody is owed anything: answered, answered elsewhere, or sent on to the substitute. */
export function missedCauseOf(call: Call): MissedCause | undefined {
  const { cleared } = call
  if (cleared === undefined || cleared.from !== 'alerting' || call.answeredAt !== undefined) return undefined
  if (cleared.cause === 'answered-elsewhere' || cleared.cause === 'diverted') return undefined
  if (call.waiting) return 'busy'
  switch (cleared.cause) {
    case 'missed':
    case 'no-answer':
      return 'missed'
    case 'cancelled':
    case 'remote-bye':
      return 'cancelled'
    case 'rejected':
    case 'local-bye':
      return 'rejected'
    case 'busy':
      return 'busy'
    case 'unknown':
      return 'unresolved'
    case 'lost':
    case 'error':
      return 'lost'
    default:
      return cleared.cause satisfies never
  }
}

/** Whether the other party gave up while they were on hold. A call handed over was not given up, and what the clerk ended was not either. */
export function abandonedOnHold(call: Call): boolean {
  const { cleared } = call
  if (cleared === undefined || cleared.from !== 'held' || call.emergency) return false
  if (cleared.cause === 'local-bye' || cleared.cause === 'lost') return false
  return (call.transfer === undefined || call.transfer.outcome === 'failed') && !call.conference
}

/** Brings the ledger up to what has just become so: who is owed a call, and who no longer. */
export function recordLedger(before: Desk, after: Desk, policy: Policy): Desk {
  let desk = after
  for (const call of before.calls) {
    if (call.state === 'cleared' && !after.calls.some(({ id }) => id === call.id)) desk = recordVerdict(desk, call, policy)
  }
  for (const call of after.calls) {
    const earlier = before.calls.find(({ id }) => id === call.id)
    if (call === earlier) continue
    if (call.state === 'connected' && earlier?.state !== 'connected') desk = recordTalk(desk, call, policy)
    if (call.transfer?.outcome === 'failed' && earlier?.transfer?.outcome !== 'failed') desk = openCallback(desk, 'transfer-failed', call, policy)
  }
  return desk
}

/** What a call that is over for good leaves behind. */
function recordVerdict(desk: Desk, call: Call, policy: Policy): Desk {
  if (call.reached) return desk
  const missed = missedCauseOf(call)
  if (missed !== undefined) return openCallback(desk, missed === 'unresolved' ? 'unresolved' : 'missed', call, policy)
  if (abandonedOnHold(call)) return openCallback(desk, 'abandoned-on-hold', call, policy)
  if (call.direction === 'out' && call.answeredAt === undefined) return recordAttempt(desk, call, policy)
  return desk
}

/** The desk rang somebody in vain. */
function recordAttempt(desk: Desk, call: Call, policy: Policy): Desk {
  return changeCallbacks(desk, call.remote.number, (callback) => ({
    ...tried(callback, call, false, desk, policy),
    attempts: callback.attempts + 1,
    firstAttemptAt: callback.firstAttemptAt ?? call.startedAt,
  }))
}

/** The desk and somebody talk: whatever was owed to them is done. */
function recordTalk(desk: Desk, call: Call, policy: Policy): Desk {
  const by: CallbackClosedBy = call.direction === 'out' ? 'desk' : 'caller-reached-us'
  return changeCallbacks(reach(desk, call.remote.number), call.remote.number, (callback) =>
    isPromisedIn(callback, call)
      ? callback
      : closed(
          by === 'desk' ? { ...tried(callback, call, true, desk, policy), firstAttemptAt: callback.firstAttemptAt ?? call.startedAt } : callback,
          by,
          desk.at,
        ),
  )
}

/** What a call to them comes to for a promise: kept within its window; a conversation before it is none that was promised. */
function tried(callback: Callback, { startedAt }: Call, spoke: boolean, { clock }: Desk, policy: Policy): Callback {
  const { promisedAt, kept } = callback
  if (promisedAt === undefined || kept !== undefined || clock?.synced !== true) return callback
  const offMs = startedAt + clock.offsetMs - promisedAt
  if (Math.abs(offMs) <= policy.promiseWindowMinutes * minuteMs) return { ...callback, kept: 'inTime' }
  if (offMs > 0) return { ...callback, kept: 'late' }
  return spoke ? { ...callback, kept: 'early' } : callback
}

/**
 * Marks what is late: a missed caller without a first try, a promise without a call in its window, as soon as the time has passed. A call that had begun
 * by then may still turn out to be the one. At the very moment of the deadline nothing is late yet. `calls` are those before this step: of one that it drops,
 * the try is only about to be written down.
 */
export function judgeObligations(desk: Desk, calls: readonly Call[], policy: Policy): Desk {
  const wall = trustedWall(desk)
  if (wall === undefined || !desk.callbacks.some(isOpen)) return desk
  const past = (due: WallTime | undefined): boolean => due !== undefined && due < wall
  const underWay = (number: string | undefined, due: WallTime): boolean =>
    calls.some((call) => call.direction === 'out' && call.remote.number === number && call.startedAt - desk.at + wall <= due)
  const callbacks = desk.callbacks.map((callback) => {
    if (!isOpen(callback)) return callback
    const { number, promisedAt } = callback
    const endOfPromise = promisedAt === undefined ? undefined : promisedAt + policy.promiseWindowMinutes * minuteMs
    const untried = callback.cause !== 'promise' && callback.late === undefined && callback.firstAttemptAt === undefined
    const missDue = untried ? missDueOf(callback, wall, policy) : undefined
    const late = past(missDue) && !underWay(number, missDue ?? 0)
    const broken = callback.kept === undefined && past(endOfPromise) && !underWay(number, endOfPromise ?? 0)
    if (!late && !broken) return callback
    return { ...callback, ...(late ? { late: true as const } : {}), ...(broken ? { kept: 'late' as const } : {}) }
  })
  return callbacks.some((callback, index) => callback !== desk.callbacks[index]) ? { ...desk, callbacks } : desk
}

/** By when a missed caller is owed a first try, whatever else has been agreed since; not looked up before so much time has passed at all. */
function missDueOf({ openedWall }: Callback, wall: WallTime, policy: Policy): WallTime | undefined {
  return openedWall === undefined || wall - openedWall < policy.callbackDueWorkingMinutes * minuteMs
    ? undefined
    : addWorkingMinutes(policy.workingHours, openedWall, policy.callbackDueWorkingMinutes)
}

/** What was promised within this call is not kept by it, whatever else had opened the obligation. */
function isPromisedIn(callback: Callback, call: Call): boolean {
  return callback.call === call.id && (callback.promisedAt !== undefined || callback.cause === 'promise')
}

/** Marks what has just ended and is not judged yet: who rings again at once and is answered was not missed. */
function reach(desk: Desk, number: string | undefined): Desk {
  if (number === undefined || !desk.calls.some((call) => call.cleared && call.remote.number === number)) return desk
  return { ...desk, calls: desk.calls.map((call) => (call.cleared && call.remote.number === number ? { ...call, reached: true as const } : call)) }
}

/** Closed: what is left is what a report may know, never who it was. */
export function closed(callback: Callback, by: CallbackClosedBy, at: Instant): Callback {
  const { number: _, ...rest } = callback
  return { ...rest, closed: { by, at } }
}

function changeCallbacks(desk: Desk, number: string | undefined, change: (callback: Callback) => Callback): Desk {
  if (number === undefined || !desk.callbacks.some((callback) => isOpen(callback) && callback.number === number)) return desk
  return { ...desk, callbacks: desk.callbacks.map((callback) => (isOpen(callback) && callback.number === number ? change(callback) : callback)) }
}

/** Opens an obligation to the other party of a call, or counts one more miss on the one that is open. */
function openCallback(desk: Desk, cause: CallbackCause, call: Call, policy: Policy): Desk {
  const { number } = call.remote
  const shared = number !== undefined && isShared(number, policy.numbers)
  const open = shared ? undefined : desk.callbacks.find((callback) => isOpen(callback) && number !== undefined && callback.number === number)
  if (open !== undefined) {
    const misses = cause === 'missed' || cause === 'unresolved' ? open.misses + 1 : open.misses
    return { ...desk, callbacks: desk.callbacks.map((callback) => (callback === open ? { ...open, misses, call: call.id } : callback)) }
  }
  const lastCallback = desk.lastCallback + 1
  const callback: Callback = {
    id: `b${lastCallback}`,
    cause,
    ...(number === undefined || shared ? { uncallable: shared ? 'shared' : 'withheld' } : { number }),
    openedAt: desk.at,
    misses: cause === 'missed' || cause === 'unresolved' ? 1 : 0,
    attempts: 0,
    said: {},
    call: call.id,
  }
  return withRoom({ ...desk, lastCallback, callbacks: [...desk.callbacks, callback] })
}

/** A full ledger lets go first of those whom nobody can call, then of the oldest; it says so. */
function withRoom(desk: Desk): Desk {
  const open = desk.callbacks.filter((callback) => callback.closed === undefined)
  if (open.length <= limits.callbacksMax) return desk
  const victim = open.find((callback) => callback.uncallable !== undefined) ?? open[0]
  return { ...desk, callbacks: desk.callbacks.map((callback) => (callback === victim ? closed(callback, 'overflow', desk.at) : callback)) }
}

/** A promise to somebody: to the caller of an open callback, or to the other party of a call that goes on or has just ended. */
export function promise(desk: Desk, target: { readonly call?: string; readonly callback?: string }, promisedAt: WallTime | undefined, policy: Policy): Desk {
  const number = target.call === undefined ? undefined : numberOfCall(desk, target.call)
  const open = desk.callbacks.find((callback) => callback.closed === undefined && isMeant(callback, target, number))
  const wall = promisedAt ?? assumedTime(desk, policy)
  const when = { ...(wall === undefined ? {} : { promisedAt: wall }), ...(promisedAt === undefined ? { assumed: true as const } : {}), said: {} }
  // The same promise told twice is one promise: what has been said of it stays said.
  const kept = open?.kept === undefined ? {} : { kept: open.kept }
  const again = open !== undefined && open.promisedAt === wall ? { ...when, ...kept, said: open.said } : when
  if (open !== undefined) return { ...desk, callbacks: desk.callbacks.map((callback) => (callback === open ? { ...unpromised(open), ...again } : callback)) }
  if (target.call === undefined || !canPromise(desk, target)) return desk
  const lastCallback = desk.lastCallback + 1
  const callback: Callback = {
    id: `b${lastCallback}`,
    cause: 'promise',
    ...(number === undefined ? { uncallable: 'withheld' as const } : { number }),
    openedAt: desk.at,
    misses: 0,
    attempts: 0,
    call: target.call,
    ...when,
  }
  return withRoom({ ...desk, lastCallback, callbacks: [...desk.callbacks, callback] })
}

/** Another desk's promise comes here, without a number: told twice, it is one. */
export function accept(desk: Desk, { from, callback: of, promisedAt }: Extract<Event, { type: 'command.callback-accept' }>, policy: Policy): Desk {
  const wall = promisedAt ?? assumedTime(desk, policy)
  const when = wall === undefined ? {} : { promisedAt: wall }
  const known = desk.callbacks.find((callback) => callback.closed === undefined && callback.from === from && callback.of === of)
  if (known !== undefined) {
    if (promisedAt === undefined || known.promisedAt === promisedAt) return desk
    return { ...desk, callbacks: desk.callbacks.map((callback) => (callback === known ? { ...unpromised(known), ...when, said: {} } : callback)) }
  }
  const lastCallback = desk.lastCallback + 1
  const callback: Callback = { id: `b${lastCallback}`, cause: 'promise', openedAt: desk.at, ...when, misses: 0, attempts: 0, said: {}, from, of }
  return withRoom({ ...desk, lastCallback, callbacks: [...desk.callbacks, callback] })
}

/** Whether this is the obligation that a promise is about: named, owed to the same number, or the promise already made in this call. */
function isMeant(callback: Callback, target: { readonly call?: string; readonly callback?: string }, number: string | undefined): boolean {
  if (callback.id === target.callback) return true
  if (number !== undefined) return callback.number === number
  return callback.cause === 'promise' && target.call !== undefined && callback.call === target.call
}

function unpromised(callback: Callback): Callback {
  const { promisedAt: _, assumed: __, kept: ___, ...rest } = callback
  return rest
}

/** Whether there is somebody to promise a call to. */
export function canPromise(desk: Desk, target: { readonly call?: string; readonly callback?: string }): boolean {
  if (target.callback !== undefined && desk.callbacks.some((callback) => callback.closed === undefined && callback.id === target.callback)) return true
  return target.call !== undefined && (desk.lastCaller?.call === target.call || desk.calls.some((call) => call.id === target.call))
}

function numberOfCall(desk: Desk, id: string): string | undefined {
  return desk.calls.find((call) => call.id === id)?.remote.number ?? (desk.lastCaller?.call === id ? desk.lastCaller.number : undefined)
}

/** What the office means by "I shall call you back" when no time is named: within one working hour (procedure III.2). */
function assumedTime(desk: Desk, policy: Policy): WallTime | undefined {
  const wall = trustedWall(desk)
  return wall === undefined ? undefined : addWorkingMinutes(policy.workingHours, wall, 60)
}

/** By when the call is owed, in wall time: the agreed time, or one working day from the miss. Unknown while the clock is. */
export function dueWallOf(callback: Callback, desk: Desk, policy: Policy): WallTime | undefined {
  if (desk.clock?.synced !== true) return undefined
  if (callback.promisedAt !== undefined) return callback.promisedAt
  const { openedWall } = callback
  return openedWall === undefined ? undefined : workedOut(callback, openedWall, policy)
}

/**
 * A walk through the calendar, for each of up to five hundred callbacks and several times a step: a full ledger would make each fact cost ten
 * milliseconds. Callback and policy never change, so what has been worked out for the two stays true.
 */
function workedOut(callback: Callback, openedWall: WallTime, policy: Policy): WallTime | undefined {
  const known = dueWalls.get(callback)
  if (known?.policy === policy) return known.due
  const due = addWorkingMinutes(policy.workingHours, openedWall, policy.callbackDueWorkingMinutes)
  dueWalls.set(callback, { policy, due })
  return due
}

const dueWalls = new WeakMap<Callback, { readonly policy: Policy; readonly due: WallTime | undefined }>()

/**
 * Writes down when it was on the wall, once and for all, as soon as the clock can be trusted: a power cut stops the desk's own clock, and what has been
 * agreed or said must not move with it.
 */
export function dateCallbacks(desk: Desk): Desk {
  const { clock } = desk
  if (clock?.synced !== true || !desk.callbacks.some(isUndated)) return desk
  const dated = (callback: Callback): Callback => {
    const { openedAt, firstAttemptAt } = callback
    const openedWall = callback.openedWall ?? openedAt + clock.offsetMs
    if (firstAttemptAt === undefined) return { ...callback, openedWall }
    return { ...callback, openedWall, firstAttemptWall: callback.firstAttemptWall ?? firstAttemptAt + clock.offsetMs }
  }
  return { ...desk, callbacks: desk.callbacks.map((callback) => (isUndated(callback) ? dated(callback) : callback)) }
}

function isUndated({ openedWall, firstAttemptAt, firstAttemptWall }: Callback): boolean {
  return openedWall === undefined || (firstAttemptAt !== undefined && firstAttemptWall === undefined)
}

export function dueInstantOf(callback: Callback, desk: Desk, policy: Policy): Instant | undefined {
  return instantOf(desk, dueWallOf(callback, desk, policy))
}
