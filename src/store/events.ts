import type { OutboxEvent } from '../agent/ports.ts'
import type { WallTime } from '../desk/time.ts'
import type { Extra } from './committer.ts'
import type { Database, Operation } from './database.ts'
import type { StoreLimits } from './limits.ts'
import { keys, numberOfKey, rangeOf, readEvent } from './records.ts'
import type { Recovered } from './recovery.ts'

/** Which events are on the medium. */
export interface EventRange {
  first(): number
  last(): number
  bytes(): number
  grow(last: number, bytes: number): void
  shrink(first: number, bytes: number): void
}

export function createEventRange(recovered: Recovered): EventRange {
  let { firstSequence, lastSequence, eventBytes } = recovered
  return {
    first: () => firstSequence,
    last: () => lastSequence,
    bytes: () => eventBytes,
    grow(last, bytes) {
      lastSequence = last
      eventBytes += bytes
    },
    shrink(first, bytes) {
      firstSequence = first
      eventBytes -= bytes
    },
  }
}

/** The events after the given number, oldest first. Rejects as the database does. */
export async function readEvents(database: Database, after: number, limit: number): Promise<readonly OutboxEvent[]> {
  const found: OutboxEvent[] = []
  for await (const [key, value] of database.iterator({ ...rangeOf('event'), gt: keys.event(after), limit })) {
    const event = readEvent(numberOfKey(key) ?? -1, value)
    if (event !== undefined) found.push(event)
  }
  return found
}

/** How far the broker has the events. */
export interface Acknowledgement {
  sequence(): number
  move(to: number): void
  /** For the batch that is being made. */
  take(): Extra
  /** Asks for a last flush if something is not written yet. */
  stop(): void
}

/** Goes along with the next step, or by itself after a while. */
export function createAcknowledgement(start: number, limits: StoreLimits, flush: () => void): Acknowledgement {
  let [sequence, written] = [start, start]
  let timer: NodeJS.Timeout | undefined
  return {
    sequence: () => sequence,
    move(to) {
      sequence = Math.max(sequence, to)
      if (sequence > written) timer ??= setTimeout(flush, limits.acknowledgeDelayMs)
    },
    take() {
      clearTimeout(timer)
      timer = undefined
      const taken = sequence
      return {
        operations: taken === written ? [] : [{ type: 'put', key: keys.acknowledged, value: String(taken) }],
        written: () => {
          written = taken
        },
      }
    },
    stop() {
      clearTimeout(timer)
      if (sequence > written) flush()
    },
  }
}

export interface Trimmer {
  /** For the batch that is being made: a few of the events that are no longer kept. */
  take(database: Database): Promise<Extra>
}

/** Throws away acknowledged events that are too old or too many. The newest event always stays: it carries the numbering. */
export function createTrimmer(events: EventRange, limits: StoreLimits, wall: () => WallTime | undefined, acknowledged: () => number): Trimmer {
  let oldest: WallTime | undefined
  return {
    async take(database) {
      const now = wall()
      const tooOld = (at: WallTime) => now !== undefined && at < now - limits.keepMs
      if (events.bytes() <= limits.keepBytesMax && oldest !== undefined && !tooOld(oldest)) return { operations: [], written: () => {} }
      const operations: Operation[] = []
      let [first, bytes] = [events.first(), 0]
      let stays: WallTime | undefined
      const range = { gte: keys.event(first), lt: keys.event(events.last()), limit: limits.trimPerBatchMax + 1 }
      for await (const [key, value] of database.iterator(range)) {
        const sequence = numberOfKey(key) ?? 0
        const event = readEvent(sequence, value)
        stays = event?.wall
        const wanted = event !== undefined && !tooOld(event.wall) && events.bytes() - bytes <= limits.keepBytesMax
        if (wanted || sequence > acknowledged() || operations.length === limits.trimPerBatchMax) break
        operations.push({ type: 'del', key })
        bytes += value.length
        first = sequence + 1
      }
      const written = () => {
        oldest = stays
        events.shrink(first, bytes)
      }
      return { operations, written }
    },
  }
}
