import { hubLimits } from '../limits.ts'

/** From and to, both inclusive. */
export type Range = readonly [from: number, to: number]

/** What has come of one epoch of a desk's numbered events (contract §4: 1, 2, 3 … without a gap). */
export interface Sequence {
  readonly epoch: string
  /** Where the count begins. The desk may have said more before this hub was there. */
  readonly first: number
  /** The first number that this hub can have heard live; what lies before is the desk's past, wanted but not missed if it is gone. */
  readonly joined: number
  /** Every number from the first up to here has come, or is missing, or was given up. */
  readonly last: number
  /** The last number that the desk says it has used (`state.sequence`, `about.lastSequence`): events up to there may still be on their way. */
  readonly told: number
  /** Numbers that have not come and are asked for, in order. */
  readonly missing: readonly Range[]
  /** How many will never come: the desk has said that it does not keep them any more. */
  readonly givenUp: number
  /** When that was last said, by the hub's clock. */
  readonly givenUpAt?: number
}

/** The sequence after one more event, and whether the event is news; a repeated one is not. */
export interface Counted {
  readonly sequence: Sequence
  readonly news: boolean
}

/** A sequence of which nothing has come: the event of the given number is the first that is expected. */
export function beginSequence(epoch: string, first: number, joined: number = first): Sequence {
  return { epoch, first, joined, last: first - 1, told: first - 1, missing: [], givenUp: 0 }
}

/** Takes the number of one event into account. One from before the count began is news, too: this hub does not have it. */
export function countEvent(known: Sequence, number: number): Counted {
  if (number === known.last + 1) return { sequence: { ...known, last: number, told: Math.max(known.told, number) }, news: true }
  if (number > known.last) {
    const sequence = bounded({ ...known, last: number, told: Math.max(known.told, number), missing: [...known.missing, [known.last + 1, number - 1]] })
    return { sequence, news: true }
  }
  if (number < known.first) {
    const skipped: readonly Range[] = number + 1 < known.first ? [[number + 1, known.first - 1]] : []
    return { sequence: bounded({ ...known, first: number, missing: [...skipped, ...known.missing] }), news: true }
  }
  const missing = withoutRange(known.missing, number, number)
  return missing === known.missing ? { sequence: known, news: false } : { sequence: bounded({ ...known, missing }), news: true }
}

/** The desk says how far it has counted. */
export function tellLast(known: Sequence, last: number): Sequence {
  return last > known.told ? { ...known, told: last } : known
}

/** What the desk told of and what has not come by now is missing: so the last event of all is found to be lost, too. */
export function takeOverdue(known: Sequence): Sequence {
  return known.told > known.last ? bounded({ ...known, last: known.told, missing: [...known.missing, [known.last + 1, known.told]] }) : known
}

/** The desk still keeps events from before the count began: they are wanted as well. */
export function reachBack(known: Sequence, firstKept: number): Sequence {
  if (firstKept >= known.first || firstKept < 1) return known
  return bounded({ ...known, first: firstKept, missing: [[firstKept, known.first - 1], ...known.missing] })
}

/** These will never come. Only what this hub should have heard counts as lost. */
export function giveUp(known: Sequence, from: number, to: number, at: number): Sequence {
  const missing = withoutRange(known.missing, from, to)
  if (missing === known.missing) return known
  const lost = howMany(withoutRange(known.missing, 1, known.joined - 1)) - howMany(withoutRange(missing, 1, known.joined - 1))
  return lost === 0 ? { ...known, missing } : { ...known, missing, givenUp: known.givenUp + lost, givenUpAt: at }
}

/**
 * What is left of an epoch after the record was damaged: what is not there between its oldest event and the last is missing again. What stood before may have
 * been thrown away for its age. Events that were given up are asked for once more, and counted anew.
 */
export function missAgain(known: Sequence, left: readonly Range[]): Sequence {
  let next = left[0]?.[0] ?? known.first
  let missing = known.missing.filter(([, to]) => to < next)
  for (const [from, to] of [...left, [known.last + 1, known.last + 1] as const]) {
    if (from > next) missing = bounded({ ...known, missing: [...missing, [next, from - 1]] }).missing.slice()
    next = to + 1
  }
  return { ...known, missing, givenUp: 0 }
}

export function howMany(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}

/** The same list if nothing of it is taken away. */
function withoutRange(ranges: readonly Range[], from: number, to: number): readonly Range[] {
  if (!ranges.some(([first, last]) => from <= last && to >= first)) return ranges
  return ranges.flatMap(([first, last]): Range[] => {
    if (to < first || from > last) return [[first, last]]
    const parts: Range[] = [
      [first, from - 1],
      [to + 1, last],
    ]
    return parts.filter(([start, end]) => start <= end)
  })
}

/** Neighbours are joined when there are too many, those with the fewest events between them: some events are then asked for twice, and none is forgotten. */
function bounded(sequence: Sequence): Sequence {
  const missing: Range[] = []
  for (const [from, to] of sequence.missing) {
    const before = missing.at(-1)
    if (before !== undefined && before[1] + 1 === from) missing[missing.length - 1] = [before[0], to]
    else missing.push([from, to])
  }
  while (missing.length > hubLimits.gapsMax) {
    const distance = (index: number) => (missing[index + 1]?.[0] ?? Number.POSITIVE_INFINITY) - (missing[index]?.[1] ?? 0)
    const nearest = missing.reduce((best, _, index) => (distance(index) < distance(best) ? index : best), 0)
    const [[from], [, to]] = missing.slice(nearest, nearest + 2) as [Range, Range]
    missing.splice(nearest, 2, [from, to])
  }
  return { ...sequence, missing }
}
