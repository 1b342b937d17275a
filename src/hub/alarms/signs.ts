import { hubLimits } from '../limits.ts'
import type { DeskView, NewEvent } from '../office.ts'
import type { Figure } from '../payload.ts'

/** Who answered under a desk's name at one time: a store and the start of a machine. */
export interface Life {
  readonly epoch: string
  readonly boot: string
  readonly at: number
}

/** What a desk's levels say of it that may be an alarm when it lasts. */
export type Condition =
  | 'offline'
  | 'unknown'
  | 'phone-unreachable'
  | 'exchange-away'
  | 'clock-unsynced'
  | 'events-missing'
  | 'under-voltage'
  | 'disk-low'
  | 'disk-read-only'

/** Events that raise an alarm by themselves, without `third-ring.`. */
const tellingEvents: ReadonlySet<string> = new Set([
  'phone.refused',
  'phone.silent',
  'security.refused',
  'journal.incomplete',
  'forwarding.unconfirmed',
  'forwarding.uncovered',
])

/** Events that end what another one began. */
const endingEvents: Readonly<Record<string, (type: string) => boolean>> = {
  'phone.refused': (type) => type === 'phone.back' || type.startsWith('call.'),
  'phone.silent': (type) => type.startsWith('call.'),
  'forwarding.unconfirmed': (type) => type === 'forwarding.on' || type === 'forwarding.off',
  'forwarding.uncovered': (type) => type === 'forwarding.on',
}

/** What the hub remembers of one desk beside what the desk is now. All times are the hub's. */
export interface Signs {
  /** The latest changes between online and offline, newest last. */
  readonly turns: readonly number[]
  /** The latest changes of who it is, newest last. */
  readonly lives: readonly Life[]
  readonly since: Readonly<Partial<Record<Condition, number>>>
  readonly told: Readonly<Record<string, { readonly at: number; readonly data: Readonly<Record<string, Figure>> }>>
  /** Of each of those, the event that raised or ended it last, by its number: one that was asked for and comes late changes nothing that is newer. */
  readonly latest: Readonly<Record<string, { readonly epoch: string; readonly sequence: number }>>
  /** Events since the hub's start that the metrics count, each once, however it came. */
  readonly tally: Readonly<Record<string, number>>
}

export const noSigns: Signs = { turns: [], lives: [], since: {}, told: {}, latest: {}, tally: {} }

/** One message of a desk, taken in. */
export interface Observed {
  readonly before: DeskView | undefined
  readonly desk: DeskView
  readonly news?: NewEvent | undefined
  /** Said just now, and not kept by the broker from before: what it kept may be of another life. */
  readonly live: boolean
  readonly now: number
}

export function observe(signs: Signs, { before, desk, news, live, now }: Observed): Signs {
  const turned = before !== undefined && before.availability !== desk.availability && before.availability !== 'unknown' && desk.availability !== 'unknown'
  return {
    turns: turned ? [...signs.turns, now].slice(-hubLimits.turnsMax) : signs.turns,
    lives: live ? livesOf(signs.lives, saidBy(before, desk, news), desk, now) : signs.lives,
    since: sinceOf(signs.since, desk, now),
    ...(news === undefined ? { told: signs.told, latest: signs.latest, tally: signs.tally } : heardOf(signs, news, now)),
  }
}

/** The epoch that this message was said by; most messages do not say. */
function saidBy(before: DeskView | undefined, { about, state }: DeskView, news: NewEvent | undefined): string | undefined {
  if (about !== before?.about) return about?.epoch ?? undefined
  if (state !== before?.state) return state?.epoch ?? undefined
  return news?.live === true ? news.sequence.epoch : undefined
}

function livesOf(lives: readonly Life[], epoch: string | undefined, { about }: DeskView, now: number): readonly Life[] {
  const last = lives.at(-1)
  if (epoch === undefined) return lives
  const known = lives.findLast((life) => life.epoch === epoch)
  // Of two that alternate only one's `about` is the last; before it has come at all, an epoch is all that is known.
  const boot = about?.epoch === epoch ? (about.boot ?? '') : (known?.boot ?? '')
  if (last?.epoch === epoch && last.boot === boot) return lives
  if (last?.epoch === epoch && last.boot === '') return [...lives.slice(0, -1), { ...last, boot }]
  return [...lives, { epoch, boot, at: now }].slice(-hubLimits.livesMax)
}

function sinceOf(since: Signs['since'], desk: DeskView, now: number): Signs['since'] {
  const entries = conditionsOf(desk).map((condition): [Condition, number] => [condition, since[condition] ?? now])
  const same = entries.length === Object.keys(since).length && entries.every(([condition, at]) => since[condition] === at)
  return same ? since : Object.fromEntries(entries)
}

/** All that is so of a desk now. While it is not online, nothing that it said before is known to be so any more. */
export function conditionsOf({ availability, state, health = {}, missing }: DeskView): readonly Condition[] {
  if (availability === 'offline' || availability === 'unknown') return [availability]
  const free = health['diskFreeBytes']
  const found: readonly (readonly [Condition, boolean])[] = [
    ['phone-unreachable', state?.phone.reachable === false],
    ['exchange-away', health['exchange.answers'] === false || health['exchange.tells'] === false],
    ['clock-unsynced', (state?.clock ?? health['clock']) === 'unsynced'],
    ['events-missing', missing > 0],
    ['under-voltage', health['underVoltage'] === true],
    ['disk-low', typeof free === 'number' && free < hubLimits.diskLowBytes],
    ['disk-read-only', health['diskReadOnly'] === true],
  ]
  return found.flatMap(([condition, so]) => (so ? [condition] : []))
}

function heardOf(signs: Signs, news: NewEvent, now: number): Pick<Signs, 'told' | 'latest' | 'tally'> {
  const { event, sequence, live } = news
  const type = event.type.slice('third-ring.'.length)
  const counter = counterOf(type, event.data)
  const tally = counter === undefined ? signs.tally : { ...signs.tally, [counter]: (signs.tally[counter] ?? 0) + 1 }
  const concerned = [...tellingEvents].filter(
    (began) => (type === began || endingEvents[began]?.(type) === true) && (live || !isLate(signs.latest[began], news)),
  )
  if (concerned.length === 0) return { told: signs.told, latest: signs.latest, tally }
  const here = { epoch: sequence.epoch, sequence: event.sequence }
  const others = Object.entries(signs.told).filter(([began]) => !concerned.includes(began))
  // What was said while the hub was away was not said now: most of it is long over.
  const begun = concerned.includes(type) ? [[type, { at: live ? now : Math.min(now, event.time), data: event.data }] as const] : []
  const latest = { ...signs.latest, ...Object.fromEntries(concerned.map((began) => [began, here])) }
  return { told: Object.fromEntries([...others, ...begun]), latest, tally }
}

function isLate(latest: Signs['latest'][string] | undefined, { event, sequence }: NewEvent): boolean {
  return latest !== undefined && (latest.epoch !== sequence.epoch || latest.sequence > event.sequence)
}

/** Which counter of `/metrics` an event belongs to. */
function counterOf(type: string, data: Readonly<Record<string, Figure>>): string | undefined {
  const incoming = data['direction'] !== 'out'
  if (type === 'call.answered' && incoming) return data['inRule'] === true ? 'answered.yes' : data['inRule'] === false ? 'answered.no' : 'answered.unknown'
  if (type === 'call.missed' && incoming) return 'missed'
  return ['hold.forced', 'hold.overdue', 'callback.opened', 'callback.closed'].includes(type) ? type : undefined
}
