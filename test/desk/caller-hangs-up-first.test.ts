import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits, policyDefaults } from '../../src/desk/policy.ts'
import { caller, type Script, script } from './script.ts'

const ref = { phoneId: '1', ...caller }
const tick: Fact = { type: 'tick' }
const end: Fact = { type: 'call.cleared', ref, cause: 'unknown' }
const down: Fact = { type: 'phone.hook', hook: 'on' }
const lifted: Fact = { type: 'phone.hook', hook: 'off' }
const windowMs = policyDefaults.hangUpWindowMs

/** A conversation through the handset; the call ends at 60 s. */
function talking(): Script {
  return script().at(0, { type: 'call.delivered', ref }).at(3000, lifted, { type: 'call.established', ref })
}
const verdicts = (desk: Script): unknown[] =>
  desk
    .at(200_000, tick)
    .notices('call.hung-up-first')
    .map(({ by, evidence }) => `${by}: ${evidence}`)

describe('III.12: the caller hangs up first', () => {
  test.each([
    // Handset down so many milliseconds after the end; negative: before it.
    [-limits.onHookEndsCallMs - 1, 'unknown: no-handset'],
    [-limits.onHookEndsCallMs, 'local: hook-before-end'],
    [-windowMs, 'local: hook-before-end'],
    [1 - windowMs, 'unknown: too-close'],
    [-1, 'unknown: too-close'],
    [0, 'unknown: too-close'],
    [1, 'unknown: too-close'],
    [windowMs - 1, 'unknown: too-close'],
    [windowMs, 'remote: end-before-hook'],
    [20_000, 'remote: end-before-hook'],
  ])('handset put down %i ms after the end: %s', (afterMs, verdict) => {
    const desk = talking()
    if (afterMs < 0) desk.at(60_000 + afterMs, down).at(60_000, end)
    else desk.at(60_000, end).at(60_000 + afterMs, down)
    expect(verdicts(desk)).toEqual([verdict])
  })

  test('the verdict is given when the window is over, not before and not twice', () => {
    const desk = talking()
      .at(60_000, end)
      .at(60_000 + windowMs - 1, tick)
    expect(desk.notices('call.hung-up-first')).toEqual([])
    desk.at(60_000 + windowMs, tick)
    expect(desk.notices('call.hung-up-first')).toEqual([{ at: 60_000 + windowMs, call: 'c1', by: 'remote', evidence: 'end-before-hook' }])
    expect(verdicts(desk)).toHaveLength(1)
  })

  test('the handset is never put down: the caller ended it', () => {
    expect(verdicts(talking().at(60_000, end))).toEqual(['remote: end-before-hook'])
  })

  test.each([
    ['remote-bye', 'remote: bye'],
    ['local-bye', 'local: bye'],
  ] as const)('the protocol’s own word settles it: %s', (cause, verdict) => {
    expect(verdicts(talking().at(59_900, down).at(60_000, { type: 'call.cleared', ref, cause }))).toEqual([verdict])
  })

  test('a BYE that is told within the window, after the bare end, settles it', () => {
    expect(verdicts(talking().at(60_000, end).at(60_100, { type: 'call.cleared', ref, cause: 'remote-bye' }))).toEqual(['remote: bye'])
  })

  test.each<[string, readonly Fact[], string]>([
    [
      'it was on hold',
      [
        { type: 'call.held', ref },
        { type: 'call.retrieved', ref },
      ],
      'unknown: on-hold',
    ],
    [
      'the other side had us on hold',
      [
        { type: 'call.held-by-them', ref, on: true },
        { type: 'call.held-by-them', ref, on: false },
      ],
      'unknown: on-hold',
    ],
    ['a conference', [{ type: 'call.conferenced', ref }], 'unknown: conference'],
    ['a conference in a reading of the phone', [{ type: 'phone.lines', lines: [{ ref, state: 'connected', conference: true }] }], 'unknown: conference'],
    ['the loudspeaker', [{ type: 'phone.audio', path: 'speaker' }], 'unknown: no-handset'],
    ['the headset', [{ type: 'phone.audio', path: 'headset' }], 'unknown: no-handset'],
    [
      'the agent started anew',
      [
        { type: 'agent.started', version: 'test' },
        { type: 'call.retrieved', ref },
      ],
      'unknown: adopted',
    ],
  ])('not known: %s', (_, facts, verdict) => {
    expect(
      verdicts(
        talking()
          .at(30_000, ...facts)
          .at(60_000, end),
      ),
    ).toEqual([verdict])
  })

  test('a call answered on the loudspeaker or found on the phone says nothing', () => {
    expect(verdicts(script().at(0, { type: 'call.delivered', ref }).at(3000, { type: 'call.established', ref }).at(60_000, end))).toEqual([
      'unknown: no-handset',
    ])
    expect(verdicts(script().at(0, { type: 'call.established', ref }).at(60_000, end))).toEqual(['unknown: adopted'])
  })

  test('the handset lifted after the answer was told still counts, once the phone says it is the handset', () => {
    const desk = script()
      .at(0, { type: 'call.delivered', ref })
      .at(3000, { type: 'call.established', ref })
      .at(3100, lifted, { type: 'phone.audio', path: 'handset' })
    expect(verdicts(desk.at(60_000, end))).toEqual(['remote: end-before-hook'])
  })

  test.each<[string, (desk: Script) => Script]>([
    ['nobody answered', (desk) => desk.at(0, { type: 'call.delivered', ref }).at(9000, { type: 'call.cleared', ref, cause: 'missed' })],
    ['handed over', () => talking().at(50_000, { type: 'call.transferred', ref, kind: 'blind', outcome: 'finished' }).at(60_000, end)],
    ['the phone started anew', () => talking().at(60_000, { type: 'phone.restarted' })],
  ])('no verdict: %s', (_, tell) => {
    expect(verdicts(tell(script()))).toEqual([])
  })

  test.each([
    [windowMs - 1, 1],
    [windowMs, 0],
  ])('an answer that is told only %i ms after the end: judged %i times', (afterMs, times) => {
    for (const wake of [[], [tick]]) {
      const desk = script().at(0, { type: 'call.delivered', ref }).at(60_000, end)
      desk.at(60_000 + afterMs, ...wake, { type: 'call.established', ref })
      expect(verdicts(desk)).toHaveLength(times)
    }
  })

  test('an office that wants no window has its verdict all the same', () => {
    const desk = script({ hangUpWindowMs: 0 }).at(0, { type: 'call.delivered', ref }).at(3000, lifted, { type: 'call.established', ref })
    expect(verdicts(desk.at(60_000, tick, end))).toEqual(['remote: end-before-hook'])
  })

  test('a transfer that failed was not handed over: somebody hung up', () => {
    const desk = talking().at(50_000, { type: 'call.transferred', ref, kind: 'blind', outcome: 'failed' }).at(60_000, end)
    expect(verdicts(desk)).toEqual(['remote: end-before-hook'])
  })
})
