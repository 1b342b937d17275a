import type * as v from 'valibot'
import { jsonSchemaOf, type PublishedSchema } from '../../config/json-schema.ts'
import { configurationTables, type GeneratedPage, withGenerated } from '../../config/reference.ts'
import { wardenPhonesSchema } from './phones-schema.ts'

/** For editors; written by `npm run docs`, and a test says when it is stale. */
export const publishedWardenPhones: PublishedSchema = { file: 'warden-phones.schema.json', schema: wardenPhonesSchema as unknown as v.GenericSchema }

/** The page of the file's keys. */
export const wardenPhonesPage: GeneratedPage = {
  file: 'warden-phones.md',
  fill: (page) => withGenerated(page, 'warden-phones', configurationTables(jsonSchemaOf(publishedWardenPhones))),
}
