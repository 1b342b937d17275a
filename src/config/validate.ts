import * as v from 'valibot'
import type { WrittenAgent, WrittenHub } from './config.ts'
import { type Fault, pathOf, shown } from './fault.ts'
import type { OfficeConfig } from './office.ts'
import { officeConfigRules, officeSchema } from './office-schema.ts'
import { type Rule, ruleFaults } from './rule.ts'
import { agentRules, agentSchema, hubRules, hubSchema } from './schema.ts'
import { readShape, type SchemaNode } from './shape.ts'

export type Validated<Written> = { readonly written: Written } | { readonly faults: readonly Fault[] }

export function validateAgent(value: unknown): Validated<WrittenAgent> {
  return validate(agentSchema, agentRules, value)
}

export function validateHub(value: unknown): Validated<WrittenHub> {
  return validate(hubSchema, hubRules, value)
}

export function validateOffice(value: unknown): Validated<OfficeConfig> {
  return validate(officeSchema, officeConfigRules, value)
}

/** All faults at once: of names, of values, and between values. One fault a key, the first. */
export function validate<Written>(schema: v.GenericSchema<object, Written>, rules: readonly Rule<Written>[], value: unknown): Validated<Written> {
  const shape = readShape(schema as unknown as SchemaNode, value)
  const result = v.safeParse(schema, shape.value)
  const judged = (result.issues ?? []).map(faultOf)
  const blocked = judged.map(({ path }) => path)
  const faults = [...shape.faults, ...judged, ...ruleFaults(rules, result.output as Written, blocked)]
  if (faults.length === 0) return { written: result.output as Written }
  return { faults: faults.filter(({ path }, place) => faults.findIndex((other) => other.path === path) === place) }
}

function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const keys = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
  return { path: pathOf(keys), sentence: sentenceOf(issue) }
}

/** A sentence that continues `path: ` and says what would be right, then what is there. */
function sentenceOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'schema' && issue.input === undefined) return 'is missing'
  const but = `not ${shown(issue.input)}`
  switch (issue.type) {
    case 'string':
      return `must be text, ${but}${typeof issue.input === 'boolean' ? ' (put it in quotes)' : ''}`
    case 'number':
    case 'integer':
      return `must be a whole number, ${but}`
    case 'boolean':
      return `must be true or false, ${but}`
    case 'array':
      return `must be a list, ${but}`
    case 'strict_object':
    case 'record':
      return `must be a group of keys, ${but}`
    case 'union':
      if (!issue.message.startsWith('Invalid type')) return `${issue.message}, ${but}`
      return `must be ${alternatives(issue.expected)}, ${but}`
    case 'picklist':
    case 'literal':
    case 'variant':
      return `must be ${alternatives(issue.expected)}, ${but}`
    case 'min_value':
      return `must be at least ${issue.requirement}, ${but}`
    case 'max_value':
      return `must be at most ${issue.requirement}, ${but}`
    case 'max_length':
      return Array.isArray(issue.input) ? `must have at most ${issue.requirement} entries` : `must have at most ${issue.requirement} characters`
    case 'max_entries':
      return `must have at most ${issue.requirement} entries`
    default:
      return issue.message
  }
}

/** valibot writes `("a" | "b" | "c")`. */
function alternatives(expected: string | null): string {
  const names = (expected ?? '').replace(/[()"]/g, '').split(' | ')
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
