import { hubLimits } from '../limits.ts'
import { beginSequence, countEvent, giveUp, howMany, reachBack, type Sequence, takeOverdue, tellLast } from './gaps.ts'

/**
 * What has come of one desk, one sequence an epoch, the present one first. Another epoch is another store, whose count begins anew; what is missing
 * of an earlier one is still asked for, until the desk says that it is gone.
 */
export type Ledger = readonly Sequence[]

/** What a hub wants of a desk's past that it meets for the first time. */
export interface Wants {
  /** Whether all that the desk still keeps is wanted, or only what comes from now on. */
  readonly past: boolean
}

/** What a desk says of its own counting. */
export interface Word {
  readonly epoch: string
  readonly last: number
  /** The first event that it keeps; only `about` says that. */
  readonly firstKept?: number
}

/** Events of one epoch that are missing, both ends included. */
export interface Gap {
  readonly epoch: string
  readonly from: number
  readonly to: number
}

/** One event that was sent of the desk's own accord. */
export function countLive(ledger: Ledger, epoch: string, number: number): { readonly ledger: Ledger; readonly sequence: Sequence; readonly news: boolean } {
  const known = ledger.find((sequence) => sequence.epoch === epoch)
  const begun = known ?? beginSequence(epoch, number, joinedAt(ledger, number))
  const { sequence, news } = countEvent(begun, number)
  return { ledger: known === undefined || news ? inFront(ledger, sequence) : ledger, sequence, news }
}

/** One event that was asked for; of an epoch that nobody asked for there is nothing to take. */
export function countReplayed(
  ledger: Ledger,
  epoch: string,
  number: number,
): { readonly ledger: Ledger; readonly sequence?: Sequence; readonly news: boolean } {
  const known = ledger.find((sequence) => sequence.epoch === epoch)
  if (known === undefined || number > known.last) return { ledger, news: false }
  const { sequence, news } = countEvent(known, number)
  return news ? { ledger: inPlace(ledger, sequence), sequence, news } : { ledger, news }
}

/** The desk says who it is and how far it has counted. */
export function takeWord(ledger: Ledger, word: Word, wants: Wants): Ledger {
  const known = ledger.find((sequence) => sequence.epoch === word.epoch)
  const pastWanted = wants.past || ledger.some((sequence) => sequence.epoch !== word.epoch)
  const begun = known ?? beginSequence(word.epoch, word.last + 1, joinedAt(ledger, word.last + 1))
  const told = tellLast(begun, word.last)
  const after = pastWanted && word.firstKept !== undefined ? reachBack(told, word.firstKept) : told
  return after === ledger[0] ? ledger : inFront(ledger, after)
}

/** A store that takes another one's place began while this hub was watching: nothing of it is past. */
function joinedAt(ledger: Ledger, number: number): number {
  return ledger.length > 0 ? 1 : number
}

/** What was told of and did not come is missing from now on. */
export function countOverdue(ledger: Ledger): Ledger {
  return ledger.some((sequence) => sequence.told > sequence.last) ? ledger.map(takeOverdue) : ledger
}

/** These will never come. */
export function giveUpOf(ledger: Ledger, epoch: string, [from, to]: readonly [number, number], at: number): Ledger {
  return ledger.map((sequence) => (sequence.epoch === epoch ? giveUp(sequence, from, to, at) : sequence))
}

/** The oldest events that are missing: of the oldest epoch, the first numbers, at most so many. */
export function nextGap(ledger: Ledger, eventsMax: number): Gap | undefined {
  const sequence = ledger.findLast(({ missing }) => missing.length > 0)
  const range = sequence?.missing[0]
  if (sequence === undefined || range === undefined) return undefined
  return { epoch: sequence.epoch, from: range[0], to: Math.min(range[1], range[0] + eventsMax - 1) }
}

/** How many events should have come and have not. */
export function missingIn(ledger: Ledger): number {
  return ledger.reduce((sum, { missing }) => sum + howMany(missing), 0)
}

/** How many will never come. */
export function lostIn(ledger: Ledger): number {
  return ledger.reduce((sum, { givenUp }) => sum + givenUp, 0)
}

/** The oldest epoch is forgotten when there are too many: a desk whose store is replaced that often has another trouble. */
function inFront(ledger: Ledger, sequence: Sequence): Ledger {
  return [sequence, ...ledger.filter(({ epoch }) => epoch !== sequence.epoch)].slice(0, hubLimits.epochsMax)
}

function inPlace(ledger: Ledger, sequence: Sequence): Ledger {
  return ledger.map((known) => (known.epoch === sequence.epoch ? sequence : known))
}
