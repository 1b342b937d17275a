import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError, messageOf } from '../errors.ts'
import type { StoreLimits } from './limits.ts'
import { lockDirectory } from './lock.ts'
import { type Database, type OpenedLog, openLog } from './log.ts'
import type { Mark } from './mark.ts'
import { migrate } from './migrate.ts'

export type { Operation } from './lines.ts'
export type { Database } from './log.ts'

export interface OpenedDatabase extends OpenedLog {
  /** Lets another process have the directory. */
  readonly release: () => Promise<void>
}

/**
 * Opens the database in `directory`, which is made if need be: for its owner alone, because callers' numbers are in it. Whatever its files hold, it opens:
 * what can be read is there. Rejects with STORE_FAILED where only a person can help.
 */
export async function openDatabase(directory: string, limits: Pick<StoreLimits, 'segmentBytes'>, mark: Mark | undefined): Promise<OpenedDatabase> {
  let release: (() => Promise<void>) | undefined
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    release = await lockDirectory(directory)
    if (release === undefined) throw inUse(directory)
    await migrate(directory, limits)
    return { ...(await openLog(locationIn(directory), limits, { mark })), release }
  } catch (error) {
    await release?.()
    throw error instanceof ConfigurationError ? error : failure(directory, error)
  }
}

/** Opens the database again after it has failed; with the mark of the first opening for as long as what that one found is not on the medium. */
export async function reopenDatabase(directory: string, limits: Pick<StoreLimits, 'segmentBytes'>, mark?: Mark): Promise<Database> {
  const { database } = await openLog(locationIn(directory), limits, { anew: true, mark })
  return database
}

export function locationIn(directory: string): string {
  return join(directory, 'log')
}

function inUse(directory: string): ConfigurationError {
  return new ConfigurationError(
    'STORE_FAILED',
    `The store in ${directory} is in use by another process. Each desk needs a directory of its own; stop the other agent, or set store.directory.`,
  )
}

export function failure(directory: string, error: unknown): ConfigurationError {
  return new ConfigurationError(
    'STORE_FAILED',
    `The store in ${directory} cannot be opened (${messageOf(error)}). ` +
      "Make it a directory that the agent's user may write, with some room, or set store.directory.",
  )
}
