import type { BridgeStatus } from '../../bridge/bridge.ts'
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
  if (found && !status.offHook) countRings(draft, status.rings, settled)
  if (settled) turnHook(draft, status.offHook ? 'off' : 'on')
  if (!found && !status.offHook) countRings(draft, status.rings, settled)
}

/** The microcontroller has started in the middle of it: its own count is gone, the call's is not. */
function countAnew(draft: Draft): void {
  const { phase, ring: counted } = draft.line
  const goesOn = phase === 'ringing' && counted > 0
  set(draft, { base: goesOn ? -counted : 0, ...(goesOn ? { giveUp: { at: draft.at + draft.limits.ringOverMs, cause: 'missed' } } : {}) })
}

function countRings(draft: Draft, rings: number, settled: boolean): void {
  const { line } = draft
  const counted = rings === 0 ? 0 : rings - line.base
  if (counted > line.ring && (line.phase === 'idle' || line.phase === 'over')) {
    const ref = line.waiting?.ref ?? {}
    set(draft, { waiting: undefined })
    ring(draft, ref, counted)
  } else if (counted > line.ring && line.phase === 'ringing') {
    set(draft, { ring: counted, giveUp: undefined })
    draft.facts.push({ type: 'call.ring', ref: line.ref, ring: counted })
  } else if (rings === 0 && settled && line.phase === 'ringing' && line.ring > 0 && line.giveUp === undefined) {
    // Nobody lifted the handset, as far as the bridge was there to see it.
    end(draft, line.blind ? 'unknown' : 'missed')
  }
}

/** Nothing is heard of the bridge any more: what it said last is known no longer, and somebody else has to say how it ends. */
export function loseBridge(draft: Draft): void {
  const { line, at, limits } = draft
  if (line.bridge === undefined) return
  const ringing = line.phase === 'ringing' && line.giveUp === undefined
  set(draft, { bridge: undefined, blind: true, ...(ringing ? { giveUp: { at: at + limits.ringMaxMs, cause: 'unknown' } } : {}) })
}
