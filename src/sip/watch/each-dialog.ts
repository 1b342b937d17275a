import { type Call, type CallId, isLive } from '../../desk/call.ts'
import type { Desk } from '../../desk/desk.ts'
import type { Instant, Millis } from '../../desk/time.ts'
import { answered, type Claim, ended, isNear, isSameParty, isSentOn, liveCalls, refOf } from './claim.ts'
import type { ExchangeLine, ExchangeView, LineRole, Seen } from './line-view.ts'

/** A dialog that has ended is remembered for so long: Kamailio goes on telling of it for some ten seconds. */
const endedKeptMs: Millis = 60_000

/** What is remembered of one dialog: when it was first seen, and which call of the desk it is. */
interface Known {
  readonly line: ExchangeLine
  readonly firstAt: Instant
  /** It was there when the watching began, or began again: its beginning was not seen. */
  readonly fromStart: boolean
  /** What it was when it was first seen: one that was not beginning then may be a call of any age. */
  readonly firstRole: LineRole
  readonly rang: boolean
  readonly wasHeld: boolean
  readonly overAt?: Instant
  /** The desk's call. It stays so after the call has ended: what the phone has ended does not begin anew because the exchange is slower. */
  readonly call?: CallId
  /** By the other party's number, and not only because nothing else fits. */
  readonly sure?: boolean
}
export type EachDialog = ReadonlyMap<string, Known>

/** An exchange that tells of each call by itself: Kamailio, FreeSWITCH, a phone. */
export function judgeEach(before: EachDialog | undefined, { view, wasBlind }: Seen, desk: Desk, at: Instant): { memory: EachDialog; claims: readonly Claim[] } {
  const memory = bind(observe(before, view, wasBlind, at), desk)
  const taken = new Set([...memory.values()].map(({ call }) => call))
  // What was carried over a restart and is not at the exchange is over; of any other call that it does not show, it may simply not know.
  const gone = liveCalls(desk).filter((call) => !call.proven && !taken.has(call.id))
  return { memory, claims: [...[...memory.values()].flatMap((known) => claimOf(known, desk)), ...gone.map((call) => ended(call, 'unknown'))] }
}

function observe(before: EachDialog | undefined, view: ExchangeView, wasBlind: boolean, at: Instant): EachDialog {
  const shown = new Map(view.lines.map((line) => [line.id, line]))
  const next = new Map<string, Known>()
  for (const [id, known] of before ?? []) {
    const line = shown.get(id) ?? { ...known.line, role: 'over' as const }
    const after = { ...known, line: { ...known.line, ...line }, rang: known.rang || line.role === 'ringing', wasHeld: known.wasHeld || line.role === 'held' }
    const overAt = line.role === 'over' ? (known.overAt ?? at) : undefined
    if (overAt === undefined || shown.has(id) || at - overAt < endedKeptMs) next.set(id, { ...after, ...(overAt === undefined ? {} : { overAt }) })
  }
  for (const [id, line] of shown) {
    if (next.has(id)) continue
    const { role } = line
    const known = { line, firstAt: at, firstRole: role, fromStart: wasBlind, rang: role === 'ringing', wasHeld: role === 'held' }
    next.set(id, role === 'over' ? { ...known, overAt: at } : known)
  }
  return next
}

/**
 * Which call is which dialog. A number that is the same is sure; what is left over is paired by what it does, because phones and exchanges spell
 * differently.
 */
function bind(memory: EachDialog, desk: Desk): EachDialog {
  const next = new Map([...memory].map(([id, known]) => [id, isLost(known, desk) ? unbound(known) : known]))
  const takenBy = (call: Call, sureOnly: boolean): boolean => [...next.values()].some((known) => known.call === call.id && (!sureOnly || known.sure === true))
  // What goes on before what is over: somebody who rings again at once is not the call that they have just ended.
  const [over, active] = [[...next].filter(([, { line }]) => line.role === 'over'), [...next].filter(([, { line }]) => line.role !== 'over')]
  for (const [id, known] of [...active, ...over]) {
    if (known.sure === true) continue
    const own = nearest(
      known,
      desk.calls.filter((call) => isSameParty(call, known.line.remote) === true && mayBe(known, call) && !takenBy(call, true)),
    )
    if (own === undefined) continue
    for (const [other, weaker] of next) if (weaker.call === own.id) next.set(other, unbound(weaker))
    next.set(id, { ...known, call: own.id, sure: true })
  }
  for (const [id, known] of next) {
    // One that was seen only when it was over must not end a call for no better reason than that there is no other.
    const isVague = known.line.role === 'coming' || (known.line.role === 'over' && known.firstRole === 'over')
    if (known.call !== undefined || isVague) continue
    const own = best(
      known,
      desk.calls.filter((call) => mayBe(known, call) && !takenBy(call, false)),
    )
    if (own !== undefined) next.set(id, { ...known, call: own.id })
  }
  return next
}

