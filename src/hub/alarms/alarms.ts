import { healthEveryMs } from '../../mqtt/topics.ts'
import { hubLimits } from '../limits.ts'
import type { DeskView, Office } from '../office.ts'
import type { Figure } from '../payload.ts'
import type { ShownTask } from '../warden/picture.ts'
import { forwardingAlarms, wardenAlarms } from './forwarding.ts'
import { conditionsOf, type Life, noSigns, type Signs } from './signs.ts'

/** What is urgent: a desk does not do its work, or somebody else does it. */
const urgentKinds = [
  'record.fault',
  'directory.refused',
  'warden.refused',
  'warden.failed',
  'warden.waiting',
  'desk.duplicated',
  'client-id.clash',
  'phone.duplicated',
  'desk.silent',
  'phone.unreachable',
  'phone.refused',
  'phone.silent',
  'forwarding.unconfirmed',
] as const

/** What is for a technician, or good to know. */
const calmKinds = [
  'security.refused',
  'exchange.away',
  'power.under-voltage',
  'disk.read-only',
  'disk.low',
  'clock.unsynced',
  'forwarding.uncovered',
  'events.missing',
  'events.lost',
  'journal.incomplete',
  'warden.foreign',
  'warden.freed',
] as const

/** What can be the matter, most urgent first: this order is that of every list. */
export const alarmKinds: readonly AlarmKind[] = [...urgentKinds, ...calmKinds]
export type AlarmKind = (typeof urgentKinds)[number] | (typeof calmKinds)[number]

export function isUrgent({ kind }: Pick<Alarm, 'kind'>): boolean {
  return urgentKinds.some((urgent) => urgent === kind)
}

/** Something that somebody should look at. It stands as long as it is so; events raise one for a while. */
export interface Alarm {
  readonly kind: AlarmKind
  /** `null` where it is the hub's own. */
  readonly desk: string | null
  /** By the hub's clock, in milliseconds. */
  readonly since: number
  readonly detail: Readonly<Record<string, Figure>>
}

export interface Watched {
  readonly office: Pick<Office, 'desks'>
  readonly signs: ReadonlyMap<string, Signs>
  readonly now: number
  /** Since when the hub has had its broker; absent while it has none: then nothing is known of any desk, and nothing is said of one. */
  readonly connectedSince?: number
  /** Why the medium of the record takes nothing. */
  readonly recordFault?: string
  /** Faults of the directory's file: an older directory holds, or none. */
  readonly directoryFaults?: number
  /** What the warden is about; absent where there is none. And faults of its file: an older one holds, or none. */
  readonly warden?: readonly ShownTask[]
  readonly wardenFaults?: number
  /** What stood before: an alarm that goes on keeps its beginning. */
  readonly before: readonly Alarm[]
}

type Found = readonly [kind: AlarmKind, since: number, detail?: Readonly<Record<string, Figure>>]

/** Everything that is the matter at this moment, in the order of `alarmKinds`, then by desk. No clock, no memory but what is given. */
export function alarmsOf(watched: Watched): readonly Alarm[] {
  const { office, signs, before, recordFault, directoryFaults = 0, wardenFaults = 0, now } = watched
  const began = new Map(before.map((alarm) => [keyOf(alarm), alarm.since]))
  const desks = watched.connectedSince === undefined ? [] : [...office.desks.values()]
  const [twins, quiet] = [twinsOf(desks), quietOf(desks)]
  const found = desks.flatMap((desk) => {
    const ofDesk = deskAlarms(desk, signs.get(desk.id) ?? noSigns, watched, twins)
    const silent = quiet.has(desk.id) && !ofDesk.some(([kind]) => kind === 'phone.silent')
    const all: Found[] = silent ? [...ofDesk, ['phone.silent', now, { evidence: 'neighbours' }]] : ofDesk
    return all.map(toAlarm(desk.id))
  })
  const ownFound: readonly Found[] = [
    ...(recordFault === undefined ? [] : [['record.fault', now] as const]),
    ...(directoryFaults === 0 ? [] : [['directory.refused', now, { count: directoryFaults }] as const]),
    ...(wardenFaults === 0 ? [] : [['warden.refused', now, { count: wardenFaults }] as const]),
  ]
  const own = ownFound.map(toAlarm(null))
  // The warden goes by what it has kept itself: what it is about stands also while the broker is away.
  const left = wardenAlarms(watched.warden, desks, signs, now).map(([desk, ...each]) => toAlarm(desk)(each))
  return [...own, ...found, ...left]
    .map((alarm) => ({ ...alarm, since: Math.min(alarm.since, began.get(keyOf(alarm)) ?? alarm.since) }))
    .sort((one, other) => alarmKinds.indexOf(one.kind) - alarmKinds.indexOf(other.kind) || String(one.desk).localeCompare(String(other.desk)))
}

