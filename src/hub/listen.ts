import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { ConfigurationError } from '../errors.ts'

/** Where to listen. Port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/**
 * Listens, or says which option to change.
 *
 * @throws ConfigurationError LISTEN_FAILED, naming the option (`http.port`)
 */
export async function listen(server: Server, address: ListenAddress, option: string): Promise<AddressInfo> {
  try {
    server.listen({ host: address.host, port: address.port })
    await once(server, 'listening')
    return server.address() as AddressInfo
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code
    const why = reason === 'EADDRINUSE' ? 'another program has it' : `the system says ${reason}`
    throw new ConfigurationError('LISTEN_FAILED', `Cannot listen on ${address.host} port ${address.port}: ${why}. Choose another ${option}.`)
  }
}

/** How an address is written in a URL. From this machine, "every address" is its own. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
