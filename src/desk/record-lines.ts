import { type Call, type CallState, type CallWord, isLive } from './call.ts'
import type { Desk } from './desk.ts'
import type { LineReading } from './event.ts'
import { canMean, fitOfWord, namedCall, remoteOf } from './find-call.ts'
import { limits, type Policy } from './policy.ts'
import { clear, recordWordOf, replace } from './record-call.ts'

/** What it costs to take a line for a call, beside the change of its state: another party is much, a call that nobody knew of more than anything. */
const otherPartyCost = 10
const newCallCost = 1000
/** So many calls are compared with the lines: all that go on, and some that are over since a moment. */
const comparedMax = limits.callsMax + 4

/**
 * Reads all lines at once: what the phone shows is so, and what it does not show is over, unless it has only just begun. No two lines are one call;
 * where calls look alike, the lines are taken so that, all together, they surprise least.
 */
export function recordLines(desk: Desk, lines: readonly LineReading[], policy: Policy): Desk {
  const shown = withoutDoubles(lines.slice(0, limits.callsMax))
  const meant = callsOf(desk, shown, policy)
  const isShown = ({ id }: Call): boolean => meant.some((call) => call?.id === id)
  const isOld = (call: Call): boolean => desk.calls.some(({ id }) => id === call.id) && desk.at - call.since >= limits.reorderMs
  const record = (rest: Desk, unknown: boolean): Desk =>
    shown.reduce((before, line, index) => ((meant[index] === undefined) === unknown ? recordLine(before, line, meant[index], policy) : before), rest)
  const known = record(desk, false)
  const left = known.calls.filter((call) => isLive(call) && !isShown(call) && isOld(call)).reduce((rest, call) => clear(rest, call, 'unknown'), known)
  // New calls last: one that is over by this very reading keeps nobody waiting.
  return record(left, true)
}

/** A phone that shows one id on two lines shows one call. */
function withoutDoubles(lines: readonly LineReading[]): readonly LineReading[] {
  return lines.filter(({ ref }, index) => ref.phoneId === undefined || index === lines.findIndex((other) => other.ref.phoneId === ref.phoneId))
}

function recordLine(desk: Desk, line: LineReading, meant: Call | undefined, policy: Policy): Desk {
  const call = desk.calls.find(({ id }) => id === meant?.id)
  const after = recordWordOf(desk, call, line.ref, wordOfLine(line, call?.state), policy)
  const read = after.lastCall > desk.lastCall ? after.calls.at(-1) : after.calls.find(({ id }) => id === call?.id)
  if (read === undefined || line.conference !== true || read.conference) return after
  return replace(after, read, { ...read, conference: true, touched: true })
}

function wordOfLine({ state }: LineReading, known: CallState | undefined): CallWord {
  if (state === 'alerting') return 'delivered'
  if (state === 'initiated') return 'originated'
  if (state === 'held') return 'held'
  return known === 'held' ? 'retrieved' : 'established'
}

/** Which call each line shows; `undefined` for one that the desk does not know yet. The phone's ids settle it where there are any. */
function callsOf(desk: Desk, lines: readonly LineReading[], policy: Policy): readonly (Call | undefined)[] {
  const named = lines.map(({ ref }) => namedCall(desk.calls, ref))
  const others = desk.calls.filter((call) => !named.includes(call))
  const recent = others.filter((call) => !isLive(call) && desk.at - call.since < limits.reorderMs)
  const compared = [...recent, ...others.filter(isLive)].slice(-comparedMax)
  const unnamed = lines.filter((_, index) => named[index] === undefined)
  const found = cheapest(unnamed, compared, (line, call) => costOf(line, call, desk, policy))
  let next = 0
  return named.map((call) => call ?? found[next++])
}

/** How much it would surprise if this line were this call. `Infinity`: it cannot be. */
function costOf(line: LineReading, call: Call, desk: Desk, policy: Policy): number {
  const meant = { ref: line.ref, remote: remoteOf(line.ref, policy), at: desk.at }
  if (!canMean(call, meant)) return Number.POSITIVE_INFINITY
  const party = call.remote.number === meant.remote.number ? 0 : otherPartyCost
  if (call.state === line.state) return party
  const surprise = fitOfWord(wordOfLine(line, call.state))(call, meant)
  return surprise === undefined ? Number.POSITIVE_INFINITY : party + 1 + 2 * surprise
}

interface Taken {
  readonly cost: number
  readonly calls: readonly (Call | undefined)[]
}

/**
 * The cheapest way to give each line a call of its own, tried in full: there are few, and each set of calls that is still free is looked at once. Of ways
 * that cost the same, the one that has lines and calls in the same order; of too few lines, those of the younger calls.
 */
function cheapest(lines: readonly LineReading[], calls: readonly Call[], cost: (line: LineReading, call: Call) => number): readonly (Call | undefined)[] {
  const known = new Map<string, Taken>()
  function upTo(index: number, used: number): Taken {
    const line = lines[index]
    if (line === undefined) return { cost: 0, calls: [] }
    const key = `${index} ${used}`
    const before = known.get(key)
    if (before !== undefined) return before
    const without = upTo(index - 1, used)
    let best: Taken = { cost: without.cost + newCallCost, calls: [...without.calls, undefined] }
    for (const [place, call] of [...calls.entries()].reverse()) {
      const bit = 1 << place
      const own = (used & bit) === 0 ? cost(line, call) : Number.POSITIVE_INFINITY
      const rest = own < newCallCost ? upTo(index - 1, used | bit) : undefined
      if (rest !== undefined && rest.cost + own < best.cost) best = { cost: rest.cost + own, calls: [...rest.calls, call] }
    }
    known.set(key, best)
    return best
  }
  return upTo(lines.length - 1, 0).calls
}
