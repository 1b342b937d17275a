import { expect, test } from 'vitest'
import { nearestName } from '../../src/config/nearest.ts'

const keys = ['seat', 'seatGraceMs', 'seatWarningMs', 'site', 'sip', 'mon', 'sun', 'log']

test.each([
  ['seatGracMs', 'seatGraceMs'],
  ['seat-grace-ms', 'seatGraceMs'],
  ['SEAT', 'seat'],
  ['saet', 'seat'],
  ['stie', 'site'],
  ['seats', 'seat'],
  ['seatWarnMs', undefined],
  ['seatWarningMS', 'seatWarningMs'],
  ['mno', 'mon'],
  ['monn', 'mon'],
  ['zzz', undefined],
  ['xy', undefined],
  ['sax', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%s was probably meant to be %s', (written, meant) => {
  expect(nearestName(written, keys)).toBe(meant)
})

test('the nearest of several is named, and the first of equals', () => {
  expect(nearestName('seatx', ['sea', 'seaty', 'seat'])).toBe('seaty')
  expect(nearestName('seat', ['seats', 'seat'])).toBe('seat')
})