/** The desk has given its call up because the phone spoke of it as if it had just begun: here it has not ended at all. */
function isLost({ call: id, line }: Known, { calls }: Desk): boolean {
  const call = calls.find((each) => each.id === id)
  return line.role !== 'over' && call?.cleared?.cause === 'lost' && calls.some((other) => isLive(other) && other.remote.number === call.remote.number)
}

function unbound({ call: _, sure: __, ...known }: Known): Known {
  return known
}

function mayBe({ line: { direction }, firstAt, firstRole, fromStart, overAt }: Known, call: Call): boolean {
  if (direction === 'initiator' && call.direction === 'in') return false
  if (direction === 'recipient' && call.direction === 'out') return false
  if (overAt !== undefined && call.startedAt > overAt) return false
  if (isNear(call, firstAt) || !call.startKnown) return true
  const isOlder = isLive(call) && call.startedAt <= firstAt
  return isOlder && (fromStart || call.state === 'alerting' || !beginnings.includes(firstRole))
}

/** What a dialog is when it is seen from its beginning. */
const beginnings: readonly LineRole[] = ['coming', 'ringing', 'dialling']

function nearest({ firstAt }: Known, calls: readonly Call[]): Call | undefined {
  const cost = (call: Call): number => (isLive(call) ? 0 : 1_000_000) + Math.abs(call.startedAt - firstAt)
  return calls.toSorted((one, other) => cost(one) - cost(other))[0]
}

const fits: Readonly<Record<LineRole, readonly Call['state'][]>> = {
  coming: [],
  ringing: ['alerting', 'connected', 'held', 'cleared'],
  dialling: ['initiated', 'connected', 'held', 'cleared'],
  engaged: ['connected', 'held', 'alerting', 'initiated', 'cleared'],
  held: ['held', 'connected', 'alerting', 'initiated', 'cleared'],
  present: ['connected', 'held', 'alerting', 'initiated', 'cleared'],
  over: ['connected', 'held', 'alerting', 'initiated', 'cleared'],
}

function best(known: Known, calls: readonly Call[]): Call | undefined {
  const order = fits[known.line.role]
  const cost = (call: Call): number => (isSameParty(call, known.line.remote) === false ? 100 : 0) + order.indexOf(call.state)
  const possible = calls.filter((call) => order.includes(call.state))
  return possible.toSorted((one, other) => cost(one) - cost(other) || Math.abs(one.startedAt - known.firstAt) - Math.abs(other.startedAt - known.firstAt))[0]
}

function claimOf(known: Known, desk: Desk): readonly Claim[] {
  if (known.call === undefined) return unknownCall(known, desk)
  const call = desk.calls.find(({ id }) => id === known.call)
  if (call === undefined || !isLive(call)) return []
  const { line, wasHeld } = known
  switch (line.role) {
    case 'over':
      return [ended(call, 'unknown')]
    case 'engaged':
      if (call.state === 'alerting') return [answered(call, desk)]
      if (call.state === 'initiated') return [{ key: `established ${call.id}`, facts: [{ type: 'call.established', ref: call.ref }] }]
      return call.state === 'held' && wasHeld ? [{ key: `retrieved ${call.id}`, facts: [{ type: 'call.retrieved', ref: call.ref }] }] : []
    case 'held':
      if (call.state === 'held') return []
      return [{ key: `held ${call.id}`, facts: [{ type: 'call.held', ref: call.ref }] }]
    default:
      return []
  }
}

/** A call of which the desk has heard nothing. */
function unknownCall({ line, rang }: Known, desk: Desk): readonly Claim[] {
  const ref = refOf(line.remote)
  const key = `begun ${line.id} ${line.role}`
  switch (line.role) {
    case 'ringing':
      return [{ key, facts: [{ type: 'call.delivered', ref }] }]
    case 'dialling':
      return [{ key, facts: [{ type: 'call.originated', ref }] }]
    case 'engaged':
    case 'held': {
      const own = line.direction === 'initiator'
      if (!own && isSentOn(desk)) return []
      const begun = own ? [{ type: 'call.originated' as const, ref }] : rang ? [{ type: 'call.delivered' as const, ref }] : []
      return [{ key, facts: [...begun, { type: 'call.established', ref }] }]
    }
    default:
      return []
  }
}
