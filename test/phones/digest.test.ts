import { describe, expect, test } from 'vitest'
import { type Challenge, digestAuthorization, parseChallenge } from '../../src/phones/digest.ts'
import { quickestMs } from '../quickest.ts'

describe('the example of RFC 7616 §3.9.1', () => {
  const asked = (algorithm: string): string =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
  const request = { method: 'GET', uri: '/dir/index.html', count: 1, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' }
  const mufasa = { username: 'Mufasa', password: 'Circle of Life' }

  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s', (algorithm, response) => {
    const challenge = parseChallenge(asked(algorithm))
    expect(challenge).toMatchObject({ algorithm, qop: 'auth', realm: 'http-auth@example.org' })
    const header = digestAuthorization(challenge as Challenge, mufasa, request)
    expect(header).toContain(`response="${response}"`)
    expect(header).toContain('uri="/dir/index.html"')
    expect(header).toContain('nc=00000001')
    expect(header).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"')
  })

  test('of two that are offered the stronger is taken, also beside Basic in one header', () => {
    expect(parseChallenge(`Basic realm="phone, web", ${asked('MD5')}, ${asked('SHA-256')}`)).toMatchObject({ algorithm: 'SHA-256' })
    expect(parseChallenge(`${asked('MD5')}, Basic realm="x"`)).toMatchObject({ algorithm: 'MD5' })
  })
})

test.each([
  ['no header', undefined],
  ['Basic alone', 'Basic realm="Digest nonce=1"'],
  ['no nonce', 'Digest realm="x"'],
  ['an algorithm we do not have', 'Digest realm="x", nonce="y", algorithm=SHA-512-256'],
  ['a session key', 'Digest realm="x", nonce="y", algorithm=MD5-sess'],
  ['a protection we do not have', 'Digest realm="x", nonce="y", qop="auth-int"'],
])('%s cannot be met', (_name, header) => {
  expect(parseChallenge(header)).toBeUndefined()
})

test('the old form without qop, bare words, small letters and a stale nonce are understood', () => {
  const challenge = parseChallenge('digest realm=phone,nonce=abc,stale=TRUE')
  expect(challenge).toEqual({ realm: 'phone', nonce: 'abc', algorithm: 'MD5', qop: 'none', stale: true })
  // RFC 2069: MD5(MD5(user:realm:password):nonce:MD5(method:uri)).
  const header = digestAuthorization(challenge as Challenge, { username: 'admin', password: 'secret' }, { method: 'GET', uri: '/', count: 1, cnonce: 'x' })
  expect(header).toContain('response="4e5b22030fd32724407b5ea5fe534564"')
  expect(header).not.toContain('nc=')
})

test('quotation marks in a name cannot break the header', () => {
  const challenge = parseChallenge('Digest realm="a \\"b\\"", nonce="n", qop="auth"')
  expect(challenge?.realm).toBe('a "b"')
  const header = digestAuthorization(challenge as Challenge, { username: 'a"b\\', password: '' }, { method: 'GET', uri: '/', count: 1, cnonce: 'c' })
  expect(header).toContain('username="a\\"b\\\\"')
  expect(header).toContain('realm="a \\"b\\""')
})

test.each(['a'.repeat(16_000), `Digest ${'a'.repeat(16_000)}`, `Digest nonce=${'"\\'.repeat(5000)}`, `Digest ${', '.repeat(8000)}`, ' '.repeat(16_000)])(
  'a challenge that is as long as headers may be is given up at once (%#)',
  (header) => {
    expect(quickestMs(() => parseChallenge(header))).toBeLessThan(20)
  },
)
