import { readFileSync } from 'node:fs'
import type { AgentConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import type { BrokerAccess } from '../mqtt/connection.ts'

/** TLS is as the files say; there is no switch to leave it unchecked. */
export function brokerAccess({ broker, desk }: AgentConfig, password: string | undefined): BrokerAccess {
  return {
    url: broker.url,
    username: broker.username ?? desk,
    ...(password === undefined ? {} : { password }),
    ...(broker.caFile === undefined ? {} : { ca: readSecretFile('broker.caFile', broker.caFile) }),
    ...(broker.certFile === undefined ? {} : { cert: readSecretFile('broker.certFile', broker.certFile) }),
    ...(broker.keyFile === undefined ? {} : { key: readSecretFile('broker.keyFile', broker.keyFile) }),
  }
}

/** A file of a configuration that is read when it is needed. Throws `SECRET_UNREADABLE`. */
function readSecretFile(path: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigurationError('SECRET_UNREADABLE', `${path}: ${file} cannot be read; put it there and let the agent's user read it`)
  }
}
