import { type Fault, wholeFile } from '../config/fault.ts'
import { orFaults, readConfig } from '../config/load.ts'
import { type Validated, validate } from '../config/validate.ts'
import { payloadBytesMax } from '../mqtt/limits.ts'
import { directoryFaults } from './check.ts'
import type { OfficeDirectory } from './directory.ts'
import { publishedSize } from './published.ts'
import { directorySchema } from './schema.ts'

/** The directory of an office, checked. Throws a `ConfigurationError` with all faults at once: of the file's form, then of the ways that calls take. */
export function loadDirectory(file: string): OfficeDirectory {
  return orFaults(file, validateDirectory(readConfig(file)))
}

/** Whether a file is meant as a directory: by the one key that neither an agent's nor a hub's has. */
export function looksLikeDirectory(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'desks') && !Object.hasOwn(value, 'site')
}

export function validateDirectory(value: unknown): Validated<OfficeDirectory> {
  const validated = validate<OfficeDirectory>(directorySchema, [], value)
  if ('faults' in validated) return validated
  const faults: readonly Fault[] = [...directoryFaults(validated.written), ...sizeFault(validated.written)]
  return faults.length === 0 ? validated : { faults }
}

function sizeFault(directory: OfficeDirectory): readonly Fault[] {
  const bytes = publishedSize(directory)
  if (bytes <= payloadBytesMax) return []
  const sentence = `makes a message of ${bytes} bytes, and a desk takes at most ${payloadBytesMax}; name fewer substitutes, or fewer hours of the week`
  return [{ path: wholeFile, sentence }]
}
