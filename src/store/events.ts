import type { Loss, StoredEvent } from '../agent/ports.ts'
import type { WallTime } from '../desk/time.ts'
import type { Extra } from './committer.ts'
import type { Database, Operation } from './database.ts'
import { after, type Epoch, epochAt, lengthOf, lossesOf, type Range } from './epochs.ts'
import type { StoreLimits } from './limits.ts'
import { keys, numberOfKey, put, rangeOf, readEvent } from './records.ts'
import type { RecoveredEvents } from './recover-events.ts'

/** Which events are on the medium. All numbers are positions. */
export interface EventRange {
  readonly epochs: readonly Epoch[]
  first(): number
  last(): number
  bytes(): number
  /** How many there are after a position. */
  countAfter(position: number): number
  grow(last: number, bytes: number): void
  shrink(first: number, bytes: number): void
}

export function createEventRange({ epochs, first: firstFound, last: lastFound, bytes: bytesFound, holes: holesFound }: RecoveredEvents): EventRange {
  let [first, last, bytes, holes] = [firstFound, lastFound, bytesFound, holesFound]
  return {
    epochs,
    first: () => first,
    last: () => last,
    bytes: () => bytes,
    countAfter: (position) => last - Math.min(last, Math.max(position, first - 1)) - lengthOf(after(holes, position)),
    grow(to, more) {
      last = to
      bytes += more
    },
    shrink(to, less) {
      first = to
      bytes -= less
      holes = after(holes, first - 1)
    },
  }
}

/** The events at these positions, oldest first, at most `limit`; those that have become unreadable are left out and named. Rejects as the database does. */
export async function readEvents(
  database: Database,
  epochs: readonly Epoch[],
  { from, to }: Range,
  limit: number,
  unreadable: (position: number) => void,
): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = []
  if (limit <= 0 || to < from) return found
  for await (const [key, value] of database.iterator({ gte: keys.event(from), lt: rangeOf('event').lt })) {
    const position = numberOfKey(key) ?? 0
    if (position > to) break
    const event = readEvent(value)
    if (event === undefined) unreadable(position)
    if (event !== undefined && 'json' in event) found.push({ position, sequence: position - epochAt(epochs, position).base, ...event })
    if (found.length === limit) break
  }
  return found
}

/** How far the broker has the events, as a position. */
export interface Acknowledgement {
  position(): number
  move(to: number): void
  /** For the batch that is being made, in which the events up to a position may be given up. */
  take(givenUpThrough: number): Extra
  /** Asks for a last flush if something is not written yet. */
  stop(): void
}

/** Goes along with the next step, or by itself after a while. */
export function createAcknowledgement(start: number, limits: StoreLimits, flush: () => void): Acknowledgement {
  let [position, written] = [start, start]
  let timer: NodeJS.Timeout | undefined
  return {
    position: () => position,
    move(to) {
      position = Math.max(position, to)
      if (position > written) timer ??= setTimeout(flush, limits.acknowledgeDelayMs)
    },
    take(givenUpThrough) {
      clearTimeout(timer)
      timer = undefined
      const taken = Math.max(position, givenUpThrough)
      return {
        operations: taken === written ? [] : [put(keys.acknowledged, String(taken))],
        written: () => {
          written = taken
          position = Math.max(position, taken)
        },
      }
    },
    stop() {
      clearTimeout(timer)
      if (position > written) flush()
    },
  }
}

/** A few of the events that are no longer kept, and what of them the broker never had. */
export interface Trimmed extends Extra {
  readonly givenUpThrough: number
  readonly losses: readonly Loss[]
}

export interface Trimmer {
  /** For the batch that is being made. */
  take(database: Database): Promise<Trimmed>
}

/**
 * Throws away acknowledged events that are too old or too many; and where all that is kept is unsent and still too much, the oldest of it, of which the desk
 * will have to tell. The newest record always stays: it carries the numbering.
 */
export function createTrimmer(events: EventRange, limits: StoreLimits, wall: () => WallTime | undefined, acknowledged: () => number): Trimmer {
  let oldest: WallTime | undefined
  return {
    async take(database) {
      const now = wall()
      const tooOld = (at: WallTime) => now !== undefined && at < now - limits.keepMs
      const idle = events.bytes() <= limits.keepBytesMax && oldest !== undefined && !tooOld(oldest)
      if (idle) return { operations: [], written: () => {}, givenUpThrough: 0, losses: [] }
      const operations: Operation[] = []
      const lost: Range[] = []
      let [first, bytes] = [events.first(), 0]
      let stays: WallTime | undefined
      for await (const [key, value] of database.iterator({ gte: keys.event(first), lt: keys.event(events.last()) })) {
        const position = numberOfKey(key) ?? 0
        const record = readEvent(value)
        const event = record !== undefined && 'wall' in record ? record : undefined
        const through = record !== undefined && 'lostThrough' in record ? record.lostThrough : position
        stays = event?.wall
        const unsent = through > acknowledged()
        const tooMuch = events.bytes() - bytes > (unsent ? limits.unsentBytesMax : limits.keepBytesMax)
        // What holds no event of its own goes with its neighbours.
        const goes = tooMuch || (!unsent && (event === undefined || tooOld(event.wall)))
        if (!goes || through >= events.last() || operations.length === limits.trimPerBatchMax) break
        operations.push({ type: 'del', key })
        if (event !== undefined) bytes += value.length
        if (event !== undefined && unsent) lost.push({ from: position, to: position })
        first = through + 1
      }
      if (first > events.first()) operations.push(put(keys.first, String(first)))
      const written = () => {
        oldest = stays
        events.shrink(first, bytes)
      }
      return { operations, written, givenUpThrough: lost.at(-1)?.to ?? 0, losses: lossesOf('outage', lost, events.epochs) }
    },
  }
}
