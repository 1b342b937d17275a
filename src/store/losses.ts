import type { Loss } from '../agent/ports.ts'
import type { Database, Operation } from './database.ts'
import { keys, parseJson, put, rangeOf } from './records.ts'

/** What the desk has still to tell of, over restarts, one record for each cause and epoch. */
export interface Losses {
  all(): readonly Loss[]
  /** For the batch that is being made: these, together with what was owed already. */
  withMore(more: readonly Loss[]): { readonly operations: readonly Operation[]; readonly written: () => void }
  /** For the batch that tells it. From now on it is not owed; what is added later is owed anew. */
  told(loss: Loss): Operation
}

export function createLosses(start: readonly Loss[]): Losses {
  const owed = new Map(start.map((loss) => [keyOf(loss), loss]))
  return {
    all: () => [...owed.values()],
    withMore(more) {
      const joined = more.map((loss) => join(owed.get(keyOf(loss)), loss))
      return {
        operations: joined.map((loss) => put(keyOf(loss), JSON.stringify(loss))),
        written() {
          // Joined anew: what was owed may have been told since this batch was made.
          for (const loss of more) owed.set(keyOf(loss), join(owed.get(keyOf(loss)), loss))
        },
      }
    },
    told(loss) {
      owed.delete(keyOf(loss))
      return { type: 'del', key: keyOf(loss) }
    },
  }
}

/** Those that were owed when the store was left. One that cannot be read is itself lost. */
export async function readLosses(database: Database): Promise<readonly Loss[]> {
  const losses: Loss[] = []
  for await (const [, value] of database.iterator(rangeOf('loss'))) {
    const loss = parseJson(value) as Loss | undefined
    losses.push(loss ?? { cause: 'damaged' })
  }
  return losses
}

/** One loss out of two of the same cause and epoch. What is not known of one is not known of both. */
export function join(one: Loss | undefined, other: Loss): Loss {
  if (one === undefined) return other
  const { cause, epoch } = other
  const whole = one.count !== undefined && other.count !== undefined ? { count: one.count + other.count } : {}
  const from = Math.min(one.from ?? Number.POSITIVE_INFINITY, other.from ?? Number.POSITIVE_INFINITY)
  const to = Math.max(one.to ?? 0, other.to ?? 0)
  return { cause, ...(epoch === undefined ? {} : { epoch }), ...whole, ...(to === 0 ? {} : { from, to }) }
}

export function keyOf({ cause, epoch }: Loss): string {
  return keys.loss(cause, epoch ?? '')
}
