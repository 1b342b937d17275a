import type { FileHandle } from 'node:fs/promises'
import { decodeLine } from './lines.ts'
import type { Place, Places } from './places.ts'
import { keys } from './records.ts'
import type { Segments } from './segments.ts'

/** Events that are read with one look at the medium: a few for who sends them one by one, more for who reads all. */
const [eventsPerReadFirst, eventsPerReadMax] = [32, 512]

/** Reads events where they were written, from files that stay open until nobody needs them. */
export interface EventReader {
  /** The events from one position to another, in order, as key and value; an empty value where it cannot be read. */
  between(from: number, to: number): AsyncIterable<readonly [key: string, value: string]>
  /** Opens a segment's file now, before its name stands for another one: who reads by the present places has the file that they are of. */
  hold(segment: number): Promise<void>
  /** The events of this segment are in another file from now on. */
  replace(segment: number, file: FileHandle): void
  /** The segment is gone. */
  forget(segment: number): void
  /** Closes a file as soon as nobody reads. */
  retire(file: FileHandle): void
  /** Closes all that it has open. */
  close(): Promise<void>
}

/** `active` is the segment that is written to: it is read from the same file. */
export function createEventReader(
  segments: Pick<Segments, 'openForReading'>,
  places: Pick<Places, 'between' | 'get'>,
  active: () => { readonly segment: number; readonly file: FileHandle } | undefined,
): EventReader {
  const files = new Map<number, FileHandle>()
  const retired: FileHandle[] = []
  let reading = 0

  function closeRetired(): void {
    if (reading === 0) for (const each of retired.splice(0)) void each.close().catch(() => {})
  }

  function retire(file: FileHandle): void {
    retired.push(file)
    closeRetired()
  }

  function forget(segment: number): void {
    const file = files.get(segment)
    files.delete(segment)
    if (file !== undefined) retire(file)
  }

  async function fileOf(segment: number): Promise<FileHandle> {
    const present = active()
    if (segment === present?.segment) return present.file
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
      closeRetired()
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

  return {
    async *between(from, to) {
      let next = from
      for (let limit = eventsPerReadFirst; ; limit = Math.min(limit * 2, eventsPerReadMax)) {
        const positions = places.between(next, to, limit)
        const end = positions.at(-1)
        if (end === undefined) return
        for (const [position, value] of await readAt(positions)) yield [keys.event(position), value]
        next = end + 1
      }
    },
    async hold(segment) {
      await fileOf(segment)
    },
    replace(segment, file) {
      forget(segment)
      files.set(segment, file)
    },
    forget,
    retire,
    async close() {
      retired.push(...files.values())
      files.clear()
      await Promise.allSettled(retired.splice(0).map((file) => file.close()))
    },
  }
}
