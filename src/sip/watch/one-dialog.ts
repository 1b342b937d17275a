import { isDeepStrictEqual } from 'node:util'
import { type Call, type CallId, isLive } from '../../desk/call.ts'
import type { Desk } from '../../desk/desk.ts'
import { limits } from '../../desk/policy.ts'
import type { Instant, Millis } from '../../desk/time.ts'
import type { Party } from '../../phones/call-ref.ts'
import { answered, type Claim, ended, isNear, isSameParty, isSentOn, liveCalls, refOf } from './claim.ts'
import type { ExchangeView, LineRole, Seen } from './line-view.ts'

/** No exchange rings longer than Timer C (RFC 3261 §16.6): an outgoing call that is there after that has been answered. */
const timerCMs: Millis = 180_000

/** What one dialog for all calls of an extension has shown so far. */
export interface OneDialog {
  readonly role: LineRole
  /** Since when, and what it was before; absent in the first picture. */
  readonly since: Instant
  readonly from?: LineRole
  readonly remote?: Party
  /** The desk's call that is this ringing, and the one that is this conversation. They stay so when the phone has ended them: the phone is believed first. */
  readonly ring?: CallId
  readonly talk?: CallId
  /** Rang while another call went on (`notify_early_inuse_ringing=yes`), and rings no more: the exchange does not say whether it was answered. */
  readonly rungOut?: CallId
  /** Calls that were there while the exchange showed a call: its "none" is about them. */
  readonly seen: readonly CallId[]
  /** Calls that a picture before this one was about, which is over: whoever calls again at once is a new call. */
  readonly spent: readonly CallId[]
  /** Just now a call has ended there, seen or unseen: what it shows is about every call that the desk has. */
  readonly covers: boolean
  /** When it was found engaged, and a word before that had not come: it may have rung. */
  readonly doubtful?: boolean
  /** It shows the same as before and means another call: what was in between has been lost. */
  readonly renewed?: 'by-gap' | 'by-party'
}

/** Asterisk: early if one rings, confirmed if one is taken up, terminated if there is none (reference/sip.md §2a). */
export function judgeOne(before: OneDialog | undefined, seen: Seen, desk: Desk, at: Instant): { memory: OneDialog; claims: readonly Claim[]; dueAt?: Instant } {
  const memory = bind(observe(before, seen, at), desk, at)
  const dialling = memory.role === 'engaged' && callOf(desk, memory.talk)?.state === 'initiated'
  return { memory, claims: claimsOf(memory, desk, at), ...(dialling && memory.since + timerCMs > at ? { dueAt: memory.since + timerCMs } : {}) }
}

/** Held and present are somebody engaged: whose hold it is, this dialog cannot say. */
function roleIn({ lines }: ExchangeView): LineRole {
  const role = lines[0]?.role ?? 'over'
  if (role === 'coming') return 'over'
  return role === 'held' || role === 'present' || role === 'dialling' ? 'engaged' : role
}

function observe(before: OneDialog | undefined, { view, unsolicited, gap, wasBlind, lateRing }: Seen, at: Instant): OneDialog {
  const role = roleIn(view)
  const remote = view.lines[0]?.remote
  const covers = unsolicited || (before !== undefined && before.role !== 'over')
  const byParty = before?.role === role && !isDeepStrictEqual(remote ?? before.remote, before.remote ?? remote)
  const renewed = byParty ? { renewed: 'by-party' as const } : gap ? { renewed: 'by-gap' as const } : {}
  const over = before !== undefined && before.role !== 'over' && role === 'over' ? boundIn(before) : []
  const known = { seen: before?.seen ?? [], spent: [...(before?.spent ?? []), ...over], covers, ...renewed, ...(remote === undefined ? {} : { remote }) }
  if (before?.role === role)
    return { ...before, ...known, ...(lateRing !== undefined && before.doubtful === true ? { from: 'ringing' as const, doubtful: false, ...lateRing } : {}) }
  if (before === undefined || wasBlind) return { role, since: at, ...known }
  const next = { role, since: at, from: before.role, doubtful: gap && before.role === 'over' && role === 'engaged', ...known }
  if (role !== 'engaged' || before.role !== 'ringing') return next
  return { ...next, ...(before.remote === undefined ? {} : { remote: before.remote }), ...(before.ring === undefined ? {} : { ring: before.ring }) }
}

function boundIn({ ring, talk, rungOut }: OneDialog): readonly CallId[] {
  return [ring, talk, rungOut].flatMap((id) => id ?? [])
}

function bind(memory: OneDialog, desk: Desk, at: Instant): OneDialog {
  const live = liveCalls(desk).map(({ id }) => id)
  const covered = memory.role !== 'over' || memory.covers ? live : liveCalls(desk).flatMap(({ id, proven }) => (proven ? [] : [id]))
  const seen = [...new Set([...memory.seen.filter((id) => callOf(desk, id) !== undefined), ...covered])]
  const known = { ...afresh(ringOver(memory, desk), desk, at), seen, covers: false }
  if (known.role === 'ringing' && known.ring === undefined) {
    const ring = ringOf(known, desk)
    return ring === undefined ? known : { ...known, ring: ring.id }
  }
  if (known.role === 'engaged' && known.talk === undefined) {
    const talk = talkOf(known, desk, at)
    return talk === undefined ? known : { ...known, talk: talk.id }
  }
  return known
}

