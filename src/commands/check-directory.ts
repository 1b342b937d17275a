import { existsSync } from 'node:fs'
import type { HubConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { readConfig } from '../config/load.ts'
import { directoryRemarks } from '../directory/check.ts'
import type { OfficeDirectory } from '../directory/directory.ts'
import { loadDirectory, looksLikeDirectory } from '../directory/load.ts'
import { ConfigurationError } from '../errors.ts'

/** The file as a directory, if it is meant as one. Throws what `loadDirectory` throws. */
export function asDirectory(file: string): OfficeDirectory | undefined {
  return looksLikeDirectory(readConfig(file)) ? loadDirectory(file) : undefined
}

/** The directory that a hub's configuration names: what is to be done about it, and what is to be mended; its faults are the configuration's. */
export function hubDirectory({ directory }: Pick<HubConfig, 'directory'>): { readonly toDo: readonly string[]; readonly warnings: readonly string[] } {
  if (directory === undefined) return { toDo: [], warnings: [] }
  if (!existsSync(directory)) return { toDo: [`directory: ${directory} does not exist; examples/directory.yaml shows how it is written`], warnings: [] }
  try {
    return { toDo: [], warnings: faultLines(directoryRemarks(loadDirectory(directory))).map(below) }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(error.code, `${directory} has faults:`, error.faults.map(below))
  }
}

/** `desks.usc-12: …` of the directory is `directory.desks.usc-12: …` of the hub. */
function below(line: string): string {
  return `directory.${line}`
}

export function directorySummary({ desks, external }: OfficeDirectory): readonly (readonly [what: string, how: string])[] {
  const all = Object.entries(desks)
  const staffed = all.filter(([, desk]) => desk.staffed).map(([name]) => name)
  return [
    ['desks', `${all.length}, of which ${all.filter(([, desk]) => desk.substitutes.length > 0).length} have substitutes`],
    ['staffed', staffed.length === 0 ? 'none' : staffed.join(', ')],
    ['outside', external.length === 0 ? 'no number' : external.join(', ')],
  ]
}
