import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Desk, take } from '../../src/desk/desk.ts'
import { limits } from '../../src/desk/policy.ts'
import { history, live, office } from './histories.ts'

const states = ['alerting', 'initiated', 'connected', 'held'] as const
/** Few parties and no ids, so that lines and calls look alike. */
const alike = fc.constantFrom({}, { withheld: true }, { remote: '0857654321' }, { remote: '858797979' })
const lines = fc.array(fc.record({ ref: alike, state: fc.constantFrom(...states) }), { maxLength: 5 })
const runs = { numRuns: 100, seed: Number(process.env['THIRD_RING_SEED'] ?? 20_261_126) }

const liveStates = (desk: Desk): string[] => desk.calls.flatMap(({ state }) => (state === 'cleared' ? [] : [state])).sort()
const read = (desk: Desk, shown: readonly unknown[], at = desk.at): Desk => take(desk, { type: 'phone.lines', lines: shown as never, at }, office).desk

describe('a reading of lines that look alike', () => {
  test('leaves the calls that it shows, each in its state and none twice, whatever was there before', () => {
    fc.assert(
      fc.property(history, lines, lines, (events, first, second) => {
        const quiet = live(events).desk
        const once = read(quiet, first)
        expect(liveStates(once)).toEqual(first.map(({ state }) => state).sort())
        const later = read(once, second, once.at + limits.reorderMs)
        expect(liveStates(later)).toEqual(second.map(({ state }) => state).sort())
      }),
      runs,
    )
  })

  test('told again, changes nothing, in whichever order the lines come', () => {
    fc.assert(
      fc.property(history, lines, (events, shown) => {
        const once = read(live(events).desk, shown)
        const calls = (desk: Desk): unknown => desk.calls.map(({ id, state, since }) => `${id} ${state} ${since}`)
        for (const again of [shown, [...shown].reverse()])
          expect(calls(read(once, again, once.at + 60_000))).toEqual(calls(take(once, { type: 'tick', at: once.at + 60_000 }, office).desk))
      }),
      runs,
    )
  })
})
