import { hubLimits } from '../limits.ts'
import type { Sequence } from './gaps.ts'
import { type Ledger, missingIn } from './ledger.ts'

/** One event as the record keeps it. */
export interface RecordedEvent {
  readonly epoch: string
  readonly sequence: number
  /** The hub's wall time of its arrival, in milliseconds. */
  readonly receivedAt: number
  /** The CloudEvent, the same bytes that the desk sent. */
  readonly json: string
}

/** The place of one event. */
export type Cursor = Pick<RecordedEvent, 'epoch' | 'sequence'>

export interface RecordHealth {
  /** Why the medium takes nothing at present. */
  readonly fault?: string
  readonly pendingBytes: number
  /** Since the start. */
  readonly written: number
}

/** The events of all desks as they came, and how far each desk's count has got: what a hub must know to lose nothing over its own restart. */
export interface EventRecord {
  readonly durable: boolean
  /** What an earlier life of this hub left. */
  readonly past: ReadonlyMap<string, Ledger>
  /** When the last event of each of those desks came. */
  readonly heardAt: ReadonlyMap<string, number>
  /** Whether there is room for another event; where there is none, it is as good as lost, and asked for again later. */
  takes(): boolean
  /** Resolves when the event, and the count that includes it, are on the medium. Never rejects. */
  write(desk: string, sequence: Sequence, event?: RecordedEvent): Promise<void>
  /** Events of one desk behind the given one, in order; epochs as they were first heard of. `undefined` where the cursor's epoch is not known. */
  read(desk: string, after: Cursor | undefined, limit: number): Promise<readonly RecordedEvent[] | undefined>
  /** Throws away a few of what has been kept for long enough; `now` is wall time. Resolves when there is nothing left to throw away. */
  sweep(now: number): Promise<void>
  health(): RecordHealth
  close(): Promise<void>
}

/**
 * The events up to the first that is missing: a reader that goes on behind the last it was given has each event once, in order, whatever comes late. It
 * does not go on to the next epoch either while the one before is not whole.
 */
export function upToGap(events: readonly RecordedEvent[], after: Cursor | undefined, ledger: Ledger): readonly RecordedEvent[] {
  if (missingIn(ledger) === 0) return events
  const gaps = new Map(ledger.flatMap(({ epoch, missing: [first] }) => (first === undefined ? [] : [[epoch, first[0]] as const])))
  const end = events.findIndex(({ epoch, sequence }, index) => {
    const before = index > 0 ? events[index - 1]?.epoch : after?.epoch
    return sequence > (gaps.get(epoch) ?? Number.POSITIVE_INFINITY) || (before !== undefined && before !== epoch && gaps.has(before))
  })
  return end < 0 ? events : events.slice(0, end)
}

/** The record without a directory: the last events of each desk, for as long as the hub runs. */
export function createMemoryRecord(): EventRecord {
  const desks = new Map<string, RecordedEvent[]>()
  let written = 0
  return {
    durable: false,
    past: new Map(),
    heardAt: new Map(),
    takes: () => true,
    async write(desk, _sequence, event) {
      if (event === undefined) return
      const events = desks.get(desk) ?? []
      desks.set(desk, events)
      written += 1
      const behind = events.findLastIndex(({ epoch, sequence }) => epoch === event.epoch && sequence < event.sequence)
      const first = events.findIndex(({ epoch }) => epoch === event.epoch)
      events.splice(behind >= 0 ? behind + 1 : first >= 0 ? first : events.length, 0, event)
      if (events.length > hubLimits.memoryEventsMax) events.shift()
    },
    async read(desk, after, limit) {
      const events = desks.get(desk) ?? []
      if (after === undefined) return events.slice(0, limit)
      const sameEpoch = events.filter(({ epoch }) => epoch === after.epoch)
      if (sameEpoch.length === 0) return undefined
      const next = events.findIndex(({ epoch, sequence }) => epoch === after.epoch && sequence > after.sequence)
      const from = next >= 0 ? next : events.lastIndexOf(sameEpoch.at(-1) as RecordedEvent) + 1
      return events.slice(from, from + limit)
    },
    sweep: async () => {},
    health: () => ({ pendingBytes: 0, written }),
    close: async () => {},
  }
}
