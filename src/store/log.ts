import assert from 'node:assert/strict'
import type { FileHandle } from 'node:fs/promises'
import type { StoreLimits } from './limits.ts'
import { decodeLine, encodeLine, type Line, linesOf, type Operation } from './lines.ts'
import type { Mark } from './mark.ts'
import { createPlaces, type Place } from './places.ts'
import { keys, numberOfKey } from './records.ts'
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

/** Events that are read with one look at the medium: a few for who sends them one by one, more for who reads all. */
const [eventsPerReadFirst, eventsPerReadMax] = [32, 512]
const isEvent = (key: string): boolean => key.startsWith('event!')

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

interface PendingLine {
  readonly line: Line
  readonly place: Place
}

/** What a segment came to: where what is good in it ends, whether nothing is behind that, and in how many places it is damaged. */
interface LoadedSegment {
  readonly end: number
  readonly clean: boolean
  readonly damaged: number
  readonly size: number
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
  const files = new Map<number, FileHandle>()
  const retired: FileHandle[] = []
  /** Segments that hold nothing but so many events: nothing is gained by rewriting them. */
  const tidied = new Map<number, number>()
  let active: Active | undefined
  let last = 0
  let reading = 0
  /** Why the files cannot be opened for writing, as on a card that is read-only: they are read all the same. */
  let refused: Error | undefined
  let tidying: Promise<void> = Promise.resolve()
  let closed = false

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

  /** Reads a segment; what comes after the last whole batch never was. */
  async function loadSegment(segment: number, isLast: boolean, mark: Mark | undefined): Promise<LoadedSegment> {
    const bytes = await segments.read(segment)
    if (segments.isTidied(segment)) return loadTidied(segment, bytes)
    let pending: PendingLine[] = []
    let held: readonly PendingLine[] = []
    let [end, damaged, doubtful, clean] = [0, 0, 0, true]
    for (const { offset, length, line } of linesOf(bytes)) {
      clean = false
      if (line === undefined) doubtful += 1
      else if (line.type !== 'end') pending.push({ line, place: { segment, offset, length } })
      else {
        // A batch with lines missing was damaged if another follows; its other lines are kept.
        for (const each of held) apply(each.line, each.place)
        damaged += held.length > 0 ? 1 : 0
        const isWhole = doubtful === 0 && line.count === pending.length
        held = isWhole ? [] : pending
        if (isWhole) for (const each of pending) apply(each.line, each.place)
        if (isWhole) [end, clean] = [offset + length + 1, true]
        ;[pending, doubtful] = [[], 0]
      }
    }
    // The last of all may have been cut off, and then never was, unless the mark knows better.
    const rest = [...held, ...pending]
    const isCutOff = isLast && !rest.some(({ line }) => isCovered(line, mark))
    if (isCutOff) return { end, clean, damaged, size: bytes.length }
    for (const each of rest) apply(each.line, each.place)
    return { end: bytes.length, clean, damaged: clean ? damaged : damaged + 1, size: bytes.length }
  }

