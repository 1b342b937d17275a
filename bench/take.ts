/**
 * How many events a second the core takes, beside a loop over the very same event objects that only looks at each: what Node needs to touch them at all.
 * One desk's busiest hour has some thousand events, so this says how much life `simulate` and a replay of the journal can go through.
 */
import { policyFrom } from '../src/config/policy.ts'
import { emptyDesk, take } from '../src/desk/desk.ts'
import type { Event } from '../src/desk/event.ts'
import { polishNumbering } from '../src/desk/number.ts'
import type { Policy } from '../src/desk/policy.ts'
import { policyDefaults } from '../src/desk/policy.ts'
import { median, printTable, quantile, ratio } from './figures.ts'
import { history } from './history.ts'

const seed = 1
const eventsMin = 20_000
const rounds = 5

const day = ['07:30-15:30']
const workingHours = {
  timezone: 'Europe/Warsaw',
  week: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [], sun: [] },
  holidays: 'pl',
  exceptions: {},
} as const
const policy: Policy = policyFrom({ policy: { ...policyDefaults, workingHours }, numbers: polishNumbering, substitutes: [] })

/** What was said, so that the work cannot be left out by a clever compiler, and so that a fast run that does nothing is seen. */
function takeAll(events: readonly Event[]): number {
  let desk = emptyDesk(0)
  let notices = 0
  for (const event of events) {
    const taken = take(desk, event, policy)
    desk = taken.desk
    for (const effect of taken.effects) if (effect.type === 'notice') notices += 1
  }
  return notices
}

/** The floor: reads each event's type and instant and keeps one small new value, as the least fold over the same objects. */
function foldAll(events: readonly Event[]): number {
  let last = { at: 0, calls: 0 }
  for (const event of events) last = least(last, event)
  return last.calls
}

function least(last: { readonly at: number; readonly calls: number }, event: Event): { at: number; calls: number } {
  return { at: event.at, calls: event.type === 'call.delivered' ? last.calls + 1 : last.calls }
}

/** Seconds of each round; both sides take turns, so that a busy machine burdens both alike. The first round of each only warms up. */
function measure(sides: readonly (() => number)[]): readonly (readonly number[])[] {
  const seconds = sides.map((): number[] => [])
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, side] of sides.entries()) {
      const startedMs = performance.now()
      if (side() === 0) throw new Error('nothing was done: the history or the desk is wrong')
      if (round > 0) seconds[index]?.push((performance.now() - startedMs) / 1000)
    }
  }
  return seconds
}

/** Two clerks: the ledger of the second grows, and what is asked at each event grows with it. */
for (const [clerk, sentence] of [
  ['calls-back', 'a clerk who calls back'],
  ['neglects', 'a clerk who calls nobody back: the ledger fills'],
] as const) {
  const events = history(seed, eventsMin, clerk)
  const [takeSeconds = [], foldSeconds = []] = measure([() => takeAll(events), () => foldAll(events)])
  const cells = (seconds: readonly number[]) => {
    const perSecond = (share: number) => Math.round(events.length / quantile(seconds, share)).toLocaleString('en')
    return [perSecond(0.5), `${perSecond(1)}–${perSecond(0)}`, `${((median(seconds) / events.length) * 1e6).toFixed(3)} µs`]
  }
  printTable(
    `take, ${sentence}: ${events.length.toLocaleString('en')} events of seed ${seed}, ${rounds} rounds`,
    ['', 'events/s', 'slowest–fastest', 'time for one'],
    [
      ['`take`', ...cells(takeSeconds)],
      ['bare fold over the same events', ...cells(foldSeconds)],
      ['ratio', ratio(median(takeSeconds), median(foldSeconds)), '', ''],
    ],
  )
}
