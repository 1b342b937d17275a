import { type Call, heldMsOf, isLive } from './call.ts'
import type { Desk } from './desk.ts'
import { type Effect, type Exclusion, notice } from './effect.ts'
import { silenceDue, silenceOf } from './hearing.ts'
import { missedCauseOf } from './ledger.ts'
import type { Policy } from './policy.ts'
import { ringSourceOf, ringsOf } from './rings.ts'
import type { Judge } from './rules/rule.ts'
import type { Instant } from './time.ts'

/** How far a clock may be put right without anybody being told. */
const clockStepMinMs = 1000

/** Says plainly what happened at the desk, before any rule says what the office thinks of it. */
export const report: Judge = {
  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    const earlier = new Map(before.calls.map((call) => [call.id, call]))
    const kept = new Set(after.calls.map(({ id }) => id))
    return [
      ...ofShell(before, after),
      ...ofPhone(before, after),
      ...ofSilence(after, policy),
      ...after.calls.flatMap((call) => ofCall(call, earlier.get(call.id), after, policy)),
      ...before.calls.filter((call) => call.state === 'cleared' && !kept.has(call.id)).flatMap((call) => ofVerdict(call, policy)),
      ...ofSeat(before, after),
      ...ofBridge(before, after),
    ]
  },

  due: silenceDue,
}

function ofShell(before: Desk, after: Desk): readonly Effect[] {
  const effects: Effect[] = []
  const { shell, contradiction, clock } = after
  if (shell.starts > before.shell.starts) {
    effects.push(notice('agent.started', { version: shell.version ?? 'unknown', adopted: after.calls.filter(isLive).length }))
  }
  if (shell.stopping !== undefined && before.shell.stopping === undefined) effects.push(notice('agent.stopping', { reason: shell.stopping }))
  if (shell.refusals > before.shell.refusals && shell.refused !== undefined) effects.push(notice('security.refused', shell.refused))
  if ((shell.losses ?? 0) > (before.shell.losses ?? 0) && shell.lost !== undefined) effects.push(notice('journal.incomplete', shell.lost))
  if ((shell.commands ?? 0) > (before.shell.commands ?? 0) && shell.command !== undefined) effects.push(ofCommand(shell.command))
  if (contradiction.count > before.contradiction.count && contradiction.call !== undefined) {
    effects.push(notice('call.contradiction', { call: contradiction.call, state: contradiction.state ?? '', event: contradiction.event ?? '' }))
  }
  if (clock !== undefined && before.clock !== undefined) {
    const byMs = clock.offsetMs - before.clock.offsetMs
    // A clock that was right without anybody knowing it is worth a word, too: from then on the times before it are known.
    const foundRight = clock.synced && !before.clock.synced
    if (Math.abs(byMs) >= clockStepMinMs || foundRight) effects.push(notice('clock.stepped', { byMs, synced: clock.synced }))
  }
  return effects
}

/** Without an id nobody could have been obeyed. */
function ofCommand({ command, id, code }: NonNullable<Desk['shell']['command']>): Effect {
  if (code === undefined) return notice('command.obeyed', { command, id: id ?? '' })
  return notice('command.refused', { command, ...(id === undefined ? {} : { id }), code })
}

function ofPhone(before: Desk, after: Desk): readonly Effect[] {
  const effects: Effect[] = []
  const { phone } = after
  if (phone.reachable === false && before.phone.reachable !== false) effects.push(notice('phone.unreachable', { reason: phone.fault ?? 'no answer' }))
  if (phone.reachable === true && before.phone.reachable === false) effects.push(notice('phone.back', {}))
  if (phone.refused !== undefined && phone.refused.until !== before.phone.refused?.until) {
    effects.push(notice('phone.refused', { reason: phone.refused.reason, retryMs: phone.refused.until - after.at }))
  }
  if (phone.starts > before.phone.starts) effects.push(notice('phone.restarted', {}))
  return effects
}

/** Once a silence; the phone's next word ends it. */
function ofSilence(after: Desk, policy: Policy): readonly Effect[] {
  const silence = silenceOf(after, policy)
  return silence === undefined ? [] : [notice('phone.silent', silence)]
}

function ofSeat(before: Desk, after: Desk): readonly Effect[] {
  if (after.seat.plausible || !before.seat.plausible) return []
  return [notice('seat.implausible', { reason: after.seat.contradictions > before.seat.contradictions ? 'contradiction' : 'flapping' })]
}

