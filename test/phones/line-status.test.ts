import { describe, expect, test } from 'vitest'
import { ctiMeaning } from '../../src/phones/grandstream/cti-answer.ts'
import { decideHold, parseLines, toLineReadings } from '../../src/phones/grandstream/line-status.ts'

const idle = { line: 2, state: 'idle', acct: '', remotename: '', remotenumber: '', active: 0 }
/** As captured from a WP826 (reference grandstream §2.2). */
const captured = { line: 1, conf: 0, state: 'connected', acct: 0, active: 0, remotename: '', remotenumber: '1000' }
const thousand = { remote: '1000' }

function readings(...lines: readonly unknown[]): unknown {
  return toLineReadings(parseLines(lines) ?? [])
}

describe('the lines', () => {
  test('in the documented form, all idle, are no call', () => {
    expect(readings({ ...idle, line: 1 }, idle)).toEqual([])
  })

  test('in the captured form are a call', () => {
    expect(readings(captured, idle)).toEqual([{ state: 'connected', ref: thousand }])
  })

  test.each([
    ['ringing', 'alerting'],
    ['calling', 'initiated'],
    ['dialing', 'initiated'],
    ['connected', 'connected'],
    ['onhold', 'held'],
    ['OnHold', 'held'],
  ])('the state %s is %s', (state, expected) => {
    expect(readings({ ...captured, state })).toEqual([{ state: expected, ref: thousand }])
  })

  test('a state that no document names makes the whole reading worthless', () => {
    expect(readings(captured, { ...idle, state: 'parked' })).toBeUndefined()
  })

  test('a caller who keeps the number back, a number as a number, a line that tells only its state, a conference', () => {
    expect(readings({ ...captured, remotenumber: 'anonymous' }, { ...captured, remotenumber: 1000 }, { state: 'connected' }, { ...captured, conf: 1 })).toEqual(
      [
        { state: 'connected', ref: { withheld: true } },
        { state: 'connected', ref: thousand },
        { state: 'connected', ref: {} },
        { state: 'connected', ref: thousand, conference: true },
      ],
    )
  })

  test('that are none are passed over, and there are never more than a phone has', () => {
    expect(readings(null, 'x', 7, captured)).toEqual([{ state: 'connected', ref: thousand }])
    expect(parseLines(Array.from({ length: 1000 }, () => captured))).toHaveLength(32)
  })

  test.each([
    { toString: 1 },
    { toString: 1, valueOf: 1 },
    JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`),
    ['connected'],
    'constructor',
    '__proto__',
    'toString',
    7,
    false,
  ])('a state that is nothing of the kind (%#) is one that nobody knows, and a flag that is none is not set', (nonsense) => {
    expect(parseLines([{ ...captured, state: nonsense }])).toMatchObject([{ state: 'unknown' }])
    const fields = { line: nonsense, remotenumber: nonsense, remotename: nonsense }
    expect(parseLines([{ ...captured, ...fields, active: nonsense, conf: nonsense }])).toMatchObject([{ state: 'connected', conference: nonsense === 7 }])
  })

  test.each([undefined, null, true, 'unauthorized', { line: 1 }])('%j holds none', (body) => {
    expect(parseLines(body)).toBeUndefined()
  })
})

describe('an answer', () => {
  test.each([
    [200, '{"response":"success","body":true}', 'success'],
    [200, '{"response":"error","body":false}', 'error'],
    [200, '{"response":"success","body":"unauthorized"}', 'unauthorized'],
    [200, '{"response":"error","body":{"status":"session-expired"}}', 'unauthorized'],
    [401, '', 'unauthorized'],
    [403, '', 'unauthorized'],
    [404, '', 'unreadable'],
    [302, '', 'unreadable'],
    [200, '', 'unreadable'],
    [200, '<html>', 'unreadable'],
    [200, 'null', 'unreadable'],
    [200, '{"response":"success","body":', 'unreadable'],
  ])('%i %j is %s', (status, body, kind) => {
    expect(ctiMeaning({ kind: 'answered', status, headers: {}, body }).kind).toBe(kind)
  })
})

describe('whether holdcall may be sent', () => {
  const connected = captured
  const held = { ...captured, line: 2, state: 'onhold' }
  const other = { ...captured, line: 2, remotenumber: '2000' }
  const cases: readonly (readonly [name: string, lines: readonly unknown[], ref: object, decision: string])[] = [
    ['the only call', [connected, idle], thousand, 'hold 1'],
    ['the only call, whoever it is with', [connected, idle], {}, 'hold 1'],
    ['a line that names nobody', [{ line: 1, state: 'connected' }, idle], thousand, 'hold 1'],
    ['another call rings', [connected, { ...other, state: 'ringing' }], thousand, 'hold 1'],
    ['the other call is on hold', [connected, { ...other, state: 'onhold' }], thousand, 'hold 1'],
    ['it is on hold', [{ ...held, line: 1 }, idle], thousand, 'already-held'],
    ['it is on hold while the other talks', [held, { ...other, line: 1 }], thousand, 'already-held'],
    ['it has ended', [idle, other], thousand, 'not-connected'],
    ['it only rings', [{ ...connected, state: 'ringing' }], thousand, 'not-connected'],
    ['nothing is there', [], {}, 'not-connected'],
    ['one number twice, one of them on hold', [connected, held], thousand, 'unsafe'],
    ['two talk and neither is in front', [connected, other], thousand, 'unsafe'],
    ['two talk and the other is in front', [connected, { ...other, active: 1 }], thousand, 'unsafe'],
    ['two talk and this one is in front', [{ ...connected, active: 1 }, other], thousand, 'hold 1'],
    ['a conference', [{ ...connected, conf: 1 }], thousand, 'unsafe'],
    ['a line in a state nobody knows', [connected, { ...other, state: 'parked' }], thousand, 'unsafe'],
    ['a caller who keeps the number back', [{ ...connected, remotenumber: 'anonymous' }, idle], { withheld: true }, 'hold 1'],
    ['one who does, on hold, while another talks', [{ ...connected, remotenumber: 'anonymous', state: 'onhold' }, other], { withheld: true }, 'already-held'],
  ]
  test.each(cases)('%s', (_name, lines, ref, expected) => {
    const decision = decideHold(parseLines(lines) ?? [], ref)
    expect('hold' in decision ? `hold ${decision.hold.line}` : decision.outcome).toBe(expected)
  })
})
