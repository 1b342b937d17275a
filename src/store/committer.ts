import type { Database, Operation } from './database.ts'
import { messageOf } from './database.ts'
import type { StoreLimits } from './limits.ts'
import type { StoreLog } from './store.ts'

/** One step on its way to the medium. */
interface Pending {
  readonly operations: readonly Operation[]
  readonly bytes: number
  /** Called when the step is on the medium, before its promise resolves. */
  readonly written: () => void
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** What goes along with the next batch: an acknowledgement, old events to be thrown away. */
export interface Extra {
  readonly operations: readonly Operation[]
  readonly written: () => void
}

export interface Committer {
  /** Resolves when these operations are on the medium, all of them. Rejects if they are turned down (too much is waiting) or given up (`close`). */
  commit(operations: readonly Operation[], bytes: number, written: () => void): Promise<void>
  /** Writes what `extra` has, without a step. */
  flush(): void
  /** The open database; absent while the medium takes nothing. */
  database(): Database | undefined
  /** Writes what is waiting, once; gives up what the medium still does not take. Closes the database. */
  close(): Promise<void>
  counters(): { readonly steps: number; readonly batches: number; readonly pendingBytes: number; readonly fault?: string }
}

export interface CommitterOptions {
  readonly database: Database
  readonly reopen: () => Promise<Database>
  readonly extra: (database: Database) => Promise<Extra>
  readonly limits: StoreLimits
  readonly log: StoreLog
}

/**
 * Group commit: while one batch is being flushed, steps pile up and go into the next one together, in order, with one flush for all. After a write
 * has failed LevelDB takes no more, and what is on the medium is not known; so the database is closed, opened again after a while, and the same
 * batch is written again, which changes nothing if it was there. The order of steps is never broken.
 */
export function createCommitter(options: CommitterOptions): Committer {
  const { limits, log } = options
  const queue: Pending[] = []
  let database: Database | undefined = options.database
  let [pendingBytes, steps, batches, failures] = [0, 0, 0, 0]
  let fault: string | undefined
  let wanted = false
  let running: Promise<void> | undefined
  let closing = false
  let wakeUp = () => {}

  function run(): void {
    running ??= work().finally(() => {
      running = undefined
    })
  }

  async function work(): Promise<void> {
    // A step that arrives in the same turn of the event loop goes along already.
    await Promise.resolve()
    while (queue.length > 0 || wanted) {
      wanted = false
      try {
        await writeBatch()
      } catch (error) {
        if (fault === undefined) log.error({ fault: messageOf(error) }, 'the store cannot be written; the desk goes on, and its events wait in memory')
        fault = messageOf(error)
        wanted = true
        if (closing) return
        await recover()
      }
    }
  }

  async function writeBatch(): Promise<void> {
    database ??= await options.reopen()
    const extra = await options.extra(database)
    const batch = queue.slice(0, limits.stepsPerBatchMax)
    const operations = [...batch.flatMap((step) => step.operations), ...extra.operations]
    if (operations.length > 0) await database.batch(operations, { sync: true })
    queue.splice(0, batch.length)
    if (fault !== undefined) log.info({ failures }, 'the store can be written again')
    fault = undefined
    failures = 0
    batches += 1
    extra.written()
    for (const step of batch) {
      steps += 1
      pendingBytes -= step.bytes
      step.written()
      step.resolve()
    }
  }

  async function recover(): Promise<void> {
    await shut()
    const waitMs = Math.min(limits.retryMaxMs, limits.retryFirstMs * 2 ** failures)
    failures += 1
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function shut(): Promise<void> {
    const open = database
    database = undefined
    // A database that has failed may also fail to close; there is nothing left to lose in it.
    await open?.close().catch(() => {})
  }

  return {
    commit(operations, bytes, written) {
      if (pendingBytes + bytes > limits.pendingBytesMax) return Promise.reject(new Error('the store takes nothing, and too much is waiting for it: the step is lost'))
      pendingBytes += bytes
      return new Promise((resolve, reject) => {
        queue.push({ operations, bytes, written, resolve, reject })
        run()
      })
    },
    flush() {
      wanted = true
      run()
    },
    database: () => database,
    async close() {
      closing = true
      wakeUp()
      await running
      for (const step of queue.splice(0)) step.reject(new Error('the store was closed before the step could be written'))
      await shut()
    },
    counters: () => ({ steps, batches, pendingBytes, ...(fault === undefined ? {} : { fault }) }),
  }
}
