import { isOpen } from './calendar.ts'
import { type Call, type CallState, type CallWord, type Direction, type Excuse, heldMsOf, isEngaged, isLive, isOurHold, transitions } from './call.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import type { CallRef, ClearedCause } from './event.ts'
import { type Fit, findCall, fitOfWord, remoteOf } from './find-call.ts'
import { isEmergency } from './number.ts'
import { limits, type Policy } from './policy.ts'
import { goesElsewhere } from './record-forwarding.ts'

/** Records one word of the phone about one call, by the table in `call.ts`. `cause` goes with `cleared`. */
export function recordWord(desk: Desk, ref: CallRef, word: CallWord, policy: Policy, cause: ClearedCause = 'unknown'): Desk {
  const call = findCall(desk, ref, fitOfWord(word, cause), policy)
  if (call !== undefined && isDoubled(call, ref, word)) return replace(desk, call, filled(identified(call, ref, policy), desk, word, cause))
  // Who has spoken with the clerk did not ring in vain, even if the phone says so of that very call.
  return recordWordOf(desk, call, ref, word, policy, cause === 'missed' && call?.answeredAt !== undefined ? 'unknown' : cause)
}

/**
 * A beginning or an answer of a call that the phone has named by its own id, and that goes on: told twice, however late. Only a restart makes an id mean
 * another call, and of one that is carried over a restart of the agent nobody knows whether it still does. Without an id, somebody else may be meant.
 */
function isDoubled(call: Call, { phoneId }: CallRef, word: CallWord): boolean {
  const isSame = phoneId !== undefined && call.ref.phoneId === phoneId && call.proven && isLive(call)
  return isSame && 'late' in transitions[call.state][word]
}

/** Records a word of which it is known already which call it is about; `undefined` for one that the desk does not know. */
export function recordWordOf(desk: Desk, call: Call | undefined, ref: CallRef, word: CallWord, policy: Policy, cause: ClearedCause = 'unknown'): Desk {
  if (call === undefined) return recordUnknown(desk, ref, word, policy, cause)
  const cell = transitions[call.state][word]
  const named = prove(identified(call, ref, policy))
  if ('to' in cell) return counted(moved(desk, call, named, cell.to, word, cause), call, word, cell.odd === true)
  if ('repeated' in cell) return replace(desk, call, filled(named, desk, word, cause))
  if (desk.at - call.since < limits.reorderMs) return replace(desk, call, filled(named, desk, word, cause))
  if (cell.otherwise === 'nothing') return desk
  if (cell.otherwise !== 'anew') return counted(moved(desk, call, named, cell.otherwise.to, word, cause), call, word, true)
  // The phone speaks of this call as if it had just begun, long after: its end was lost, and this is another one.
  const over = isLive(call) ? clear(desk, call, 'lost') : replace(desk, call, { ...call, ref: {} })
  return recordUnknown(over, ref, word, policy, cause)
}

/** A word about a call that the desk does not know. A missed call of which nothing else was heard is still somebody who rang in vain. */
function recordUnknown(desk: Desk, ref: CallRef, word: CallWord, policy: Policy, cause: ClearedCause): Desk {
  const cell = transitions.absent[word]
  if ('to' in cell) {
    const begun = begin(desk, ref, cell.to, word, policy)
    return cell.odd ? contradicted(begun, `c${begun.lastCall}`, 'absent', word) : begun
  }
  if (word !== 'cleared' || cause !== 'missed') return desk
  const begun = begin(desk, ref, 'alerting', word, policy)
  const unseen = begun.calls.at(-1)
  return unseen === undefined ? begun : clear(begun, unseen, cause)
}

