import type * as v from 'valibot'
import type { PublishedSchema } from '../config/json-schema.ts'
import { directorySchema } from './schema.ts'

/** For editors; like those of the configurations it is written by `npm run docs`, and a test says when it is stale. */
export const publishedDirectory: PublishedSchema = { file: 'directory.schema.json', schema: directorySchema as unknown as v.GenericSchema }
