import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { jsonSchemaOf, jsonSchemaText } from '../../src/config/json-schema.ts'
import { readYaml } from '../../src/config/yaml.ts'
import { polishNumbering } from '../../src/desk/number.ts'
import type { OfficeDirectory } from '../../src/directory/directory.ts'
import { publishedDirectory } from '../../src/directory/json-schema.ts'
import { loadDirectory, looksLikeDirectory, validateDirectory } from '../../src/directory/load.ts'
import { canonicalJson, digestOf } from '../../src/directory/published.ts'
import { directoryPage } from '../../src/directory/reference.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { exampleHub } from '../../src/mqtt/published/examples.ts'
import { temporaryDirectory } from '../config/temporary.ts'

const root = join(import.meta.dirname, '..', '..')
const example = join(root, 'examples', 'directory.yaml')
const place = temporaryDirectory()

function faultsOf(text: string): readonly string[] {
  try {
    loadDirectory(place.write('directory.yaml', text))
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
}

const reception = 'reception: { number: "6000", staffed: true }'

describe('the file', () => {
  test('is read with its defaults', () => {
    expect(loadDirectory(place.write('good.yaml', `desks:\n  usc-12: { number: 6012, substitutes: [reception] }\n  ${reception}\n`))).toEqual({
      desks: {
        'usc-12': { number: '6012', substitutes: [{ desk: 'reception' }], staffed: false, forwards: [] },
        reception: { number: '6000', substitutes: [], staffed: true, forwards: [] },
      },
      external: [],
      numbers: polishNumbering,
    } satisfies OfficeDirectory)
  })

  test('names of digits and numbers with zeros in front stay as they were written', () => {
    const { desks } = loadDirectory(place.write('digits.yaml', 'desks:\n  0405: { number: 0014, substitutes: [12] }\n  12: { number: 0, staffed: true }\n'))
    expect(desks).toMatchObject({ '0405': { number: '0014', substitutes: [{ desk: '12' }] }, '12': { number: '0' } })
  })

  test('has all its faults told at once, each with its place', () => {
    const text = `desk: {}
external: [600 100]
desks:
  usc-12: { numbr: 1, number: "60 12", substitutes: [Usc, { dsk: usc-14 }, { desk: usc-14, week: { mon: ["9-17"] } }], absenteesMax: 0 }
  usc-14: { forwards: [{ kind: never, to: "+" }, 7], consent: 2026-02-30, staffed: perhaps }
  hub: { number: 1 }
  USC: { number: 1 }
`
    expect(faultsOf(text)).toEqual([
      'desk: is not a key here; did you mean desks?',
      'desks.usc-12.numbr: is not a key here; did you mean number?',
      'desks.usc-12.substitutes[1].dsk: is not a key here; did you mean desk?',
      'desks.usc-14.forwards[1]: must be a group of keys, not 7',
      'desks.usc-12.number: must be a number as it is dialled: digits, * and #, perhaps a + in front, no spaces',
      'desks.usc-12.substitutes[0]: must be 1 to 32 lower-case letters, digits and hyphens, and must not begin with a hyphen',
      'desks.usc-12.substitutes[1]: must be the name of a desk, or {desk, week}, not a group of keys',
      'desks.usc-12.substitutes[2].week.mon[0]: must be a span of the day such as "07:30-15:30", its end after its beginning and at most 24:00',
      'desks.usc-12.absenteesMax: must be at least 1, not 0',
      'desks.usc-14.number: is missing',
      'desks.usc-14.staffed: must be true or false, not "perhaps"',
      'desks.usc-14.forwards[0].kind: must be busy, no-answer or always, not "never"',
      'desks.usc-14.forwards[0].to: must be the name of a desk, or a number as it is dialled: digits, * and #, perhaps a + in front',
      'desks.usc-14.consent: must be a day such as 2026-11-24',
      'desks.hub: must not be "hub": that name is the hub’s own',
      'desks.USC: must be 1 to 32 lower-case letters, digits and hyphens, and must not begin with a hyphen',
      'external[0]: must be a number as it is dialled: digits, * and #, perhaps a + in front, no spaces',
    ])
  })

  test('then of the ways that calls take', () => {
    expect(faultsOf('desks:\n  a: { number: 1, substitutes: [b] }\n  b: { number: 1, substitutes: [a] }\n')).toEqual([
      'desks.a.number: is also the number of b; each desk needs one of its own',
      'desks.b.number: is also the number of a; each desk needs one of its own',
      'desks.a.substitutes[0]: leads round in a circle, a → b → a; take one of these out',
      'desks.a: has its calls end with nobody who is always there: b and whoever comes after; one of them must be staffed',
      'desks.b: has its calls end with nobody who is always there: a and whoever comes after; one of them must be staffed',
    ])
  })

  test('is bounded in every direction', () => {
    const many = (count: number, each: (place: number) => string) => Array.from({ length: count }, (_, place) => each(place)).join('\n')
    expect(faultsOf(`desks:\n${many(1001, (place) => `  d${place}: { number: ${1000 + place}, staffed: true }`)}\n`)).toEqual([
      'desks: must have at most 1000 desks',
    ])
    expect(faultsOf(`desks:\n  a: { number: 1, staffed: true, substitutes: [${'b, '.repeat(9)}] }\n`)).toEqual([
      'desks.a.substitutes: must have at most 8 entries',
    ])
    const staffed = many(6, (place) => `  r${place}: { number: ${place}, staffed: true }`)
    const wide = many(950, (place) => `  d${place}: { number: ${1000 + place}, substitutes: [r0, r1, r2, r3, r4, r5] }`)
    expect(faultsOf(`desks:\n${wide}\n${staffed}\n`)).toEqual([
      expect.stringMatching(/^configuration: makes a message of \d+ bytes, and a desk takes at most 261632; name fewer substitutes/),
    ])
  })

  test('is known among other files', () => {
    expect([{ desks: {} }, { desks: {}, site: 'um' }, { site: 'um' }, null, 'desks'].map(looksLikeDirectory)).toEqual([true, false, false, false, false])
  })

  test('the example can work', () => {
    expect(Object.keys(loadDirectory(example).desks)).toEqual(['usc-12', 'usc-14', 'usc-15', 'reception'])
  })
})

test('the published example has the digest of its desks', () => {
  expect(exampleHub.directory.digest).toBe(digestOf(exampleHub.directory.desks))
})

describe('canonical JSON', () => {
  test('is the same for the same value, in whatever order it was written', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x"y' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x\\"y","d":null}]}')
    expect(canonicalJson({ a: true, b: [1, { c: 'x"y', d: null }] })).toBe(canonicalJson({ b: [1, { d: null, c: 'x"y' }], a: true }))
  })
})