  function loadTidied(segment: number, bytes: Buffer): LoadedSegment {
    let damaged = 0
    for (const { offset, length, line } of linesOf(bytes)) {
      if (line === undefined) damaged += 1
      else apply(line, { segment, offset, length })
    }
    if (damaged === 0) tidied.set(segment, places.count(segment))
    return { end: bytes.length, clean: true, damaged, size: bytes.length }
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
    if (anew || damagedLines > 0) {
      retire(active?.file)
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
    if (before !== undefined) retire(before.file)
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
    // Opened before its name stands for another file, so that who reads by these places has the file that they are of.
    await fileOf(segment)
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
    retire(files.get(segment))
    files.set(segment, file)
    tidied.set(segment, positions.length)
  }

  async function removeSegment(segment: number): Promise<void> {
    retire(files.get(segment))
    files.delete(segment)
    tidied.delete(segment)
    await segments.remove(segment)
  }

  /** Closes a file as soon as nobody reads. */
  function retire(file: FileHandle | undefined): void {
    if (file !== undefined) retired.push(file)
    if (reading === 0) for (const each of retired.splice(0)) void each.close().catch(() => {})
  }

  async function fileOf(segment: number): Promise<FileHandle> {
    if (segment === active?.segment) return active.file
    const known = files.get(segment)
    if (known !== undefined) return known
    const file = await segments.openForReading(segment)
    const raced = files.get(segment)
    if (raced === undefined) files.set(segment, file)
    else retire(file)
    return raced ?? file
  }

  /** The values at these positions, which are in order; an empty one where it cannot be read. Neighbours are read with one look. */
  async function readAt(positions: readonly number[]): Promise<readonly (readonly [number, string])[]> {
    const found: (readonly [number, string])[] = []
    reading += 1
    try {
      for (let index = 0; index < positions.length; ) {
        const read = await readRun(positions, index)
        found.push(...read)
        index += read.length
      }
    } finally {
      reading -= 1
      retire(undefined)
    }
    return found
  }

  /** The values from this one on that lie one after the other in one segment. */
  async function readRun(positions: readonly number[], index: number): Promise<readonly (readonly [number, string])[]> {
    const first = places.get(positions[index] ?? 0)
    if (first === undefined) return [[positions[index] ?? 0, '']]
    const file = await fileOf(first.segment)
    // The segment may have been rewritten while its file was opened: from here to the read nothing is waited for.
    const run: { readonly position: number; readonly place: Place }[] = []
    for (const position of positions.slice(index)) {
      const place = places.get(position)
      const before = run.at(-1)?.place
      if (place === undefined || place.segment !== first.segment || (before !== undefined && place.offset < before.offset)) break
      run.push({ position, place })
    }
    const [start, end] = [run[0]?.place, run.at(-1)?.place]
    if (start === undefined || end === undefined) return [[positions[index] ?? 0, '']]
    const bytes = Buffer.alloc(end.offset + end.length - start.offset)
    await file.read(bytes, 0, bytes.length, start.offset)
    return run.map(({ position, place }) => {
      const from = place.offset - start.offset
      const line = decodeLine(bytes.subarray(from, from + place.length))
      return [position, line?.type === 'put' && line.key === keys.event(position) ? line.value : '']
    })
  }

  async function* eventsBetween(from: number, to: number): AsyncGenerator<readonly [string, string]> {
    let next = from
    for (let limit = eventsPerReadFirst; ; limit = Math.min(limit * 2, eventsPerReadMax)) {
      const positions = places.between(next, to, limit)
      const end = positions.at(-1)
      if (end === undefined) return
      for (const [position, value] of await readAt(positions)) yield [keys.event(position), value]
      next = end + 1
    }
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
      const { bytes, offsets } = encodeBatch(operations)
      const place = active === undefined || active.offset + bytes.length > active.size ? await rotate(bytes.length) : active
      const { file, offset, segment } = place
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, offset)
      if (bytesWritten < bytes.length) throw new Error('the medium took only a part')
      if (sync) await file.datasync()
      for (const [index, operation] of operations.entries()) {
        const { from = 0, length = 0 } = offsets[index] ?? {}
        apply(operation, { segment, offset: offset + from, length })
      }
      place.offset += bytes.length
    },
    get: (key) => small.get(key),
    iterator(range) {
      const first = range.gte ?? range.gt ?? ''
      if (!isEvent(first)) return smallBetween(range)
      const from = numberOfKey(first) ?? 0
      return eventsBetween(
        range.gt !== undefined && numberOfKey(first) !== undefined ? from + 1 : from,
        (numberOfKey(range.lt) ?? Number.POSITIVE_INFINITY) - 1,
      )
    },
    async close() {
      closed = true
      await tidying
      if (active !== undefined) retired.push(active.file)
      active = undefined
      retired.push(...files.values())
      files.clear()
      await Promise.allSettled(retired.splice(0).map((file) => file.close()))
    },
  }
}

/** Whether a line is of a batch that was on the medium when the mark was made. */
function isCovered(line: Line, mark: Mark | undefined): boolean {
  if (line.type !== 'put' || mark === undefined) return false
  const number = numberOfKey(line.key) ?? Number.POSITIVE_INFINITY
  return isEvent(line.key) ? number <= mark.position : line.key.startsWith('fact!') && number <= mark.fact
}

function isSame(one: Place | undefined, other: Place): boolean {
  return one?.segment === other.segment && one.offset === other.offset
}

/** The bytes of a batch, and where in them each of its lines lies. */
function encodeBatch(lines: readonly Line[]): { readonly bytes: Buffer; readonly offsets: readonly { readonly from: number; readonly length: number }[] } {
  const encoded = lines.map(encodeLine)
  let from = 0
  const offsets = encoded.map((line) => {
    const offset = { from, length: line.length - 1 }
    from += line.length
    return offset
  })
  assert(lines.length > 0, 'a batch has something in it')
  return { bytes: Buffer.concat([...encoded, encodeLine({ type: 'end', count: lines.length })]), offsets }
}
