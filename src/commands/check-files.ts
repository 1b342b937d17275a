import { existsSync } from 'node:fs'
import type { HubConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { readConfig } from '../config/load.ts'
import { directoryRemarks } from '../directory/check.ts'
import type { OfficeDirectory } from '../directory/directory.ts'
import { loadDirectory, looksLikeDirectory } from '../directory/load.ts'
import { ConfigurationError } from '../errors.ts'
import { loadWardenPhones, looksLikeWardenPhones, secretFaults } from '../hub/warden/phones-file.ts'
import type { WardenPhones } from '../hub/warden/phones-schema.ts'

/** A file of its own, beside the two that programs run with. */
export type OtherFile = { readonly kind: 'directory'; readonly config: OfficeDirectory } | { readonly kind: 'warden-phones'; readonly config: WardenPhones }

/** The file as a directory or as the warden's phones, if it is meant as one of them. Throws a `ConfigurationError` with all its faults. */
export function asOtherFile(file: string): OtherFile | undefined {
  if (looksLikeWardenPhones(file)) return { kind: 'warden-phones', config: loadWardenPhones(file) }
  return looksLikeDirectory(readConfig(file)) ? { kind: 'directory', config: loadDirectory(file) } : undefined
}

export function otherRemarks(loaded: OtherFile): FileRemarks {
  if (loaded.kind === 'directory') return { toDo: [], warnings: faultLines(directoryRemarks(loaded.config)) }
  return { toDo: faultLines(secretFaults(loaded.config)), warnings: [] }
}

export function otherSummary({ kind, config }: OtherFile): Summary {
  return kind === 'directory' ? directorySummary(config) : [['phones', Object.keys(config.phones).join(', ') || 'none']]
}

export type Summary = readonly (readonly [what: string, how: string])[]

/** What is to be done about the files that a hub's configuration names, and what is to be mended in them. */
export interface FileRemarks {
  readonly toDo: readonly string[]
  readonly warnings: readonly string[]
}

/** The directory and the warden's phones of a hub. Throws a `ConfigurationError` with the faults of both at once: they are the configuration's. */
export function hubFiles({ directory, warden }: Pick<HubConfig, 'directory' | 'warden'>): FileRemarks {
  const found = [
    remarksOf('directory', 'directory', directory, 'examples/directory.yaml shows how it is written', (file) => ({
      toDo: [],
      warnings: faultLines(directoryRemarks(loadDirectory(file))),
    })),
    remarksOf('warden.phonesFile', 'warden', warden?.phonesFile, 'docs/guides/warden.md tells how it is written', (file) => ({
      toDo: faultLines(secretFaults(loadWardenPhones(file))),
      warnings: [],
    })),
  ]
  const faults = found.flatMap((each) => each.faults)
  if (faults.length > 0) throw new ConfigurationError('CONFIG_INVALID', 'Files that the configuration names have faults:', faults)
  return { toDo: found.flatMap(({ toDo }) => toDo), warnings: found.flatMap(({ warnings }) => warnings) }
}

/** `desks.usc-12: …` of the directory is `directory.desks.usc-12: …` of the hub, and `phones.usc-12: …` of the phones `warden.phones.usc-12: …`. */
function remarksOf(
  key: string,
  prefix: string,
  file: string | undefined,
  missing: string,
  read: (file: string) => FileRemarks,
): FileRemarks & { readonly faults: readonly string[] } {
  const none = { toDo: [], warnings: [], faults: [] }
  if (file === undefined) return none
  if (!existsSync(file)) return { ...none, toDo: [`${key}: ${file} does not exist; ${missing}`] }
  const below = (line: string): string => `${prefix}.${line}`
  try {
    const { toDo, warnings } = read(file)
    return { toDo: toDo.map(below), warnings: warnings.map(below), faults: [] }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return { ...none, faults: error.faults.map(below) }
  }
}

function directorySummary({ desks, external }: OfficeDirectory): Summary {
  const all = Object.entries(desks)
  const staffed = all.filter(([, desk]) => desk.staffed).map(([name]) => name)
  return [
    ['desks', `${all.length}, of which ${all.filter(([, desk]) => desk.substitutes.length > 0).length} have substitutes`],
    ['staffed', staffed.length === 0 ? 'none' : staffed.join(', ')],
    ['outside', external.length === 0 ? 'no number' : external.join(', ')],
  ]
}

/** How many phones there are, in a word for the summary. */
export function wardenSummary({ graceMs, phonesFile }: NonNullable<HubConfig['warden']>): string {
  const phones = existsSync(phonesFile) ? Object.keys(loadWardenPhones(phonesFile).phones).length : 0
  return `frees ${phones} ${phones === 1 ? 'phone' : 'phones'}, ${graceMs / 1000} s after the agent is gone`
}
