// Writes what is made from the code, of docs/reference and of firmware-bridge: `npm run docs`, after a build. Tests fail when it is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { jsonSchemaText, publishedSchemas } from '../dist/config/json-schema.js'
import { generatedPages } from '../dist/config/reference.js'
import { firmwareLampTable } from '../dist/lamps/firmware-table.js'

const reference = new URL('../docs/reference/', import.meta.url)

for (const published of publishedSchemas) writeFileSync(new URL(published.file, reference), jsonSchemaText(published))
for (const { file, fill } of generatedPages) {
  const page = new URL(file, reference)
  writeFileSync(page, fill(readFileSync(page, 'utf8')))
}
writeFileSync(new URL('../firmware-bridge/lamp-table.h', import.meta.url), firmwareLampTable())
