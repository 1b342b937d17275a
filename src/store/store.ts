import assert from 'node:assert/strict'
import type { Loss, OutboxEvent, Store, StoredEvent, StoreStep } from '../agent/ports.ts'
import type { WallTime } from '../desk/time.ts'
import { ConfigurationError, messageOf } from '../errors.ts'
import { type Begun, begin } from './begin.ts'
import { createCommitter, type Extra } from './committer.ts'
import { type Database, failure, type Operation, openDatabase, reopenDatabase } from './database.ts'
import { type Epoch, lossesOf, type Range, rangeOfEpoch } from './epochs.ts'
import { type Acknowledgement, createAcknowledgement, createEventRange, createTrimmer, type EventRange, readEvents, type Trimmer } from './events.ts'
import { type StoreLimits, storeLimits } from './limits.ts'
import { createLosses, type Losses } from './losses.ts'
import { createMarker, type Marker, readMark } from './mark.ts'
import { createMedium } from './medium.ts'
import { keys, put, writeEvent } from './records.ts'
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
  /** Losses of which the desk has still to tell. */
  readonly owed: number
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
 * Opens the store of one desk. Rejects with a ConfigurationError (STORE_FAILED) if the directory may not be written, if another process has it, or if there is
 * nothing to begin with and no room to make it. A medium that can be read and takes nothing, now or later, is not an error of anybody's: steps wait in
 * memory, `health().fault` says why, and they are written as soon as it takes them. `append` rejects only when too much is waiting, or when the store was
 * closed before.
 */
export async function openStore(options: StoreOptions): Promise<JournalStore> {
  const { directory, log } = options
  const limits = { ...storeLimits, ...options.limits }
  assert(limits.unsentBytesMax >= limits.keepBytesMax, 'acknowledged events make way for unsent ones')
  const wrap = options.wrap ?? ((each: Database) => each)
  const mark = await readMark(directory)
  const opened = await openDatabase(directory, limits, mark)
  const database = wrap(opened.database)
  try {
    const recovered = await recover(database, mark, opened.damagedLines)
    for (const fault of recovered.inconsistencies) log.error({ fault }, 'the store is not as it was left; what is good in it is kept')
    const reopen = async (settled: boolean) => wrap(await reopenDatabase(directory, limits, settled ? undefined : mark))
    const begun = await begin({ database, repairs: recovered.repairs, reopen })
    if (begun.fault !== undefined)
      log.error({ fault: begun.fault }, 'the store takes nothing as it is; the desk begins with what is in it, and its events wait in memory')
    return await createStore(recovered, begun, opened.release, limits, options)
  } catch (error) {
    await database.close().catch(() => {})
    await opened.release()
    throw error instanceof ConfigurationError ? error : failure(directory, error)
  }
}

/** The parts of one open store. */
interface Parts {
  readonly epoch: Epoch
  readonly events: EventRange
  readonly acknowledgement: Acknowledgement
  readonly losses: Losses
  readonly marker: Marker
  /** Unsent events that could not be read since the store was opened, to be owed with the next batch. */
  readonly unreadable: Set<number>
}

async function createStore(
  recovered: Recovered,
  begun: Begun,
  release: () => Promise<void>,
  limits: StoreLimits,
  { directory, log, wall }: StoreOptions,
): Promise<JournalStore> {
  const medium = createMedium({ ...begun, limits, log })
  const events = createEventRange(recovered.events)
  const epoch = events.epochs.at(-1)
  assert(epoch !== undefined, 'a store has an epoch')
  const acknowledgement = createAcknowledgement(recovered.events.acknowledged, limits, () => committer.flush())
  const losses = createLosses(recovered.losses)
  const numbering = createNumbering(recovered, epoch)
  const markNow = () => ({
    ...{ epoch: epoch.name, base: epoch.base, position: events.last(), acknowledged: Math.min(acknowledgement.position(), events.last()) },
    fact: numbering.factsWritten(),
  })
  const marker = createMarker(directory, () => (begun.isSettled() ? markNow() : undefined), limits.markDelayMs)
  const parts: Parts = { epoch, events, acknowledgement, losses, marker, unreadable: new Set() }
  const noted = new Set<number>()
  const trimmer = createTrimmer(events, limits, wall, acknowledgement.position)
  const committer = createCommitter(medium, (database) => extraOf(database, parts, trimmer), limits)
  const memory = createMemory(recovered, limits)
  const crowded = 'the store takes nothing, and too much is waiting for it: the step was not numbered'
  let closed: Promise<void> | undefined
  await marker.write()

  async function read(range: Range, limit: number): Promise<readonly StoredEvent[]> {
    const database = medium.database()
    if (database === undefined) return []
    return readEvents(database, events.epochs, range, limit, noteUnreadable).catch((error) => {
      // A read that fails finds nothing now; the state of the medium is told by the writes.
      log.error({ fault: messageOf(error) }, 'events cannot be read back')
      return []
    })
  }

  /** An event that was good when the store was opened. Its number is missed by consumers if they have not had it. */
  function noteUnreadable(position: number): void {
    if (position <= acknowledgement.position() || noted.has(position)) return
    noted.add(position)
    parts.unreadable.add(position)
    log.error({ position }, 'an event can no longer be read; it is left out')
    committer.flush()
  }

  return {
    epoch: epoch.name,
    past: recovered.past,
    get lastSequence() {
      return events.last() - epoch.base
    },
    get firstSequence() {
      return Math.max(events.first(), epoch.base + 1) - epoch.base
    },
    get unsent() {
      return events.countAfter(acknowledgement.position())
    },
    get acknowledged() {
      return acknowledgement.position()
    },
    owed: () => losses.all().filter((loss) => isRipe(loss, events, acknowledgement)),
    takes: committer.takes,
    append(step) {
      assert(closed === undefined, 'nothing is appended to a closed store')
      // Turned down before it is numbered: the next step has this one's numbers, and no consumer sees a gap.
      if (!committer.takes()) return Promise.reject(new Error(crowded))
      const { operations, written } = numbering.number(step)
      const told = step.tells === undefined ? [] : [losses.told(step.tells)]
      return committer.commit([...operations, ...told], () => {
        written()
        growBy(step, parts)
      })
    },
    eventsAfter: (position, limit) => read({ from: position + 1, to: events.last() }, limit),
    async eventsOf(name, from, limit) {
      const range = rangeOfEpoch(events.epochs, name)
      if (range === undefined) return []
      return read({ from: range.from - 1 + Math.max(1, from), to: Math.min(range.to, events.last()) }, limit)
    },
    acknowledge(position) {
      assert(position <= events.last(), `the event at ${position} was acknowledged before it was written`)
      acknowledgement.move(position)
    },
    remember: (key, value) => committer.commit([memory.remember(key, value)], () => {}),
    recall: memory.recall,
    health() {
      const fault = medium.fault()
      const unsent = events.countAfter(acknowledgement.position())
      const counts = { unsent, owed: losses.all().length, eventBytes: events.bytes(), inconsistencies: recovered.inconsistencies.length }
      return { ...counts, ...committer.counters(), ...(fault === undefined ? {} : { fault }) }
    },
    close() {
      acknowledgement.stop()
      closed ??= committer.close().then(marker.close).then(release)
      return closed
    },
  }
}

