import { describe, expect, test } from 'vitest'
import { patternFault, patternLengthMax } from '../../src/config/pattern.ts'

describe('an expression of a person’s own', () => {
  test.each([
    'port (\\d+) is off-hook',
    'Line (?<port>\\d) up',
    '(?:off|on)-hook',
    '\\bstartRing\\b',
    'a.*b.*c',
    '[*+]?x',
    'a{1,16}b{2}c{3}',
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
    ['((a))+b', 'must not repeat a group'],
    ['a.*b.*c.*d', 'must not have more than 2 parts'],
    ['a{1,17}b{0,99}c\\d+', 'must not have more than 2 parts'],
    ['[a-z]+[)\\]]+x+', 'must not have more than 2 parts'],
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

  test('what is taken does not take long, on the worst line of the longest length', () => {
    for (const text of ['.*.*x', 'a+a+b', '[ab]*[ab]*c']) {
      expect(patternFault(`y${text}`)).toBeUndefined()
      expect(new RegExp(`a${text}`, 'i').test('a'.repeat(400))).toBe(text === 'a+a+x')
    }
  })
})
