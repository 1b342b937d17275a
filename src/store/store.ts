import assert from 'node:assert/strict'
import type { OutboxEvent, Store, StoreStep } from '../agent/ports.ts'
import type { WallTime } from '../desk/time.ts'
import { createCommitter, type Extra } from './committer.ts'
import { type Database, openDatabase, type Operation } from './database.ts'
import { type StoreLimits, storeLimits } from './limits.ts'
import { keys, numberOfKey, rangeOf, readEvent, writeEvent, writeFact } from './records.ts'
import { type Recovered, recover } from './recovery.ts'

/** The part of pino's logger that the store uses. */
export interface StoreLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface StoreOptions {
  /** For this desk alone; it is made if need be. */
  readonly directory: string
  readonly log: StoreLog
  /** For the age of events; `undefined` while the clock is not to be trusted: then nothing is thrown away for its age. */
  readonly wall: () => WallTime | undefined
  readonly limits?: Partial<StoreLimits>
  /** How the database is opened: for tests of a medium that fails. */
  readonly open?: (directory: string, log: StoreLog) => Promise<Database>
}

/** The journal and outbox of `ports.ts`, and what drivers want to know next time (how a model of phone takes hold). */
export interface JournalStore extends Store {
  /** The value is on the medium when this resolves; the store keeps a few small ones. */
  remember(key: string, value: unknown): Promise<void>
  /** What was last remembered, also if it is still on its way to the medium. */
  recall(key: string): unknown
  health(): StoreHealth
}

export interface StoreHealth {
  readonly unsent: number
  /** Of the events that are kept, in characters. */
  readonly eventBytes: number
  readonly steps: number
  readonly batches: number
  /** Steps that wait for the medium. */
  readonly pendingBytes: number
  /** What was wrong with the store when it was opened; each was logged. */
  readonly inconsistencies: number
  /** Why the medium takes nothing at present. */
  readonly fault?: string
}

/**
 * Opens the store of one desk. Rejects with a ConfigurationError (STORE_FAILED) if the directory cannot be written, or another process has it.
 * A medium that fails later is not an error of anybody's here: steps wait in memory, `health().fault` says why, and they are written as soon as
 * it takes them. `append` rejects only when too much is waiting, or when the store was closed before.
 */
export async function openStore(options: StoreOptions): Promise<JournalStore> {
  const { directory, log } = options
  const open = () => (options.open ?? openDatabase)(directory, log)
  const database = await open()
  const recovered = await recoverOrClose(database)
  for (const fault of recovered.inconsistencies) log.error({ fault }, 'the store is not as it was left; what is good in it is kept')
  return createStore(database, recovered, { ...storeLimits, ...options.limits }, { log, wall: options.wall, open })
}

async function recoverOrClose(database: Database): Promise<Recovered> {
  try {
    const recovered = await recover(database)
    await database.batch([...recovered.repairs], { sync: true })
    return recovered
  } catch (error) {
    await database.close()
    throw error
  }
}

interface Deps {
  readonly log: StoreLog
  readonly wall: () => WallTime | undefined
  readonly open: () => Promise<Database>
}

function createStore(first: Database, recovered: Recovered, limits: StoreLimits, { log, wall, open }: Deps): JournalStore {
  const memory = new Map(recovered.memory)
  const acknowledgement = createAcknowledgement(recovered.acknowledged, limits, () => committer.flush())
  const events = createEventRange(recovered)
  const facts = createFactNumbers(recovered)
  const trimmer = createTrimmer(events, limits, wall, () => acknowledgement.sequence())
  let numbered = recovered.lastSequence
  let closed: Promise<void> | undefined

  const committer = createCommitter({ database: first, reopen: open, limits, log, extra: extraOf })

  async function extraOf(database: Database): Promise<Extra> {
    const acknowledged = acknowledgement.take()
    const trimmed = await trimmer.take(database)
    return {
      operations: [...acknowledged.operations, ...trimmed.operations],
      written: () => {
        acknowledged.written()
        trimmed.written()
      },
    }
  }

  return {
    epoch: recovered.epoch,
    past: recovered.past,
    get lastSequence() {
      return events.last()
    },
    get firstSequence() {
      return events.first()
    },
    get acknowledged() {
      return acknowledgement.sequence()
    },
    async append(step: StoreStep) {
      assert(closed === undefined, 'nothing is appended to a closed store')
      const stepEvents = step.events ?? []
      for (const event of stepEvents) {
        assert(event.sequence === numbered + 1, `event ${event.sequence} does not follow ${numbered}`)
        numbered = event.sequence
      }
      const texts = stepEvents.map((event) => ({ key: keys.event(event.sequence), value: writeEvent(event) }))
      const operations: Operation[] = [...texts.map((text) => ({ type: 'put' as const, ...text })), ...facts.operations(step)]
      const bytes = operations.reduce((sum, operation) => sum + operation.key.length + (operation.type === 'put' ? operation.value.length : 0), 0)
      const eventBytes = texts.reduce((sum, text) => sum + text.value.length, 0)
      await committer.commit(operations, bytes, () => events.grow(stepEvents.at(-1)?.sequence, eventBytes))
    },
    async eventsAfter(sequence, limit) {
      const database = committer.database()
      return database === undefined ? [] : readEvents(database, sequence, limit, log)
    },
    acknowledge(sequence) {
      assert(sequence <= events.last(), `event ${sequence} was acknowledged before it was written`)
      acknowledgement.move(sequence)
    },
    async remember(key, value) {
      const text = JSON.stringify(value)
      assert(key.length > 0 && key.length <= limits.memoryKeyLengthMax && text.length <= limits.memoryValueLengthMax, 'only small things are remembered')
      assert(memory.has(key) || memory.size < limits.memoryKeysMax, 'only a few things are remembered')
      memory.set(key, JSON.parse(text))
      await committer.commit([{ type: 'put', key: keys.memory(key), value: text }], key.length + text.length, () => {})
    },
    recall: (key) => memory.get(key),
    health: () => ({
      unsent: events.last() - acknowledgement.sequence(),
      eventBytes: events.bytes(),
      inconsistencies: recovered.inconsistencies.length,
      ...committer.counters(),
    }),
    close() {
      acknowledgement.stop()
      closed ??= committer.close()
      return closed
    },
  }
}

