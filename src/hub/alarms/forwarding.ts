import { hubLimits } from '../limits.ts'
import type { DeskView } from '../office.ts'
import type { Figure } from '../payload.ts'
import type { ShownTask } from '../warden/picture.ts'
import { leaseOf } from '../warden/ward.ts'
import type { AlarmKind } from './alarms.ts'
import type { Signs } from './signs.ts'

type Found = readonly [kind: AlarmKind, since: number, detail?: Readonly<Record<string, Figure>>]

/** A phone that cannot be told at the first attempt may only be starting; these do not mend themselves. */
const lasting: ReadonlySet<string> = new Set(['refused', 'unsupported', 'no-phone', 'no-number', 'not-shown'])

/** What the warden is about. Without one, forwardings of agents that are gone are said all the same: nobody undoes them. */
export function wardenAlarms(
  warden: readonly ShownTask[] | undefined,
  desks: readonly DeskView[],
  signs: ReadonlyMap<string, Signs>,
  now: number,
): readonly (readonly [desk: string, ...found: Found])[] {
  if (warden !== undefined) return warden.map((task) => [task.desk, ...alarmOfTask(task, now)])
  return desks.flatMap((desk) => {
    const goneSince = signs.get(desk.id)?.since.offline
    const lease = desk.availability === 'offline' && desk.state !== undefined ? leaseOf(desk.state)?.lease : undefined
    if (lease === undefined || goneSince === undefined || now - goneSince < hubLimits.alarmAfterMs) return []
    return [[desk.id, 'warden.failed', goneSince, { reason: 'no-warden', kind: lease.kind, target: lease.target ?? 'unlisted' }] as const]
  })
}

function alarmOfTask({ state, reason, kind, target, since, began }: ShownTask, now: number): Found {
  const detail = { reason, kind, target: target ?? 'unlisted' }
  switch (state) {
    case 'waiting':
    case 'undoing':
      return ['warden.waiting', began, detail]
    case 'failed':
    case 'unconfirmed':
      return lasting.has(reason) || now - since >= hubLimits.alarmAfterMs ? ['warden.failed', since, detail] : ['warden.waiting', began, detail]
    case 'undone':
      return ['warden.freed', since, detail]
    case 'foreign':
      return ['warden.foreign', since, detail]
    default:
      return state satisfies never
  }
}

/** What a desk that is there has told of its own forwarding. */
export function forwardingAlarms({ availability, state, presence }: DeskView, { told }: Signs, now: number): readonly Found[] {
  if (availability !== 'online') return []
  const { 'forwarding.unconfirmed': unconfirmed, 'forwarding.uncovered': uncovered } = told
  const found: Found[] = []
  // It is tried again for as long as there is a lease; after that a while to read of it.
  const goesOn = state !== undefined && leaseOf(state) !== undefined
  if (unconfirmed !== undefined && (goesOn || now - unconfirmed.at < hubLimits.alarmSecurityMs))
    found.push(['forwarding.unconfirmed', unconfirmed.at, picked(unconfirmed.data)])
  if (uncovered !== undefined && presence?.takesCalls !== true) found.push(['forwarding.uncovered', uncovered.at, picked(uncovered.data)])
  return found
}

function picked(data: Readonly<Record<string, Figure>>): Readonly<Record<string, Figure>> {
  return Object.fromEntries(['reason', 'target', 'kind'].flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])))
}