/**
 * An outage is told of when it is over: when the broker has half of what is kept. Then half of the room can be made without giving up anything, so that
 * what tells of a loss never causes one. What was damaged is told of at once.
 */
function isRipe({ cause }: Loss, events: EventRange, acknowledgement: Acknowledgement): boolean {
  if (cause !== 'outage') return true
  return events.countAfter(acknowledgement.position()) * 2 <= events.countAfter(0)
}

/** All that goes along with a batch, in one: what is given up counts as acknowledged, and is owed, from the same instant on. */
async function extraOf(database: Database, { events, acknowledgement, losses, marker, unreadable }: Parts, trimmer: Trimmer): Promise<Extra> {
  const trimmed = await trimmer.take(database)
  const acknowledged = acknowledgement.take(trimmed.givenUpThrough)
  const positions = [...unreadable]
  const damaged = lossesOf(
    'damaged',
    positions.map((position) => ({ from: position, to: position })),
    events.epochs,
  )
  const owed = losses.withMore([...trimmed.losses, ...damaged])
  const written = () => {
    for (const position of positions) unreadable.delete(position)
    for (const part of [acknowledged, trimmed, owed]) part.written()
    marker.touch()
  }
  return { operations: [...acknowledged.operations, ...trimmed.operations, ...owed.operations], written }
}

function growBy({ events = [] }: StoreStep, { events: range, epoch }: Parts): void {
  const last = events.at(-1)
  if (last === undefined) return
  // Each value as it is in the database: its check and a space before it.
  const bytes = events.reduce((sum, event) => sum + writeEvent(event).length + 9, 0)
  range.grow(epoch.base + last.sequence, bytes)
}

/** Checks the numbers of a step's events, numbers its facts and says what to write. The facts of a step that has a checkpoint are in that checkpoint. */
function createNumbering(recovered: Recovered, { base }: Epoch) {
  let { firstFact, lastFact } = recovered
  let lastSequence = recovered.events.last - base
  let factsWritten = lastFact

  function factOperations({ facts = [], checkpoint }: StoreStep): Operation[] {
    if (checkpoint === undefined) {
      return facts.map((fact) => {
        lastFact += 1
        return put(keys.fact(lastFact), JSON.stringify(fact))
      })
    }
    const dropped: Operation[] = []
    for (; firstFact <= lastFact; firstFact += 1) dropped.push({ type: 'del', key: keys.fact(firstFact) })
    // It has a number of its own, so that one that is lost is missed: the facts after it rest on it.
    lastFact += 1
    firstFact = lastFact + 1
    return [put(keys.checkpoint, JSON.stringify({ factsThrough: lastFact, checkpoint })), ...dropped]
  }

  function eventOperation(event: OutboxEvent): Operation {
    assert(event.sequence === lastSequence + 1, `event ${event.sequence} does not follow ${lastSequence}`)
    lastSequence = event.sequence
    return put(keys.event(base + lastSequence), writeEvent(event))
  }

  return {
    number(step: StoreStep): Extra {
      const operations = [...(step.events ?? []).map(eventOperation), ...factOperations(step)]
      const through = lastFact
      const written = () => {
        factsWritten = through
      }
      return { operations, written }
    },
    /** The last fact on the medium. */
    factsWritten: () => factsWritten,
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
      return put(keys.memory(key), text)
    },
    recall: (key: string): unknown => memory.get(key),
  }
}
