import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { caller, type Script, script } from './script.ts'

const ref = { phoneId: '1', ...caller }
const colleague = { phoneId: '2', remote: '6014' }
const tick: Fact = { type: 'tick' }
const end = (of: { phoneId: string }): Fact => ({ type: 'call.cleared', ref: of, cause: 'unknown' })
type Transfer = Extract<Fact, { type: 'call.transferred' }>
const transfer = (kind: Transfer['kind'], outcome: Transfer['outcome'], of = ref): Fact => ({ type: 'call.transferred', ref: of, kind, outcome })

function talking(): Script {
  return script().at(0, { type: 'call.delivered', ref }).at(3000, { type: 'call.established', ref })
}
/** The caller on hold, a colleague on the line. */
function consulting(): Script {
  return talking()
    .at(10_000, { type: 'call.held', ref })
    .at(12_000, { type: 'call.originated', ref: colleague })
    .at(15_000, { type: 'call.established', ref: colleague })
}
const said = (desk: Script): unknown[] =>
  desk
    .at(200_000, tick)
    .notices('call.transferred')
    .map(({ call, kind }) => `${call} ${kind}`)

describe('III.15: announce before handing over', () => {
  test('a blind transfer is said neutrally and ends the call as transferred', () => {
    const desk = talking().at(20_000, transfer('blind', 'started')).at(20_500, transfer('blind', 'finished')).at(20_600, end(ref))
    expect(said(desk)).toEqual(['c1 blind'])
    expect(desk.notices('call.ended')).toMatchObject([{ call: 'c1', cause: 'transferred' }])
    expect(desk.desk.callbacks).toEqual([])
    expect(desk.lamps().at(-1)?.[1]).toBe('dark')
  })

  test('an attended transfer hands over both calls, and nobody is owed a call although one was on hold', () => {
    const desk = consulting().at(30_000, transfer('attended', 'finished')).at(30_100, end(ref), end(colleague))
    expect(said(desk)).toEqual(['c1 attended', 'c2 attended'])
    expect(desk.notices('call.ended')).toMatchObject([{ cause: 'transferred' }, { cause: 'transferred' }])
    expect(desk.desk.callbacks).toEqual([])
    expect(desk.names()).not.toContain('call.hung-up-first')
  })

  test('the phone may say so just after it said that the calls are over', () => {
    const desk = consulting().at(30_000, end(ref), end(colleague)).at(30_200, transfer('attended', 'finished'))
    expect(said(desk)).toEqual(['c1 attended', 'c2 attended'])
    expect(desk.desk.callbacks).toEqual([])
  })

  test('only the call that the phone names goes with a blind transfer, and one that rings never goes', () => {
    expect(said(consulting().at(30_000, transfer('blind', 'finished', ref)))).toEqual(['c1 blind'])
    const desk = talking().at(10_000, { type: 'call.delivered', ref: { phoneId: '3', remote: '600700800' } })
    expect(said(desk.at(12_000, transfer('attended', 'finished')))).toEqual(['c1 attended'])
  })

  test('one that was only begun is off when the clerk takes the caller back: neither call is handed over', () => {
    const desk = consulting().at(30_000, transfer('attended', 'started')).at(32_000, end(colleague)).at(34_000, { type: 'call.retrieved', ref })
    desk.at(60_000, end(ref)).at(70_000, tick)
    expect(desk.notices('call.ended').at(-1)).toMatchObject({ call: 'c1', cause: 'unknown' })
    expect(desk.notices('call.hung-up-first').at(-1)).toMatchObject({ call: 'c1' })
    const both = consulting().at(30_000, transfer('unknown', 'started')).at(34_000, { type: 'call.retrieved', ref }).at(60_000, end(colleague), end(ref))
    expect(both.notices('call.ended').map(({ cause }) => cause)).toEqual(['unknown', 'unknown'])
  })

  test('one that was finished, or is blind to somebody else, is not undone by a call that is taken back', () => {
    const blind = consulting()
      .at(30_000, transfer('blind', 'started', colleague))
      .at(34_000, { type: 'call.retrieved', ref })
    expect(blind.at(40_000, end(colleague)).notices('call.ended')).toMatchObject([{ call: 'c2', cause: 'transferred' }])
    const finished = consulting().at(30_000, transfer('attended', 'finished')).at(30_100, { type: 'call.retrieved', ref })
    expect(finished.at(30_200, end(ref)).notices('call.ended')).toMatchObject([{ call: 'c1', cause: 'transferred' }])
  })

  test('a phone that does not say how: said once, when it is finished', () => {
    const desk = talking().at(20_000, transfer('unknown', 'started')).at(21_000, transfer('unknown', 'finished')).at(21_100, transfer('unknown', 'finished'))
    expect(said(desk)).toEqual(['c1 unknown'])
  })

  test('the kind once known stays known', () => {
    expect(said(talking().at(20_000, transfer('blind', 'started')).at(21_000, transfer('unknown', 'finished')))).toEqual(['c1 blind'])
  })

  test('a transfer that failed leaves somebody without an answer: a callback, once', () => {
    const desk = talking().at(20_000, transfer('blind', 'started')).at(25_000, transfer('blind', 'failed')).at(25_100, transfer('blind', 'failed'))
    expect(said(desk)).toEqual(['c1 blind', 'c1 failed'])
    expect(desk.notices('callback.opened')).toMatchObject([{ call: 'c1', cause: 'transfer-failed', misses: 0 }])
  })

  test('a failure that names only the kind concerns the calls whose transfer had begun', () => {
    const desk = consulting().at(30_000, transfer('attended', 'started'))
    desk.at(31_000, { type: 'call.delivered', ref: { phoneId: '3', remote: '600700800' } }).at(32_000, { type: 'call.established', ref: { phoneId: '3' } })
    desk.at(33_000, transfer('attended', 'failed'))
    expect(
      desk
        .notices('call.transferred')
        .filter(({ kind }) => kind === 'failed')
        .map(({ call }) => call),
    ).toEqual(['c1', 'c2'])
  })

  test('who comes back to the clerk after the failure is owed nothing', () => {
    const desk = consulting().at(30_000, transfer('attended', 'failed')).at(31_000, { type: 'call.retrieved', ref })
    expect(desk.notices('callback.closed')).toMatchObject([{ by: 'caller-reached-us', cause: 'transfer-failed' }])
  })
})
