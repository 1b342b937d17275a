import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { asterisk, freeswitch, kamailio, yealink } from './documents.ts'
import { twoSources } from './two-sources.ts'

const remote = fc.constantFrom('0857654321', '0600700800', '101', 'anonymous')
const direction = fc.constantFrom('initiator' as const, 'recipient' as const)
const id = fc.constantFrom('a', 'b', 'c', 'd')
const state = fc.constantFrom('early' as const, 'confirmed' as const, 'terminated' as const)
const documents = fc.oneof(
  fc.record({ state, remote }).map((one) => asterisk(one)),
  fc.record({ state, remote }).map((one) => asterisk({ ...one, rendering: 'no' })),
  fc.array(fc.record({ id, state: fc.oneof(state, fc.constant('Trying' as const)), direction, remote }), { maxLength: 4 }).map((all) => kamailio(all)),
  fc.record({ id, state, direction, remote, rendering: fc.constantFrom('yes' as const, 'no' as const) }).map((one) => freeswitch(one)),
  fc.array(fc.record({ id, state, direction, remote }), { maxLength: 3 }).map((all) => yealink('partial', all)),
  fc.constantFrom('', '<', '<!DOCTYPE x>'),
)
const ref = fc.record({ phoneId: fc.constantFrom('1', '2', '3'), remote }, { requiredKeys: [] })
const words: fc.Arbitrary<Fact> = fc.oneof(
  ...(['call.delivered', 'call.originated', 'call.established', 'call.held', 'call.retrieved'] as const).map((type) =>
    fc.record({ type: fc.constant(type), ref }),
  ),
  fc.record({ type: fc.constant('call.cleared' as const), ref, cause: fc.constantFrom('unknown' as const, 'missed' as const, 'rejected' as const) }),
  fc.constantFrom<Fact>(
    { type: 'phone.restarted' },
    { type: 'phone.idle', idle: true },
    { type: 'phone.forwarding', kind: 'always', on: true, target: '6014' },
  ),
)
const step = fc.record({
  afterMs: fc.constantFrom(0, 10, 500, 1500, 20_000, 400_000),
  what: fc.oneof(
    documents.map((body) => ({ body })),
    words.map((word) => ({ word })),
    fc.constantFrom({ down: true }, { restart: true }),
  ),
})

it.each(['ignore', 'local'] as const)('whatever either says, in any order (hold: %s): it comes to rest, and says no more than there is to say', (semantics) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = twoSources({ semantics })
      let at = 0
      for (const { afterMs, what } of steps) {
        at += afterMs
        if ('body' in what) world.notify(at, what.body)
        else if ('word' in what) world.phone(at, what.word)
        else if ('down' in what) world.down(at)
        else world.fact(at, { type: 'agent.started', version: 'test' })
      }
      world.wait(at + 600_000)
      expect(world.told.length).toBeLessThanOrEqual(steps.length * 4 * limits.callsMax)
      if (semantics === 'ignore') expect(world.told.filter(({ fact }) => /held|retrieved/.test(fact.type))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

it('rendering=no alone never rings a desk, whatever the state and the direction', () => {
  const held = fc.record({ id, state, direction, remote }).map((one) => freeswitch({ ...one, rendering: 'no' }))
  fc.assert(
    fc.property(fc.array(held, { minLength: 1, maxLength: 10 }), fc.constantFrom('ignore' as const, 'local' as const), (all, semantics) => {
      const world = twoSources({ semantics })
      all.forEach((body, index) => void world.notify(index * 2000, body))
      expect(world.told.map(({ fact }) => fact.type)).not.toContain('call.delivered')
      expect(world.effects.filter((effect) => effect.type === 'notice' && effect.name === 'call.alerting')).toEqual([])
    }),
    { numRuns: 100 },
  )
})
