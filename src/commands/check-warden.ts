import { existsSync } from 'node:fs'
import type { HubConfig } from '../config/config.ts'
import { loadWardenPhones } from '../hub/warden/phones-file.ts'

/** How many phones there are, in a word for the summary. */
export function wardenSummary({ graceMs, phonesFile }: NonNullable<HubConfig['warden']>): string {
  const phones = existsSync(phonesFile) ? Object.keys(loadWardenPhones(phonesFile).phones).length : 0
  return `frees ${phones} phones, ${graceMs / 1000} s after their agents are gone`
}
