import type { Instant } from '../../desk/time.ts'
import type { WardenCore } from './core.ts'
import type { WardenEffect } from './fact.ts'
import type { WardenLimits } from './limits.ts'

/** When a phone is read next, and whether the last reading went well; absent while there was none. */
export interface Look {
  readonly ok?: boolean
  readonly nextAt: Instant
  readonly isUnderWay: boolean
}
export type Looks = ReadonlyMap<string, Look>

/** The phone is to be read as soon as there is a hand free. */
export function lookNow(look: Look | undefined, at: Instant): Look {
  return look === undefined ? { nextAt: at, isUnderWay: false } : { ...look, nextAt: at }
}

/** The phone is to be read then at the latest. */
export function lookBy(core: WardenCore, desk: string, by: Instant): WardenCore {
  const look = core.looks.get(desk)
  return look === undefined || look.nextAt <= by ? core : { ...core, looks: new Map(core.looks).set(desk, lookNow(look, by)) }
}

/** What came of a reading; `undefined` leaves what was known. */
export function takeLooked(looks: Looks, desk: string, ok: boolean | undefined, at: Instant, limits: WardenLimits): Looks {
  const look = looks.get(desk)
  if (look === undefined || ok === undefined) return looks
  return new Map(looks).set(desk, { ok, nextAt: at + (ok ? limits.lookEveryMs : limits.lookRetryMs), isUnderWay: false })
}

/** Those whose turn it is. A phone that is being told, or waits to be, is not read beside that; and one hand stays free for telling. */
export function startLooks(core: WardenCore, limits: WardenLimits): { readonly looks: Looks; readonly effects: readonly WardenEffect[] } {
  const due = [...core.looks].filter(([desk, { nextAt, isUnderWay }]) => !isUnderWay && nextAt <= core.at && mayLook(core, desk))
  const busy = [...core.looks.values()].filter(({ isUnderWay }) => isUnderWay).length
  const started = due.slice(0, Math.max(0, handsFor(limits) - busy))
  if (started.length === 0) return { looks: core.looks, effects: [] }
  const looks = new Map(core.looks)
  for (const [desk, look] of started) looks.set(desk, { ...look, isUnderWay: true })
  return { looks, effects: started.map(([desk]) => ({ type: 'look', desk })) }
}

export function dueOfLooks(core: WardenCore, limits: WardenLimits): readonly Instant[] {
  const busy = [...core.looks.values()].filter(({ isUnderWay }) => isUnderWay).length
  if (busy >= handsFor(limits)) return []
  return [...core.looks].flatMap(([desk, { nextAt, isUnderWay }]) => (isUnderWay || !mayLook(core, desk) ? [] : [nextAt]))
}

function handsFor({ handsMax }: WardenLimits): number {
  return Math.max(1, handsMax - 1)
}

function mayLook({ underWay, wards }: WardenCore, desk: string): boolean {
  return !underWay.has(desk) && wards.get(desk)?.task?.done !== false
}
