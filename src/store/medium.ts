import { doubledMs } from '../back-off.ts'
import { messageOf } from '../errors.ts'
import type { Database, Operation } from './database.ts'
import type { StoreLimits } from './limits.ts'
import type { StoreLog } from './store.ts'

/** What a medium asks of its database; the hub's record has another one than the desk's journal. */
export interface Writable {
  batch(operations: Operation[], options: { readonly sync: true }): Promise<void>
  close(): Promise<void>
}

/** The database as something that may stop taking writes (card full, worn out, pulled) and take them again. */
export interface Medium<Open extends Writable = Database> {
  /** Absent while nothing can be read or written. */
  database(): Open | undefined
  /** Makes a batch and writes it, again and again until it is on the medium: `true`. `false` only if it was given up on the way. */
  write(make: (database: Open) => Promise<readonly Operation[]>): Promise<boolean>
  /** From now on a write that fails is not tried again; one that is waiting to be is tried once more, at once. */
  giveUp(): void
  close(): Promise<void>
  fault(): string | undefined
}

export interface MediumOptions<Open extends Writable = Database> {
  readonly database: Open
  /** Why `database` takes nothing from the beginning. It is read until the first attempt to write, some time later, opens it again. */
  readonly fault?: string | undefined
  readonly reopen: () => Promise<Open>
  readonly limits: StoreLimits
  readonly log: StoreLog
}

/**
 * After a write has failed, what reached the medium is not known. So the database is closed, opened again after a while,
 * and the same batch is written again, which changes nothing if it was there already.
 */
export function createMedium<Open extends Writable = Database>({ database: first, fault: knownFault, reopen, limits, log }: MediumOptions<Open>): Medium<Open> {
  let database: Open | undefined = first
  let fault: string | undefined = knownFault
  let isFirst = true
  let failures = 0
  let givenUp = false
  let wakeUp = () => {}

  async function attempt(make: (database: Open) => Promise<readonly Operation[]>): Promise<void> {
    database ??= await reopen()
    const operations = await make(database)
    if (operations.length > 0) await database.batch([...operations], { sync: true })
    if (fault !== undefined) log.info({ failures }, 'the store can be written again')
    fault = undefined
    failures = 0
  }

  async function close(): Promise<void> {
    const open = database
    database = undefined
    // A database that has failed may also fail to close; there is nothing left to lose in it.
    await open?.close().catch(() => {})
  }

  function pause(): Promise<void> {
    failures += 1
    const waitMs = doubledMs(failures, limits.retryFirstMs, limits.retryMaxMs)
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    database: () => database,
    async write(make) {
      if (isFirst && fault !== undefined) {
        if (!givenUp) await pause()
        await close()
      }
      isFirst = false
      for (;;) {
        try {
          await attempt(make)
          return true
        } catch (error) {
          if (fault === undefined) log.error({ fault: messageOf(error) }, 'the store cannot be written; the desk goes on, and its events wait in memory')
          fault = messageOf(error)
        }
        await close()
        if (givenUp) return false
        await pause()
      }
    },
    giveUp() {
      givenUp = true
      wakeUp()
    },
    close,
    fault: () => fault,
  }
}
