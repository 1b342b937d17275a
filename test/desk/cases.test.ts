import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** docs/explanation/cases.md promises a test for each case; this keeps the promise true when tests are renamed. */
const page = readFileSync(new URL('../../docs/explanation/cases.md', import.meta.url), 'utf8')
const tests = new URL('../', import.meta.url)
const rows = page.split('\n').filter((line) => /^\| (INV-)?\d+ \|/.test(line))

describe('the page of the cases', () => {
  test('has the twelve invariants and the thirty-five failures', () => {
    const numbers = rows.map((row) => row.split('|')[1]?.trim())
    expect(numbers).toEqual([...Array.from({ length: 12 }, (_, index) => `INV-${index + 1}`), ...Array.from({ length: 35 }, (_, index) => `${index + 1}`)])
  })

  test.each(rows.map((row): [string, string] => [row.split('|')[1]?.trim() ?? '', row]))('%s', (_, row) => {
    const shown = row.split('|').slice(3).join('|')
    expect(shown).toMatch(/`[a-z-]+\/|by construction/)
    for (const [, file = '', names = ''] of shown.matchAll(
      /`((?:agent|bridge|desk|directory|firmware|http|hub|mqtt|phones|provisioning|scenarios|simulation|store|system|systemd)\/[^`]*)`((?: \*[^*]+\*)?)/g,
    )) {
      expect(existsSync(new URL(file, tests)), file).toBe(true)
      if (names === '') continue
      const name = names.trim().replaceAll('*', '').replace(/…$/, '')
      const colon = name.startsWith('not known: ') ? name.slice('not known: '.length) : name
      expect(readFileSync(new URL(file, tests), 'utf8')).toContain(colon)
    }
  })

  test('every page of the scenarios is a case or a story', () => {
    for (const name of readdirSync(new URL('scenarios/', tests)).filter((one) => one.endsWith('.scenario'))) {
      expect(readFileSync(new URL(`scenarios/${name}`, tests), 'utf8'), name).toMatch(/^# \S.{20,}/)
    }
  })
})
