import { localDate } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import type { Effect, Notice } from './effect.ts'
import type { Policy } from './policy.ts'
import type { Millis } from './time.ts'

/** What one desk did in one day, as counts: enough for every figure of the office's report (procedure §4.5), and nothing about anybody. */
export interface Day {
  /** The local date, as `2026-11-22`. */
  readonly date: string
  /** How long the desk was watched: every figure is only as good as this one. */
  readonly observedMs: Millis
  readonly counts: Readonly<Record<string, number>>
}

/** Working minutes to the first try of a callback, in steps; the last is open. */
const firstTrySteps = [30, 60, 120, 240, 480, 960] as const

/** Brings the day's counters up to the desk's present instant: a new day begins at local midnight, and yesterday's figures are final. */
export function recordDay(before: Desk, after: Desk, watched: boolean, policy: Policy): Desk {
  const wall = trustedWall(after)
  // A clock that cannot be trusted opens no day: one of the year 2099 would never be over. What happens meanwhile belongs to the day that is open.
  const date = wall === undefined ? after.day?.date : localDate(policy.workingHours, wall)
  if (date === undefined) return after
  if (after.day === undefined) return { ...after, day: { date, observedMs: 0, counts: {} } }
  const day = { ...after.day, observedMs: after.day.observedMs + (watched ? after.at - before.at : 0) }
  // A clock that steps back over midnight must not open a day that was already closed: only a later date begins a new one.
  return date > day.date ? { ...after, day: { date, observedMs: 0, counts: {} }, yesterday: day } : { ...after, day }
}

/** Counts what the desk has just said. */
export function countDay(desk: Desk, effects: readonly Effect[]): Desk {
  if (desk.day === undefined) return desk
  const keys = effects.flatMap((effect) => (effect.type === 'notice' ? keysOf(effect) : []))
  if (keys.length === 0) return desk
  const counts: Record<string, number> = { ...desk.day.counts }
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return { ...desk, day: { ...desk.day, counts } }
}

/** The counters that one notice adds to. Together they say of each call what became of it, of each obligation how it ended. */
function keysOf(said: Notice): readonly string[] {
  switch (said.name) {
    case 'call.alerting':
      return ['offered']
    case 'call.answered':
      return answeredKeys(said.data)
    case 'call.missed':
      return ['missed', `missed.${said.data.cause}`, ...(said.data.ringSource === undefined ? [] : [`rings.${said.data.ringSource}`])]
    case 'call.held':
      return ['holds', `holds.${said.data.by}`]
    case 'call.resumed':
      return said.data.by === 'agent' && said.data.heldMs < 5000 ? ['holds.forcedUndone'] : []
    case 'call.ended':
      return ['ended', ...(said.data.cause === 'answered-elsewhere' || said.data.cause === 'diverted' ? [`ended.${said.data.cause}`] : [])]
    case 'call.hung-up-first':
      return [`hungUpFirst.${said.data.by}`]
    case 'call.transferred':
      return [`transfers.${said.data.kind}`]
    case 'callback.opened':
      return ['callbacks.opened', `callbacks.opened.${said.data.cause}`, ...(said.data.uncallable === undefined ? [] : ['callbacks.uncallable'])]
    case 'callback.closed':
      return closedKeys(said.data)
    default:
      return [said.name]
  }
}

function answeredKeys(data: Extract<Notice, { name: 'call.answered' }>['data']): readonly string[] {
  if (data.direction !== 'in') return ['answered.outgoing']
  const keys = ['answered']
  if (data.excluded !== undefined) return [...keys, `answered.excluded.${data.excluded}`]
  if (data.inRule === true) keys.push('answered.inRule')
  if (data.strict === true) keys.push('answered.strict')
  if (data.ringSource !== undefined) keys.push(`rings.${data.ringSource}`)
  return keys
}

function closedKeys(data: Extract<Notice, { name: 'callback.closed' }>['data']): readonly string[] {
  const keys = ['callbacks.closed', `callbacks.closed.${data.by}`]
  if (data.inTime !== undefined) keys.push(`${data.cause === 'promise' ? 'promises' : 'callbacks'}.${data.inTime ? 'inTime' : 'late'}`)
  const { workingMinutes } = data
  if (workingMinutes !== undefined) {
    const step = firstTrySteps.find((minutes) => workingMinutes <= minutes)
    keys.push(`callbacks.firstTry.${step === undefined ? 'over' : 'within'}${step ?? firstTrySteps.at(-1)}`)
  }
  return keys
}
