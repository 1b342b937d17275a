import { ConfigurationError } from '../../errors.ts'
import { type Committer, createCommitter } from '../../store/committer.ts'
import type { Operation } from '../../store/database.ts'
import { storeLimits } from '../../store/limits.ts'
import { createMedium, type Medium } from '../../store/medium.ts'
import type { StoreLog } from '../../store/store.ts'
import { hubLimits } from '../limits.ts'
import { openRecordDatabase, type RecordDatabase, reopenRecordDatabase, saidOf } from './database.ts'
import { missAgain, type Sequence } from './gaps.ts'
import {
  type Count,
  countRange,
  eventRange,
  partsOfCountKey,
  partsOfEventKey,
  readCount,
  readRecorded,
  recordFormat,
  recordKeys,
  writeCount,
  writeRecorded,
} from './keys.ts'
import type { Ledger } from './ledger.ts'
import type { EventRecord, RecordedEvent } from './record.ts'

export interface DurableRecordOptions {
  /** For this hub alone; it is made if need be. */
  readonly directory: string
  readonly log: StoreLog
  /** Wraps the database: for tests of a medium that fails. */
  readonly wrap?: (database: RecordDatabase) => RecordDatabase
}

/** The epochs of one desk, by their numbers in the keys. */
type Epochs = Map<string, Count & { readonly index: number }>

/** What the parts of the record share. */
interface Shelf {
  readonly desks: Map<string, Epochs>
  readonly medium: Medium<RecordDatabase>
  readonly committer: Committer
}

/**
 * The record on disk: the agent's own group commit and medium (`src/store`) around another layout. An event and the count that includes it are one
 * write, so that after a power cut the hub knows what it has. A medium that fails later is nobody's error: events wait in memory, up to a bound.
 * Rejects with a ConfigurationError (STORE_FAILED) if the directory cannot be written, or another process has it.
 */
export async function openDurableRecord({ directory, log, wrap = (database) => database }: DurableRecordOptions): Promise<EventRecord> {
  const { database: opened, result: desks } = await openRecordDatabase(directory, log, (database, isRepaired) => recover(wrap(database), isRepaired, log))
  const database = wrap(opened)
  const limits = { ...storeLimits, pendingBytesMax: hubLimits.recordPendingBytesMax }
  const medium = createMedium({ database, reopen: async () => wrap(await reopenRecordDatabase(directory)), limits, log })
  const committer = createCommitter(medium, async () => ({ operations: [], written: () => {} }), limits)
  const shelf: Shelf = { desks, medium, committer }
  const past = new Map([...desks].map(([desk, epochs]) => [desk, ledgerOf(epochs)]))
  const heardAt = new Map([...desks].map(([desk, epochs]) => [desk, Math.max(...[...epochs.values()].map(({ receivedAt }) => receivedAt))]))
  let [written, closed] = [0, false]
  return {
    durable: true,
    past,
    heardAt,
    takes: committer.takes,
    async write(desk, sequence, event) {
      if (closed) return
      // Rejects only when the record is closed before the medium has taken it: the hub will ask for it again.
      await committer.commit(place(shelf, desk, sequence, event), () => {}).catch(() => {})
      if (event !== undefined) written += 1
    },
    async read(desk, after, limit) {
      const epochs = desks.get(desk) ?? new Map()
      const from = after === undefined ? undefined : epochs.get(after.epoch)
      if (after !== undefined && from === undefined) return undefined
      const open = medium.database()
      if (open === undefined) return []
      const range = { ...eventRange(desk), ...(from === undefined ? {} : { gt: recordKeys.event(desk, from.index, after?.sequence ?? 0) }), limit }
      return readRange(open, epochs, range).catch((error) => {
        log.error({ fault: saidOf(error) }, 'the record cannot be read')
        return []
      })
    },
    async sweep(now) {
      try {
        for (const desk of [...desks.keys()]) while (!closed && (await sweepDesk(shelf, desk, now)));
      } catch (error) {
        // A medium that cannot be read, or was closed meanwhile: the next round tries again, and nobody waits for this one.
        if (!closed) log.error({ fault: saidOf(error) }, 'what is too old cannot be thrown out of the record')
      }
    },
    health() {
      const fault = medium.fault()
      return { ...(fault === undefined ? {} : { fault }), pendingBytes: committer.counters().pendingBytes, written }
    },
    async close() {
      if (closed) return
      closed = true
      await committer.close()
    },
  }
}

async function recover(database: RecordDatabase, isRepaired: boolean, log: StoreLog): Promise<Map<string, Epochs>> {
  const format = Number((await database.get(recordKeys.format)) ?? recordFormat)
  if (format !== recordFormat) {
    const which = `(format ${format}; this version knows ${recordFormat})`
    throw new ConfigurationError('STORE_FAILED', `The record was written by another version of this program ${which}. Set store.directory to a new directory.`)
  }
  const desks = new Map<string, Epochs>()
  for await (const [key, value] of database.iterator(countRange)) {
    const [place, count] = [partsOfCountKey(key), readCount(value)]
    if (place === undefined || count === undefined) log.error({ key }, 'a count of the record cannot be read; its events are asked for again')
    else epochsOf(desks, place.desk).set(count.sequence.epoch, { ...count, index: place.index })
  }
  const recounted = isRepaired ? await recount(database, desks) : []
  await database.batch([...recounted, { type: 'put', key: recordKeys.format, value: String(recordFormat) }], { sync: true })
  return desks
}

