import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { jsonSchemaOf, jsonSchemaText, publishedAgent, publishedHub, publishedSchemas } from '../../src/config/json-schema.ts'
import { loadConfig } from '../../src/config/load.ts'
import { generatedPages } from '../../src/config/reference.ts'
import { validateAgent } from '../../src/config/validate.ts'
import { readYaml } from '../../src/config/yaml.ts'
import { errorCodes } from '../../src/errors.ts'
import { smallest } from './temporary.ts'

const root = join(import.meta.dirname, '..', '..')
const reference = (file: string) => readFileSync(join(root, 'docs', 'reference', file), 'utf8')
const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.yaml') && file !== 'directory.yaml')

/** What an editor would say of a text, by the published schema. */
function editorAccepts(published: typeof publishedAgent, text: string): boolean {
  const document = readYaml(text)
  if ('faults' in document) throw new Error('not YAML')
  return new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(JSON.parse(jsonSchemaText(published)))(document.value)
}

describe('what is generated from the code is fresh (npm run docs)', () => {
  test.each(publishedSchemas.map((published) => [published.file, published] as const))('%s', (file, published) => {
    expect(reference(file)).toBe(jsonSchemaText(published))
  })

  test.each(generatedPages.map((page) => [page.file, page] as const))('%s', (file, { fill }) => {
    expect(reference(file)).toBe(fill(reference(file)))
  })
})

test('a page without its markers is refused instead of left stale', () => {
  expect(() => generatedPages[0]?.fill('# Configuration\n')).toThrow('no markers')
})

test('every error has a section that says what to do', () => {
  const sections = [...reference('errors.md').matchAll(/^## (\S+)$/gm)].map(([, code]) => code)
  expect(sections).toEqual(Object.keys(errorCodes))
})

test('every key of the schema has a description', () => {
  const bare: string[] = []
  const visit = (schema: object, path: string): void => {
    for (const [key, each] of Object.entries(schema)) {
      if (typeof each !== 'object' || each === null) continue
      if (key === 'properties') {
        for (const [name, entry] of Object.entries(each as Record<string, { description?: string }>)) if (!entry.description) bare.push(`${path}.${name}`)
      }
      visit(each, `${path}.${key}`)
    }
  }
  for (const published of publishedSchemas) visit(jsonSchemaOf(published), published.file)
  expect(bare).toEqual([])
})

describe('the examples', () => {
  test('are there', () => {
    expect(examples).toEqual(expect.arrayContaining(['grandstream.yaml', 'hub.yaml', 'yealink.yaml']))
  })

  test.each(examples)('%s loads, and an editor accepts it', (example) => {
    const file = join(root, 'examples', example)
    const { kind } = loadConfig(file, false, {})
    const text = readFileSync(file, 'utf8')
    expect(editorAccepts(kind === 'hub' ? publishedHub : publishedAgent, text)).toBe(true)
    expect(text).toMatch(new RegExp(`^# yaml-language-server: \\$schema=\\.\\./docs/reference/${kind}-config\\.schema\\.json\n`))
  })
})

describe('the published schema and the loader agree', () => {
  const loaderAccepts = (text: string) => {
    const document = readYaml(text)
    return 'value' in document && 'written' in validateAgent(document.value)
  }
  test.each([
    ['', true],
    ['substitutes: [{ desk: 15, number: 6014 }]', true],
    ['seat: { driver: mqtt, topic: a }', true],
    ['seat: { driver: mqtt, topic: a, occupied: 1 }', true],
    ['policy: { warnAtRing: 2, workingHours: { exceptions: { 2026-12-24: [] } } }', true],
    ['numbers: { extensions: [{ pattern: 6xxx, prefix: "+4885869" }] }', true],
    ['polcy: {}', false],
    ['policy: { seatGracMs: 1 }', false],
    ['policy: { warnAtRing: 0 }', false],
    ['policy: { workingHours: { week: { mon: ["9-17"] } } }', false],
    ['seat: { driver: gpio, line: 1 }', false],
    ['seat: { driver: none, line: 1 }', false],
    ['log: { level: loud }', false],
    ['substitutes: [{ desk: UM, number: 1 }]', false],
  ])('%s', (lines, good) => {
    expect([editorAccepts(publishedAgent, smallest + lines), loaderAccepts(smallest + lines)]).toEqual([good, good])
  })
})
