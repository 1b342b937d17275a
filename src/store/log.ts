import type { FileHandle } from 'node:fs/promises'
import { encodeBatch, readBatches, readTidied, type SegmentReading, type Span } from './batch.ts'
import { createEventReader } from './event-reader.ts'
import type { StoreLimits } from './limits.ts'
import type { Line, Operation } from './lines.ts'
import type { Mark } from './mark.ts'
import { createPlaces, type Place } from './places.ts'
import { isEvent, keys, numberOfKey } from './records.ts'
import { openSegments, type Segments, segmentsToRead } from './segments.ts'

/** What the store uses of its database: keys in order, batches that are there whole or not at all. */
export interface Database {
  /** On the medium when this resolves. One at a time; after it has rejected, the database is to be closed and opened again. */
  batch(operations: readonly Operation[], options?: { readonly sync: boolean }): Promise<void>
  get(key: string): string | undefined
  /** All records between the keys, in the order of the keys. The value of an event that cannot be read any more is empty. */
  iterator(range: KeyRange): AsyncIterable<readonly [key: string, value: string]>
  close(): Promise<void>
}

export interface KeyRange {
  readonly gt?: string
  readonly gte?: string
  readonly lt: string
}

export interface OpenedLog {
  readonly database: Database
  /** Lines that are not as they were written, apart from those of a batch that was cut off. */
  readonly damagedLines: number
}

/**
 * A log of batches in segments. Events stay where they were written, and only their places are remembered; all other records are few and small, and are
 * kept in memory as well. Each new segment begins with all of those, so that an older one is needed for its events alone: it is then rewritten
 * with nothing else, and removed when the last of them is gone.
 */
export async function openLog(directory: string, limits: Pick<StoreLimits, 'segmentBytes'>, options: LogOptions = {}): Promise<OpenedLog> {
  const segments = await openSegments(directory)
  const log = createLog(segments, limits)
  // After a fault: whether the medium takes anything is found out before all of it is read.
  if (options.anew === true) await log.probe()
  const damagedLines = await log.load(options)
  return { database: log, damagedLines }
}

/** The log for somebody who only looks: nothing of it is changed, and every batch is turned down. Rejects where there is none. */
export async function readLog(directory: string, options: Pick<LogOptions, 'mark' | 'lastOnly'>): Promise<OpenedLog> {
  const log = createLog(segmentsToRead(directory), { segmentBytes: 0 })
  return { database: log, damagedLines: await log.load(options) }
}

export interface LogOptions {
  /** After a fault of the medium: nothing more is written to the segment in which it happened. */
  readonly anew?: boolean
  /** What was on the medium for certain: a batch of it that is not whole was damaged, not cut off. */
  readonly mark?: Mark | undefined
  /** The last segment alone: it begins with all that is not an event. */
  readonly lastOnly?: boolean
}

interface Log extends Database {
  probe(): Promise<void>
  load(options: LogOptions): Promise<number>
}

interface Active {
  readonly segment: number
  readonly file: FileHandle
  readonly size: number
  offset: number
}

