import { expect, test } from 'vitest'
import { parseLineStatus, toLineReadings } from '../../src/phones/grandstream/line-status.ts'

const answer = (body: unknown): string => JSON.stringify({ response: 'success', body })
const idle = { line: 2, state: 'idle', acct: '', remotename: '', remotenumber: '', active: 0 }
/** As captured from a WP826 (reference grandstream §2.2). */
const captured = { line: 1, conf: 0, state: 'connected', acct: 0, active: 0, remotename: '', remotenumber: '1000' }

function readings(text: string): unknown {
  const status = parseLineStatus(text)
  return status.kind === 'lines' ? toLineReadings(status.lines) : status.kind
}

test('the documented form, all idle, is no call', () => {
  expect(readings(answer([{ ...idle, line: 1 }, idle]))).toEqual([])
})

test('the captured form is a call', () => {
  expect(readings(answer([captured, idle]))).toEqual([{ state: 'connected', ref: { remote: '1000' } }])
})

test.each([
  ['ringing', 'alerting'],
  ['calling', 'initiated'],
  ['dialing', 'initiated'],
  ['connected', 'connected'],
  ['onhold', 'held'],
  ['OnHold', 'held'],
])('the state %s is %s', (state, expected) => {
  expect(readings(answer([{ ...captured, state }]))).toEqual([{ state: expected, ref: { remote: '1000' } }])
})

test('a caller who keeps the number back, a number as a number, a line that tells only its state, a conference', () => {
  expect(
    readings(answer([{ ...captured, remotenumber: 'anonymous' }, { ...captured, remotenumber: 1000 }, { state: 'connected' }, { ...captured, conf: 1 }])),
  ).toEqual([
    { state: 'connected', ref: { withheld: true } },
    { state: 'connected', ref: { remote: '1000' } },
    { state: 'connected', ref: {} },
    { state: 'connected', ref: { remote: '1000' }, conference: true },
  ])
})

test('“unauthorized” inside a success is no reading', () => {
  expect(readings(answer('unauthorized'))).toBe('unauthorized')
})

test.each(['', 'null', '[]', '{}', '<html>', '{"response":"success"}', '{"response":"success","body":', answer(true), answer({ line: 1 })])(
  '%j cannot be read',
  (text) => {
    expect(readings(text)).toBe('unreadable')
  },
)

test('lines that are none are passed over', () => {
  expect(readings(answer([null, 'x', 7, captured]))).toEqual([{ state: 'connected', ref: { remote: '1000' } }])
})
