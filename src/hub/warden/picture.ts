import type { Warden, WardenLease } from '../../mqtt/hub-messages.ts'
import { isoTime, schemaVersion } from '../../mqtt/wire-form.ts'
import { answersFor, type WardenCore, type WardenSettings } from './core.ts'
import type { KeptWard, Task } from './ward.ts'

/** What the hub shows of a desk that the warden is about. Times are wall times in milliseconds. */
export interface ShownTask {
  readonly desk: string
  readonly state: WardenLease['state']
  readonly reason: string
  readonly kind: 'no-answer' | 'always'
  /** Since when the state has been this one, and since when the warden has been about it. */
  readonly since: number
  readonly began: number
  readonly target: string | null
  readonly until: number | null
  /** The desk's own name for its lease. */
  readonly order?: number
}

const urgency: readonly WardenLease['state'][] = ['failed', 'unconfirmed', 'undoing', 'waiting', 'foreign', 'undone']

/** All desks that it is about, the most urgent first. */
export function tasksOf({ wards }: WardenCore): readonly ShownTask[] {
  const shown = [...wards].flatMap(([desk, { task }]) => (task === undefined ? [] : [shownTask(desk, task)]))
  return shown.sort((one, other) => urgency.indexOf(one.state) - urgency.indexOf(other.state) || (one.desk < other.desk ? -1 : 1))
}

function shownTask(desk: string, { state, reason, since, began, lease }: Task): ShownTask {
  const { kind, target, until, order } = lease
  return { desk, state, reason, kind, since, began, target, until, ...(order === undefined ? {} : { order }) }
}

/** `hub/warden` without the instant at which it is said. */
export function wireOf(core: WardenCore, { graceMs, limits }: WardenSettings): Pick<Warden, 'graceMs' | 'desks' | 'leases'> {
  const leases = tasksOf(core).slice(0, limits.toldMax)
  return {
    graceMs,
    desks: answersFor(core),
    leases: leases.map(({ desk, state, since, until, target, reason, order }) => ({
      desk,
      state,
      since: isoTime(since),
      until: until === null ? null : isoTime(until),
      target,
      reason,
      ...(order === undefined ? {} : { order }),
    })),
  }
}

/** A warden that stops answers for nobody, and is about nothing. */
export function payloadOf(picture: Pick<Warden, 'graceMs' | 'desks' | 'leases'>, at: number): string {
  return JSON.stringify({ v: schemaVersion, at: isoTime(at), ...picture } satisfies Warden)
}

/** What must be known after a restart of the hub: leases, the ones that are dealt with, and what was done until the agents are back. */
export function keptOf({ wards }: WardenCore): ReadonlyMap<string, KeptWard> {
  return new Map(
    [...wards].flatMap(([desk, { lease, settled, task }]): [string, KeptWard][] => {
      const done = task?.done === true ? task : undefined
      if (lease === undefined && settled === undefined && done === undefined) return []
      const kept = {
        ...(lease === undefined ? {} : { lease }),
        ...(settled === undefined ? {} : { settled }),
        ...(done === undefined ? {} : { task: done }),
      }
      return [[desk, kept]]
    }),
  )
}
