import { describe, expect, test } from 'vitest'
import { type Desk, due, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Event } from '../../src/desk/event.ts'
import type { Policy } from '../../src/desk/policy.ts'
import { forwardingPhone } from '../desk/forwarding-phone.ts'
import { policy } from '../desk/script.ts'
import { beatMs, dayMs, expectedTarget, factsOf, type Happening, inventAbsences, morning, start } from './absences.ts'

const wanted = process.env['THIRD_RING_SEED']
const seeds = wanted === undefined ? Array.from({ length: 60 }, (_, index) => index + 1) : [Number(wanted)]
const replay = (seed: number): string => `seed ${seed}; play it again with: THIRD_RING_SEED=${seed} npx vitest run test/simulation/leases.test.ts`
const rules: Policy = {
  ...policy,
  desk: 'usc-12',
  substitutes: [
    { desk: 'usc-14', number: 'usc-14' },
    { desk: 'usc-15', number: 'usc-15' },
  ],
}

interface Played {
  readonly desk: Desk
  readonly effects: readonly Stamped[]
  /** The phone's target at each beat, and just before and after it. */
  readonly targets: readonly (readonly [number, string | undefined])[]
}

/** Lives through a day with a phone that does as it is told, deadline by deadline. */
function play(day: readonly Happening[]): Played {
  const phone = forwardingPhone()
  const effects: Stamped[] = []
  const targets: [number, string | undefined][] = []
  let desk = emptyDesk(start)
  const one = (event: Event): void => {
    const taken = take(desk, event, rules)
    desk = taken.desk
    effects.push(...taken.effects)
    for (const effect of taken.effects) for (const { fact } of phone.take(effect)) one({ ...fact, at: event.at })
  }
  const until = (at: number): void => {
    for (let next = due(desk, rules); next !== undefined && next <= at; next = due(desk, rules)) one({ type: 'tick', at: next })
  }
  for (const event of morning) one(event)
  for (let at = start + beatMs; at < start + dayMs; at += beatMs) {
    until(at - 1)
    targets.push([at - 1, phone.on.get('no-answer')])
    until(at)
    for (const happening of day.filter((each) => each.at === at)) {
      if (happening.what === 'turns it off') phone.on.clear()
      for (const fact of factsOf(happening)) one({ ...fact, at })
    }
    // Echoes over: what was in doubt has been looked into.
    until(at + 11_000)
    targets.push([at + 11_000, phone.on.get('no-answer')])
  }
  return { desk, effects, targets }
}

describe('invented absences, beside an oracle that works them out a second time', () => {
  test('at every moment the phone forwards where it should, and nowhere else', () => {
    const seen = new Map<string, number>()
    for (const seed of seeds) {
      const day = inventAbsences(seed)
      for (const [at, target] of play(day).targets) {
        const right = expectedTarget(day, at)
        if (target !== right) expect.fail(`at ${at - start} it goes to ${target}, the oracle says ${right}; ${replay(seed)}`)
        seen.set(right ?? 'nobody', (seen.get(right ?? 'nobody') ?? 0) + 1)
      }
    }
    if (wanted === undefined) for (const target of ['usc-14', 'usc-15', 'nobody']) expect(seen.get(target), target).toBeGreaterThan(1000)
  })

  test('each played twice is the same to the last letter', () => {
    for (const seed of seeds.slice(0, 20)) {
      const [one, other] = [play(inventAbsences(seed)), play(inventAbsences(seed))]
      expect(JSON.stringify(one) === JSON.stringify(other), replay(seed)).toBe(true)
    }
  })

  test('what is said adds up: each forwarding that began has ended, and each order has its own number', () => {
    for (const seed of seeds) {
      const { effects, desk } = play(inventAbsences(seed))
      const said = effects.flatMap((effect) => (effect.type === 'notice' && /^forwarding\.(on|off)$/.test(effect.name) ? [effect.name] : []))
      expect(said, replay(seed)).toEqual(said.map((_, index) => (index % 2 === 0 ? 'forwarding.on' : 'forwarding.off')))
      expect(said.length % 2, replay(seed)).toBe(0)
      expect(desk.lease, replay(seed)).toBeUndefined()
      const orders = effects.flatMap((effect) => (effect.type === 'phone.forward' ? [effect.order] : []))
      expect(orders, replay(seed)).toEqual(orders.map((_, index) => index + 1))
    }
  })
})
