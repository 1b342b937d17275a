// Writes the parts of docs/reference that are made from the code: `npm run docs`, after a build. A test fails when they are stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { jsonSchemaText, publishedSchemas } from '../dist/config/json-schema.js'
import { generatedPages } from '../dist/config/reference.js'

const reference = new URL('../docs/reference/', import.meta.url)

for (const published of publishedSchemas) writeFileSync(new URL(published.file, reference), jsonSchemaText(published))
for (const { file, fill } of generatedPages) {
  const page = new URL(file, reference)
  writeFileSync(page, fill(readFileSync(page, 'utf8')))
}