/** A read that fails finds nothing now; the medium's state is told by the writes. */
async function readEvents(database: Database, after: number, limit: number, log: StoreLog): Promise<readonly OutboxEvent[]> {
  const found: OutboxEvent[] = []
  try {
    for await (const [key, value] of database.iterator({ ...rangeOf('event'), gt: keys.event(after), limit })) {
      const event = readEvent(numberOfKey(key) ?? -1, value)
      if (event !== undefined) found.push(event)
    }
  } catch (error) {
    log.error({ fault: error instanceof Error ? error.message : String(error) }, 'events cannot be read back')
  }
  return found
}

/** Which events are on the medium. */
function createEventRange(recovered: Recovered) {
  let { firstSequence, lastSequence, eventBytes } = recovered
  return {
    first: () => firstSequence,
    last: () => lastSequence,
    bytes: () => eventBytes,
    grow(last: number | undefined, bytes: number) {
      lastSequence = last ?? lastSequence
      eventBytes += bytes
    },
    shrink(first: number, bytes: number) {
      firstSequence = first
      eventBytes -= bytes
    },
  }
}

/** Numbers the facts of the journal. The facts of a step that has a checkpoint are in that checkpoint, as all before them. */
function createFactNumbers(recovered: Recovered) {
  let { firstFact, lastFact } = recovered
  return {
    operations({ facts = [], checkpoint }: StoreStep): Operation[] {
      if (checkpoint === undefined) {
        return facts.map((fact) => {
          lastFact += 1
          return { type: 'put', key: keys.fact(lastFact), value: writeFact(lastFact, fact) }
        })
      }
      const operations: Operation[] = [{ type: 'put', key: keys.checkpoint, value: JSON.stringify({ factsThrough: lastFact, checkpoint }) }]
      for (; firstFact <= lastFact; firstFact += 1) operations.push({ type: 'del', key: keys.fact(firstFact) })
      return operations
    },
  }
}

/** How far the broker has the events. Goes along with the next step, or by itself after a while. */
function createAcknowledgement(start: number, limits: StoreLimits, flush: () => void) {
  let [sequence, written] = [start, start]
  let timer: NodeJS.Timeout | undefined
  return {
    sequence: () => sequence,
    move(to: number) {
      sequence = Math.max(sequence, to)
      if (sequence > written) timer ??= setTimeout(flush, limits.acknowledgeDelayMs)
    },
    take(): Extra {
      clearTimeout(timer)
      timer = undefined
      const taken = sequence
      return {
        operations: taken === written ? [] : [{ type: 'put', key: keys.acknowledged, value: String(taken) }],
        written: () => {
          written = taken
        },
      }
    },
    stop() {
      clearTimeout(timer)
      if (sequence > written) flush()
    },
  }
}

/** Throws away acknowledged events that are too old or too many, a few with each batch. The newest event always stays: it carries the numbering. */
function createTrimmer(events: ReturnType<typeof createEventRange>, limits: StoreLimits, wall: () => WallTime | undefined, acknowledged: () => number) {
  const nothing: Extra = { operations: [], written: () => {} }
  let oldest: WallTime | undefined
  return {
    async take(database: Database): Promise<Extra> {
      const now = wall()
      const tooOld = (at: WallTime) => now !== undefined && at < now - limits.keepMs
      if (events.bytes() <= limits.keepBytesMax && oldest !== undefined && !tooOld(oldest)) return nothing
      const operations: Operation[] = []
      let [first, bytes] = [events.first(), 0]
      let stays: WallTime | undefined
      const range = { gte: keys.event(first), lt: keys.event(events.last()), limit: limits.trimPerBatchMax + 1 }
      for await (const [key, value] of database.iterator(range)) {
        const sequence = numberOfKey(key) ?? 0
        const event = readEvent(sequence, value)
        stays = event?.wall
        const wanted = event !== undefined && !tooOld(event.wall) && events.bytes() - bytes <= limits.keepBytesMax
        if (wanted || sequence > acknowledged() || operations.length === limits.trimPerBatchMax) break
        operations.push({ type: 'del', key })
        bytes += value.length
        first = sequence + 1
      }
      return {
        operations,
        written: () => {
          oldest = stays
          events.shrink(first, bytes)
        },
      }
    },
  }
}
