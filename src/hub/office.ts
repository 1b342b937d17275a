import { hubLimits } from './limits.ts'
import { type AboutPayload, type EventPayload, type Figure, type PresencePayload, readPayload, type StatePayload } from './payload.ts'
import type { Sequence } from './record/gaps.ts'
import { countLive, countOverdue, countReplayed, giveUpOf, type Ledger, lostIn, missingIn, takeWord, type Word } from './record/ledger.ts'

/** One event as the office's log keeps it: contract §4 without the envelope. */
export interface LogEntry {
  /** Counts the entries of this hub's life. */
  readonly n: number
  readonly desk: string
  /** Without `third-ring.`. */
  readonly type: string
  /** When it happened, by the desk's clock. */
  readonly at: number
  readonly data: Readonly<Record<string, Figure>>
}

/** All that the hub knows of one desk. What a desk has not said is absent, never guessed. */
export interface DeskView {
  readonly id: string
  readonly availability: 'online' | 'offline' | 'unknown'
  /** When its last word came, by the hub's clock; absent while all we have is what the broker kept. */
  readonly heardAt?: number
  readonly about?: AboutPayload
  readonly state?: StatePayload
  readonly presence?: PresencePayload
  readonly health?: Readonly<Record<string, Figure>>
  readonly day?: Readonly<Record<string, Figure>>
  readonly previousDay?: Readonly<Record<string, Figure>>
  readonly ledger: Ledger
  /** Events that should have come and have not; that never will; that came twice; payloads that were not what the contract says. */
  readonly missing: number
  readonly lost: number
  readonly repeated: number
  readonly malformed: number
  /** Newest first. */
  readonly events: readonly LogEntry[]
}

/** The office as far as its desks have told it. */
export interface Office {
  readonly desks: ReadonlyMap<string, DeskView>
  /** Newest first. */
  readonly log: readonly LogEntry[]
  readonly entries: number
  /** Messages of desks beyond the limit, and on topics that are none of the contract's. */
  readonly refused: number
  /** What an earlier life of this hub had of desks that have not spoken yet. */
  readonly past: ReadonlyMap<string, Ledger>
  /** Whether all that a desk still keeps is wanted of it, or only what comes from now on. */
  readonly wantsPast: boolean
}

/** One message from the broker. */
export interface DeskMessage {
  readonly desk: string
  /** The topic below the desk's: `state`, `day/previous`. */
  readonly name: string
  readonly payload: Uint8Array
  readonly retained: boolean
  /** The hub's wall time of its arrival, in milliseconds. */
  readonly at: number
}

/** What a watcher must be told. */
export type OfficeChange =
  | { readonly type: 'desk'; readonly desk: DeskView }
  | { readonly type: 'event'; readonly entry: LogEntry }
  | { readonly type: 'gone'; readonly id: string }

/** One event that this hub did not have, with the sequence as it is after it. */
export interface NewEvent {
  readonly desk: string
  readonly sequence: Sequence
  readonly event: EventPayload
  /** Sent of the desk's own accord, and not because it was asked for. */
  readonly live: boolean
}

export interface Taken {
  readonly office: Office
  readonly changes: readonly OfficeChange[]
  readonly news?: NewEvent
}

export const emptyOffice: Office = { desks: new Map(), log: [], entries: 0, refused: 0, past: new Map(), wantsPast: false }

/** The levels that a desk keeps on the broker; a desk that has taken all of them back is gone. */
const levels = {
  availability: 'availability',
  about: 'about',
  state: 'state',
  presence: 'presence',
  health: 'health',
  day: 'day',
  'day/previous': 'previousDay',
} as const
type LevelName = keyof typeof levels

/** Figures that come each minute, for programs to fetch: nobody watches them. */
const figureLevels: ReadonlySet<LevelName> = new Set(['health', 'day', 'day/previous'])

/** The topics below a desk's that the office is made of. */
export const officeTopics: readonly string[] = [...Object.keys(levels), 'event', 'event/replay']
export const eventTopics: ReadonlySet<string> = new Set(['event', 'event/replay'])

