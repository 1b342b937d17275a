import type { Loss, StoredPast } from '../agent/ports.ts'
import type { Event } from '../desk/event.ts'
import { ConfigurationError } from '../errors.ts'
import type { Database, Operation } from './database.ts'
import { lossesOf } from './epochs.ts'
import { createLosses, readLosses } from './losses.ts'
import type { Mark } from './mark.ts'
import { keys, numberOfKey, parseJson, put, rangeOf, readCheckpoint, readFact, storeFormat } from './records.ts'
import { type RecoveredEvents, recoverEvents } from './recover-events.ts'

/** All that the store knows of itself when it has been opened and checked. */
export interface Recovered {
  readonly past: StoredPast
  /** The facts behind the checkpoint have these numbers; none if the last is smaller. */
  readonly firstFact: number
  readonly lastFact: number
  readonly events: RecoveredEvents
  /** What the desk has to tell of, from now or from before. */
  readonly losses: readonly Loss[]
  readonly memory: ReadonlyMap<string, unknown>
  /** What all of this asks to be written, before anything else is. */
  readonly repairs: readonly Operation[]
  /** What was not as this program leaves it: a missing number, a record that cannot be read or lies in the wrong place. */
  readonly inconsistencies: readonly string[]
}

/** Notes a fault in one sentence, and the keys whose records are of no use any more. */
export type Fault = (sentence: string, remove?: readonly string[]) => void

/**
 * Reads the database and checks it against itself and against the mark beside it. What is good is kept: of the facts, those up to the first fault, because
 * later ones rest on it; of the events, every one that can be read. Whatever is gone is to be noted, so that it is said once, and what is of no use removed.
 * Rejects as the database does, and with STORE_FAILED for a store of a later version.
 */
export async function recover(database: Database, mark: Mark | undefined, damagedLines: number): Promise<Recovered> {
  checkFormat(database)
  const inconsistencies: string[] = []
  const useless: Operation[] = []
  const fault: Fault = (sentence, remove = []) => {
    inconsistencies.push(sentence)
    for (const key of remove) useless.push({ type: 'del', key })
  }
  if (damagedLines > 0) fault(`in ${damagedLines} places the log cannot be read`)
  const events = await recoverEvents(database, mark, damagedLines, fault)
  const facts = await recoverFacts(database, events.epochs.some(({ name }) => name === mark?.epoch) ? mark : undefined, fault)
  const memory = await recoverMemory(database, fault)
  const losses = createLosses(await readLosses(database))
  const noted = losses.withMore(lossesIn(events, facts.isWhole))
  noted.written()
  const repairs = [...useless, ...events.repairs, ...noted.operations, put(keys.format, String(storeFormat))]
  return { ...facts, events, losses: losses.all(), memory, repairs, inconsistencies }
}

/** A later version may mean something else by any record. */
function checkFormat(database: Database): void {
  const format = Number(database.get(keys.format) ?? storeFormat)
  if (format <= storeFormat) return
  throw new ConfigurationError(
    'STORE_FAILED',
    `The store was written by another version of this program (format ${format}; this version knows ${storeFormat}). ` +
      'Install that version, or set store.directory to a new directory.',
  )
}

/** An epoch that has ended is always told of, also if nothing of it is known to be gone: its consumers must not wait for its next number. */
function lossesIn({ ended, lost, epochs }: RecoveredEvents, factsAreWhole: boolean): readonly Loss[] {
  if (ended === undefined) return factsAreWhole ? [] : [{ cause: 'damaged' }]
  const losses = lossesOf('damaged', lost, epochs)
  if (ended.name === undefined) return [...losses, { cause: 'damaged' }]
  const ofEnded = losses.find(({ epoch }) => epoch === ended.name)
  const earlier = losses.filter((loss) => loss !== ofEnded)
  if (!ended.countKnown) return [...earlier, { cause: 'damaged', epoch: ended.name }]
  return [...earlier, ofEnded ?? { cause: 'damaged', epoch: ended.name, count: 0 }]
}

export interface RecoveredFacts extends Pick<Recovered, 'past' | 'firstFact' | 'lastFact'> {
  readonly isWhole: boolean
}

export async function recoverFacts(database: Database, mark: Mark | undefined, fault: Fault): Promise<RecoveredFacts> {
  const written = database.get(keys.checkpoint)
  const record = written === undefined ? undefined : readCheckpoint(written)
  const unreadable = written !== undefined && record === undefined
  const before = record?.factsThrough ?? 0
  const facts: Event[] = []
  const [stale, useless]: [string[], string[]] = [[], []]
  for await (const [key, value] of database.iterator(rangeOf('fact'))) {
    const fact = key === keys.fact(before + facts.length + 1) ? readFact(value) : undefined
    // Where the line that deleted it was damaged, a fact comes back.
    if ((numberOfKey(key) ?? 0) <= before) stale.push(key)
    else if (unreadable || useless.length > 0 || fact === undefined) useless.push(key)
    else facts.push(fact)
  }
  const lastFact = before + facts.length
  if (unreadable) fault('the checkpoint cannot be read', [keys.checkpoint])
  if (stale.length > 0) fault(`${stale.length} facts were there although a checkpoint has them`, stale)
  if (useless.length > 0) fault(`${useless.length} facts of the journal cannot be used, the first is ${useless[0]}`, useless)
  const cutOff = useless.length === 0 && !unreadable && lastFact < (mark?.fact ?? 0)
  if (cutOff) fault(`the facts after number ${lastFact} are gone`)
  const past = record === undefined ? { facts } : { checkpoint: record.checkpoint, facts }
  return { past, firstFact: before + 1, lastFact, isWhole: !unreadable && useless.length === 0 && !cutOff }
}

export async function recoverMemory(database: Database, fault: Fault): Promise<ReadonlyMap<string, unknown>> {
  const memory = new Map<string, unknown>()
  for await (const [key, value] of database.iterator(rangeOf('memory'))) {
    const remembered = parseJson(value)
    if (remembered === undefined) fault(`what was remembered under ${key} cannot be read`, [key])
    else memory.set(decodeURIComponent(key.slice(keys.memory('').length)), remembered)
  }
  return memory
}
