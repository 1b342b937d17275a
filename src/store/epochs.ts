import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Loss } from '../agent/ports.ts'
import type { Database } from './database.ts'
import type { Mark } from './mark.ts'
import { keys, numberOfKey, rangeOf } from './records.ts'

/** A run of numbers from 1: those of the events at positions above `base`, up to the next epoch's base. */
export interface Epoch {
  readonly name: string
  readonly base: number
}

/** From the first to the last, both included. Of positions, if nothing else is said. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What the names of epochs in a store came to. In the order of their bases; the last is the present one. */
export interface RecoveredEpochs {
  readonly epochs: readonly Epoch[]
  /** No name at all was found. */
  readonly nameless: boolean
  /** The mark speaks of this store: its positions count. */
  readonly markHolds: boolean
}

/**
 * The names of the epochs stand in records of their own, the present one once more in the database and once more in the mark beside it: any one of them
 * is enough.
 */
export async function recoverEpochs(database: Database, mark: Mark | undefined): Promise<RecoveredEpochs> {
  const found = new Map<number, string>()
  for await (const [key, value] of database.iterator(rangeOf('epoch'))) {
    const base = numberOfKey(key)
    if (base !== undefined) found.set(base, value)
  }
  const [base, name] = database.get(keys.present)?.split(' ') ?? []
  if (base !== undefined && name !== undefined) found.set(Number(base), name)
  const markHolds = mark !== undefined && (found.get(mark.base) ?? mark.epoch) === mark.epoch
  if (mark !== undefined && markHolds) found.set(mark.base, mark.epoch)
  const epochs = [...found].map(([base, name]) => ({ base, name })).sort((one, other) => one.base - other.base)
  return { epochs, nameless: epochs.length === 0, markHolds }
}

export function newEpoch(base: number): Epoch {
  return { name: randomUUID(), base }
}

/** The epoch of a position, and the last position of it so far. An event whose epoch's name is lost counts to the next: it says itself whose it is. */
export function epochAt(epochs: readonly Epoch[], position: number): Epoch {
  const epoch = epochs.findLast(({ base }) => base < position) ?? epochs[0]
  assert(epoch !== undefined, 'a store has an epoch')
  return epoch
}

/** The positions of an epoch; those of the present one have no end. */
export function rangeOfEpoch(epochs: readonly Epoch[], name: string): Range | undefined {
  const index = epochs.findIndex((epoch) => epoch.name === name)
  const epoch = epochs[index]
  return epoch === undefined ? undefined : { from: epoch.base + 1, to: epochs[index + 1]?.base ?? Number.POSITIVE_INFINITY }
}

/** The losses that these positions are, one for each epoch that they touch, in its own numbers. */
export function lossesOf(cause: Loss['cause'], lost: readonly Range[], epochs: readonly Epoch[]): readonly Loss[] {
  return epochs.flatMap(({ name, base }, index) => {
    const end = epochs[index + 1]?.base ?? Number.POSITIVE_INFINITY
    const inside = lost.map(({ from, to }) => ({ from: Math.max(from, base + 1), to: Math.min(to, end) })).filter(({ from, to }) => from <= to)
    const [first, last] = [inside[0], inside.at(-1)]
    if (first === undefined || last === undefined) return []
    return [{ cause, epoch: name, count: lengthOf(inside), from: first.from - base, to: last.to - base }]
  })
}

/** How many positions there are in these ranges. */
export function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
}

/** The parts of these ranges that lie after a position. */
export function after(ranges: readonly Range[], position: number): readonly Range[] {
  return ranges.filter(({ to }) => to > position).map(({ from, to }) => ({ from: Math.max(from, position + 1), to }))
}
