import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Millis } from '../desk/time.ts'
import { parseJson } from './records.ts'

/** How far the database was, said outside it. It may lag behind; it is never ahead of what was on the medium. */
export interface Mark {
  /** The present epoch, and the position after which it begins. */
  readonly epoch: string
  readonly base: number
  /** The last event, as a position, and how far the broker had them. */
  readonly position: number
  readonly acknowledged: number
  /** The last fact. */
  readonly fact: number
}

/** Less than a sector, so that it is written whole or not at all. */
const markBytes = 256
const nameOfMark = 'journal.mark'

/** `undefined` where there is none, or none that can be read. */
export async function readMark(directory: string): Promise<Mark | undefined> {
  const text = await readFile(join(directory, nameOfMark), 'utf8').catch(() => '')
  const body = text.slice(9).trimEnd()
  return text.startsWith(`${checkOf(body)} `) ? (parseJson(body) as Mark | undefined) : undefined
}

function checkOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}

export interface Marker {
  /** Something more is on the medium. It is written down after a while, without a flush. */
  touch(): void
  /** Writes what is so now, without a flush. Never rejects. */
  write(): Promise<void>
  /** Writes what is so now, with a flush. */
  close(): Promise<void>
}

/**
 * A file of one line beside the database. A log whose end was lost looks like one that was cut off by a power cut, and is taken as it is: numbers would
 * be given twice, and consumers would take new events for old ones. This file tells the two apart. It is written in place after what it speaks of is
 * safe (`markNow` says nothing before); the kernel brings it to the medium in its own time, so that it costs no flush. A file that cannot be written
 * costs nothing but that.
 */
export function createMarker(directory: string, markNow: () => Mark | undefined, delayMs: Millis): Marker {
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  async function write(flush: boolean): Promise<void> {
    const path = join(directory, nameOfMark)
    const mark = markNow()
    if (mark === undefined) return
    try {
      // Opened each time: a file that is held open keeps a card that has failed from being mounted again.
      const file = await open(path, 'r+').catch(() => open(path, 'w+', 0o600))
      try {
        const body = JSON.stringify(mark)
        await file.write(`${`${checkOf(body)} ${body}`.padEnd(markBytes - 1)}\n`, 0)
        if (flush) await file.datasync()
      } finally {
        await file.close()
      }
    } catch {
      // A medium that takes nothing; the store says so itself.
    }
  }

  const enqueue = (flush: boolean): Promise<void> => {
    timer = undefined
    writing = writing.then(() => write(flush))
    return writing
  }

  return {
    touch() {
      timer ??= setTimeout(() => void enqueue(false), delayMs)
    },
    write: () => enqueue(false),
    async close() {
      clearTimeout(timer)
      await enqueue(true)
    },
  }
}