/** A repair saves what can be read, and the counts still tell of the rest as if it were there: without this it would never be asked for again. */
async function recount(database: RecordDatabase, desks: Map<string, Epochs>): Promise<Operation[]> {
  const changed: Operation[] = []
  for (const [desk, epochs] of desks) {
    for (const [epoch, count] of epochs) {
      const left: [number, number][] = []
      let bytes = 0
      for await (const [key, value] of database.iterator(eventRange(desk, count.index))) {
        const number = partsOfEventKey(key)?.sequence
        if (number === undefined || readRecorded(epoch, number, value) === undefined) continue
        bytes += value.length
        const range = left.at(-1)
        if (range !== undefined && range[1] + 1 === number) range[1] = number
        else left.push([number, number])
      }
      // Nothing is left, and nothing was there: all of it had been thrown away for its age.
      if (bytes === 0 && count.bytes === 0) continue
      const known = { ...count, bytes, sequence: missAgain(count.sequence, left) }
      epochs.set(epoch, known)
      changed.push({ type: 'put', key: recordKeys.count(desk, count.index), value: writeCount(known) })
    }
  }
  return changed
}

function epochsOf(desks: Map<string, Epochs>, desk: string): Epochs {
  const epochs = desks.get(desk) ?? new Map()
  desks.set(desk, epochs)
  return epochs
}

/** The epoch of which the last event came is the present one. */
function ledgerOf(epochs: Epochs): Ledger {
  return [...epochs.values()]
    .sort((one, other) => other.receivedAt - one.receivedAt || other.index - one.index)
    .map(({ sequence }) => sequence)
    .slice(0, hubLimits.epochsMax)
}

/** What to write for one event, or for a count that has changed without one. */
function place({ desks }: Shelf, desk: string, sequence: Sequence, event: RecordedEvent | undefined): Operation[] {
  const epochs = epochsOf(desks, desk)
  const known = epochs.get(sequence.epoch)
  const index = known?.index ?? 1 + Math.max(0, ...[...epochs.values()].map((each) => each.index))
  const value = event === undefined ? '' : writeRecorded(event)
  const count = { sequence, index, bytes: (known?.bytes ?? 0) + value.length, receivedAt: event?.receivedAt ?? known?.receivedAt ?? 0 }
  epochs.set(sequence.epoch, count)
  const operations: Operation[] = event === undefined ? [] : [{ type: 'put', key: recordKeys.event(desk, index, event.sequence), value }]
  return [...operations, { type: 'put', key: recordKeys.count(desk, index), value: writeCount(count) }]
}

async function readRange(database: RecordDatabase, epochs: Epochs, range: { gt: string; lt: string; limit: number }): Promise<readonly RecordedEvent[]> {
  const names = new Map([...epochs].map(([epoch, { index }]) => [index, epoch]))
  const found: RecordedEvent[] = []
  for await (const [key, value] of database.iterator(range)) {
    const parts = partsOfEventKey(key)
    const event = parts && readRecorded(names.get(parts.index) ?? '', parts.sequence, value)
    if (event !== undefined) found.push(event)
  }
  return found
}

/** Throws away the oldest events of one desk that are too old or too many, a few at a time, and epochs of which nothing is left. True if there may be more. */
async function sweepDesk(shelf: Shelf, desk: string, now: number): Promise<boolean> {
  const epochs = epochsOf(shelf.desks, desk)
  const tooOld = (at: number) => at < now - hubLimits.recordKeepMs
  const over = [...epochs.values()].reduce((sum, { bytes }) => sum + bytes, 0) - hubLimits.recordDeskBytesMax
  for (const [epoch, { index }] of [...epochs].sort(([, one], [, other]) => one.index - other.index)) {
    const database = shelf.medium.database()
    if (database === undefined || shelf.medium.fault() !== undefined) return false
    const { operations, bytes } = await oldestOf(database, eventRange(desk, index), over, tooOld)
    // Events may have come while we were reading; from here to the commit nothing comes between.
    const count = epochs.get(epoch)
    if (count === undefined) continue
    const left = { ...count, bytes: Math.max(0, count.bytes - bytes) }
    const done = left.bytes === 0 && tooOld(left.receivedAt)
    if (operations.length === 0 && !done) continue
    if (done) epochs.delete(epoch)
    else epochs.set(epoch, left)
    if (epochs.size === 0) shelf.desks.delete(desk)
    const key = recordKeys.count(desk, index)
    await shelf.committer.commit([...operations, done ? { type: 'del', key } : { type: 'put', key, value: writeCount(left) }], () => {}).catch(() => {})
    return true
  }
  return false
}

async function oldestOf(database: RecordDatabase, range: { gt: string; lt: string }, over: number, tooOld: (at: number) => boolean) {
  const operations: Operation[] = []
  let bytes = 0
  for await (const [key, value] of database.iterator({ ...range, limit: hubLimits.recordSweepEventsMax })) {
    if (!tooOld(Number(value.split(' ', 2)[1])) && bytes >= over) break
    operations.push({ type: 'del', key })
    bytes += value.length
  }
  return { operations, bytes }
}
