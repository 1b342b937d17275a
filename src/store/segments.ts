import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The files of a log: how they are named, made, read and replaced. Everything here rejects as the file system does, but for what only tidies up. */
export interface Segments {
  /** The numbers of the segments that there are, in order. */
  list(): Promise<readonly number[]>
  /** All bytes of a segment; none where the medium does not give them. */
  read(segment: number): Promise<Buffer>
  openForReading(segment: number): Promise<FileHandle>
  openForWriting(segment: number): Promise<FileHandle>
  /** Makes a segment of these bytes and zeroes up to a size; it is on the medium, and so is its name, when this resolves. */
  create(segment: number, bytes: Buffer, size: number): Promise<FileHandle>
  /** Puts these bytes in the place of all that a segment holds, at once or not at all; from then on it is a tidied one. */
  replace(segment: number, bytes: Buffer): Promise<FileHandle>
  /** Takes off what is behind so many bytes, for good. */
  cut(segment: number, size: number): Promise<void>
  remove(segment: number): Promise<void>
  /** Whether it holds events alone, of which each line stands for itself: its name says so, which no damage to its bytes can change. */
  isTidied(segment: number): boolean
}

export async function openSegments(directory: string): Promise<Segments> {
  // Not with `recursive`: on a full disk Node then says that there is no such directory.
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  return segmentsIn(directory, true)
}

/** The same for somebody who only looks, also beside the process that has them: nothing is made, tidied up or removed, and what would write rejects. */
export function segmentsToRead(directory: string): Segments {
  const turnedDown = (): Promise<never> => Promise.reject(new Error('the log was opened to be read'))
  return { ...segmentsIn(directory, false), openForWriting: turnedDown, create: turnedDown, replace: turnedDown, cut: turnedDown, remove: turnedDown }
}

function segmentsIn(directory: string, tidies: boolean): Segments {
  const tidied = new Set<number>()
  const pathOf = (segment: number, ending: 'log' | 'events'): string => join(directory, `${String(segment).padStart(8, '0')}.${ending}`)
  const path = (segment: number): string => pathOf(segment, tidied.has(segment) ? 'events' : 'log')

  /** A name is on the medium when its directory is (fsync(2)). */
  async function syncNames(): Promise<void> {
    const names = await open(directory, 'r')
    try {
      await names.sync()
    } finally {
      await names.close()
    }
  }

  async function write(name: string, bytes: Buffer): Promise<FileHandle> {
    const file = await open(name, 'w+', 0o600)
    try {
      await file.write(bytes, 0, bytes.length, 0)
      await file.sync()
      return file
    } catch (error) {
      // Half a segment would only take room.
      await file.close().catch(() => {})
      await rm(name, { force: true }).catch(() => {})
      throw error
    }
  }

  async function discard(file: string): Promise<void> {
    if (tidies) await rm(file, { force: true, recursive: true }).catch(() => {})
  }

  return {
    async list() {
      const names = await readdir(directory)
      for (const name of names.filter((name) => name.endsWith('.tmp'))) await discard(join(directory, name))
      const numbers = new Set<number>()
      for (const name of names.sort()) {
        const [, digits, ending] = /^(\d{8})\.(log|events)$/.exec(name) ?? []
        if (digits === undefined) continue
        numbers.add(Number(digits))
        if (ending === 'events') tidied.add(Number(digits))
      }
      // Of one that was being tidied, both may be there: the tidied one is whole.
      for (const segment of tidied) await discard(pathOf(segment, 'log'))
      return [...numbers].sort((one, other) => one - other)
    },
    // What cannot be read is as good as gone; what was in it will be missed.
    read: (segment) => readFile(path(segment)).catch(() => Buffer.alloc(0)),
    openForReading: (segment) => open(path(segment), 'r'),
    openForWriting: (segment) => open(path(segment), 'r+'),
    async create(segment, bytes, size) {
      const file = await write(path(segment), Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length))]))
      await syncNames()
      return file
    },
    async replace(segment, bytes) {
      const temporary = pathOf(segment, 'events').replace(/events$/, 'tmp')
      const file = await write(temporary, bytes)
      await rename(temporary, pathOf(segment, 'events'))
      await syncNames()
      tidied.add(segment)
      await rm(pathOf(segment, 'log'), { force: true }).catch(() => {})
      return file
    },
    async cut(segment, size) {
      const file = await open(path(segment), 'r+')
      try {
        await file.truncate(size)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    async remove(segment) {
      await rm(path(segment), { force: true, recursive: true })
      tidied.delete(segment)
    },
    isTidied: (segment) => tidied.has(segment),
  }
}
