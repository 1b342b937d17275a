import { randomUUID } from 'node:crypto'
import type { StoredPast } from '../agent/ports.ts'
import type { Event } from '../desk/event.ts'
import { ConfigurationError } from '../errors.ts'
import type { Database, Operation } from './database.ts'
import { keys, numberOfKey, parseJson, rangeOf, readCheckpoint, readEvent, readFact, storeFormat } from './records.ts'

/** All that the store knows of itself when it has been opened and checked. */
export interface Recovered {
  readonly epoch: string
  readonly past: StoredPast
  /** The facts behind the checkpoint have these numbers; none if the last is smaller. */
  readonly firstFact: number
  readonly lastFact: number
  readonly firstSequence: number
  readonly lastSequence: number
  readonly acknowledged: number
  /** Of all events kept, in characters. */
  readonly eventBytes: number
  readonly memory: ReadonlyMap<string, unknown>
  /** What was not as this program leaves it: a missing number, a record that cannot be read or lies in the wrong place. */
  readonly inconsistencies: readonly string[]
  /** To be written before anything else: a new store's name, or the removal of what cannot be used. */
  readonly repairs: readonly Operation[]
}

/**
 * Reads the database and checks it. What is good is kept: of the facts, those up to the first fault, because later ones rest on it; of the events,
 * every one that can be read. A number that was once given to an event is never given again.
 */
export async function recover(database: Database): Promise<Recovered> {
  await checkFormat(database)
  const inconsistencies: string[] = []
  const repairs: Operation[] = []
  const fault: Fault = (sentence, remove = []) => {
    inconsistencies.push(sentence)
    for (const key of remove) repairs.push({ type: 'del', key })
  }
  const facts = await recoverFacts(database, fault)
  const events = await recoverEvents(database, fault)
  const memory = await recoverMemory(database, fault)
  const epoch = (await database.get(keys.epoch)) ?? randomUUID()
  if (inconsistencies.length > 0) repairs.push({ type: 'put', key: keys.last, value: String(events.lastSequence) })
  repairs.push({ type: 'put', key: keys.epoch, value: epoch }, { type: 'put', key: keys.format, value: String(storeFormat) })
  return { epoch, ...facts, ...events, memory, inconsistencies, repairs }
}

type Fault = (sentence: string, remove?: readonly string[]) => void

async function checkFormat(database: Database): Promise<void> {
  const format = Number((await database.get(keys.format)) ?? storeFormat)
  if (format === storeFormat) return
  throw new ConfigurationError(
    'STORE_FAILED',
    `The store was written by another version of this program (format ${format}; this version knows ${storeFormat}). ` +
      'Install that version, or set store.directory to a new directory.',
  )
}

async function recoverFacts(database: Database, fault: Fault): Promise<Pick<Recovered, 'past' | 'firstFact' | 'lastFact'>> {
  const written = await database.get(keys.checkpoint)
  const record = written === undefined ? undefined : readCheckpoint(written)
  const unreadable = written !== undefined && record === undefined
  const before = record?.factsThrough ?? 0
  const facts: Event[] = []
  const useless: string[] = []
  for await (const [key, value] of database.iterator(rangeOf('fact'))) {
    const number = before + facts.length + 1
    const fact = key === keys.fact(number) ? readFact(number, value) : undefined
    if (unreadable || useless.length > 0 || fact === undefined) useless.push(key)
    else facts.push(fact)
  }
  if (unreadable) fault('the checkpoint cannot be read', [keys.checkpoint])
  if (useless.length > 0) fault(`${useless.length} facts of the journal cannot be used, the first is ${useless[0]}`, useless)
  const past = record === undefined ? { facts } : { checkpoint: record.checkpoint, facts }
  return { past, firstFact: before + 1, lastFact: before + facts.length }
}

type RecoveredEvents = Pick<Recovered, 'firstSequence' | 'lastSequence' | 'acknowledged' | 'eventBytes'>

async function recoverEvents(database: Database, fault: Fault): Promise<RecoveredEvents> {
  const acknowledged = await readNumber(database, keys.acknowledged)
  const nameLost = (await database.get(keys.epoch)) === undefined
  const useless: string[] = []
  let [first, last, eventBytes, gaps] = [0, 0, 0, 0]
  for await (const [key, value] of database.iterator(rangeOf('event'))) {
    const number = numberOfKey(key)
    const event = number === undefined ? undefined : readEvent(number, value)
    if (number !== undefined && last > 0 && number !== last + 1) gaps += 1
    last = Math.max(last, number ?? 0)
    const usable = event !== undefined && (event.sequence <= acknowledged || parseJson(event.json) !== undefined)
    if (!usable || nameLost) useless.push(key)
    else {
      first ||= event.sequence
      eventBytes += value.length
    }
  }
  if (gaps > 0) fault(`the numbers of the events have ${gaps} gaps`)
  if (nameLost && (last > 0 || acknowledged > 0)) {
    // Events carry the name of their store. With another name they would be other events, so numbering begins anew, and callbacks are kept.
    fault('the name of the store is lost, and its events with it', [...useless, keys.acknowledged, keys.last])
    return { firstSequence: 1, lastSequence: 0, acknowledged: 0, eventBytes: 0 }
  }
  if (useless.length > 0) fault(`${useless.length} events cannot be read, the first is ${useless[0]}`, useless)
  if (acknowledged > last) fault(`events up to ${acknowledged} were acknowledged, but the last that is kept is ${last}`)
  const lastSequence = Math.max(last, acknowledged, await readNumber(database, keys.last))
  return { firstSequence: first || lastSequence + 1, lastSequence, acknowledged, eventBytes }
}

async function recoverMemory(database: Database, fault: Fault): Promise<ReadonlyMap<string, unknown>> {
  const memory = new Map<string, unknown>()
  for await (const [key, value] of database.iterator(rangeOf('memory'))) {
    const remembered = parseJson(value)
    if (remembered === undefined) fault(`what was remembered under ${key} cannot be read`, [key])
    else memory.set(key.slice(keys.memory('').length), remembered)
  }
  return memory
}

async function readNumber(database: Database, key: string): Promise<number> {
  const number = Number((await database.get(key)) ?? 0)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}
