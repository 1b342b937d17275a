import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dialog, parseDialogInfo } from '../../src/sip/watch/dialog-info.ts'
import { viewOf } from '../../src/sip/watch/line-view.ts'
import { type Picture, takeNotify } from '../../src/sip/watch/picture.ts'
import { readXml, xmlLimits } from '../../src/sip/watch/xml.ts'
import { quickestMs } from '../quickest.ts'
import { asterisk, freeswitch, kamailio, yealink } from './documents.ts'

const citizen = '0857654321'
const dialogsOf = (body: string): readonly Dialog[] => parseDialogInfo(body)?.dialogs ?? []
const d1 = { id: 'd1', direction: 'recipient', remote: citizen } as const

describe('what real notifiers send', () => {
  it('Asterisk: one dialog, with the caller while it rings and without anything after', () => {
    expect(parseDialogInfo(asterisk({ state: 'early' }))).toEqual({
      state: 'full',
      entity: '101',
      dialogs: [{ id: '101', state: 'early', direction: 'recipient', remote: { remote: citizen } }],
    })
    expect(dialogsOf(asterisk({ state: 'confirmed' }))).toEqual([{ id: '101', state: 'confirmed' }])
    expect(dialogsOf(asterisk({ state: 'confirmed', rendering: 'no' }))).toEqual([{ id: '101', state: 'confirmed', rendering: 'no' }])
  })
  it('Kamailio: an empty body first, `Trying` with a capital, several dialogs', () => {
    expect(parseDialogInfo('')).toEqual({ state: 'full', dialogs: [] })
    const body = kamailio([
      { ...d1, state: 'Trying' },
      { ...d1, id: 'd2', state: 'terminated' },
    ])
    expect(dialogsOf(body).map(({ id, state, callId }) => [id, state, callId])).toEqual([
      ['d1', 'trying', 'd1@caller'],
      ['d2', 'terminated', 'd2@caller'],
    ])
  })
  it('FreeSWITCH: its own rendering', () => {
    expect(dialogsOf(freeswitch({ ...d1, state: 'early', rendering: 'no' }))[0]).toMatchObject({ state: 'early', rendering: 'no', remote: { remote: citizen } })
  })
  it('Yealink: all first, then changes', () => {
    expect(parseDialogInfo(yealink('partial', [{ ...d1, state: 'early' }]))).toMatchObject({ state: 'partial', dialogs: [{ id: 'd1', state: 'early' }] })
  })
  it('a caller who is not to be known', () => {
    expect(dialogsOf(asterisk({ state: 'early', remote: 'anonymous' }))[0]?.remote).toEqual({ withheld: true })
  })
  it('with prefixes, and with elements of others in between', () => {
    const body =
      '<?xml version="1.0"?><!-- by hand --><d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" xmlns:x="urn:x" version="0" state="full">' +
      '<d:dialog id="a"><x:state>confirmed</x:state><d:state> EARLY </d:state></d:dialog><x:dialog id="b"><d:state>early</d:state></x:dialog></d:dialog-info>'
    expect(dialogsOf(body)).toEqual([{ id: 'a', state: 'early' }])
  })
  it('a dialog without an id or with a state that nobody knows is left out', () => {
    expect(dialogsOf('<dialog-info><dialog><state>early</state></dialog><dialog id="a"><state>dancing</state></dialog></dialog-info>')).toEqual([])
  })
})

describe('what is no such document', () => {
  const wrap = (inside: string): string => `<dialog-info state="full">${inside}</dialog-info>`
  it.each([
    ['DOCTYPE', `<!DOCTYPE dialog-info [<!ENTITY a "b">]>${wrap('')}`],
    ['an external entity', `<!DOCTYPE d SYSTEM "file:///etc/passwd">${wrap('')}`],
    ['an entity of its own', wrap('<dialog id="&a;"><state>early</state></dialog>')],
    ['an entity in text', wrap('<dialog id="a"><state>ear&x;ly</state></dialog>')],
    ['CDATA', wrap('<dialog id="a"><state><![CDATA[early]]></state></dialog>')],
    ['an element that is not closed', '<dialog-info><dialog id="a">'],
    ['elements closed the wrong way', '<dialog-info><dialog id="a"><state>early</dialog></state></dialog-info>'],
    ['two roots', `${wrap('')}${wrap('')}`],
    ['text around it', `x${wrap('')}`],
    ['another root', '<presence/>'],
    ['another namespace', '<dialog-info xmlns="urn:x"/>'],
    ['an attribute twice', wrap('<dialog id="a" id="b"><state>early</state></dialog>')],
    ['an attribute without quotes', wrap('<dialog id=a><state>early</state></dialog>')],
    ['too deep', wrap(`${'<a>'.repeat(20)}${'</a>'.repeat(20)}`)],
    ['too many elements', wrap('<a/>'.repeat(xmlLimits.elementsMax))],
    ['too long', wrap(' '.repeat(xmlLimits.lengthMax))],
    ['NUL', wrap('\u0000')],
    ['a NUL by its number', wrap('&#0;')],
    ['JSON', '{"state":"early"}'],
  ])('%s', (_, body) => {
    expect(parseDialogInfo(body)).toBeUndefined()
  })
  it('names of prototypes are names like any other', () => {
    expect(dialogsOf(wrap('<dialog id="__proto__" __proto__="x"><state>early</state></dialog>'))).toEqual([{ id: '__proto__', state: 'early' }])
  })
  it('numbered characters and the five entities are read', () => {
    expect(readXml('<a b="&lt;&#65;&#x42;&amp;"/>')?.attributes.get('b')).toBe('<AB&')
  })
})

