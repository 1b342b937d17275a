import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { plainAddress } from './addresses.ts'

/**
 * Whether the request's `Host` is one of ours: the address it arrived at, `localhost` from this machine, or a name of the office's choice.
 * A page of a stranger's domain that was re-pointed at this machine (DNS rebinding) still carries the stranger's name here.
 */
export function hostAllowed(request: IncomingMessage, names: readonly string[]): boolean {
  const { hostname, port } = splitHost(request.headers.host)
  if (hostname === undefined) return false
  if (names.includes(hostname)) return true
  const local = plainAddress(request.socket.localAddress ?? '')
  if (port !== request.socket.localPort) return false
  if (hostname === 'localhost') return local === '::1' || local.startsWith('127.')
  return isIP(hostname) !== 0 && plainAddress(hostname) === local
}

/** `127.0.0.1:8080`, `[::1]:8080`, `hub.example`; port 80 where none is written. */
function splitHost(host: string | undefined): { hostname?: string; port?: number } {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::(\d{1,5}))?$/i.exec(host ?? '')
  const hostname = parts?.[1] ?? parts?.[2]
  return hostname === undefined ? {} : { hostname: hostname.toLowerCase(), port: Number(parts?.[3] ?? 80) }
}
