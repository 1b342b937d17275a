import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'

/** What systemd sets for a unit: where `LoadCredential=` put the secrets, and where `StateDirectory=` lets the unit write. */
export interface Surroundings {
  readonly CREDENTIALS_DIRECTORY?: string | undefined
  readonly STATE_DIRECTORY?: string | undefined
}

export const credentialsPrefix = '$CREDENTIALS_DIRECTORY/'

/**
 * Where a file named in a configuration is: beside the configuration, unless its path is absolute, or a systemd credential. A name that is not
 * beside the configuration but among the unit's credentials is that credential, so that one file serves by hand and under systemd.
 */
export function locateFile(name: string, configFile: string, surroundings: Surroundings): string {
  const credentials = surroundings.CREDENTIALS_DIRECTORY
  // Outside of the unit the name stays as it was written, and reading it says what is missing.
  if (name.startsWith(credentialsPrefix)) return credentials === undefined ? name : join(credentials, name.slice(credentialsPrefix.length))
  if (isAbsolute(name)) return name
  const beside = join(dirname(resolve(configFile)), name)
  if (credentials === undefined || existsSync(beside)) return beside
  const credential = join(credentials, basename(name))
  return existsSync(credential) ? credential : beside
}
