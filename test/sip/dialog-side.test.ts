import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, cseqOf, headerOf, headersOf, routeOf, secondsOf, sipUri, subscriptionStateOf, tagOf } from '../../src/sip/dialog-side.ts'

describe('what is read out of headers', () => {
  it.each([
    ['<sip:101@pbx>;tag=abc', 'abc'],
    ['"Pbx <sip:x;tag=no>" <sip:101@pbx;tag=no>;Tag=yes;x=1', 'yes'],
    ['sip:101@pbx;tag=bare', 'bare'],
    ['<sip:101@pbx;tag=inside>', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('the tag of %s is %s', (header, tag) => {
    expect(tagOf(header)).toBe(tag)
  })
  it.each([
    ['<sip:101@10.0.0.1:5062;transport=tcp>;expires=60', 'sip:101@10.0.0.1:5062;transport=tcp'],
    ['"101" <sips:101@pbx>', 'sips:101@pbx'],
    ['sip:101@pbx;expires=60', 'sip:101@pbx'],
    ['<tel:101>', undefined],
    ['*', undefined],
  ])('the address in %s is %s', (header, address) => {
    expect(addressOf(header)).toBe(address)
  })
  it.each([
    ['active;expires=60', { state: 'active', expiresS: 60 }],
    ['Terminated ; reason=Deactivated;retry-after=7', { state: 'terminated', reason: 'deactivated', retryAfterS: 7 }],
    ['pending', { state: 'pending' }],
    ['waiting', { state: 'active' }],
    ['', undefined],
    ['<x>', undefined],
  ])('the state %s', (header, state) => {
    expect(subscriptionStateOf(header)).toEqual(state)
  })
  it('users that are codes are written so that nothing ends the address', () => {
    expect(sipUri('*72202', 'pbx.test')).toBe('sip:*72202@pbx.test')
    expect(sipUri('#21', 'pbx.test', 5080)).toBe('sip:%2321@pbx.test:5080')
    expect(sipUri('a@b;c', '2001:db8::1')).toBe('sip:a%40b%3Bc@[2001:db8::1]')
    expect(sipUri('+48858696001', 'pbx')).toBe('sip:+48858696001@pbx')
  })
  it('the way recorded is gone back the other way', () => {
    expect(routeOf({ headers: { 'record-route': ['<sip:a;lr>', '<sip:b;lr>'] }, body: '' })).toEqual(['<sip:b;lr>', '<sip:a;lr>'])
  })
  it('nothing that a header may hold throws', () => {
    const text = fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 300 }), fc.constantFrom(';tag=', '<'.repeat(500), '"'.repeat(501), ';'.repeat(500)))
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (one, several) => {
        const message = { headers: { to: one, 'record-route': several, cseq: one }, body: '' }
        for (const read of [tagOf, addressOf, secondsOf, subscriptionStateOf]) read(one)
        for (const name of ['to', 'record-route', '__proto__', 'constructor']) {
          headerOf(message, name)
          headersOf(message, name)
        }
        const cseq = cseqOf(message)
        return cseq === undefined || Number.isSafeInteger(cseq)
      }),
      { numRuns: 3000 },
    )
    expect(headerOf({ headers: {}, body: '' }, 'constructor')).toBeUndefined()
  })
})
