import type { JsonSchema } from '@valibot/to-json-schema'
import { errorCodes } from '../errors.ts'
import { jsonSchemaOf, publishedAgent, publishedHub, publishedOffice } from './json-schema.ts'

/** A page of docs/reference with parts that are made from the code; the words around them are a person's. */
export interface GeneratedPage {
  readonly file: string
  readonly fill: (page: string) => string
}

export const generatedPages: readonly GeneratedPage[] = [
  {
    file: 'configuration.md',
    fill: (page) => {
      const filled = withGenerated(page, 'agent', configurationTables(jsonSchemaOf(publishedAgent)))
      const both = withGenerated(filled, 'hub', configurationTables(jsonSchemaOf(publishedHub)))
      return withGenerated(both, 'office', configurationTables(jsonSchemaOf(publishedOffice)))
    },
  },
  { file: 'errors.md', fill: (page) => withGenerated(page, 'codes', errorTable()) },
]

/** Replaces what stands between the two markers of this name. */
export function withGenerated(page: string, name: string, content: string): string {
  const begin = `<!-- generated: ${name} -->`
  const end = `<!-- end: ${name} -->`
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) throw new Error(`the page has no markers "${begin}" and "${end}"`)
  return `${page.slice(0, from)}${begin}\n\n${content}\n\n${page.slice(to)}`
}

function errorTable(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return ['| code | meaning |', '|---|---|', ...rows].join('\n')
}

/** The sections of a configuration: a table of the keys at the top, then one section for each group of keys. */
export function configurationTables(schema: JsonSchema): string {
  const required = new Set(schema.required ?? [])
  const properties = Object.entries(schema.properties ?? {}).map(([key, each]) => ({ key, schema: each as JsonSchema, required: required.has(key) }))
  const sections = properties
    .filter((row) => isSection(row.schema))
    .map((row) => {
      const body = sectionBody(row.schema)
      return [`### \`${row.key}\``, introduction(row), ...(body === '' ? [] : [body])].join('\n\n')
    })
  const single = properties.filter((row) => !isSection(row.schema))
  return [...(single.length === 0 ? [] : [table(single)]), ...sections].join('\n\n')
}

interface Row {
  readonly key: string
  readonly schema: JsonSchema
  readonly required: boolean
}

function isSection(schema: JsonSchema): boolean {
  return schema.properties !== undefined || schema.oneOf !== undefined || schema.type === 'array' || ofNames(schema) !== undefined
}

/** What stands behind each name of a group whose names are free. */
function ofNames({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? (additionalProperties as JsonSchema) : undefined
}

function introduction({ schema, required }: Row): string {
  return `${schema.description ?? ''}${required ? ' Required.' : ''}`
}

/** One table, or for a section with a choice (`driver`, `vendor`) one for each that may be chosen. */
function sectionBody(schema: JsonSchema): string {
  const options = schema.oneOf as readonly JsonSchema[] | undefined
  if (options === undefined) {
    const rows = rowsOf(schema, '')
    return rows.length === 0 ? '' : table(rows)
  }
  const only = options.map((option) => {
    const [choice, ...rows] = rowsOf(option, '')
    const values = choice?.schema.enum ?? [choice?.schema.const]
    const isDefault = JSON.stringify(schema.default) === JSON.stringify({ [choice?.key ?? '']: values[0] })
    const choices = values.map((value) => `\`${choice?.key}: ${value}\``).join(' or ')
    const heading = `**${choices}**${isDefault ? ' (the default)' : ''}: ${choice?.schema.description ?? ''}`
    return rows.length === 0 ? heading : `${heading}\n\n${table(rows)}`
  })
  return only.join('\n\n')
}

/** The keys below a schema, with their paths. */
function rowsOf(schema: JsonSchema, prefix: string): Row[] {
  const each = ofNames(schema)
  if (each !== undefined) return rowsOf(each, `${prefix}<name>.`)
  if (schema.type === 'array') return rowsOf(schema.items as JsonSchema, `${prefix}[].`)
  // Of text or a group of keys, the group is what has rows.
  const group = (schema.anyOf as readonly JsonSchema[] | undefined)?.find(({ properties }) => properties !== undefined)
  if (group !== undefined) return rowsOf(group, prefix)
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).flatMap(([key, each]) => {
    const row: Row = { key: `${prefix}${key}`, schema: each as JsonSchema, required: required.has(key) }
    const below = row.schema.type === 'array' ? rowsOf(row.schema, row.key) : rowsOf(row.schema, `${row.key}.`)
    return [row, ...below]
  })
}

function table(rows: readonly Row[]): string {
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows.map(rowOf)].join('\n')
}

function rowOf({ key, schema, required }: Row): string {
  const cells = [`\`${key}\``, kindOf(schema), required ? '*required*' : defaultOf(schema), schema.description ?? '']
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** `{}` means "the defaults of its keys" and says nothing here. */
function defaultOf({ default: fallback }: JsonSchema): string {
  if (fallback === undefined || (typeof fallback === 'object' && !Array.isArray(fallback))) return ''
  return `\`${JSON.stringify(fallback)}\``
}

function kindOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((each) => `\`${each}\``).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => kindOf(each as JsonSchema)).join(', ')
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return '`true`, `false`'
  if (schema.type === 'array') return 'list'
  if (schema.type === 'object') return 'keys'
  return schema.type === 'number' ? 'number' : 'text'
}
