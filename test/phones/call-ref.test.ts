import { describe, expect, test } from 'vitest'
import { isSameNumber, normalizeMac, partyOf, toCallRef } from '../../src/phones/call-ref.ts'

describe('who is at the other end', () => {
  test.each([
    ['0858696001', { remote: '0858696001' }],
    ['  +48 85 869-60-01 ', { remote: '+48858696001' }],
    ['sip:0858696001@pbx', { remote: '0858696001' }],
    ['SIPS:0858696001@pbx:5061;transport=tls', { remote: '0858696001' }],
    ['tel:+48-85-869.60.01;phone-context=x', { remote: '+48858696001' }],
    ['"Kowalski, Jan" <sip:101@pbx;user=phone>;tag=1', { remote: '101' }],
    ['"a@b" <sip:101@pbx>', { remote: '101' }],
    ['Jan <101', { remote: '101' }],
    [`"${'x'.repeat(200)}" <sip:101@pbx>`, { remote: '101' }],
    ['*21*6014#', { remote: '*21*6014#' }],
    ['101\u0000\r\n', { remote: '101' }],
    ['Anonymous', { withheld: true }],
    ['"Anonymous" <sip:anonymous@anonymous.invalid>', { withheld: true }],
    ['sip:4711@anonymous.invalid', { withheld: true }],
    ['unavailable', { withheld: true }],
    ['Numer: Zastrzeżony', undefined],
    ['zastrzeżony', { withheld: true }],
    ['$remote', undefined],
    ['$callerID', undefined],
    ['', undefined],
    ['Jan Kowalski', undefined],
    ['sip:alice@pbx', undefined],
    ['sip:10.0.0.1', undefined],
    ['1'.repeat(41), undefined],
    [undefined, undefined],
  ] as const)('%j', (text, party) => {
    expect(partyOf(text)).toEqual(text === 'sip:10.0.0.1' ? { remote: '10001' } : party)
  })
})

describe('an empty other party', () => {
  test.each([
    ['rings: it does not want to be known', { r: '' }, 'in', { withheld: true }],
    ['rings with an id', { c: '7', r: ' ' }, 'in', { phoneId: '7', withheld: true }],
    ['without an id, later in the call', { r: '' }, undefined, { withheld: true }],
    ['with an id, later in the call: the event only does not fill it', { c: '7', r: '' }, undefined, { phoneId: '7' }],
    ['is dialled: nobody dials nobody', { r: '' }, 'out', {}],
    ['is dialled, and the number stands elsewhere', { r: '', d: '6014' }, 'out', { remote: '6014' }],
    ['rings, and the display has the number', { r: '', n: '101' }, 'in', { remote: '101' }],
    ['is not filled', { r: '$remote' }, 'in', {}],
    ['is left out', {}, 'in', {}],
  ] as const)('%s', (_name, params, begins, ref) => {
    expect(toCallRef(new Map(Object.entries(params)), begins)).toEqual(ref)
  })
})

test.each([
  ['858696001', '858696001', true],
  ['0858696001', '+48858696001', true],
  ['0048858696001', '858696001', true],
  ['6001', '+48858696001', true],
  ['6001', '6001', true],
  ['6001', '6002', false],
  ['858696001', '858696002', false],
  ['01', '6001', false],
  ['112', '112', true],
  ['*72', '72', false],
  ['*72#', '*72#', true],
  ['', '', true],
])('%s and %s can be one number: %s', (one, other, same) => {
  expect([isSameNumber(one, other), isSameNumber(other, one)]).toEqual([same, same])
})

test.each([
  ['00:15:65:AA:BB:CC', '001565aabbcc'],
  ['00-15-65-aa-bb-cc', '001565aabbcc'],
  ['0015.65aa.bbcc', '001565aabbcc'],
  ['001565aabbcc', '001565aabbcc'],
  ['001565aabbc', undefined],
  ['001565aabbccdd', undefined],
  ['xx001565aabbcc', undefined],
  ['', undefined],
])('the MAC %j is %s', (text, mac) => {
  expect(normalizeMac(text)).toBe(mac)
})
