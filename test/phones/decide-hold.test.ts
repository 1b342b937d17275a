import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideHold, type Line, toLineReadings } from '../../src/phones/grandstream/line-status.ts'

const maria = { remote: '857221122' }
const jan = { remote: '601234567' }
let next = 1
const line = (state: Line['state'], ref: Line['ref'] = {}, marks: Partial<Line> = {}): Line => ({
  line: next++,
  state,
  ref,
  active: false,
  conference: false,
  ...marks,
})

describe('by a reading of the lines', () => {
  test.each([
    ['the one call that talks', [line('connected', maria), line('idle')], maria, 'hold'],
    ['written in another way', [line('connected', { remote: '+48857221122' })], { remote: '0857221122' }, 'hold'],
    ['that shows no number', [line('connected')], maria, 'hold'],
    ['asked for without a number', [line('connected', maria)], {}, 'hold'],
    ['asked for without a number, while another waits on hold', [line('connected', maria), line('held', jan)], {}, 'hold'],
    ['of a caller who keeps the number back', [line('connected', { withheld: true })], { withheld: true }, 'hold'],
    ['while another rings', [line('connected', maria), line('alerting', jan)], maria, 'hold'],
    ['while another is on hold', [line('connected', maria), line('held', jan)], maria, 'hold'],
    ['nobody', [line('idle'), line('idle')], maria, 'not-connected'],
    ['no lines at all', [], maria, 'not-connected'],
    ['only ringing', [line('alerting', maria)], maria, 'not-connected'],
    ['only dialled', [line('initiated', maria)], maria, 'not-connected'],
    ['somebody else', [line('connected', jan)], maria, 'not-connected'],
    ['somebody else, who keeps the number back', [line('connected', { withheld: true })], maria, 'not-connected'],
    ['on hold already', [line('held', maria)], maria, 'already-held'],
    ['on hold already while another talks', [line('held', maria), line('connected', jan)], maria, 'already-held'],
    ['two calls of one number, one on hold', [line('connected', maria), line('held', maria)], maria, 'unsafe'],
    ['two that talk', [line('connected', maria), line('connected', jan)], maria, 'unsafe'],
    ['two that talk, and this one is in front', [line('connected', maria, { active: true }), line('connected', jan)], maria, 'hold'],
    ['two that talk, and the other is in front', [line('connected', maria), line('connected', jan, { active: true })], maria, 'unsafe'],
    ['two that talk, both in front', [line('connected', maria, { active: true }), line('connected', jan, { active: true })], maria, 'unsafe'],
    ['the one on hold is in front', [line('connected', maria), line('held', jan, { active: true })], maria, 'unsafe'],
    ['a line in a state that nobody knows', [line('connected', maria), line('unknown', jan)], maria, 'unsafe'],
    ['a conference', [line('connected', maria, { conference: true })], maria, 'unsafe'],
  ] as const)('%s: %s %s %s', (_name, lines, ref, expected) => {
    const decision = decideHold(lines, ref)
    expect('hold' in decision ? 'hold' : decision.outcome).toBe(expected)
    if ('hold' in decision) expect(decision.hold).toBe(lines[0])
  })
})

test('never for a line that does not talk, never while the command could fall on one that is on hold', () => {
  const anyLine = fc.record({
    line: fc.nat(4),
    state: fc.constantFrom<Line['state']>('idle', 'alerting', 'initiated', 'connected', 'held', 'unknown'),
    ref: fc.constantFrom<Line['ref']>({}, maria, jan, { withheld: true }),
    active: fc.boolean(),
    conference: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 4 }), fc.constantFrom<Line['ref']>({}, maria, jan, { withheld: true }), (lines, ref) => {
      const decision = decideHold(lines, ref)
      if (!('hold' in decision)) return
      expect(decision.hold).toMatchObject({ state: 'connected', conference: false })
      expect(lines.filter(({ state, active }) => state === 'held' && active)).toEqual([])
      expect(lines.filter(({ state }) => state === 'unknown')).toEqual([])
      // The command takes no line: of several that talk it must be the one in front, or the only one.
      const talking = lines.filter(({ state }) => state === 'connected')
      expect(talking.length === 1 || talking.filter(({ active }) => active).length === 1).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a line in a state that nobody knows makes the whole reading unfit to correct the desk', () => {
  expect(toLineReadings([line('connected', maria), line('unknown')])).toBeUndefined()
  expect(toLineReadings([line('connected', maria), line('idle')])).toEqual([{ state: 'connected', ref: maria }])
})
