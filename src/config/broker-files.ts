import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../errors.ts'

/** What TLS needs of a broker's section, read. */
export interface BrokerFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** The files of a `broker` section for TLS, as they are now. Throws `SECRET_UNREADABLE` with the key of the first that cannot be read. */
export function readBrokerFiles(broker: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }): BrokerFiles {
  return {
    ...(broker.caFile === undefined ? {} : { ca: read('broker.caFile', broker.caFile) }),
    ...(broker.certFile === undefined ? {} : { cert: read('broker.certFile', broker.certFile) }),
    ...(broker.keyFile === undefined ? {} : { key: read('broker.keyFile', broker.keyFile) }),
  }
}

function read(path: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigurationError('SECRET_UNREADABLE', `${path}: ${file} cannot be read; put it there and let the user of this program read it`)
  }
}
