import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { ConfigurationError } from '../errors.ts'
import type { StoreLog } from './store.ts'

/** What the store uses of LevelDB. */
export type Database = Pick<ClassicLevel<string, string>, 'batch' | 'iterator' | 'get' | 'close'>

/** One write within a batch. */
export type Operation = { readonly type: 'put'; readonly key: string; readonly value: string } | { readonly type: 'del'; readonly key: string }

/** A desk writes a few kilobytes a minute; LevelDB's own defaults are for servers. */
const sizes = { writeBufferSize: 1_048_576, cacheSize: 1_048_576 }

/** What had to be done before the database could be used. */
export type Remedy = 'none' | 'repaired' | 'replaced'

/**
 * Opens the database in `directory`, which is made if need be: for its owner alone, because callers' numbers are in it. A damaged one is repaired
 * as far as LevelDB can; one that cannot be repaired is put aside (one such copy is kept) and a new one is begun, because a desk without its past
 * is better than a desk without a helper. `use` reads it; damage that only reading finds is treated alike. Rejects with STORE_FAILED where only a
 * person can help.
 */
export async function openDatabase<Result>(
  directory: string,
  log: StoreLog,
  use: (database: Database, remedy: Remedy) => Promise<Result>,
): Promise<{ readonly database: Database; readonly result: Result }> {
  const location = locationIn(directory)
  const attempt = async (remedy: Remedy) => {
    const database = await openLevel(location)
    try {
      return { database, result: await use(database, remedy) }
    } catch (error) {
      await database.close().catch(() => {})
      throw error
    }
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return await attempt('none')
  } catch (error) {
    if (!isDamaged(error)) throw failure(directory, error)
    log.error({ directory, fault: messageOf(error) }, 'the store is damaged; repairing it')
  }
  try {
    await ClassicLevel.repair(location)
    return await attempt('repaired')
  } catch (error) {
    if (isNoRoom(error)) throw failure(directory, error)
    log.error({ directory, fault: messageOf(error) }, 'the store cannot be repaired; it is put aside as journal.damaged and a new one is begun')
  }
  try {
    await rm(`${location}.damaged`, { recursive: true, force: true })
    await rename(location, `${location}.damaged`)
    return await attempt('replaced')
  } catch (error) {
    throw failure(directory, error)
  }
}

/** Opens the database again after it has failed: nothing is repaired, because the store still knows what belongs in it, and none is begun in its place. */
export function reopenDatabase(directory: string): Promise<Database> {
  return openLevel(locationIn(directory), false)
}

function locationIn(directory: string): string {
  return join(directory, 'journal')
}

async function openLevel(location: string, createIfMissing = true): Promise<Database> {
  const level = new ClassicLevel(location, { ...sizes, createIfMissing })
  await level.open()
  return level
}

/** LevelDB calls a missing, misplaced or unreadable file of its own an I/O error; a full or read-only card is one, too, and no reason to give up the past. */
function isDamaged(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'LEVEL_CORRUPTION' || (code === 'LEVEL_IO_ERROR' && !isNoRoom(error))
}

/** Somebody has to make room, or to let the agent write: nothing in the store is wrong. */
function isNoRoom(error: unknown): boolean {
  return /No space left|Disk quota exceeded|Read-only file system|Permission denied|Too many open files|Cannot allocate memory/.test(messageOf(error))
}

function failure(directory: string, error: unknown): ConfigurationError {
  if (error instanceof ConfigurationError) return error
  if (codeOf(error) === 'LEVEL_LOCKED') {
    return new ConfigurationError(
      'STORE_FAILED',
      `The store in ${directory} is in use by another process. Each desk needs a directory of its own; stop the other agent, or set store.directory.`,
    )
  }
  return new ConfigurationError(
    'STORE_FAILED',
    `The store in ${directory} cannot be opened (${messageOf(error)}). Make it a directory that the agent's user may write, or set store.directory.`,
  )
}

/** LevelDB's own code is on the cause of the error that says only that it did not open. */
function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  return cause?.code ?? code
}

export function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
