import type { CallRef, ClearedCause, Fact, HookState } from '../../desk/event.ts'
import type { AnalogueLimits } from './limits.ts'

/**
 * One port of an adapter, as its sources tell of it together. `over`: the handset is still up, but the call has ended. `talking` may be presumed: a
 * handset that was found up when nobody had watched.
 */
export type Phase = 'idle' | 'ringing' | 'dialling' | 'talking' | 'over'

/** How the adapter's log says that a call ended: the order of its own lines, since they all come from one hand. */
export interface Ending {
  /** When it said that the handset went down; absent if it has not. */
  readonly onHookAt?: number
  /** Who was first. `close`: too near to one another to be told. */
  readonly by?: 'remote-bye' | 'local-bye' | 'close'
}

export interface Line {
  readonly hook: HookState | undefined
  /** The last word about it. */
  readonly hookAt: number
  /** The last word of the adapter's log about it, until the bridge says the same. */
  readonly logHook: { readonly hook: HookState; readonly at: number } | undefined
  /** When the log said that the ringing telephone was answered, with a bridge that has not said otherwise since. */
  readonly answeredAt: number | undefined
  /** What the bridge last counted; absent while there is no bridge, or nothing is heard of it. */
  readonly bridge: { readonly rings: number } | undefined
  readonly phase: Phase
  readonly phaseAt: number
  /** When this call was first heard of. */
  readonly begunAt: number
  /** Who is at the other end. */
  readonly ref: CallRef
  /** The last ring of this call that was counted; 0 where none was. */
  readonly ring: number
  /** How far the bridge's count is ahead of this call's: rings of the call before it, or, below 0, those from before the bridge started anew. */
  readonly base: number
  /** The bridge was away in the middle of this call. */
  readonly blind: boolean
  readonly held: boolean
  /** Other calls that the clerk is engaged with on this line. */
  readonly others: readonly CallRef[]
  /** Somebody who rings while the clerk talks, and until when that is believed. */
  readonly waiting: { readonly ref: CallRef; readonly until: number } | undefined
  /** When the ringing is given up unless more is heard of it, and as what. */
  readonly giveUp: { readonly at: number; readonly cause: ClearedCause } | undefined
  readonly ending: Ending
  /** The call before this one. */
  readonly last: { readonly ref: CallRef; readonly begunAt: number; readonly at: number; readonly ending: Ending } | undefined
}

export const unknownLine: Line = {
  hook: undefined,
  hookAt: 0,
  logHook: undefined,
  answeredAt: undefined,
  bridge: undefined,
  phase: 'idle',
  phaseAt: 0,
  begunAt: 0,
  ref: {},
  ring: 0,
  base: 0,
  blind: false,
  held: false,
  others: [],
  waiting: undefined,
  giveUp: undefined,
  ending: {},
  last: undefined,
}

/** A line while one word about it is being taken: what it becomes, and the facts on the way. */
export interface Draft {
  line: Line
  readonly facts: Fact[]
  readonly at: number
  readonly limits: AnalogueLimits
}

export function set(draft: Draft, changes: Partial<Line>): void {
  draft.line = { ...draft.line, ...changes }
}

/**
 * The telephone begins to ring. Where the bridge has counted a burst, that burst is the first word of the call. Of who has waited already, the desk knows:
 * told again, it would take them for another caller.
 */
export function ring(draft: Draft, ref: CallRef, counted: number, waited = false): void {
  const { at, limits } = draft
  const giveUp = counted > 0 ? undefined : { at: at + limits.ringMaxMs, cause: 'unknown' as const }
  set(draft, { phase: 'ringing', phaseAt: at, begunAt: at, ref, ring: counted, blind: false, held: false, ending: {}, giveUp, answeredAt: undefined })
  if (counted > 0) draft.facts.push({ type: 'call.ring', ref, ring: counted })
  else if (!waited) draft.facts.push({ type: 'call.delivered', ref })
}

export function establish(draft: Draft): void {
  const { ref } = draft.line
  set(draft, { phase: 'talking', phaseAt: draft.at, giveUp: undefined })
  draft.facts.push({ type: 'call.established', ref })
}

function originate(draft: Draft): void {
  set(draft, { phase: 'dialling', phaseAt: draft.at, begunAt: draft.at, ref: {}, ring: 0, blind: false, held: false, ending: {} })
  draft.facts.push({ type: 'call.originated', ref: {} })
}

/** The call is over, and with it what else the clerk was engaged with here. What the bridge has counted so far was this call's. */
export function end(draft: Draft, cause: ClearedCause): void {
  const { line, at, facts } = draft
  for (const ref of line.others) facts.push({ type: 'call.cleared', ref, cause: 'unknown' })
  facts.push({ type: 'call.cleared', ref: line.ref, cause })
  set(draft, {
    phase: line.hook === 'off' ? 'over' : 'idle',
    phaseAt: at,
    last: { ref: line.ref, begunAt: line.begunAt, at, ending: line.ending },
    ref: {},
    ring: 0,
    base: line.bridge?.rings ?? 0,
    held: false,
    others: [],
    giveUp: undefined,
    ending: {},
  })
}

export function endWaiting(draft: Draft, cause: ClearedCause): void {
  const { waiting } = draft.line
  if (waiting === undefined) return
  set(draft, { waiting: undefined })
  draft.facts.push({ type: 'call.cleared', ref: waiting.ref, cause })
}

/** Whoever may speak of the hook says what it is. */
export function turnHook(draft: Draft, hook: HookState): void {
  const { line, at } = draft
  set(draft, { hook, hookAt: at })
  if (line.hook === hook) return
  draft.facts.push({ type: 'phone.hook', hook })
  if (hook === 'off') lift(draft, line)
  else putDown(draft, line)
}

function lift(draft: Draft, before: Line): void {
  if (before.phase === 'ringing') establish(draft)
  else if (before.phase === 'idle' && before.hook === 'on') originate(draft)
  // Found up: there may be a call, and if there is, this is it. Nothing is claimed of it.
  else if (before.phase === 'idle') set(draft, { phase: 'talking', phaseAt: draft.at, begunAt: draft.at, ref: {} })
}

function putDown(draft: Draft, before: Line): void {
  const { at, limits } = draft
  const { by } = before.ending
  if (before.phase === 'talking' || before.phase === 'dialling') end(draft, by === undefined || by === 'close' ? 'unknown' : by)
  else if (before.phase === 'over') set(draft, { phase: 'idle', phaseAt: at })
  // Found down, with nobody ringing: whatever was carried over a restart is gone.
  else if (before.phase === 'idle') draft.facts.push({ type: 'phone.idle', idle: true })
  // Who waited now rings, or has gone.
  const { waiting } = draft.line
  if (waiting !== undefined) set(draft, { waiting: { ref: waiting.ref, until: at + limits.ringStopMs } })
}
