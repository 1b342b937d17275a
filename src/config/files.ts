import { accessSync, constants, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'

/** What systemd sets for a unit: where `LoadCredential=` put the secrets, and where `StateDirectory=` lets the unit write. */
export interface Surroundings {
  readonly CREDENTIALS_DIRECTORY?: string | undefined
  readonly STATE_DIRECTORY?: string | undefined
}

export const credentialsPrefix = '$CREDENTIALS_DIRECTORY/'

/**
 * Where a file named in a configuration is: beside the configuration, unless its path is absolute, or a systemd credential. A name that cannot be read
 * beside the configuration but is among the unit's credentials is that credential, so that one file serves by hand and under systemd, where secrets
 * belong to root alone. An empty line as credential is the unit's word for a secret that is not there (`SetCredential=`).
 */
export function locateFile(name: string, configFile: string, surroundings: Surroundings): string {
  const credentials = surroundings.CREDENTIALS_DIRECTORY
  // Outside of the unit the name stays as it was written, and reading it says what is missing.
  if (name.startsWith(credentialsPrefix)) return credentials === undefined ? name : join(credentials, name.slice(credentialsPrefix.length))
  if (isAbsolute(name)) return name
  const beside = join(dirname(resolve(configFile)), name)
  if (credentials === undefined || isReadable(beside)) return beside
  const credential = join(credentials, basename(name))
  return isFilled(credential) ? credential : beside
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function isFilled(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').trim() !== ''
  } catch {
    return false
  }
}
