import { jsonSchemaOf } from '../config/json-schema.ts'
import { configurationTables, type GeneratedPage, withGenerated } from '../config/reference.ts'
import { publishedDirectory } from './json-schema.ts'

/** The page of the directory's keys. */
export const directoryPage: GeneratedPage = {
  file: 'directory.md',
  fill: (page) => withGenerated(page, 'directory', configurationTables(jsonSchemaOf(publishedDirectory))),
}
