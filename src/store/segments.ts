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
  /** Puts these bytes in the place of all that a segment holds, at once or not at all. */
  replace(segment: number, bytes: Buffer): Promise<FileHandle>
  remove(segment: number): Promise<void>
}

export async function openSegments(directory: string): Promise<Segments> {
  // Not with `recursive`: on a full disk Node then says that there is no such directory.
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const path = (segment: number): string => join(directory, `${String(segment).padStart(8, '0')}.log`)

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

  return {
    async list() {
      const names = await readdir(directory)
      for (const name of names.filter((name) => name.endsWith('.tmp'))) await rm(join(directory, name), { force: true, recursive: true }).catch(() => {})
      const numbers = names.flatMap((name) => /^(\d{8})\.log$/.exec(name)?.[1] ?? [])
      return numbers.map(Number).sort((one, other) => one - other)
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
      const temporary = `${path(segment)}.tmp`
      const file = await write(temporary, bytes)
      await rename(temporary, path(segment))
      await syncNames()
      return file
    },
    async remove(segment) {
      await rm(path(segment), { force: true, recursive: true })
    },
  }
}
