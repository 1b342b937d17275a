import { existsSync } from 'node:fs'
import type { HubConfig } from '../config/config.ts'
import { faultLines } from '../config/fault.ts'
import { ConfigurationError } from '../errors.ts'
import { loadWardenPhones, secretFaults } from '../hub/warden/phones-file.ts'

/** The phones of the warden that a hub's configuration names: what is to be done before it can free them; faults of the file are the configuration's. */
export function wardenToDo({ warden }: Pick<HubConfig, 'warden'>): readonly string[] {
  if (warden === undefined) return []
  const { phonesFile } = warden
  if (!existsSync(phonesFile)) return [`warden.phonesFile: ${phonesFile} does not exist; docs/guides/warden.md shows how it is written`]
  try {
    return faultLines(secretFaults(loadWardenPhones(phonesFile))).map(below)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(error.code, `${phonesFile} has faults:`, error.faults.map(below))
  }
}

/** How many phones there are, in a word for the summary. */
export function wardenSummary({ graceMs, phonesFile }: NonNullable<HubConfig['warden']>): string {
  const phones = existsSync(phonesFile) ? Object.keys(loadWardenPhones(phonesFile).phones).length : 0
  return `frees ${phones} phones, ${graceMs / 1000} s after their agents are gone`
}

/** `phones.usc-12: …` of the file is `warden.phones.usc-12: …` of the hub. */
function below(line: string): string {
  return `warden.${line}`
}
