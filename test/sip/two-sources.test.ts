import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLive } from '../../src/desk/call.ts'
import { calls, heardBySomebody, live, noTroubles, type Shape, type Troubles, type TrueCall, troubles } from './histories.ts'

const runs = { numRuns: Number(process.env['TWO_SOURCES_RUNS'] ?? 100), seed: Number(process.env['THIRD_RING_SEED'] ?? 20_261_126) }
const every = (length: number, fate: 'lost'): readonly 'lost'[] => Array.from({ length }, () => fate)

/** Who was answered, missed, is owed a call; whatever became of the messages. */
function same(history: readonly TrueCall[], shape: Shape, disturbed: Troubles): void {
  const quiet = live(history, shape, noTroubles)
  const world = live(history, shape, disturbed)
  expect(world.outcomes().toSorted()).toEqual(quiet.outcomes().toSorted())
  expect(world.desk.calls.filter(isLive)).toEqual([])
}

describe.each(['kamailio', 'asterisk'] as const)('two sources, an exchange like %s', (shape) => {
  const check = (change: (all: Troubles) => Troubles): void => {
    fc.assert(
      fc.property(calls(shape), troubles, (history, all) => same(history, shape, change(all))),
      runs,
    )
  }
  it('undisturbed, each call comes to what it was, and the exchange adds nothing', () => {
    fc.assert(
      fc.property(calls(shape), (history) => {
        const world = live(history, shape, noTroubles)
        const words = world.outcomes().map((line) => line.split(' ')[0])
        const incoming = history.filter(({ direction }) => direction === 'in')
        expect(words.filter((word) => word === 'answered')).toHaveLength(history.filter(({ answeredAt }) => answeredAt !== undefined).length)
        expect(words.filter((word) => word === 'missed')).toHaveLength(incoming.filter(({ answeredAt }) => answeredAt === undefined).length)
        expect(words.filter((word) => word === 'callback')).toHaveLength(incoming.filter(({ answeredAt }) => answeredAt === undefined).length)
        expect(world.told).toEqual([])
      }),
      runs,
    )
  })
  it('any of the phone’s words lost or doubled', () => {
    check(({ phone, lateMs }) => ({ phone, exchange: [], lateMs }))
  })
  it('any of the exchange’s words lost or doubled', () => {
    check(({ exchange, lateMs }) => ({ phone: [], exchange, lateMs }))
  })
  it('any of either, so long as somebody says it', () => {
    check(heardBySomebody)
  })
  it('a phone that posts nothing at all', () => {
    check(({ lateMs }) => ({ phone: every(18, 'lost'), exchange: [], lateMs }))
  })
})
