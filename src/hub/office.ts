import { countEvent, missingEvents, type Sequence } from './gaps.ts'
import { hubLimits } from './limits.ts'
import { type AboutPayload, type Figure, type PresencePayload, readPayload, type StatePayload } from './payload.ts'

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
  readonly sequence?: Sequence
  /** Events that should have come and have not; that came twice; payloads that were not what the contract says. */
  readonly missing: number
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

export const emptyOffice: Office = { desks: new Map(), log: [], entries: 0, refused: 0 }

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
export const officeTopics: readonly string[] = [...Object.keys(levels), 'event']

/** Takes one message in. Never throws: what is malformed is counted and changes nothing else. */
export function takeMessage(office: Office, message: DeskMessage): { readonly office: Office; readonly changes: readonly OfficeChange[] } {
  const known = office.desks.get(message.desk)
  // The hub's own topics have the form of a desk's.
  if (message.desk === 'hub') return { office, changes: [] }
  const unwelcome = !officeTopics.includes(message.name) || (known === undefined && office.desks.size >= hubLimits.desksMax)
  if (unwelcome) return { office: { ...office, refused: office.refused + 1 }, changes: [] }
  const desk = known ?? newDesk(message.desk)
  if (message.name === 'event') return takeEvent(office, desk, message)
  const name = message.name as LevelName
  if (message.payload.length === 0) return takeBack(office, desk, name)
  const level = readLevel(name, message.payload)
  if (level === undefined) return replaceDesk(office, { ...desk, malformed: desk.malformed + 1 })
  const taken = replaceDesk(office, { ...desk, ...level, ...heard(message) })
  return figureLevels.has(name) && known !== undefined ? { ...taken, changes: [] } : taken
}

function newDesk(id: string): DeskView {
  return { id, availability: 'unknown', missing: 0, repeated: 0, malformed: 0, events: [] }
}

function replaceDesk(office: Office, desk: DeskView): { office: Office; changes: OfficeChange[] } {
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

function takeBack(office: Office, desk: DeskView, name: LevelName): { office: Office; changes: OfficeChange[] } {
  const { [levels[name]]: _gone, ...rest } = desk
  const left: DeskView = { ...rest, availability: name === 'availability' ? 'unknown' : desk.availability }
  const nothingLeft = left.availability === 'unknown' && Object.values(levels).every((level) => level === 'availability' || left[level] === undefined)
  if (!nothingLeft) return replaceDesk(office, left)
  const desks = new Map(office.desks)
  const wasThere = desks.delete(desk.id)
  return { office: { ...office, desks }, changes: wasThere ? [{ type: 'gone', id: desk.id }] : [] }
}

function takeEvent(office: Office, desk: DeskView, message: DeskMessage): { office: Office; changes: OfficeChange[] } {
  const event = message.retained ? undefined : readPayload.event(message.payload)
  if (event === undefined) return replaceDesk(office, { ...desk, malformed: desk.malformed + 1 })
  const epoch = event.id.slice(0, event.id.lastIndexOf('-'))
  const { sequence, news } = countEvent(desk.sequence, epoch, event.sequence)
  if (!news) return replaceDesk(office, { ...desk, ...heard(message), repeated: desk.repeated + 1 })
  const entry: LogEntry = {
    n: office.entries + 1,
    desk: desk.id,
    type: event.type.slice('third-ring.'.length),
    at: event.time,
    data: event.data,
  }
  const missing = missingEvents(sequence)
  const after: DeskView = { ...desk, ...heard(message), sequence, missing, events: [entry, ...desk.events].slice(0, hubLimits.deskEventsMax) }
  const changes: OfficeChange[] = [{ type: 'event', entry }]
  if (missing !== desk.missing || !office.desks.has(desk.id)) changes.unshift({ type: 'desk', desk: { ...after, events: desk.events } })
  return {
    office: { ...office, desks: new Map(office.desks).set(desk.id, after), log: [entry, ...office.log].slice(0, hubLimits.officeEventsMax), entries: entry.n },
    changes,
  }
}
