import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { ConfigurationError, messageOf } from '../../errors.ts'
import type { StoreLog } from '../../store/store.ts'
import { lacksItsHead, repairDatabase } from './damage.ts'

/** What the record uses of LevelDB: an office's events are gigabytes, of which a page is read at a time. */
export type RecordDatabase = Pick<ClassicLevel<string, string>, 'batch' | 'iterator' | 'get' | 'close'>

const sizes = { writeBufferSize: 8_388_608, cacheSize: 8_388_608 }

/**
 * Opens the database in `directory`, which is made if need be, for its owner alone. A damaged one is repaired as far as LevelDB can; one that cannot be is
 * put aside (one such copy is kept) and a new one is begun: the hub then asks the desks for what they still keep. `use` reads it, and is told whether some
 * of it may be gone; damage that only reading finds is treated alike. Rejects with STORE_FAILED where only a person can help.
 */
export async function openRecordDatabase<Result>(
  directory: string,
  log: StoreLog,
  use: (database: RecordDatabase, isRepaired: boolean) => Promise<Result>,
): Promise<{ readonly database: RecordDatabase; readonly result: Result }> {
  const location = locationIn(directory)
  const attempt = async (isRepaired = false) => {
    const database = await openLevel(location)
    try {
      return { database, result: await use(database, isRepaired) }
    } catch (error) {
      await database.close().catch(() => {})
      throw error
    }
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    if (await lacksItsHead(location)) throw Object.assign(new Error('the file CURRENT is missing'), { code: 'LEVEL_CORRUPTION' })
    return await attempt()
  } catch (error) {
    if (!isDamaged(error)) throw failure(directory, error)
    log.error({ directory, fault: saidOf(error) }, 'the record is damaged; repairing it')
  }
  try {
    await repairDatabase(location)
    return await attempt(true)
  } catch (error) {
    if (isNoRoom(error)) throw failure(directory, error)
    log.error({ directory, fault: saidOf(error) }, 'the record cannot be repaired; it is put aside as record.damaged and a new one is begun')
  }
  try {
    await rm(`${location}.damaged`, { recursive: true, force: true })
    await rename(location, `${location}.damaged`)
    return await attempt()
  } catch (error) {
    throw failure(directory, error)
  }
}

/** Opens it again after it has failed: none is begun in its place. */
export function reopenRecordDatabase(directory: string): Promise<RecordDatabase> {
  return openLevel(locationIn(directory), false)
}

function locationIn(directory: string): string {
  return join(directory, 'record')
}

async function openLevel(location: string, createIfMissing = true): Promise<RecordDatabase> {
  const level = new ClassicLevel(location, { ...sizes, createIfMissing })
  await level.open()
  return level
}

/** LevelDB calls a missing or unreadable file of its own an I/O error; a medium that is full or read-only is one, too, and no reason to give up the record. */
function isDamaged(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'LEVEL_CORRUPTION' || (code === 'LEVEL_IO_ERROR' && !isNoRoom(error))
}

function isNoRoom(error: unknown): boolean {
  return /No space left|Disk quota exceeded|Read-only file system|Permission denied|Too many open files|Cannot allocate memory/.test(saidOf(error))
}

function failure(directory: string, error: unknown): ConfigurationError {
  if (error instanceof ConfigurationError) return error
  const sentence =
    codeOf(error) === 'LEVEL_LOCKED'
      ? `The record in ${directory} is in use by another process. Each hub needs a directory of its own; stop the other one, or set store.directory.`
      : `The record in ${directory} cannot be opened (${saidOf(error)}). Make it a directory that the hub's user may write, or set store.directory.`
  return new ConfigurationError('STORE_FAILED', sentence)
}

/** LevelDB's own code is on the cause of the error that says only that it did not open. */
function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  return cause?.code ?? code
}

/** What LevelDB itself says. */
export function saidOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error)
}