describe('whatever comes', () => {
  const seeds = [
    asterisk({ state: 'early' }),
    asterisk({ state: 'confirmed', rendering: 'no' }),
    kamailio([
      { ...d1, state: 'early' },
      { ...d1, id: 'd2', state: 'confirmed' },
    ]),
    freeswitch({ ...d1, state: 'early', rendering: 'no' }),
    yealink('partial', [{ ...d1, state: 'early' }]),
  ]
  const pieces = [
    '<',
    '>',
    '</',
    '/>',
    '&',
    ';',
    '"',
    "'",
    '<!DOCTYPE',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?',
    '?>',
    '=',
    ' '.repeat(500),
    '\u0000',
    'xmlns',
    ':',
    'é',
    '💥',
  ]
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(2000), fc.nat(40), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 6 }))
    .map(([seed, cuts]) => cuts.reduce((text, [at, length, piece]) => text.slice(0, at % text.length) + piece + text.slice((at % text.length) + length), seed))
  it('nothing throws, and what is read has the shape that is promised', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string(), fc.constantFrom(...seeds)), (body) => {
        for (const { id, state } of dialogsOf(body))
          if (id === '' || !['trying', 'proceeding', 'early', 'confirmed', 'terminated'].includes(state)) return false
        return true
      }),
      { numRuns: 5000 },
    )
  })
  it.each([
    ['blanks', `<a${' '.repeat(60_000)}`],
    ['an attribute without end', `<a b="${'x'.repeat(60_000)}`],
    ['ampersands', `<a>${'&'.repeat(60_000)}</a>`],
    ['comments', `<a>${'<!--'.repeat(15_000)}</a>`],
    ['names', `<${'a:'.repeat(30_000)}`],
    ['attributes', `<a ${'a=""'.repeat(15_000)}>`],
  ])('a body of %s is refused at once', (_, body) => {
    expect(parseDialogInfo(body)).toBeUndefined()
    expect(quickestMs(() => parseDialogInfo(body))).toBeLessThan(200)
  })
})

describe('the picture', () => {
  const take = (bodies: readonly (readonly [number, string])[]): Picture | undefined =>
    bodies.reduce<Picture | undefined>((picture, [cseq, body]) => {
      const info = parseDialogInfo(body)
      return info === undefined ? picture : (takeNotify(picture, cseq, info) ?? picture)
    }, undefined)
  const one = (state: 'early' | 'confirmed' | 'terminated', id = 'd1'): Parameters<typeof yealink>[1] => [{ ...d1, id, state }]
  const shown = (picture: Picture | undefined): string[] => [...(picture?.dialogs.values() ?? [])].map(({ id, state }) => `${id} ${state}`)

  it('full replaces, partial adds by id', () => {
    expect(
      shown(
        take([
          [1, yealink('full', one('early'))],
          [2, yealink('partial', one('early', 'd2'))],
        ]),
      ),
    ).toEqual(['d1 early', 'd2 early'])
    expect(
      shown(
        take([
          [1, yealink('full', one('early'))],
          [2, yealink('full', one('early', 'd2'))],
        ]),
      ),
    ).toEqual(['d2 early'])
    expect(
      shown(
        take([
          [1, yealink('full', one('early'))],
          [2, yealink('partial', one('terminated'))],
          [3, yealink('partial', [])],
        ]),
      ),
    ).toEqual([])
  })
  it('an older one, and the same again, change nothing; the version is not looked at', () => {
    expect(
      shown(
        take([
          [2, asterisk({ state: 'confirmed', version: 7 })],
          [1, asterisk({ state: 'early', version: 6 })],
        ]),
      ),
    ).toEqual(['101 confirmed'])
    expect(
      shown(
        take([
          [2, asterisk({ state: 'confirmed' })],
          [2, asterisk({ state: 'early' })],
        ]),
      ),
    ).toEqual(['101 confirmed'])
    expect(
      shown(
        take([
          [2, asterisk({ state: 'confirmed', version: 7 })],
          [3, asterisk({ state: 'terminated', version: 7 })],
        ]),
      ),
    ).toEqual(['101 terminated'])
  })
  it('says where others were lost in between', () => {
    expect(
      take([
        [1, yealink('full', [])],
        [3, yealink('partial', one('early'))],
      ])?.gap,
    ).toBe(true)
    expect(
      take([
        [1, yealink('full', [])],
        [2, yealink('partial', one('early'))],
      ])?.gap,
    ).toBe(false)
  })
  it('does not grow without end', () => {
    const many = Array.from({ length: 200 }, (_, index) => [index + 1, yealink('partial', one('early', `d${index}`))] as const)
    expect(take(many)?.dialogs.size).toBeLessThanOrEqual(64)
  })
  it('Asterisk’s dialog stands for all calls, another’s for one', () => {
    const view = (body: string): boolean | undefined => {
      const picture = take([[1, body]])
      return picture === undefined ? undefined : viewOf(picture, '101', 'ignore').aggregated
    }
    expect(view(asterisk({ state: 'early' }))).toBe(true)
    expect(view(kamailio([{ ...d1, state: 'early' }]))).toBe(false)
    expect(view(freeswitch({ ...d1, state: 'early', rendering: 'yes' }))).toBe(false)
  })
})
