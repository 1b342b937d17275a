import { messageOf } from '../errors.ts'
import type { Database, Operation } from './database.ts'

/** What was found when a store was opened, on its way to the medium. */
export interface Begun {
  /** To be read until it is opened anew; written only where there is no fault. */
  readonly database: Database
  /** Why the medium takes nothing. */
  readonly fault?: string
  readonly reopen: () => Promise<Database>
  /** Whether what was found is on the medium: until then nothing that rests on it is, and no mark may speak of it. */
  isSettled(): boolean
}

export interface Beginning {
  readonly database: Database
  /** What the opening has to write, always the same. */
  readonly repairs: readonly Operation[]
  /** Opens the database again; before it is settled with all that was known at the first opening. */
  readonly reopen: (settled: boolean) => Promise<Database>
}

/** A card that is full, read-only or worn out. It may take writes again; with anything else (no right to write there) only a person can help. */
const passing: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']

/**
 * Writes what was found. On a medium that can be read and takes nothing, the store begins all the same, with its past and its numbers: lamp and hold need no
 * disk. What was found then is written first of all, as part of opening it again, and everything else after it. Rejects where only a person can help.
 */
export async function begin({ database, repairs, reopen }: Beginning): Promise<Begun> {
  let settled = false

  async function settle(opened: Database): Promise<void> {
    await opened.batch(repairs, { sync: true })
    settled = true
  }

  const begun = {
    database,
    isSettled: () => settled,
    async reopen() {
      const opened = await reopen(settled)
      if (settled) return opened
      try {
        await settle(opened)
        return opened
      } catch (error) {
        await opened.close().catch(() => {})
        throw error
      }
    },
  }
  try {
    await settle(database)
    return begun
  } catch (error) {
    if (!passing.includes((error as NodeJS.ErrnoException).code)) throw error
    return { ...begun, fault: messageOf(error) }
  }
}
