import type { BridgeStatus } from '../../bridge/bridge.ts'
import type { HookState } from '../../desk/event.ts'
import { type Draft, end, ring, set, turnHook } from './line.ts'

/**
 * What a status of the bridge says about the line. It says how things are, so a status that never came takes nothing away. The bridge sees each burst
 * and the current in the loop; it does not see who calls, whether the other party has answered, and whether a flash of the hook was a hold.
 */
export function takeStatus(draft: Draft, status: BridgeStatus, restarted: boolean): void {
  const before = draft.line.bridge
  if (restarted) countAnew(draft)
  // It has begun to count from nothing: what it counts from now on belongs to one call.
  else if (status.rings < (before?.rings ?? draft.line.base)) set(draft, { base: 0 })
  // Back again without having started anew, it says for itself whether it still rings.
  if (!restarted && before === undefined && draft.line.ring > 0) set(draft, { giveUp: undefined })
  const found = draft.line.hook === undefined
  set(draft, { bridge: { rings: status.rings } })
  // Just started, it has not had the time to know whether the loop is closed, and what it says of it would end a call.
  const settled = status.uptimeMs >= draft.limits.bridgeSettleMs
  // Found ringing, it rings first of all: the handset's being down then says nothing about what was before.
  if (found && !status.offHook) countRings(draft, status, settled)
  if (settled) sayHook(draft, status.offHook ? 'off' : 'on')
  if (!found && !status.offHook) countRings(draft, status, settled)
}

/** The log is quicker about the handset than the loop's current, and a bridge that has just come back may not have seen what the log has told. */
function sayHook(draft: Draft, hook: HookState): void {
  const { line, at, limits } = draft
  const { logHook, answeredAt } = line
  if (logHook !== undefined && line.hook === logHook.hook && hook !== logHook.hook && at - logHook.at < limits.hookSeenMs) return
  if (hook === 'on' && answeredAt !== undefined && at - answeredAt >= limits.hookSeenMs) set(draft, { answeredAt: undefined })
  if (hook === logHook?.hook) set(draft, { logHook: undefined })
  turnHook(draft, hook)
}

function hasJustEnded({ line, at }: Draft, withinMs: number): boolean {
  return line.phase === 'idle' && line.last !== undefined && at - line.last.at < withinMs
}

/** The microcontroller has started in the middle of it: its own count is gone, the call's is not. */
function countAnew(draft: Draft): void {
  const { phase, ring: counted } = draft.line
  const goesOn = phase === 'ringing' && counted > 0
  set(draft, { base: goesOn ? -counted : 0, ...(goesOn ? { giveUp: { at: untilNextBurst(draft), cause: 'unknown' } } : {}) })
}

/** One that starts over and over sees nothing: it is not waited for any longer than an adapter rings. */
function untilNextBurst({ line, at, limits }: Draft): number {
  const waitMs = at + limits.ringOverMs
  return line.giveUp === undefined ? waitMs : Math.min(waitMs, Math.max(line.giveUp.at, line.begunAt + limits.ringMaxMs))
}

function countRings(draft: Draft, { rings, ringing }: BridgeStatus, settled: boolean): void {
  const { line, limits } = draft
  const counted = rings === 0 ? 0 : rings - line.base
  if (counted > line.ring && line.waiting === undefined && hasJustEnded(draft, ringing ? limits.burstSeenMs : limits.ringOverMs)) {
    // The burst in which the call ended, which the bridge knows for one a moment later; or one before it, whose own status never came.
    set(draft, { base: rings })
  } else if (counted > line.ring && (line.phase === 'idle' || line.phase === 'over')) {
    const ref = line.waiting?.ref ?? {}
    set(draft, { waiting: undefined })
    ring(draft, ref, counted)
  } else if (counted > line.ring && line.phase === 'ringing') {
    set(draft, { ring: counted, giveUp: undefined })
    draft.facts.push({ type: 'call.ring', ref: line.ref, ring: counted })
  } else if (rings === 0 && settled && line.phase === 'ringing' && line.ring > 0 && line.giveUp === undefined) {
    // Nobody lifted the handset, as far as the bridge was there to see it.
    end(draft, line.blind ? 'unknown' : 'missed')
  } else if (settled && line.phase === 'ringing' && line.ring > 0 && line.giveUp !== undefined && !line.blind) {
    // It has started anew, and sees that the handset is still down.
    set(draft, { giveUp: { at: line.giveUp.at, cause: 'missed' } })
  }
}

/** Nothing is heard of the bridge any more: what it said last is known no longer, and somebody else has to say how it ends. */
export function loseBridge(draft: Draft): void {
  const { line, at, limits } = draft
  if (line.bridge === undefined) return
  // Lost again and again, it does not begin to be waited for again and again.
  const until = line.blind && line.giveUp !== undefined ? line.giveUp.at : at + limits.ringMaxMs
  const giveUp = line.phase === 'ringing' ? { at: until, cause: 'unknown' as const } : line.giveUp
  set(draft, { bridge: undefined, blind: true, giveUp })
  const { logHook, hookAt } = line
  // What the log has said since the bridge was last heard nobody else will say again.
  if (logHook !== undefined && logHook.at > hookAt - limits.hookSeenMs && at - logHook.at <= limits.hookStaleMs) turnHook(draft, logHook.hook)
}
