import assert from 'node:assert/strict'
import type { OutboxEvent, Store, StoreStep } from '../agent/ports.ts'
import type { WallTime } from '../desk/time.ts'
import { createCommitter, type Extra } from './committer.ts'
import { type Database, messageOf, type Operation, openDatabase, reopenDatabase } from './database.ts'
import { type Acknowledgement, createAcknowledgement, createEventRange, createTrimmer, type EventRange, readEvents, type Trimmer } from './events.ts'
import { type StoreLimits, storeLimits } from './limits.ts'
import { createMedium, type Medium } from './medium.ts'
import { keys, writeEvent, writeFact } from './records.ts'
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
  /** Wraps the database: for tests of a medium that fails. */
  readonly wrap?: (database: Database) => Database
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
  const limits = { ...storeLimits, ...options.limits }
  const wrap = options.wrap ?? ((database: Database) => database)
  const database = wrap(await openDatabase(directory, log))
  const recovered = await recoverOrClose(database)
  for (const fault of recovered.inconsistencies) log.error({ fault }, 'the store is not as it was left; what is good in it is kept')
  const medium = createMedium({ database, reopen: async () => wrap(await reopenDatabase(directory)), limits, log })
  return createStore(recovered, medium, limits, options)
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

function createStore(recovered: Recovered, medium: Medium, limits: StoreLimits, { log, wall }: StoreOptions): JournalStore {
  const acknowledgement = createAcknowledgement(recovered.acknowledged, limits, () => committer.flush())
  const events = createEventRange(recovered)
  const trimmer = createTrimmer(events, limits, wall, acknowledgement.sequence)
  const committer = createCommitter(medium, (database) => extraOf(database, acknowledgement, trimmer), limits)
  const memory = createMemory(recovered, limits)
  const numberStep = createNumbering(recovered)
  const crowded = 'the store takes nothing, and too much is waiting for it: the step was not numbered'
  let closed: Promise<void> | undefined

  async function eventsAfter(sequence: number, limit: number): Promise<readonly OutboxEvent[]> {
    const database = medium.database()
    if (database === undefined) return []
    return readEvents(database, sequence, limit).catch((error) => {
      // A read that fails finds nothing now; the state of the medium is told by the writes.
      log.error({ fault: messageOf(error) }, 'events cannot be read back')
      return []
    })
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
    takes: committer.takes,
    append(step) {
      assert(closed === undefined, 'nothing is appended to a closed store')
      // Turned down before it is numbered: the next step has this one's numbers, and no consumer sees a gap.
      if (!committer.takes()) return Promise.reject(new Error(crowded))
      return committer.commit(numberStep(step), () => growBy(step, events))
    },
    eventsAfter,
    eventsOf: (epoch, from, limit) => (epoch === recovered.epoch ? eventsAfter(from - 1, limit) : Promise.resolve([])),
    acknowledge(sequence) {
      assert(sequence <= events.last(), `event ${sequence} was acknowledged before it was written`)
      acknowledgement.move(sequence)
    },
    remember: (key, value) => committer.commit([memory.remember(key, value)], () => {}),
    recall: memory.recall,
    health() {
      const fault = medium.fault()
      const counts = { unsent: events.last() - acknowledgement.sequence(), eventBytes: events.bytes(), inconsistencies: recovered.inconsistencies.length }
      return { ...counts, ...committer.counters(), ...(fault === undefined ? {} : { fault }) }
    },
    close() {
      acknowledgement.stop()
      closed ??= committer.close()
      return closed
    },
  }
}

async function extraOf(database: Database, acknowledgement: Acknowledgement, trimmer: Trimmer): Promise<Extra> {
  const acknowledged = acknowledgement.take()
  const trimmed = await trimmer.take(database)
  const written = () => {
    acknowledged.written()
    trimmed.written()
  }
  return { operations: [...acknowledged.operations, ...trimmed.operations], written }
}

function growBy({ events = [] }: StoreStep, range: EventRange): void {
  const last = events.at(-1)
  if (last === undefined) return
  range.grow(
    last.sequence,
    events.reduce((sum, event) => sum + writeEvent(event).length, 0),
  )
}

/** Checks the numbers of a step's events, numbers its facts and says what to write. The facts of a step that has a checkpoint are in that checkpoint. */
function createNumbering(recovered: Recovered): (step: StoreStep) => readonly Operation[] {
  let { lastSequence, firstFact, lastFact } = recovered

  function factOperations({ facts = [], checkpoint }: StoreStep): Operation[] {
    if (checkpoint === undefined) {
      return facts.map((fact) => {
        lastFact += 1
        return { type: 'put', key: keys.fact(lastFact), value: writeFact(lastFact, fact) }
      })
    }
    const operations: Operation[] = [{ type: 'put', key: keys.checkpoint, value: JSON.stringify({ factsThrough: lastFact, checkpoint }) }]
    for (; firstFact <= lastFact; firstFact += 1) operations.push({ type: 'del', key: keys.fact(firstFact) })
    return operations
  }

  return (step) => {
    const { events = [] } = step
    for (const event of events) {
      assert(event.sequence === lastSequence + 1, `event ${event.sequence} does not follow ${lastSequence}`)
      lastSequence = event.sequence
    }
    return [...events.map((event) => ({ type: 'put' as const, key: keys.event(event.sequence), value: writeEvent(event) })), ...factOperations(step)]
  }
}

function createMemory(recovered: Recovered, limits: StoreLimits) {
  const memory = new Map(recovered.memory)
  return {
    remember(key: string, value: unknown): Operation {
      const text = JSON.stringify(value)
      assert(key.length > 0 && key.length <= limits.memoryKeyLengthMax && text.length <= limits.memoryValueLengthMax, 'only small things are remembered')
      assert(memory.has(key) || memory.size < limits.memoryKeysMax, 'only a few things are remembered')
      memory.set(key, JSON.parse(text))
      return { type: 'put', key: keys.memory(key), value: text }
    },
    recall: (key: string): unknown => memory.get(key),
  }
}
