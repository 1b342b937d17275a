import { hubLimits } from './limits.ts'

/** From and to, both inclusive. */
export type Range = readonly [from: number, to: number]

/** What has come of one desk's numbered events (contract §4: 1, 2, 3 … without a gap within one epoch). */
export interface Sequence {
  readonly epoch: string
  /** The first and the highest number that came. The desk may have said more before this hub was there. */
  readonly first: number
  readonly last: number
  /** Numbers between those two that have not come. */
  readonly missing: readonly Range[]
  /** Numbers whose gap was given up because there were too many. */
  readonly givenUp: number
}

/** The sequence after one more event, and whether the event is news; a repeated one is not. */
export interface Counted {
  readonly sequence: Sequence
  readonly news: boolean
}

/** Takes the number of one event into account. Another epoch is another store: its count begins anew. */
export function countEvent(known: Sequence | undefined, epoch: string, number: number): Counted {
  if (known === undefined || known.epoch !== epoch) {
    return { sequence: { epoch, first: number, last: number, missing: [], givenUp: 0 }, news: true }
  }
  if (number === known.last + 1) return { sequence: { ...known, last: number }, news: true }
  if (number > known.last) return { sequence: bounded({ ...known, last: number, missing: [...known.missing, [known.last + 1, number - 1]] }), news: true }
  const missing = known.missing.flatMap((range) => without(range, number))
  const news = howMany(missing) !== howMany(known.missing)
  return { sequence: news ? bounded({ ...known, missing }) : known, news }
}

/** How many events of this epoch should have come and have not. */
export function missingEvents(sequence: Sequence | undefined): number {
  return sequence === undefined ? 0 : howMany(sequence.missing) + sequence.givenUp
}

function howMany(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}

function without([from, to]: Range, number: number): Range[] {
  if (number < from || number > to) return [[from, to]]
  const parts: Range[] = [
    [from, number - 1],
    [number + 1, to],
  ]
  return parts.filter(([first, last]) => first <= last)
}

function bounded(sequence: Sequence): Sequence {
  const over = sequence.missing.length - hubLimits.gapsMax
  if (over <= 0) return sequence
  return { ...sequence, missing: sequence.missing.slice(over), givenUp: sequence.givenUp + howMany(sequence.missing.slice(0, over)) }
}