/** Takes one message in. Never throws: what is malformed is counted and changes nothing else. */
export function takeMessage(office: Office, message: DeskMessage): Taken {
  const known = office.desks.get(message.desk)
  // The hub's own topics have the form of a desk's.
  if (message.desk === 'hub') return { office, changes: [] }
  const unwelcome = !officeTopics.includes(message.name) || (known === undefined && office.desks.size >= hubLimits.desksMax)
  if (unwelcome) return { office: { ...office, refused: office.refused + 1 }, changes: [] }
  const desk = known ?? newDesk(message.desk, office.past.get(message.desk))
  if (message.name === 'event') return takeEvent(office, desk, message)
  if (message.name === 'event/replay') return takeReplayed(office, desk, message)
  const name = message.name as LevelName
  if (message.payload.length === 0) return takeBack(office, desk, name)
  const level = readLevel(name, message.payload)
  if (level === undefined) return replaceDesk(office, { ...desk, malformed: desk.malformed + 1 })
  const taken = replaceDesk(office, counted({ ...desk, ...level, ...heard(message) }, wordOf(name, level), office))
  return known !== undefined && (figureLevels.has(name) || isBeat(level, known)) ? { ...taken, changes: [] } : taken
}

/** A desk's presence as it comes each minute, saying what it said before. */
function isBeat({ presence }: Partial<DeskView>, known: DeskView): boolean {
  return presence !== undefined && known.presence?.takesCalls === presence.takesCalls && known.presence.substituting === presence.substituting
}

/** Nobody has told of what the desks told of, and it did not come in time: their events are missing from now on. */
export function takeOverdue(office: Office, id: string): Taken {
  return changeLedger(office, id, countOverdue)
}

/** The desk has said that it does not keep these events. */
export function takeLoss(office: Office, id: string, epoch: string, range: readonly [number, number], at: number): Taken {
  return changeLedger(office, id, (ledger) => giveUpOf(ledger, epoch, range, at))
}

/** These desks have not spoken where they should have: how they are is not known. */
export function takeSilence(office: Office, ids: Iterable<string>): Taken {
  let after = office
  const changes: OfficeChange[] = []
  for (const id of ids) {
    const desk = after.desks.get(id) ?? newDesk(id, office.past.get(id))
    if (after.desks.has(id) ? desk.availability === 'unknown' : after.desks.size >= hubLimits.desksMax) continue
    const taken = replaceDesk(after, { ...desk, availability: 'unknown' })
    after = taken.office
    changes.push(...taken.changes)
  }
  return { office: after, changes }
}

function changeLedger(office: Office, id: string, change: (ledger: Ledger) => Ledger): Taken {
  const desk = office.desks.get(id)
  const ledger = desk && change(desk.ledger)
  if (desk === undefined || ledger === undefined || ledger === desk.ledger) return { office, changes: [] }
  return replaceDesk(office, withLedger(desk, ledger))
}

function newDesk(id: string, ledger: Ledger = []): DeskView {
  return withLedger({ id, availability: 'unknown', ledger, missing: 0, lost: 0, repeated: 0, malformed: 0, events: [] }, ledger)
}

function withLedger(desk: DeskView, ledger: Ledger): DeskView {
  return { ...desk, ledger, missing: missingIn(ledger), lost: lostIn(ledger) }
}

/** How far the desk says that it has counted. An older agent may not say it. */
function wordOf(name: LevelName, level: Partial<DeskView>): Word | undefined {
  const { about, state } = level
  if (name === 'state' && state?.epoch && typeof state.sequence === 'number') return { epoch: state.epoch, last: state.sequence }
  if (name !== 'about' || !about?.epoch || typeof about.lastSequence !== 'number') return undefined
  return { epoch: about.epoch, last: about.lastSequence, ...(typeof about.firstSequence === 'number' ? { firstKept: about.firstSequence } : {}) }
}

function counted(desk: DeskView, word: Word | undefined, office: Office): DeskView {
  const ledger = word === undefined ? desk.ledger : takeWord(desk.ledger, word, { past: office.wantsPast })
  return ledger === desk.ledger ? desk : withLedger(desk, ledger)
}

