import { namePattern } from '../../name-form.ts'
import { hubLimits } from '../limits.ts'
import type { Office } from '../office.ts'
import { type Figure, readPayload } from '../payload.ts'
import { type Cursor, type EventRecord, type RecordedEvent, upToGap } from '../record/record.ts'

/** One event as programs may read it: without what a page may not show, so without a reference to a caller. */
export interface ReadEvent {
  /** The CloudEvent's id, and what `after` is given to go on behind it. */
  readonly id: string
  readonly desk: string
  readonly type: string
  readonly time: string
  readonly clock?: 'unsynced'
  readonly receivedAt: string
  readonly data: Readonly<Record<string, Figure>>
}

export type ReadAnswer =
  | { readonly type: string; readonly body: string }
  | { readonly error: 'BAD_QUERY' | 'UNKNOWN_DESK' | 'UNKNOWN_EVENT' | 'BUSY'; readonly message: string }

const formats = {
  jsonl: { type: 'application/x-ndjson; charset=utf-8', write: (events: readonly ReadEvent[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('') },
  json: { type: 'application/json; charset=utf-8', write: (events: readonly ReadEvent[]) => JSON.stringify({ events }) },
  csv: { type: 'text/csv; charset=utf-8; header=present', write: csvOf },
} as const
type Format = keyof typeof formats

/** Answers `GET /api/events?desk=…` out of the record. */
export function createRecordReader(record: EventRecord, office: () => Office): (query: URLSearchParams) => Promise<ReadAnswer> {
  let reading = 0
  return async (query) => {
    const asked = readQuery(query)
    if ('error' in asked) return asked
    const { desk, after, limit, format, gaps } = asked
    const ledger = office().desks.get(desk)?.ledger ?? record.past.get(desk)
    if (ledger === undefined) return { error: 'UNKNOWN_DESK', message: 'This hub has no events of a desk of that name.' }
    if (reading >= hubLimits.recordReadersMax) return { error: 'BUSY', message: 'Too many are reading the record; try again.' }
    reading += 1
    try {
      const found = await record.read(desk, after, limit)
      if (found === undefined) return { error: 'UNKNOWN_EVENT', message: 'The record does not have the event named by after; begin without it.' }
      const events = (gaps ? found : upToGap(found, after, ledger)).flatMap((event) => readable(desk, event))
      return { type: formats[format].type, body: formats[format].write(events) }
    } finally {
      reading -= 1
    }
  }
}

interface Asked {
  readonly desk: string
  readonly after: Cursor | undefined
  readonly limit: number
  readonly format: Format
  /** Also what stands behind events that are still missing. */
  readonly gaps: boolean
}

function readQuery(query: URLSearchParams): Asked | { readonly error: 'BAD_QUERY'; readonly message: string } {
  const {
    desk,
    after,
    limit = String(hubLimits.recordPageDefault),
    format = 'jsonl',
    gaps = '0',
  } = Object.fromEntries(query) as Record<string, string | undefined>
  const no = (message: string) => ({ error: 'BAD_QUERY' as const, message })
  if (desk === undefined || !namePattern.test(desk)) return no('desk names one desk.')
  const [, epoch, sequence] = /^(.{1,64})-(\d{1,12})$/.exec(after ?? '') ?? []
  if (after !== undefined && epoch === undefined) return no('after is the id of an event.')
  if (!/^\d{1,6}$/.test(limit) || Number(limit) < 1 || Number(limit) > hubLimits.recordPageMax)
    return no(`limit is a number from 1 to ${hubLimits.recordPageMax}.`)
  if (!Object.hasOwn(formats, format)) return no(`format is one of ${Object.keys(formats).join(', ')}.`)
  if (gaps !== '0' && gaps !== '1') return no('gaps is 0 or 1.')
  const cursor = epoch === undefined ? undefined : { epoch, sequence: Number(sequence) }
  return { desk, after: cursor, limit: Number(limit), format: format as Format, gaps: gaps === '1' }
}

function readable(desk: string, { epoch, sequence, receivedAt, json }: RecordedEvent): ReadEvent[] {
  const event = readPayload.event(Buffer.from(json))
  if (event === undefined) return []
  return [
    {
      id: `${epoch}-${sequence}`,
      desk,
      type: event.type,
      time: new Date(event.time).toISOString(),
      ...(event.unsynced ? { clock: 'unsynced' as const } : {}),
      receivedAt: new Date(receivedAt).toISOString(),
      data: event.data,
    },
  ]
}

/** RFC 4180. What a desk wrote stands in quotes, and begins with a brace: no spreadsheet takes it for a formula. */
function csvOf(events: readonly ReadEvent[]): string {
  const lines = events.map(({ id, desk, type, time, clock = '', receivedAt, data }) =>
    [id, desk, type, time, clock, receivedAt, JSON.stringify(data)].map(cell).join(','),
  )
  return ['id,desk,type,time,clock,receivedAt,data', ...lines].map((line) => `${line}\r\n`).join('')
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
