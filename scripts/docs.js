// Writes what is made from the code, of docs/reference and of firmware-bridge: `npm run docs`, after a build. Tests fail when it is stale.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { jsonSchemaText, publishedSchemas } from '../dist/config/json-schema.js'
import { generatedPages } from '../dist/config/reference.js'
import { publishedDirectory } from '../dist/directory/json-schema.js'
import { directoryPage } from '../dist/directory/reference.js'
import { publishedWardenPhones, wardenPhonesPage } from '../dist/hub/warden/published.js'
import { firmwareLampTable } from '../dist/lamps/firmware-table.js'
import { publishedMqtt } from '../dist/mqtt/published/files.js'

const reference = new URL('../docs/reference/', import.meta.url)
const schemas = new URL('schemas/', reference)

for (const published of [...publishedSchemas, publishedDirectory, publishedWardenPhones])
  writeFileSync(new URL(published.file, reference), jsonSchemaText(published))
for (const { file, fill } of [...generatedPages, directoryPage, wardenPhonesPage]) {
  const page = new URL(file, reference)
  writeFileSync(page, fill(readFileSync(page, 'utf8')))
}
mkdirSync(schemas, { recursive: true })
for (const file of readdirSync(schemas)) rmSync(new URL(file, schemas))
for (const [file, text] of publishedMqtt()) writeFileSync(new URL(file, reference), text)
writeFileSync(new URL('../firmware-bridge/lamp-table.h', import.meta.url), firmwareLampTable())