function replaceDesk(office: Office, desk: DeskView): Taken {
  return { office: { ...office, desks: new Map(office.desks).set(desk.id, desk) }, changes: [{ type: 'desk', desk }] }
}

/** The will is the broker's word, not the desk's, but it tells us of the desk now; only what the broker kept from before does not. */
function heard(message: DeskMessage): { heardAt?: number } {
  return message.retained ? {} : { heardAt: message.at }
}

function readLevel(name: LevelName, payload: Uint8Array): Partial<DeskView> | undefined {
  switch (name) {
    case 'availability': {
      const word = Buffer.from(payload).toString('latin1')
      return word === 'online' || word === 'offline' ? { availability: word } : undefined
    }
    case 'about':
    case 'state':
    case 'presence':
      return named(name, readPayload[name](payload))
    case 'health':
    case 'day':
    case 'day/previous':
      return named(levels[name], readPayload.figures(payload))
    default:
      return name satisfies never
  }
}

function named(name: string, value: unknown): Partial<DeskView> | undefined {
  return value === undefined ? undefined : { [name]: value }
}

function takeBack(office: Office, desk: DeskView, name: LevelName): Taken {
  const { [levels[name]]: _gone, ...rest } = desk
  const left: DeskView = { ...rest, availability: name === 'availability' ? 'unknown' : desk.availability }
  const nothingLeft = left.availability === 'unknown' && Object.values(levels).every((level) => level === 'availability' || left[level] === undefined)
  if (!nothingLeft) return replaceDesk(office, left)
  const desks = new Map(office.desks)
  const wasThere = desks.delete(desk.id)
  return { office: { ...office, desks }, changes: wasThere ? [{ type: 'gone', id: desk.id }] : [] }
}

function takeEvent(office: Office, desk: DeskView, message: DeskMessage): Taken {
  const event = message.retained ? undefined : readPayload.event(message.payload)
  if (event === undefined) return replaceDesk(office, { ...desk, malformed: desk.malformed + 1 })
  const { ledger, sequence, news } = countLive(desk.ledger, epochOf(event), event.sequence)
  if (!news) return replaceDesk(office, { ...withLedger(desk, ledger), ...heard(message), repeated: desk.repeated + 1 })
  const entry: LogEntry = {
    n: office.entries + 1,
    desk: desk.id,
    type: event.type.slice('third-ring.'.length),
    at: event.time,
    data: event.data,
  }
  const after: DeskView = { ...withLedger(desk, ledger), ...heard(message), events: [entry, ...desk.events].slice(0, hubLimits.deskEventsMax) }
  const changes: OfficeChange[] = [{ type: 'event', entry }]
  if (after.missing !== desk.missing || !office.desks.has(desk.id)) changes.unshift({ type: 'desk', desk: { ...after, events: desk.events } })
  return {
    office: { ...office, desks: new Map(office.desks).set(desk.id, after), log: [entry, ...office.log].slice(0, hubLimits.officeEventsMax), entries: entry.n },
    changes,
    news: { desk: desk.id, sequence, event, live: true },
  }
}

/** It belongs to the record and to the count, and is no news of this moment: the log and whoever watches it are left alone. */
function takeReplayed(office: Office, desk: DeskView, message: DeskMessage): Taken {
  const event = message.retained ? undefined : readPayload.event(message.payload)
  if (event === undefined) return replaceDesk(office, { ...desk, malformed: desk.malformed + 1 })
  const { ledger, sequence, news } = countReplayed(desk.ledger, epochOf(event), event.sequence)
  const after = news ? { ...withLedger(desk, ledger), ...heard(message) } : { ...desk, ...heard(message), repeated: desk.repeated + 1 }
  const replaced = { ...office, desks: new Map(office.desks).set(desk.id, after) }
  // A thousand of them are no thousand changes for a browser: the count is told when it is down to nothing, and when the desk has answered.
  const changes: OfficeChange[] = news && after.missing === 0 ? [{ type: 'desk', desk: after }] : []
  return { office: replaced, changes, ...(sequence === undefined ? {} : { news: { desk: desk.id, sequence, event, live: false } }) }
}

function epochOf({ id }: EventPayload): string {
  return id.slice(0, id.lastIndexOf('-'))
}
