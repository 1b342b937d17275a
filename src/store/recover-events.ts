import type { Database, Operation } from './database.ts'
import { after, type Epoch, lengthOf, newEpoch, type Range, recoverEpochs } from './epochs.ts'
import type { Mark } from './mark.ts'
import { keys, numberOfKey, put, rangeOf, readEvent, writeLost } from './records.ts'
import type { Fault } from './recovery.ts'

/** What is known of the events of a store that was opened. All numbers are positions. */
export interface RecoveredEvents {
  readonly epochs: readonly Epoch[]
  readonly first: number
  readonly last: number
  readonly acknowledged: number
  /** Of all that is kept, in characters. */
  readonly bytes: number
  /** Within first and last, but gone: found now, or before. */
  readonly holes: readonly Range[]
  /** Found now: events that the broker had not acknowledged. */
  readonly lost: readonly Range[]
  /** The epoch that has ended with this; and whether `lost` is all that it has lost. */
  readonly ended?: { readonly name: string | undefined; readonly countKnown: boolean }
  readonly repairs: readonly Operation[]
}

interface Scan {
  /** One more than the last if there is none. */
  readonly first: number
  readonly last: number
  readonly bytes: number
  readonly known: readonly Range[]
  readonly fresh: readonly Range[]
  readonly unreadable: readonly string[]
}

/**
 * Every event that can be read is kept. Whatever is missing between the first and the last of them is a hole, whose place gets a record, so that it is
 * found once only. A new epoch begins where consumers could be misled otherwise: when an event that they may never have seen is gone, when the end of
 * the numbers is, so that the next would be given a second time, and when it cannot be known whether it is.
 */
export async function recoverEvents(database: Database, mark: Mark | undefined, damagedLines: number, fault: Fault): Promise<RecoveredEvents> {
  const { epochs, nameless, markHolds } = await recoverEpochs(database, mark)
  const trusted = markHolds ? mark : undefined
  const told = [database.get(keys.acknowledged), trusted?.acknowledged].filter((each) => each !== undefined)
  const scan = await scanEvents(database, told.length === 0 ? undefined : Math.max(...told.map(Number)))
  const acknowledged = Math.max(...told.map(Number), scan.first - 1)
  const reached = Math.max(acknowledged, trusted?.position ?? 0, epochs.at(-1)?.base ?? 0)
  // Where nothing is kept, a record at the end of the numbers carries them on.
  const tail = scan.last >= reached ? [] : [{ from: scan.last > 0 ? scan.last + 1 : Math.min(acknowledged + 1, reached), to: reached }]
  const last = Math.max(scan.last, reached)
  const fresh = [...scan.fresh, ...tail]
  const lost = after(fresh, acknowledged)
  if (fresh.length > 0) fault(`${lengthOf(fresh)} events are gone, ${lengthOf(lost)} of them unsent`, scan.unreadable)
  const isNew = nameless && last === 0 && damagedLines === 0
  if (nameless && !isNew) fault('the name of the store is lost')
  const ends = !isNew && (lost.length > 0 || tail.length > 0 || nameless)
  const present = isNew || ends ? newEpoch(last) : undefined
  const first = Math.min(scan.first, ...fresh.map(({ from }) => from))
  const names = namesOf(epochs, present, first)
  return {
    epochs: names.epochs,
    first,
    last,
    acknowledged,
    bytes: scan.bytes,
    holes: [...scan.known, ...fresh].sort((one, other) => one.from - other.from),
    lost,
    ...(ends ? { ended: { name: epochs.at(-1)?.name, countKnown: !nameless } } : {}),
    repairs: [
      ...fresh.map(({ from, to }) => put(keys.event(from), writeLost(to))),
      ...names.operations,
      put(keys.acknowledged, String(acknowledged)),
      put(keys.first, String(first)),
    ],
  }
}

async function scanEvents(database: Database, acknowledged: number | undefined): Promise<Scan> {
  const [known, fresh, unreadable]: [Range[], Range[], string[]] = [[], [], []]
  let [first, next, bytes]: [number | undefined, number | undefined, number] = [undefined, undefined, 0]
  const missing = (from: number, to: number): void => {
    const before = fresh.at(-1)
    if (before !== undefined && before.to === from - 1) fresh[fresh.length - 1] = { from: before.from, to }
    else fresh.push({ from, to })
  }
  for await (const [key, value] of database.iterator(rangeOf('event'))) {
    const position = numberOfKey(key)
    if (position === undefined || (next !== undefined && position < next)) {
      unreadable.push(key)
      continue
    }
    // What is kept begins no later than with the first that is unsent.
    const expected: number = next ?? Math.min(position, (acknowledged ?? position) + 1)
    if (position > expected) missing(expected, position - 1)
    first ??= expected
    const record = readEvent(value)
    if (record === undefined) {
      unreadable.push(key)
      missing(position, position)
      next = position + 1
    } else if ('lostThrough' in record) {
      known.push({ from: position, to: record.lostThrough })
      next = record.lostThrough + 1
    } else {
      bytes += value.length
      next = position + 1
    }
  }
  const last = (next ?? 1) - 1
  return { first: first ?? last + 1, last, bytes, known, fresh, unreadable }
}

/** The epochs of which something is kept, and the present one. The names are written anew each time, each in both of its places. */
function namesOf(found: readonly Epoch[], present: Epoch | undefined, first: number): { epochs: readonly Epoch[]; operations: readonly Operation[] } {
  const all = present === undefined ? found : [...found.filter(({ base }) => base < present.base), present]
  const epochs = all.filter((_, index) => (all[index + 1]?.base ?? Number.POSITIVE_INFINITY) >= first)
  const now = epochs.at(-1)
  const operations = [
    ...found.filter((epoch) => !epochs.includes(epoch)).map(({ base }): Operation => ({ type: 'del', key: keys.epoch(base) })),
    ...epochs.map(({ base, name }) => put(keys.epoch(base), name)),
    ...(now === undefined ? [] : [put(keys.present, `${now.base} ${now.name}`)]),
  ]
  return { epochs, operations }
}