/** A new call, in the state in which the phone shows it. Only a call whose beginning was seen has a start to count from. */
function begin(desk: Desk, ref: CallRef, state: CallState, word: CallWord, policy: Policy): Desk {
  const { at } = desk
  const number = desk.lastCall + 1
  const waiting = state === 'alerting' && desk.calls.some(isEngaged)
  const answered = state === 'connected' || state === 'held'
  const call: Call = {
    id: `c${number}`,
    ref,
    direction: directionOf(word),
    remote: remoteOf(ref, policy),
    state,
    since: at,
    startedAt: at,
    ...(word === 'delivered' ? { deliveredAt: at, ...excused(desk, policy) } : {}),
    ...(answered ? { answeredAt: at } : {}),
    startKnown: word === 'delivered' || word === 'originated',
    proven: true,
    waiting,
    emergency: isEmergency(ref.remote, policy.emergencyNumbers, policy.numbers, directionOf(word) !== 'in'),
    heldByThem: false,
    conference: false,
    handset: desk.phone.hook === 'off' && desk.phone.audio === 'handset',
    touched: state === 'held',
    ...(state === 'held' ? { heldBy: 'clerk' as const } : {}),
    ...(answered && desk.phone.audio === 'speaker' ? { speakerAt: at } : {}),
    heldMs: 0,
    talkMs: 0,
  }
  return withRoom({ ...desk, lastCall: number, calls: [...desk.calls, call] })
}

/** What was so when the call began to ring, where it excuses the clerk (procedure, table III.1). */
function excused(desk: Desk, { workingHours }: Policy): { readonly excused?: Excuse } {
  const wall = trustedWall(desk)
  if (desk.frozen) return { excused: 'frozen' }
  if (wall !== undefined && !isOpen(workingHours, wall)) return { excused: 'off-hours' }
  if (desk.phone.dnd === true) return { excused: 'dnd' }
  return goesElsewhere(desk.forwarding) ? { excused: 'forwarded' } : {}
}

function directionOf(word: CallWord): Direction {
  if (word === 'originated') return 'out'
  return word === 'delivered' || word === 'cleared' ? 'in' : 'unknown'
}

/** A phone that claims more calls than a desk can have has lost some ends: the oldest are over. */
function withRoom(desk: Desk): Desk {
  const live = desk.calls.filter(isLive)
  const surplus = live.slice(0, Math.max(0, live.length - limits.callsMax))
  return surplus.reduce((rest, call) => clear(rest, call, 'lost'), desk)
}

/** The call in its next state, with what the change says about it. */
function moved(desk: Desk, before: Call, call: Call, to: CallState, word: CallWord, cause: ClearedCause): Desk {
  if (to === 'cleared') return clear(replace(desk, before, call), call, cause)
  const { at } = desk
  const answered = to === 'connected' || to === 'held'
  const { hold, mutedSince, ...rest } = call
  const ours = hold !== undefined && isOurHold(hold, at)
  const next: Call = {
    ...(to === 'held' ? { ...rest, heldBy: ours ? 'agent' : 'clerk' } : rest),
    // The clerk's own hold answers ours as well: nothing of it is to be confirmed any more.
    ...(hold === undefined || (to === 'held' && !ours) ? {} : { hold: to === 'held' ? { ...hold, state: 'confirmed' } : hold }),
    state: to,
    since: at,
    heldMs: heldMsOf(call, at),
    talkMs: call.talkMs + (call.state === 'connected' ? at - call.since : 0),
    touched: call.touched || to === 'held',
    // Taking a call up or back ends the muting as far as the phone tells; a mute that goes on is told anew.
    ...(to === 'connected' && call.answeredAt === undefined && mutedSince !== undefined ? { mutedSince: at } : {}),
    ...(answered && call.answeredAt === undefined ? { answeredAt: at } : {}),
    ...(to === 'connected' && call.speakerAt === undefined && desk.phone.audio === 'speaker' ? { speakerAt: at } : {}),
    ...(answered ? { handset: call.handset || (desk.phone.hook === 'off' && desk.phone.audio === 'handset') } : {}),
  }
  const changed = replace(desk, before, word === 'delivered' ? { ...next, direction: 'in', deliveredAt: at } : next)
  return word === 'retrieved' ? takenBack(changed, call) : changed
}

