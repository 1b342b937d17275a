import { workingMinutesBetween } from '../calendar.ts'
import { type Callback, isOpen } from '../callback.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type LampPattern, notice } from '../effect.ts'
import { dueInstantOf, dueWallOf } from '../ledger.ts'
import { limits, type Policy } from '../policy.ts'
import { elsewhere } from '../substitutes.ts'
import { ahead, earliest, type Instant } from '../time.ts'
import type { Rule } from './rule.ts'

const minuteMs = 60_000

/** Reads the ledger aloud: who is owed a call, which try was made, what is due, what is late, and how each obligation ended. */
export const callbacks: Rule = {
  name: 'callbacks',
  clause: 'III.3a, III.13, III.2',
  sentence: 'Missed calls must be called back. Always call back at the agreed time.',

  judge(before: Desk, after: Desk, policy: Policy): readonly Effect[] {
    const earlierOnes = new Map(before.callbacks.map((callback) => [callback.id, callback]))
    const spoken = after.callbacks.flatMap((callback) => {
      const earlier = earlierOnes.get(callback.id)
      const same = callback === earlier && before.at === after.at && before.clock === after.clock
      return same ? [] : said(callback, earlier, after, policy)
    })
    return [...spoken, ...handedOver(after, policy)]
  },

  due(desk: Desk, policy: Policy): Instant | undefined {
    return earliest(
      desk.callbacks.filter(isOpen).flatMap((callback) => {
        const { dueAt, overdueAt } = momentsOf(callback, desk, policy)
        const noticeAt = callback.promisedAt === undefined || dueAt === undefined ? undefined : dueAt - limits.promiseNoticeMs
        return [noticeAt, callback.said.due ? undefined : dueAt, callback.said.overdue ? undefined : overdueAt].map((instant) => ahead(instant, desk.at))
      }),
    )
  },

  lamp(desk: Desk, policy: Policy): LampPattern | undefined {
    const open = desk.callbacks.filter(isOpen)
    const promised = open.some((callback) => isNear(callback, desk, policy))
    if (promised) return 'promise-due'
    return open.length > 0 ? 'callbacks' : undefined
  },
}

/** Whether the agreed time of a promise is close, or has come. */
function isNear(callback: Callback, desk: Desk, policy: Policy): boolean {
  const dueAt = callback.promisedAt === undefined ? undefined : dueInstantOf(callback, desk, policy)
  return dueAt !== undefined && dueAt - limits.promiseNoticeMs <= desk.at
}

/** While the substitute has the calls of an absent clerk, it gets the promises too, each once in an absence; what was only missed waits for the clerk. */
function handedOver(desk: Desk, policy: Policy): readonly Effect[] {
  const { lease, cover } = desk
  // In the very step in which the clerk is back the lease is still held: then it is theirs again.
  if (lease?.state !== 'held' || lease.desk === elsewhere || cover === undefined) return []
  const given = new Set(cover.reassigned)
  return desk.callbacks.flatMap((callback) => {
    // Who made the promise still owes it: given back, it would be another one there, and then another one here.
    if (!isOpen(callback) || given.has(callback.id) || callback.from === lease.desk || !isNear(callback, desk, policy)) return []
    const { id, cause, misses } = callback
    const dueAt = dueWallOf(callback, desk, policy)
    return [notice('callback.reassigned', { callback: id, cause, misses, by: lease.desk, ...(dueAt === undefined ? {} : { dueAt }) })]
  })
}

/** A promise is due at its time and late after its window; a missed caller is only ever late. */
function momentsOf(callback: Callback, desk: Desk, policy: Policy): { dueAt?: Instant; overdueAt?: Instant } {
  const dueAt = dueInstantOf(callback, desk, policy)
  if (dueAt === undefined) return {}
  return callback.promisedAt === undefined ? { overdueAt: dueAt } : { dueAt, overdueAt: dueAt + policy.promiseWindowMinutes * minuteMs }
}

function said(callback: Callback, earlier: Callback | undefined, desk: Desk, policy: Policy): readonly Effect[] {
  const { id, cause, misses, attempts, uncallable } = callback
  const keptFor = { ...(callback.from === undefined ? {} : { from: callback.from }), ...(callback.of === undefined ? {} : { of: callback.of }) }
  const dueWall = dueWallOf(callback, desk, policy)
  const due = dueWall === undefined ? {} : { dueAt: dueWall }
  const effects: Effect[] = []
  if (earlier === undefined) {
    const why = { callback: id, cause, misses, ...(callback.call === undefined ? {} : { call: callback.call }), ...due, ...keptFor }
    effects.push(notice('callback.opened', uncallable === undefined ? why : { ...why, uncallable }, callback.number))
  }
  if (attempts > (earlier?.attempts ?? 0)) effects.push(notice('callback.attempted', { callback: id, cause, misses, attempts, ...due }, callback.number))
  if (callback.closed !== undefined) {
    const { by } = callback.closed
    return [...effects, notice('callback.closed', { callback: id, by, cause, misses, attempts, ...outcomeOf(callback, desk, policy), ...keptFor })]
  }
  if (uncallable !== undefined || dueWall === undefined) return effects
  const { dueAt, overdueAt } = momentsOf(callback, desk, policy)
  const moment = { callback: id, cause, misses, dueAt: dueWall }
  if (!callback.said.due && dueAt !== undefined && dueAt <= desk.at) effects.push(notice('callback.due', moment))
  if (!callback.said.overdue && overdueAt !== undefined && overdueAt <= desk.at) effects.push(notice('callback.overdue', moment))
  return effects
}

/** Whether the first try came in time, and how long it took in working minutes. Nothing is claimed of what nobody tried, or by a clock not trusted. */
function outcomeOf(callback: Callback, desk: Desk, policy: Policy): { uncallable?: 'withheld' | 'shared'; inTime?: boolean; workingMinutes?: number } {
  if (callback.uncallable !== undefined) return { uncallable: callback.uncallable }
  const due = dueWallOf(callback, desk, policy)
  const { openedWall: opened, firstAttemptWall: tried } = callback
  if (due === undefined || opened === undefined || tried === undefined) return {}
  const windowMs = policy.promiseWindowMinutes * minuteMs
  const inTime = callback.promisedAt === undefined ? tried <= due : Math.abs(tried - due) <= windowMs
  return { inTime, workingMinutes: workingMinutesBetween(policy.workingHours, opened, tried) }
}
