import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { callStatesPage } from './call-states.ts'

const page = new URL('../../docs/reference/call-states.md', import.meta.url)

test('docs/reference/call-states.md is what the table says; UPDATE=1 writes it anew', () => {
  const made = callStatesPage()
  if (process.env['UPDATE'] === '1') writeFileSync(page, made)
  expect(readFileSync(page, 'utf8')).toBe(made)
})