/** Said once a change. What was never lost is not back; and what was not there at the start is lost. */
function ofBridge({ bridge: earlier }: Desk, { at, bridge }: Desk): readonly Effect[] {
  if (bridge === undefined || bridge.connected === earlier?.connected) return []
  if (!bridge.connected) return [notice('bridge.lost', { reason: bridge.fault ?? 'absent' })]
  if (earlier === undefined) return []
  return [notice('bridge.back', { ...(bridge.firmware === undefined ? {} : { firmware: bridge.firmware }), afterMs: at - earlier.since })]
}

function ofCall(call: Call, earlier: Call | undefined, desk: Desk, policy: Policy): readonly Effect[] {
  const { id, direction } = call
  const effects: Effect[] = []
  const caller = call.remote.number
  if (call.state === 'alerting' && earlier?.state !== 'alerting') {
    effects.push(notice('call.alerting', call.waiting ? { call: id, direction, waiting: true } : { call: id, direction }, caller))
  }
  if (call.answeredAt !== undefined && earlier?.answeredAt === undefined) effects.push(notice('call.answered', answeredData(call, desk, policy), caller))
  if (call.state === 'held' && earlier?.state !== 'held') effects.push(notice('call.held', { call: id, direction, by: call.heldBy ?? 'clerk' }))
  if (call.state === 'connected' && earlier?.state === 'held') {
    const { since, heldBy } = earlier
    effects.push(notice('call.resumed', { call: id, direction, heldMs: desk.at - since, by: 'clerk', ...(heldBy === undefined ? {} : { heldBy }) }))
  }
  if (isEnded(call) && (earlier === undefined || !isEnded(earlier))) effects.push(ended(call, desk.at))
  return effects
}

/** Over, and nothing provisional about it: somebody had answered, or the clerk had dialled. */
function isEnded(call: Call): boolean {
  return call.state === 'cleared' && (call.answeredAt !== undefined || call.direction === 'out')
}

function answeredData(call: Call, desk: Desk, policy: Policy): Extract<Effect, { name: 'call.answered' }>['data'] {
  const { id, direction, deliveredAt, answeredAt = desk.at } = call
  if (direction === 'out') return { call: id, direction, waitMs: answeredAt - call.startedAt }
  if (!call.startKnown || deliveredAt === undefined) return { call: id, direction, excluded: 'unknown-start' }
  const rings = ringsOf(call, answeredAt, policy)
  const heard = { call: id, direction, rings, ringSource: ringSourceOf(call), waitMs: answeredAt - deliveredAt }
  if (call.waiting) return { ...heard, excluded: 'waiting' }
  const burstAt = call.counted?.at ?? deliveredAt + (rings - 1) * policy.ringPeriodMs
  const strict = rings < policy.warnAtRing || (rings === policy.warnAtRing && answeredAt - burstAt <= policy.ringBurstMs)
  return { ...heard, inRule: rings <= policy.warnAtRing, strict, ...(call.excused === undefined ? {} : { excluded: call.excused }) }
}

function ended(call: Call, at: Instant): Effect {
  const handed = call.transfer !== undefined && call.transfer.outcome !== 'failed'
  const cause = handed ? ('transferred' as const) : (call.cleared?.cause ?? 'unknown')
  return notice('call.ended', { call: call.id, direction: call.direction, cause, talkMs: call.talkMs, heldMs: heldMsOf(call, at) }, call.remote.number)
}

/** The verdict on a call that nobody answered here: missed, or taken care of elsewhere. */
function ofVerdict(call: Call, policy: Policy): readonly Effect[] {
  if (isEnded(call)) return []
  const { id, direction } = call
  const cause = missedCauseOf(call)
  if (cause === undefined) return [ended(call, call.since)]
  const rang =
    call.deliveredAt === undefined || !call.startKnown
      ? {}
      : { rings: ringsOf(call, call.since, policy), ringSource: ringSourceOf(call), waitMs: call.since - call.deliveredAt }
  const excluded: Exclusion | undefined = call.waiting ? 'waiting' : 'rings' in rang ? call.excused : 'unknown-start'
  const why = { ...(call.waiting ? { waiting: true as const } : {}), ...(excluded === undefined ? {} : { excluded }) }
  return [notice('call.missed', { call: id, direction, cause, ...rang, ...why }, call.remote.number)]
}