/** Whether two lists tell the same. */
export function sameAlarms(one: readonly Alarm[], other: readonly Alarm[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function keyOf({ kind, desk }: Pick<Alarm, 'kind' | 'desk'>): string {
  return `${kind} ${desk ?? ''}`
}

function toAlarm(desk: string | null): (found: Found) => Alarm {
  return ([kind, since, detail = {}]) => ({ kind, desk, since, detail })
}

function deskAlarms(desk: DeskView, signs: Signs, watched: Watched, twins: ReadonlyMap<string, readonly string[]>): Found[] {
  const { now } = watched
  return [
    ...identityAlarms(desk, signs, now, twins),
    ...silenceAlarms(desk, signs, watched),
    ...lastingAlarms(desk, signs, now),
    ...toldAlarms(desk, signs, now),
    ...forwardingAlarms(desk, signs, now),
  ]
}

/** Conditions that are an alarm when they have lasted. */
const lasting = [
  ['phone-unreachable', 'phone.unreachable', hubLimits.alarmAfterMs],
  ['exchange-away', 'exchange.away', hubLimits.alarmAfterMs],
  ['clock-unsynced', 'clock.unsynced', hubLimits.alarmUnsyncedMs],
  ['under-voltage', 'power.under-voltage', 0],
  ['disk-low', 'disk.low', 0],
  ['disk-read-only', 'disk.read-only', 0],
] as const

function lastingAlarms(desk: DeskView, { since }: Signs, now: number): Found[] {
  const so = conditionsOf(desk)
  const found = lasting.flatMap(([condition, kind, afterMs]): Found[] => {
    const at = since[condition] ?? now
    return so.includes(condition) && now - at >= afterMs ? [[kind, at]] : []
  })
  const missingSince = since['events-missing'] ?? now
  if (so.includes('events-missing') && now - missingSince >= hubLimits.alarmMissingMs) found.push(['events.missing', missingSince, { count: desk.missing }])
  return found
}

/** Silent for a minute beyond its keep-alive (by its will, or the broker's word), or beyond the `health` that it owes each minute. */
function silenceAlarms({ availability, heardAt }: DeskView, { since }: Signs, { now, connectedSince = now }: Watched): Found[] {
  const goneSince = availability === 'online' ? undefined : Math.max(since[availability] ?? now, availability === 'unknown' ? connectedSince : 0)
  if (goneSince !== undefined) return now - goneSince >= hubLimits.alarmAfterMs ? [['desk.silent', goneSince]] : []
  const heard = Math.max(heardAt ?? 0, connectedSince)
  return now - heard >= healthEveryMs + hubLimits.alarmAfterMs ? [['desk.silent', heard]] : []
}

/** More than one where there should be one. */
function identityAlarms({ id, availability }: DeskView, { lives, turns }: Signs, now: number, twins: ReadonlyMap<string, readonly string[]>): Found[] {
  const found: Found[] = []
  const backAt = alternatesAt(lives, now)
  if (backAt !== undefined) found.push(['desk.duplicated', backAt])
  const recent = turns.filter((at) => now - at < hubLimits.alarmFlappingMs)
  const boots = new Set(lives.filter(({ at }) => now - at < hubLimits.alarmFlappingMs).map(({ epoch, boot }) => `${epoch} ${boot}`))
  if (recent.length >= hubLimits.alarmTurns && boots.size > 1) found.push(['client-id.clash', recent[0] ?? now, { count: recent.length }])
  const others = availability === 'online' ? (twins.get(id) ?? []) : []
  if (others.length > 0) found.push(['phone.duplicated', now, { desks: others.join(', ').slice(0, hubLimits.textMax) }])
  return found
}

/** A machine that restarts is another one afterwards; one that was there before and is there again means that there are two. */
function alternatesAt(lives: readonly Life[], now: number): number | undefined {
  const same = (one: Life, other: Life) => one.epoch === other.epoch && one.boot === other.boot
  return lives.findLast(
    (life, index) => now - life.at < hubLimits.alarmDuplicateMs && lives.slice(0, Math.max(0, index - 1)).some((earlier) => same(earlier, life)),
  )?.at
}

/** Desks whose phones have one and the same hardware address, by what stands for it. */
function twinsOf(desks: readonly DeskView[]): ReadonlyMap<string, readonly string[]> {
  const byPhone = new Map<string, string[]>()
  for (const { id, about, availability } of desks) {
    const fingerprint = availability === 'online' ? about?.phone?.fingerprint : undefined
    if (fingerprint) byPhone.set(fingerprint, [...(byPhone.get(fingerprint) ?? []), id])
  }
  const shared = [...byPhone.values()].filter((ids) => ids.length > 1)
  return new Map(shared.flatMap((ids) => ids.map((id) => [id, ids.filter((other) => other !== id)] as const)))
}

/**
 * Desks whose phone answers, that have been watched for hours and have not had one call today, while their neighbours (of the same department, where one
 * is named) have had several each: the phone that rings and posts nothing (procedure §4.2).
 */
function quietOf(desks: readonly DeskView[]): ReadonlySet<string> {
  const working = desks.filter(({ availability, state, day }) => availability === 'online' && state?.phone.reachable !== false && day?.['final'] === false)
  const neighbourhood = ({ about, day }: DeskView) => JSON.stringify([about?.department ?? null, day?.['date']])
  const busy = new Map<string, number>()
  for (const desk of working) if (callsToday(desk) >= hubLimits.quietNeighbourCalls) busy.set(neighbourhood(desk), (busy.get(neighbourhood(desk)) ?? 0) + 1)
  const quiet = working.filter((desk) => {
    const watched = Number(desk.day?.['observedMs'] ?? 0) >= hubLimits.quietObservedMs
    return watched && callsToday(desk) === 0 && (busy.get(neighbourhood(desk)) ?? 0) >= hubLimits.quietNeighbours
  })
  return new Set(quiet.map(({ id }) => id))
}

/** Calls that were offered or that ended: one of them is enough to know that the phone speaks. */
function callsToday({ day = {} }: DeskView): number {
  return Math.max(Number(day['counts.offered'] ?? 0), Number(day['counts.ended'] ?? 0))
}

/** What the desk itself has told, for as long as somebody may have to look after it. */
function toldAlarms(desk: DeskView, { told }: Signs, now: number): Found[] {
  const found: Found[] = []
  const { 'phone.refused': refused, 'phone.silent': silent, 'security.refused': security, 'journal.incomplete': journal } = told
  if (refused !== undefined) found.push(['phone.refused', refused.at, picked(refused.data, ['reason'])])
  if (desk.availability === 'online' && (desk.health?.['phone.silent'] ?? silent !== undefined) === true)
    found.push(['phone.silent', silent?.at ?? now, { evidence: 'phone' }])
  if (security !== undefined && now - security.at < hubLimits.alarmSecurityMs)
    found.push(['security.refused', security.at, picked(security.data, ['reason', 'count'])])
  if (journal !== undefined && now - journal.at < hubLimits.alarmLossMs)
    found.push(['journal.incomplete', journal.at, picked(journal.data, ['cause', 'count'])])
  const lostAt = Math.max(...desk.ledger.map(({ givenUpAt = 0 }) => givenUpAt), 0)
  if (lostAt > 0 && now - lostAt < hubLimits.alarmLossMs) found.push(['events.lost', lostAt, { count: desk.lost }])
  return found
}

function picked(data: Readonly<Record<string, Figure>>, names: readonly string[]): Readonly<Record<string, Figure>> {
  return Object.fromEntries(names.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])))
}
