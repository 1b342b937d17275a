import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { officeSchema } from './office-schema.ts'
import { agentSchema, hubSchema } from './schema.ts'

/** Only `scripts/docs.js` and the tests import this file: the generator is no dependency of the running program. */

/** A schema of the code that is published for editors and other programs. */
export interface PublishedSchema {
  /** The file's name below docs/reference. */
  readonly file: string
  readonly schema: v.GenericSchema
}

export const publishedAgent: PublishedSchema = { file: 'agent-config.schema.json', schema: agentSchema as unknown as v.GenericSchema }
export const publishedHub: PublishedSchema = { file: 'hub-config.schema.json', schema: hubSchema as unknown as v.GenericSchema }
export const publishedOffice: PublishedSchema = { file: 'office-config.schema.json', schema: officeSchema as unknown as v.GenericSchema }

/** Everything that `npm run docs` writes as JSON Schema, and that the test for staleness reads. Another schema is one more entry. */
export const publishedSchemas: readonly PublishedSchema[] = [publishedAgent, publishedHub, publishedOffice]

/** Checks that JSON Schema cannot say. The loader makes them; the description of the key tells of them. */
const onlyOurs = ['check']

/** JSON Schema draft-07 of what may be written: before any transformation, so that an editor judges what its user types. */
export function jsonSchemaOf({ schema }: PublishedSchema): JsonSchema {
  return toJsonSchema(schema, { target: 'draft-07', typeMode: 'input', ignoreActions: onlyOurs })
}

/** The text of the published file. */
export function jsonSchemaText(published: PublishedSchema): string {
  return `${JSON.stringify(jsonSchemaOf(published), null, 2)}\n`
}