describe('what is generated from the code is fresh (npm run docs)', () => {
  const reference = (file: string) => readFileSync(join(root, 'docs', 'reference', file), 'utf8')
  const editor = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(jsonSchemaText(publishedDirectory)))
  const value = (text: string) => {
    const document = readYaml(text)
    return 'value' in document ? document.value : undefined
  }

  test('the JSON Schema', () => {
    expect(reference(publishedDirectory.file)).toBe(jsonSchemaText(publishedDirectory))
  })

  test('the page', () => {
    expect(reference(directoryPage.file)).toBe(directoryPage.fill(reference(directoryPage.file)))
  })

  test('every key has a description', () => {
    const bare: string[] = []
    const visit = (schema: object, path: string): void => {
      for (const [key, each] of Object.entries(schema)) {
        if (typeof each !== 'object' || each === null) continue
        if (key === 'properties')
          for (const [name, entry] of Object.entries(each)) if (!(entry as { description?: string }).description) bare.push(`${path}.${name}`)
        visit(each, `${path}.${key}`)
      }
    }
    visit(jsonSchemaOf(publishedDirectory), '')
    expect(bare).toEqual([])
  })

  test.each([
    [readFileSync(example, 'utf8'), true],
    ['desks: { a: { number: 0014, staffed: true, forwards: [{ kind: busy, to: 6014 }] } }\nexternal: [6014]', true],
    ['desks: { a: { number: 1, substitutes: [{ desk: 5 }], staffed: true }, 5: { number: 2, staffed: true } }', true],
    ['desks: { a: {} }', false],
    ['desks: { A: { number: 1, staffed: true } }', false],
    ['desks: { a: { number: 1, staffed: true, substitutes: [{ desk: b, wek: {} }] } }', false],
    ['desks: { a: { number: 1, staffed: true, absenteesMax: 99 } }', false],
  ])('an editor and the loader agree: %#', (text, good) => {
    const document = readYaml(text)
    expect([editor(value(text)), 'value' in document && 'written' in validateDirectory(document.value)]).toEqual([good, good])
  })
})
