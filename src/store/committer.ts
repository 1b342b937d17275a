import type { Database, Operation } from './database.ts'
import type { StoreLimits } from './limits.ts'
import type { Medium, Writable } from './medium.ts'

/** One step on its way to the medium. */
interface Pending {
  readonly operations: readonly Operation[]
  readonly bytes: number
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
  /** Whether there is room for another step. */
  takes(): boolean
  /** Resolves when these operations are on the medium, all of them, and `written` was called. Rejects if they had to be given up (`close`). */
  commit(operations: readonly Operation[], written: () => void): Promise<void>
  /** Writes what `extra` has, without a step. */
  flush(): void
  /** Writes what is waiting; gives up what the medium does not take. Closes the medium. */
  close(): Promise<void>
  counters(): { readonly steps: number; readonly batches: number; readonly pendingBytes: number }
}

/** Group commit: while one batch is being flushed, steps pile up and go into the next one together, in order, with one flush for all. */
export function createCommitter<Open extends Writable = Database>(
  medium: Medium<Open>,
  extraOf: (database: Open) => Promise<Extra>,
  limits: StoreLimits,
): Committer {
  const queue: Pending[] = []
  let [pendingBytes, steps, batches] = [0, 0, 0]
  let wanted = false
  let closing = false
  let running: Promise<void> | undefined

  async function work(): Promise<void> {
    // A step that arrives in the same turn of the event loop goes along already.
    await Promise.resolve()
    while (queue.length > 0 || wanted) {
      wanted = false
      if (!(await writeBatch())) break
    }
    running = undefined
  }

  async function writeBatch(): Promise<boolean> {
    const batch = queue.slice(0, limits.stepsPerBatchMax)
    let extra: Extra | undefined
    const written = await medium.write(async (database) => {
      extra = await extraOf(database)
      return [...batch.flatMap((step) => step.operations), ...extra.operations]
    })
    if (!written) return false
    queue.splice(0, batch.length)
    batches += 1
    steps += batch.length
    extra?.written()
    for (const step of batch) {
      pendingBytes -= step.bytes
      step.written()
      step.resolve()
    }
    return true
  }

  return {
    takes: () => pendingBytes < limits.pendingBytesMax,
    commit(operations, written) {
      if (closing) return Promise.reject(new Error('the store is closed'))
      const bytes = operations.reduce((sum, operation) => sum + operation.key.length + (operation.type === 'put' ? operation.value.length : 0), 0)
      pendingBytes += bytes
      return new Promise((resolve, reject) => {
        queue.push({ operations, bytes, written, resolve, reject })
        running ??= work()
      })
    },
    flush() {
      wanted = true
      running ??= work()
    },
    async close() {
      closing = true
      medium.giveUp()
      await running
      for (const step of queue.splice(0)) step.reject(new Error('the store was closed before the step could be written'))
      await medium.close()
    },
    counters: () => ({ steps, batches, pendingBytes }),
  }
}
