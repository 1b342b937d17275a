import { describe, expect, test } from 'vitest'
import { patternFault, patternLengthMax } from '../../src/config/pattern.ts'

describe('an expression of a person’s own', () => {
  test.each([
    'port (\\d+) is off-hook',
    'Line (?<port>\\d) up',
    '(?:off|on)-hook',
    '\\bstartRing\\b',
    'call from (?<number>\\S+) to FXS (?<port>\\d{1,2}),? (?:up|down)',
    '[*+]?x',
    'a{1,16}b{200}c{3}',
    '\\(a\\)+',
    '[(]a[)]+x',
    '(a)?b',
  ])('%s is taken', (text) => {
    expect(patternFault(text)).toBeUndefined()
  })

  test.each([
    ['(a+)+$', 'must not repeat a group'],
    ['(a|a)*b', 'must not repeat a group'],
    ['(?:a){2,}b', 'must not repeat a group'],
    ['[^](a+)+b]', 'must not repeat a group'],
    ['[](a+)+b]', 'must not repeat a group'],
    ['((a))+b', 'must not repeat a group'],
    ['a.*b.*c', 'could take too long'],
    ['a{0,4}a{0,4}a{0,4}a{0,4}a{0,4}a{150}b', 'could take too long'],
    ['a{1,20}a{1,20}a{1,20}b', 'could take too long'],
    [`${'(a|a)'.repeat(13)}b`, 'could take too long'],
    [`${'a?'.repeat(13)}b`, 'could take too long'],
    ['[a-z]+[)\\]]+x', 'could take too long'],
    ['(a)\\1', 'must not refer back'],
    ['(?<x>a)\\k<x>', 'must not refer back'],
    ['(?=a)a', 'must not look'],
    ['(?<!a)b', 'must not look'],
    ['(', 'is not a regular expression'],
    ['a*', 'fits an empty line'],
    ['a|', 'fits an empty line'],
    ['x'.repeat(patternLengthMax + 1), 'must have at most'],
  ])('%s is turned down', (text, sentence) => {
    expect(patternFault(text)).toContain(sentence)
  })

  test('what is taken is done with the worst line of the greatest length before anybody notices', () => {
    for (const text of ['a.*x', 'a[ab]*a{1,6}x', '(?:a|b)(?:a|b)(?:a|b)a{1,200}x']) {
      expect(patternFault(text), text).toBeUndefined()
      expect(new RegExp(text, 'i').test('a'.repeat(400)), text).toBe(false)
    }
  })
})