/** A transfer that was only begun is off when the clerk takes the call back; an attended one for everybody in it. */
function takenBack(desk: Desk, { id }: Call): Desk {
  const isOff = ({ id: other, transfer }: Call): boolean => transfer?.outcome === 'started' && (other === id || transfer.kind !== 'blind')
  return { ...desk, calls: desk.calls.map((call) => (isLive(call) && isOff(call) ? withoutTransfer(call) : call)) }
}

function withoutTransfer({ transfer: _, ...call }: Call): Call {
  return call
}

/** A word that does not move the call may still fill in what was not known of it. */
function filled(call: Call, desk: Desk, word: CallWord, cause: ClearedCause): Call {
  const { at } = desk
  if (word === 'delivered' && call.direction === 'unknown') return { ...call, direction: 'in' }
  if (word === 'originated' && call.direction === 'unknown') return { ...call, direction: 'out' }
  if (word === 'established' && call.state === 'cleared' && call.answeredAt === undefined) return { ...call, answeredAt: call.since }
  if (word === 'cleared' && call.cleared !== undefined && cause !== 'unknown' && outweighs(cause, call.cleared.cause)) {
    return { ...call, cleared: { ...call.cleared, cause, reasonAt: at } }
  }
  return call
}

/** Of two reasons for one end, the one that says more. A call taken elsewhere or sent on is not missed, whatever else the phone says. */
function outweighs(cause: ClearedCause, known: ClearedCause | 'lost'): boolean {
  const order = [
    'unknown',
    'lost',
    'error',
    'missed',
    'no-answer',
    'cancelled',
    'busy',
    'rejected',
    'remote-bye',
    'local-bye',
    'diverted',
    'answered-elsewhere',
  ]
  return order.indexOf(cause) > order.indexOf(known)
}

/** Ends the call. It stays, cleared, until `settle` drops it: a later word may still say why it ended. */
export function clear(desk: Desk, call: Call, cause: ClearedCause | 'lost'): Desk {
  const { at } = desk
  const from = call.state === 'cleared' ? 'alerting' : call.state
  return replace(desk, call, {
    ...call,
    state: 'cleared',
    since: at,
    heldMs: heldMsOf(call, at),
    talkMs: call.talkMs + (call.state === 'connected' ? at - call.since : 0),
    cleared: { from, cause, ...(cause === 'unknown' ? {} : { reasonAt: at }) },
  })
}

/** Puts the changed call in the place of the old one. */
export function replace(desk: Desk, call: Call, next: Call): Desk {
  if (call === next) return desk
  return { ...desk, calls: desk.calls.map((other) => (other.id === call.id ? next : other)) }
}

/** Changes the call that the phone means, if there is one. */
export function changeCall(desk: Desk, ref: CallRef, fit: Fit, policy: Policy, change: (call: Call) => Call): Desk {
  const call = findCall(desk, ref, fit, policy)
  return call === undefined ? desk : replace(desk, call, change(prove(identified(call, ref, policy))))
}

/** A fresh word about the call proves that it is there. */
function prove(call: Call): Call {
  return call.proven ? call : { ...call, proven: true }
}

/** Keeps what the phone adds about who this is. */
function identified(call: Call, ref: CallRef, policy: Policy): Call {
  const phoneId = call.ref.phoneId ?? ref.phoneId
  const raw = call.ref.remote ?? ref.remote
  const remote = call.remote.number === undefined ? remoteOf(ref, policy) : call.remote
  if (phoneId === call.ref.phoneId && raw === call.ref.remote && remote.number === call.remote.number) return call
  const emergency = call.emergency || isEmergency(raw, policy.emergencyNumbers, policy.numbers, call.direction !== 'in')
  return {
    ...call,
    ref: { ...call.ref, ...(phoneId === undefined ? {} : { phoneId }), ...(raw === undefined ? {} : { remote: raw }) },
    remote: remote.number === undefined ? call.remote : remote,
    emergency,
  }
}

function counted(desk: Desk, call: Call, word: CallWord, odd: boolean): Desk {
  return odd ? contradicted(desk, call.id, call.state, word) : desk
}

function contradicted(desk: Desk, call: string, state: string, event: string): Desk {
  return { ...desk, contradiction: { count: desk.contradiction.count + 1, call, state, event } }
}
