import { expect, test } from 'vitest'
import type { HoldOutcome } from '../../src/desk/event.ts'
import { caller, type Script, script } from './script.ts'

const ref = { phoneId: '1', ...caller }
/** In a call that the clerk has just left, the phone is asked to hold at 17 s. */
function asked(): Script {
  return script()
    .at(0, { type: 'call.delivered', ref })
    .at(3000, { type: 'call.established', ref })
    .at(9000, { type: 'seat.seen', occupied: false })
    .at(17_000, { type: 'tick' })
}

test('nothing is said of a phone that was told nothing', () => {
  expect(asked().desk.phone.lastAction).toBeUndefined()
})

test.each(['sent', 'refused', 'unsupported', 'unreachable', 'unsafe'] as HoldOutcome[])('the driver’s answer to a hold: %s', (outcome) => {
  const desk = asked().at(17_100, { type: 'hold.answered', call: 'c1', attempt: 1, outcome })
  const { lastAction } = desk.desk.phone
  const given = outcome === 'sent' || outcome === 'unreachable' ? outcome : 'unconfirmed'
  expect(lastAction).toEqual({ action: 'hold', outcome: given, at: 3_617_100 })
})

test('then the phone’s own word that the call is held, or that there was none', () => {
  const held = asked().at(17_100, { type: 'hold.answered', call: 'c1', attempt: 1, outcome: 'sent' }).at(17_200, { type: 'call.held', ref })
  expect(held.desk.phone.lastAction).toEqual({ action: 'hold', outcome: 'confirmed', at: 3_617_200 })
  const silent = asked().at(17_100, { type: 'hold.answered', call: 'c1', attempt: 1, outcome: 'sent' }).at(30_000, { type: 'tick' })
  expect(silent.desk.phone.lastAction).toMatchObject({ outcome: 'unconfirmed' })
})
