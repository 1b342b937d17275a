import { daySteps } from '../desk/day-counts.ts'
import type { DayCounters } from './level-messages.ts'

/**
 * The figures of the office's report (procedure §4.5) from a day's counters, and from nothing else; those of several desks or days come of the sums
 * of their counters. The formulas are data, so that the page docs/reference/kpi.md can be held to them.
 */
export interface Kpi {
  readonly id: string
  readonly name: string
  /** A fraction from 0 to 1, a number of something, or a step of a histogram: the value that so large a share does not exceed. */
  readonly is: 'share' | 'count' | 'quantile'
  /** Counters to add up; with `-` before it, one to take away; `x.*` is all whose names begin with `x.`. */
  readonly of: readonly string[]
  /** What a share is a share of. */
  readonly per?: readonly string[]
  readonly quantile?: number
}

/** Calls that III.1 is about: answered here or missed, without those that asked nothing of the clerk. */
const counted = ['answered', 'missed', '-answered.excluded.*', '-missed.excluded.*', '-missed.early']
const share = (id: string, name: string, of: readonly string[], per: readonly string[]): Kpi => ({ id, name, is: 'share', of, per })
const count = (id: string, name: string, ...of: readonly string[]): Kpi => ({ id, name, is: 'count', of })
const quantile = (id: string, name: string, prefix: string, at: number): Kpi => ({ id, name, is: 'quantile', of: [`${prefix}.*`], quantile: at })

export const kpis: readonly Kpi[] = [
  share('K1', 'answered by the third ring', ['answered.inRule'], counted),
  share('K1.strict', 'answered within the third burst', ['answered.strict'], counted),
  count('K1.excluded', 'calls that do not count', 'answered.excluded.*', 'missed.excluded.*', 'missed.early'),
  share('K1.estimated', 'of the counted rings, those derived from time', ['rings.estimated'], ['rings.*']),
  quantile('K1.median', 'seconds until the answer, median', 'waits', 0.5),
  share('K2', 'answered at all', ['answered', 'ended.answered-elsewhere'], ['answered', 'missed', 'ended.answered-elsewhere']),
  count('K2.abandoned', 'callers who gave up before the rule was broken', 'missed.beforeLimit'),
  share('K3', 'missed callers tried in time', ['callbacks.inTime'], ['callbacks.inTime', 'callbacks.late']),
  count('K3.withheld', 'missed callers whom nobody can call', 'callbacks.uncallable'),
  share('K3.declared', 'of the missed callers done with, those only declared so', ['missedCallers.declared'], ['missedCallers.*']),
  share('K4', 'missed callers spoken with', ['missedCallers.desk', 'missedCallers.caller-reached-us'], ['missedCallers.*']),
  quantile('K4.tries', 'calls until they were reached, median', 'tries', 0.5),
  quantile('K5.median', 'working minutes to the first try, median', 'callbacks.firstTry', 0.5),
  quantile('K5.p90', 'working minutes to the first try, 90 in 100', 'callbacks.firstTry', 0.9),
  share('K6', 'promises kept', ['promises.inTime'], ['promises.*']),
  count('K6.reassigned', 'promises given to the substitute', 'callback.reassigned'),
  share('K7.long', 'holds beyond the reminder', ['holds.long'], ['holds']),
  share('K7.overdue', 'holds beyond the limit', ['holds.overdue'], ['holds']),
  count('K7.abandoned', 'callers who gave up on hold', 'holds.abandoned'),
  share('K7.calledBack', 'of them, tried in time', ['abandoned.inTime'], ['abandoned.inTime', 'abandoned.late']),
  share('K8', 'forced holds per answered call', ['hold.forced'], ['answered', 'answered.outgoing']),
  share('K8.undone', 'of them, taken back within five seconds', ['holds.forcedUndone'], ['hold.forced']),
  share('K9', 'longer absences in which somebody took the calls', ['absences.covered'], ['absences.coverable']),
  count('K9.nobody', 'times when no substitute could', 'absences.uncovered.nobody-takes-calls'),
  share('K10', 'transfers that were announced', ['transfers.attended'], ['transfers.attended', 'transfers.blind', 'transfers.unknown']),
  count('K10.failed', 'transfers that failed', 'transfers.failed'),
  share('K11', 'the caller hung up first', ['hungUpFirst.remote'], ['hungUpFirst.remote', 'hungUpFirst.local']),
  share('K11.coverage', 'of the conversations, those of which it is known', ['hungUpFirst.remote', 'hungUpFirst.local'], ['hungUpFirst.*']),
  share('K12', 'working time that was watched', ['observedWorkingMs'], ['scheduledMs']),
  share('gaming.held', 'answered and on hold within five seconds', ['gaming.heldSoon'], ['answered']),
  share('gaming.ended', 'answered and over within ten seconds', ['gaming.endedSoon'], ['answered']),
  count('gaming.offHook', 'handset lifted without a call', 'gaming.offHookWithoutTalk'),
]

/** A figure; `null` where there is nothing to make it of, and for a quantile beyond the last step. */
export type KpiValue = number | null

export function kpisOf({
  counts,
  observedWorkingMs,
  scheduledMs,
}: Pick<DayCounters, 'counts' | 'observedWorkingMs' | 'scheduledMs'>): Readonly<Record<string, KpiValue>> {
  const all: Readonly<Record<string, number>> = { ...counts, observedWorkingMs, scheduledMs }
  return Object.fromEntries(kpis.map((kpi): [string, KpiValue] => [kpi.id, figureOf(kpi, all)]))
}

function figureOf({ is, of, per = [], quantile: at = 0 }: Kpi, counts: Readonly<Record<string, number>>): KpiValue {
  if (is === 'quantile') return quantileOf(of[0]?.replace(/\.\*$/, '') ?? '', at, counts)
  const whole = sum(counts, per)
  if (is === 'share') return whole > 0 ? sum(counts, of) / whole : null
  return sum(counts, of)
}

function sum(counts: Readonly<Record<string, number>>, terms: readonly string[]): number {
  return terms.reduce((total, term) => total + (term.startsWith('-') ? -1 : 1) * amount(counts, term.replace(/^-/, '')), 0)
}

function amount(counts: Readonly<Record<string, number>>, term: string): number {
  if (!term.endsWith('.*')) return counts[term] ?? 0
  return Object.entries(counts).reduce((total, [name, value]) => (name.startsWith(term.slice(0, -1)) ? total + value : total), 0)
}

const steps: Readonly<Record<string, readonly number[]>> = { waits: daySteps.waits, tries: daySteps.tries, 'callbacks.firstTry': daySteps.firstTry }

/** The first step within which so large a share is. The true value is at most that, and more than the step before. */
function quantileOf(name: string, at: number, counts: Readonly<Record<string, number>>): KpiValue {
  const total = amount(counts, `${name}.*`)
  let reached = 0
  for (const step of steps[name] ?? []) {
    reached += counts[`${name}.within${step}`] ?? 0
    if (total > 0 && reached >= at * total) return step
  }
  return null
}

/** A formula as the page writes it. */
export function formulaOf({ is, of, per, quantile: at }: Kpi): string {
  const terms = (names: readonly string[]): string =>
    names.map((name, index) => `${name.startsWith('-') ? '− ' : index === 0 ? '' : '+ '}\`${name.replace(/^-/, '')}\``).join(' ')
  if (is === 'quantile') return `${at === 0.5 ? 'median' : `${(at ?? 0) * 100} in 100`} of ${terms(of)}`
  return per === undefined ? terms(of) : `(${terms(of)}) / (${terms(per)})`
}