/** The ring is over and somebody is engaged: the one who rang, unless another conversation went on all the while. */
function ringOver({ ring, ...memory }: OneDialog, desk: Desk): OneDialog {
  if (memory.role !== 'engaged' || ring === undefined) return ring === undefined ? memory : { ...memory, ring }
  const other = desk.calls.findLast((call) => isLive(call) && call.state !== 'alerting' && call.id !== ring)
  return other === undefined ? { ...memory, talk: ring } : { ...memory, talk: other.id, rungOut: ring }
}

/** The call that the same picture meant before is over, or rings no more: it is about another one now. */
function afresh({ ring, talk, renewed, ...memory }: OneDialog, desk: Desk, at: Instant): OneDialog {
  const rang = callOf(desk, ring)
  const isOver = (id: CallId | undefined): boolean => id !== undefined && liveCalls(desk).every((call) => call.id !== id)
  const anew = { ...memory, since: at, from: 'over' as const }
  if (renewed !== undefined && memory.role === 'ringing') {
    if (isOver(ring)) return anew
    // Who rang before has been answered meanwhile: this is somebody else, who waits.
    if (renewed === 'by-party' && rang !== undefined && rang.state !== 'alerting') return anew
  }
  if (renewed !== undefined && memory.role === 'engaged' && isOver(talk)) return anew
  const again = memory.role === 'engaged' ? begunAgain(callOf(desk, talk), desk) : undefined
  if (again !== undefined) return { ...memory, talk: again.id }
  return { ...memory, ...(ring === undefined ? {} : { ring }), ...(talk === undefined ? {} : { talk }) }
}

/** The desk gave the call up as lost because the phone spoke of it as if it had just begun: here it goes on. */
function begunAgain(call: Call | undefined, desk: Desk): Call | undefined {
  if (call?.cleared?.cause !== 'lost' || call.remote.number === undefined) return undefined
  return liveCalls(desk).find(({ remote }) => remote.number === call.remote.number)
}

function ringOf({ since, from, remote, talk, spent }: OneDialog, desk: Desk): Call | undefined {
  const others = desk.calls.filter(({ id, direction }) => id !== talk && direction !== 'out' && !spent.includes(id)).toReversed()
  const alerting = others.filter(({ state }) => state === 'alerting')
  const near = others.filter((call) => isNear(call, since))
  const same = (calls: readonly Call[]): Call | undefined => calls.find((call) => isSameParty(call, remote) === true)
  // Somebody else who has rung for long is not who began to ring just now.
  const likely = alerting.find((call) => from === undefined || isNear(call, since) || isSameParty(call, remote) === undefined)
  return same(alerting) ?? same(near) ?? likely ?? near.find((call) => isSameParty(call, remote) === undefined)
}

function talkOf({ since, from, spent }: OneDialog, desk: Desk, at: Instant): Call | undefined {
  const youngest = desk.calls.filter(({ id }) => !spent.includes(id)).toReversed()
  const engaged = youngest.find((call) => isLive(call) && call.state !== 'alerting')
  if (engaged !== undefined) return engaged
  const alerting = youngest.find(({ state }) => state === 'alerting')
  if (alerting !== undefined && (from === 'ringing' || alerting.startedAt <= since || at - since >= timerCMs)) return alerting
  return youngest.find((call) => isNear(call, since) && call.since >= since)
}

function claimsOf(memory: OneDialog, desk: Desk, at: Instant): readonly Claim[] {
  const rungOut = callOf(desk, memory.rungOut)
  const over = rungOut?.state === 'alerting' ? [ended(rungOut, 'unknown')] : []
  if (memory.role === 'over') return liveCalls(desk).flatMap((call) => (memory.seen.includes(call.id) ? [ended(call, 'unknown')] : []))
  if (memory.role === 'ringing') {
    return memory.ring === undefined ? [{ key: `begun ${memory.since} ringing`, facts: [{ type: 'call.delivered', ref: refOf(memory.remote) }] }] : []
  }
  if (memory.talk === undefined) return isSentOn(desk) ? over : [...over, unknownTalk(memory)]
  const talk = callOf(desk, memory.talk)
  if (talk?.state === 'alerting') return [...over, answered(talk, desk)]
  if (talk?.state !== 'initiated' || at - memory.since < timerCMs) return over
  return [...over, { key: `established ${talk.id}`, facts: [{ type: 'call.established', ref: talk.ref }] }]
}

/** An outgoing call is confirmed at once, with nobody's number; an incoming one rings first, and one that was there already is just a conversation. */
function unknownTalk({ from, since, remote, doubtful }: OneDialog): Claim {
  const key = `begun ${since} engaged`
  const notBefore = doubtful === true ? { notBefore: since + limits.reorderMs } : {}
  const ref = refOf(from === 'ringing' ? remote : undefined)
  if (from === 'ringing')
    return {
      key,
      facts: [
        { type: 'call.delivered', ref },
        { type: 'call.established', ref },
      ],
    }
  // A word was lost, and an outgoing call has only this one: it is an incoming one that has been answered.
  const isKnown = from === undefined || doubtful === true
  return { key, facts: [isKnown ? { type: 'call.established', ref } : { type: 'call.originated', ref }], ...notBefore }
}

function callOf(desk: Desk, id: CallId | undefined): Call | undefined {
  return id === undefined ? undefined : desk.calls.find((call) => call.id === id)
}
