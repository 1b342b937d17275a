import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GenericSchema } from 'valibot'
import { describe, expect, test } from 'vitest'
import { commandErrors } from '../../src/mqtt/command-errors.ts'
import { commands } from '../../src/mqtt/commands.ts'
import { faultReasons } from '../../src/mqtt/connection/link-fault.ts'
import { levelSchemas } from '../../src/mqtt/level-messages.ts'
import { noticeData } from '../../src/mqtt/notice-data.ts'
import { topicRules } from '../../src/mqtt/topics.ts'

/** docs/reference/mqtt.md is written by hand; its tables must say what the schemas say. */
const page = readFileSync(join(import.meta.dirname, '../../docs/reference/mqtt.md'), 'utf8')

/** The fields of a schema as the page writes them. */
function fieldsOf(schema: GenericSchema): string {
  const { entries } = schema as unknown as { entries: Readonly<Record<string, { type: string }>> }
  const fields = Object.entries(entries).filter(([name]) => name !== 'caller')
  return fields.length === 0 ? 'nothing' : fields.map(([name, { type }]) => `\`${name}${type === 'exact_optional' ? '?' : ''}\``).join(', ')
}

function section(title: string): string {
  const [, after = ''] = page.split(`\n${title}\n`)
  return after.split(/\n##+ /)[0] ?? ''
}

describe('the reference page', () => {
  test.each(Object.entries(noticeData))('has the event %s with its fields', (name, schema) => {
    expect(section('## Events')).toContain(`\n| \`${name}\` | ${fieldsOf(schema)} |\n`)
  })

  test.each(Object.entries(commands))('has the command %s with its fields, what it does and why it may be refused', (name, { body, does, refuses }) => {
    const reasons = refuses.length === 0 ? '' : refuses.map((code) => `\`${code}\``).join(', ')
    expect(section('## Commands')).toContain(`\n| \`${name}\` | ${fieldsOf(body)} | ${does} | ${reasons} |\n`.replace('|  |', '| |'))
  })

  test.each(faultReasons)('has the fault %s', (reason) => {
    expect(section('### Faults')).toMatch(new RegExp(`\\n\\| [^|]*\`${reason}\`[^|]* \\| `))
  })

  test.each(Object.entries(commandErrors))('has the error %s', (code, meaning) => {
    expect(section('## Commands')).toContain(`\n| \`${code}\` | ${meaning} |\n`)
  })

  test.each(['about', 'state', 'presence', 'health', 'day'] as const)('has every field of %s, down to the last', (name) => {
    const written = section(name === 'day' ? '### day, day/previous' : `### ${name}`)
    for (const field of fieldNames(levelSchemas[name])) if (field !== 'v' && field !== 'at') expect(written).toContain(`\`${field}\``)
  })

  test('has every topic with its QoS and whether it is retained', () => {
    for (const [name, { retain, qos }] of Object.entries(topicRules)) {
      const row = section('## Topics')
        .split('\n')
        .find((line) => line.startsWith('|') && line.includes(`\`${name}\``) && line.indexOf(`\`${name}\``) < 25)
      expect(
        row
          ?.split('|')
          .slice(2, 4)
          .map((cell) => cell.trim()),
      ).toEqual([retain ? 'yes' : 'no', String(qos)])
    }
  })
})

/** The names of all fields, also of objects within. */
function fieldNames(schema: unknown): readonly string[] {
  const { entries, item, wrapped } = schema as { entries?: Readonly<Record<string, unknown>>; item?: unknown; wrapped?: unknown }
  if (entries !== undefined) return Object.entries(entries).flatMap(([name, inner]) => [name, ...fieldNames(inner)])
  const inner = item ?? wrapped
  return inner === undefined ? [] : fieldNames(inner)
}