function createLog(segments: Segments, { segmentBytes }: Pick<StoreLimits, 'segmentBytes'>): Log {
  const small = new Map<string, string>()
  const places = createPlaces()
  /** Segments that hold nothing but so many events: nothing is gained by rewriting them. */
  const tidied = new Map<number, number>()
  let active: Active | undefined
  let last = 0
  /** Why the files cannot be opened for writing, as on a card that is read-only: they are read all the same. */
  let refused: Error | undefined
  let tidying: Promise<void> = Promise.resolve()
  let closed = false
  const reader = createEventReader(segments, places, () => active)

  function apply(line: Line, place: Place): void {
    if (line.type === 'all') small.clear()
    if (line.type !== 'put' && line.type !== 'del') return
    const position = isEvent(line.key) ? numberOfKey(line.key) : undefined
    if (position === undefined) {
      if (line.type === 'put') small.set(line.key, line.value)
      else small.delete(line.key)
    } else if (line.type === 'put') places.set(position, place)
    else places.remove(position)
  }

  async function loadSegment(segment: number, isLast: boolean, mark: Mark | undefined): Promise<SegmentReading & { readonly size: number }> {
    const bytes = await segments.read(segment)
    const applyHere = (line: Line, span: Span): void => apply(line, { segment, ...span })
    const isTidied = segments.isTidied(segment)
    const reading = isTidied ? readTidied(bytes, applyHere) : readBatches(bytes, { isLast, mark }, applyHere)
    if (isTidied && reading.damaged === 0) tidied.set(segment, places.count(segment))
    return { ...reading, size: bytes.length }
  }

  /** A log that cannot be written is opened to be read, and turns every batch down. */
  async function orRefused<Result>(work: Promise<Result>): Promise<Result | undefined> {
    try {
      return await work
    } catch (error) {
      refused ??= error as Error
      return undefined
    }
  }

  async function load({ anew = false, mark, lastOnly = false }: LogOptions): Promise<number> {
    let damagedLines = 0
    const list = (await segments.list()).slice(lastOnly ? -1 : 0)
    for (const segment of list) {
      const { end, clean, damaged, size } = await loadSegment(segment, segment === list.at(-1), mark)
      // A batch that was cut off goes for good before another is written: in what comes before the last segment, nothing ever is.
      if (!clean && end < size) await orRefused(segments.cut(segment, end))
      damagedLines += damaged
      last = segment
      const goesOn = clean && damaged === 0 && end > 0 && size > end
      await active?.file.close()
      const file = goesOn ? await orRefused(segments.openForWriting(segment)) : undefined
      active = file === undefined ? undefined : { segment, file, size, offset: end }
    }
    // The first that is kept is known apart: an older segment may not have been removed in time.
    for (const position of places.between(0, Number(small.get(keys.first) ?? 0) - 1, Number.POSITIVE_INFINITY)) places.remove(position)
    // What a flush did not take is not known: nothing is written after it (fsync(2) reports a fault once, and the pages count as written). And where
    // something was damaged, all is written anew.
    if (active !== undefined && (anew || damagedLines > 0)) {
      reader.retire(active.file)
      active = undefined
    }
    return damagedLines
  }

  /** Begins a segment with all that is not an event, and then tidies up the one before. */
  async function rotate(roomFor: number): Promise<Active> {
    const lines = [...small].map(([key, value]): Line => ({ type: 'put', key, value }))
    const snapshot = encodeBatch([{ type: 'all' }, ...lines]).bytes
    const segment = last + 1
    // Twice, so that what it begins with is never most of what is written.
    const size = Math.max(segmentBytes, snapshot.length * 2 + roomFor)
    last = segment
    const file = await segments.create(segment, snapshot, size)
    const before = active
    active = { segment, file, size, offset: snapshot.length }
    if (before !== undefined) reader.retire(before.file)
    tidying = tidying.then(tidy)
    return active
  }

  /** Rewrites each older segment with its events alone, and removes those that have none. What fails is tried again with the next segment. */
  async function tidy(): Promise<void> {
    for (const segment of await segments.list().catch(() => [])) {
      if (closed || segment >= (active?.segment ?? 0)) return
      await tidyOne(segment).catch(() => {})
    }
  }

  async function tidyOne(segment: number): Promise<void> {
    if (places.count(segment) === 0) return removeSegment(segment)
    if (tidied.get(segment) === places.count(segment)) return
    await reader.hold(segment)
    const bytes = await segments.read(segment)
    const positions = places.of(segment)
    const kept = positions.map((position) => ({ position, place: places.get(position) }))
    const lines = kept.map(({ place }) => (place === undefined ? Buffer.alloc(0) : bytes.subarray(place.offset, place.offset + place.length + 1)))
    const file = await segments.replace(segment, Buffer.concat(lines))
    let offset = 0
    for (const [index, { position, place }] of kept.entries()) {
      // One that was removed or moved meanwhile stays so.
      if (place !== undefined && isSame(places.get(position), place)) places.set(position, { segment, offset, length: place.length })
      offset += lines[index]?.length ?? 0
    }
    reader.replace(segment, file)
    tidied.set(segment, positions.length)
  }

  async function removeSegment(segment: number): Promise<void> {
    reader.forget(segment)
    tidied.delete(segment)
    await segments.remove(segment)
  }

  async function* smallBetween({ gt, gte, lt }: KeyRange): AsyncGenerator<readonly [string, string]> {
    const inside = ([key]: readonly [string, string]): boolean => key < lt && (gt === undefined || key > gt) && (gte === undefined || key >= gte)
    yield* [...small].filter(inside).sort(([one], [other]) => (one < other ? -1 : 1))
  }

  return {
    load,
    async probe() {
      const [newest = 0] = (await segments.list()).slice(-1)
      const file = await segments.create(newest + 1, Buffer.alloc(0), segmentBytes)
      await file.close()
      await segments.remove(newest + 1)
    },
    async batch(operations, { sync } = { sync: true }) {
      if (refused !== undefined) throw refused
      const { bytes, spans } = encodeBatch(operations)
      const place = active === undefined || active.offset + bytes.length > active.size ? await rotate(bytes.length) : active
      const { file, offset, segment } = place
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, offset)
      if (bytesWritten < bytes.length) throw new Error('the medium took only a part')
      if (sync) await file.datasync()
      for (const [index, operation] of operations.entries()) {
        const span = spans[index] ?? { offset: 0, length: 0 }
        apply(operation, { segment, offset: offset + span.offset, length: span.length })
      }
      place.offset += bytes.length
    },
    get: (key) => small.get(key),
    iterator(range) {
      const first = range.gte ?? range.gt ?? ''
      if (!isEvent(first)) return smallBetween(range)
      const from = numberOfKey(first) ?? 0
      return reader.between(
        range.gt !== undefined && numberOfKey(first) !== undefined ? from + 1 : from,
        (numberOfKey(range.lt) ?? Number.POSITIVE_INFINITY) - 1,
      )
    },
    async close() {
      closed = true
      await tidying
      const file = active?.file
      active = undefined
      await Promise.allSettled([file?.close(), reader.close()])
    },
  }
}

function isSame(one: Place | undefined, other: Place): boolean {
  return one?.segment === other.segment && one.offset === other.offset
}
