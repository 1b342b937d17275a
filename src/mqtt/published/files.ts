import { stringify } from 'yaml'
import { asyncApi } from './asyncapi.ts'
import { payloadSchemaText, publishedPayloads } from './schemas.ts'

/** The published documents of the MQTT interface, by their names below docs/reference: what `npm run docs` writes and a test compares. */
export function publishedMqtt(): ReadonlyMap<string, string> {
  const note = '# Made from the schemas of the code by `npm run docs`; do not change it by hand.\n'
  const schemas = [...publishedPayloads()].map(([name, schema]): [string, string] => [`schemas/${name}.schema.json`, payloadSchemaText(schema)])
  return new Map([['asyncapi.yaml', note + stringify(asyncApi(), { lineWidth: 0, aliasDuplicateObjects: false })], ...schemas])
}
