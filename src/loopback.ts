import { isIPv4 } from 'node:net'

/**
 * Whether only this machine can reach a host, as it stands in a configuration or a URL. A name other than `localhost` may resolve to anything, so it
 * is not; `localhost` itself never leaves the machine (RFC 6761 §6.3).
 */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  const mapped = plain.replace(/^::ffff:(?=[\d.]+$)/, '')
  return plain === 'localhost' || plain === '::1' || (isIPv4(mapped) && mapped.startsWith('127.'))
}
