import { describe, expect, test } from 'vitest'
import { lampPatterns } from '../../src/desk/effect.ts'
import { alarmKinds } from '../../src/hub/alarms/alarms.ts'
import { noticeData } from '../../src/mqtt/notice-data.ts'
import { officeActions } from '../../src/simulator/office.ts'
import { createFormat, type Dictionary, dictionaries } from './page.ts'

const both = Object.values(dictionaries)
const byCode = both.map((dictionary) => [dictionary.code, dictionary] as const)

/** Every way through a dictionary, with the kind of what is at its end: `event.call.ring: function`. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`]
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, `${path}/${key}`))
}

/** The words that a field of an event may be. */
function optionsOf(event: keyof typeof noticeData, field: string): readonly string[] {
  const { entries } = noticeData[event] as unknown as {
    readonly entries: Readonly<Record<string, { readonly options?: readonly string[]; readonly wrapped?: { readonly options: readonly string[] } }>>
  }
  const found = entries[field]
  return found?.options ?? found?.wrapped?.options ?? []
}

/** Plural forms differ from language to language; the page’s own words do not. */
test('Polish and English have the same keys', () => {
  expect(pathsOf(dictionaries.pl)).toEqual(pathsOf(dictionaries.en))
})

describe.each(byCode)('in %s', (_, dictionary: Dictionary) => {
  const format = createFormat(dictionary, 'Europe/Warsaw')
  test('there is a sentence for every event that a desk can tell, and no other', () => {
    expect(Object.keys(dictionary.event).sort()).toEqual(Object.keys(noticeData).sort())
  })

  test('every sentence is one, whatever of its data is known', () => {
    const full = {
      ...{ call: 'c1', direction: 'in', ring: 3, rings: 2, waitMs: 7300, inRule: true, cause: 'missed', by: 'remote', heldMs: 61_000, talkMs: 80_000 },
      ...{ afterMs: 8000, target: 'usc-14', until: '2026-11-23T13:30:00.000Z', misses: 2, dueAt: '2026-11-23T13:30:00.000Z', version: '0.1.0', byMs: -2000 },
      ...{ count: 5, reason: 'flapping', sinceMs: 90_000, on: true, kind: 'attended', remindOnly: 'headset' },
    }
    for (const [type, sentence] of Object.entries(dictionary.event)) {
      for (const data of [full, { ...full, direction: 'out', ring: 5, cause: 'promise', by: 'local' }, { target: 'unlisted' }, { until: 'nonsense' }]) {
        const said = sentence(data, format)
        expect(said, type).toMatch(/^[\p{Lu}\d–].+\.$/u)
        expect(said, type).not.toMatch(/undefined|NaN|null|\[object/)
      }
    }
  })

  test('there is a sentence for everything that the hub can find to be the matter, whatever is known of it', () => {
    expect(Object.keys(dictionary.trouble.kinds).sort()).toEqual([...alarmKinds].sort())
    for (const [kind, sentence] of Object.entries(dictionary.trouble.kinds)) {
      for (const detail of [{}, { count: 5, desks: 'usc-14', evidence: 'neighbours', reason: 'flood' }]) {
        expect(sentence(detail, format), kind).toMatch(/^[\p{Lu}\d].+[.?]$/u)
        expect(sentence(detail, format), kind).not.toMatch(/undefined|NaN|null/)
      }
    }
  })

  test('every reason that a sentence gives has words of its own', () => {
    const reasons = [
      ...optionsOf('forwarding.uncovered', 'reason'),
      ...optionsOf('hold.warned', 'remindOnly'),
      ...optionsOf('callback.opened', 'cause'),
      ...optionsOf('seat.implausible', 'reason'),
    ]
    expect(reasons.length).toBeGreaterThan(15)
    expect(reasons.filter((reason) => !Object.hasOwn(dictionary.reason, reason))).toEqual([])
  })

  test('every pattern of the lamp and every button of the demonstration has its words', () => {
    expect(Object.keys(dictionary.lamp).sort()).toEqual([...lampPatterns, 'unknown'].sort())
    expect(Object.keys(dictionary.demo.actions).sort()).toEqual([...officeActions].sort())
  })

  test('no sentence is left in the other language', () => {
    const other = dictionary === dictionaries.pl ? dictionaries.en : dictionaries.pl
    const texts = (words: object): string[] =>
      Object.values(words).flatMap((value) => (typeof value === 'string' ? [value] : typeof value === 'object' ? texts(value) : []))
    const same = texts(dictionary).filter((text) => text.length > 12 && texts(other).includes(text))
    expect(same).toEqual([])
  })
})

describe('numbers and times', () => {
  const pl = createFormat(dictionaries.pl, 'Europe/Warsaw')
  const en = createFormat(dictionaries.en, 'Europe/Warsaw')

  test('are the office’s, wherever the browser is', () => {
    expect(pl.clock(Date.parse('2026-07-01T10:05:09Z'))).toBe('12:05:09')
    expect(en.clock(Date.parse('2026-01-01T23:30:00Z'))).toBe('00:30:00')
    expect(en.hour('2026-11-23T13:30:00.000Z')).toBe('14:30')
    expect(en.hour('nonsense')).toBe('–')
  })

  test('Polish counts in its own way', () => {
    const forms = { one: 'błysk', few: 'błyski', many: 'błysków', other: 'błysku' }
    expect([1, 2, 5, 12, 22, 25].map((n) => pl.count(n, forms))).toEqual([
      '1\u00a0błysk',
      '2\u00a0błyski',
      '5\u00a0błysków',
      '12\u00a0błysków',
      '22\u00a0błyski',
      '25\u00a0błysków',
    ])
    expect([1, 2, 3, 4, 11, 21].map((n) => en.ordinal(n))).toEqual(['1st', '2nd', '3rd', '4th', '11th', '21st'])
    expect(pl.ordinal(3)).toBe('3.')
  })

  test('spans and running times are short', () => {
    expect([7300, 60_000, 80_000, 3_600_000, 7_500_000, undefined].map((ms) => en.span(ms).replaceAll('\u00a0', ' '))).toEqual([
      '7 s',
      '1 min',
      '1 min 20 s',
      '1 h',
      '2 h 5 min',
      '–',
    ])
    expect([-5, 0, 7000, 754_000, 3_723_000].map(en.timer)).toEqual(['0:00', '0:00', '0:07', '12:34', '1:02:03'])
  })
})
