import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** docs/explanation/security.md names a test for each threat; this keeps the names true. */
const page = readFileSync(new URL('../docs/explanation/security.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => /^\| (?!threat |---)/.test(line) && line.split('|').length > 4)
const named = [...page.matchAll(/`([a-z-]+(?:\/[a-z-]+)*(?:\.test)?\.ts)`((?:,? \*[^*]+\*)*)/g)].flatMap(([, file = '', titles = '']) =>
  [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']): [string, string] => [file, title]),
)

describe('the threat model', () => {
  test.each(rows.map((row): [string, string] => [row.split('|')[1]?.trim() ?? '', row.split('|')[3] ?? '']))('%s: has a test', (_, shown) => {
    expect(shown).toMatch(/`[^`]+\.ts` \*[^*]+\*/)
  })

  test.each(named)('%s has a test called “%s”', (file, title) => {
    const path = new URL(file, import.meta.url)
    expect(existsSync(path), file).toBe(true)
    // The title, or its beginning, is that of a test or a group of tests, and not just a word in the file.
    const source = readFileSync(path, 'utf8')
    const calls = [...source.matchAll(/\b(?:test|describe)(?:\.each[^\n]*)?\(\s*[`'"]([^\n]*)/g)].map(([, text = '']) => text)
    const tables = /\]\)\([`'"]([^\n]*)/g
    const titles = [...calls, ...[...source.matchAll(tables)].map(([, text = '']) => text)]
    expect(
      titles.some((text) => text.includes(title)),
      `${file}: ${title}`,
    ).toBe(true)
  })

  test('names every actor, and what is out of scope', () => {
    for (const actor of [
      'neighbour desk',
      'stolen card',
      'phones’ network',
      'web page',
      'administrator’s credential',
      'replay',
      'flood',
      'supply chain',
      'agent is dead',
    ]) {
      expect(page.replaceAll("'", '’')).toContain(actor)
    }
    expect(page).toContain('## Out of scope')
  })
})
