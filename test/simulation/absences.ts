import type { Event, Fact } from '../../src/desk/event.ts'
import { between, chance, createRandom } from '../../src/simulator/random.ts'
import { mondayNine } from '../desk/script.ts'

export const start = 3_600_000
/** All that happens in an invented day happens on such a beat, so that no two settings come closer than a desk allows. */
export const beatMs = 30_000
const hour = 3_600_000
export const dayMs = 8 * hour

/** What happens at the desk: the fact that the agent hears, or what a person does at the phone without a word of it. */
export type Happening = { readonly at: number; readonly what: 'leaves' | 'comes back' | 'works' | 'freeze' | 'unfreeze' | 'turns it off' } | Seen
interface Seen {
  readonly at: number
  readonly what: 'takes calls' | 'takes no calls'
  readonly desk: 'usc-14' | 'usc-15'
}

/** One invented day of a clerk who comes and goes, of two substitutes who do so, too, and of a person at the phone. */
export function inventAbsences(seed: number): readonly Happening[] {
  const random = createRandom(seed)
  const happenings: Happening[] = []
  let works = 0
  let [here, frozen] = [true, false]
  const takes = { 'usc-14': true, 'usc-15': true }
  for (let at = start + beatMs; at < start + dayMs; at += beatMs * Math.ceil(between(random, 0, 40))) {
    const what = between(random, 0, 1)
    if (what < 0.45) {
      here = !here
      happenings.push({ at, what: here ? 'comes back' : 'leaves' })
    } else if (what < 0.8) {
      const desk = chance(random, 0.5) ? 'usc-14' : 'usc-15'
      takes[desk] = !takes[desk]
      happenings.push({ at, what: takes[desk] ? 'takes calls' : 'takes no calls', desk })
    } else if (what < 0.85) {
      frozen = !frozen
      happenings.push({ at, what: frozen ? 'freeze' : 'unfreeze' })
    } else if (what < 0.9 && works < 2) {
      works += 1
      happenings.push({ at, what: 'works' })
    } else if (what > 0.93) happenings.push({ at, what: 'turns it off' })
  }
  return happenings
}

/** What the agent hears of it. */
export function factsOf(happening: Happening): readonly Fact[] {
  switch (happening.what) {
    case 'leaves':
    case 'comes back':
      return [{ type: 'seat.seen', occupied: happening.what === 'comes back' }]
    case 'works':
      return [
        { type: 'phone.hook', hook: 'off' },
        { type: 'phone.hook', hook: 'on' },
      ]
    case 'freeze':
    case 'unfreeze':
      return [{ type: 'command.freeze', on: happening.what === 'freeze' }]
    case 'turns it off':
      return [{ type: 'phone.forwarding', kind: 'no-answer', on: false }]
    default:
      return [{ type: 'substitute.seen', desk: happening.desk, takesCalls: happening.what === 'takes calls' }]
  }
}

export const morning: readonly Event[] = (
  [
    { type: 'agent.started', version: 'simulation' },
    { type: 'clock.set', wall: mondayNine, synced: true },
    { type: 'phone.reachable', reachable: true },
    { type: 'phone.capable', hold: true, forward: ['no-answer'] },
    { type: 'seat.seen', occupied: true },
    { type: 'substitute.seen', desk: 'usc-14', takesCalls: true },
    { type: 'substitute.seen', desk: 'usc-15', takesCalls: true },
  ] as const
).map((fact) => ({ ...fact, at: start }))

/**
 * Where the phone should forward to at an instant, worked out from the day as a whole and not step by step: the procedure's ten minutes, the office's half past
 * three, the first substitute who takes calls; and nothing any more in an absence in which a person has turned it off.
 */
export function expectedTarget(day: readonly Happening[], at: number): string | undefined {
  const past = day.filter((one) => one.at <= at)
  const since = absentSince(past, at)
  if (since === undefined || past.findLast(({ what }) => what === 'freeze' || what === 'unfreeze')?.what === 'freeze') return undefined
  const taken = past.some((one) => one.what === 'turns it off' && one.at >= since && expectedTarget(day, one.at - 1) !== undefined)
  if (taken) return undefined
  return (['usc-14', 'usc-15'] as const).find((desk) => past.findLast((one) => 'desk' in one && one.desk === desk)?.what !== 'takes no calls')
}

/** Since when the clerk has been away for long, at this instant; the office closes at half past three, six and a half hours after nine. */
function absentSince(past: readonly Happening[], at: number): number | undefined {
  if (at >= start + 6.5 * hour || past.findLast(({ what }) => what === 'leaves' || what === 'comes back')?.what !== 'leaves') return undefined
  const last = past.findLast(({ what }) => what === 'leaves' || what === 'works')?.at ?? 0
  return at >= last + 600_000 ? last + 600_000 : undefined
}
