import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import { ConfigurationError } from '../../errors.ts'
import type { SipStackOptions } from '../ports.ts'
import { resolveHost } from './addresses.ts'
import { sipLimits } from './limits.ts'
import type { HostAndPort, Transport, TransportEvents } from './transport.ts'

/** SIP over UDP: one socket, one message a datagram. What the network has against a datagram is told to who sent it; the socket goes on. */
export function createUdpTransport({ server, local, clock, log }: SipStackOptions, events: TransportEvents): Transport {
  let socket: Socket | undefined
  let state: 'new' | 'open' | 'closed' = 'new'
  let saidAt: number | undefined
  let ownPort = local.port

  /** ICMP and the interface can make a socket fail without a datagram of ours to blame. It is not closed by that. */
  function onSocketError(error: NodeJS.ErrnoException): void {
    if (saidAt !== undefined && clock.now() - saidAt < sipLimits.sayAgainMs) return
    saidAt = clock.now()
    log.warn({ code: error.code }, 'the SIP socket reports a fault and goes on')
  }

  return {
    name: 'UDP',
    framing: 'datagram',
    async open() {
      const bound = await bind(local, await familyOf(local.host ?? server.host, clock))
      if (state === 'closed') return closeSocket(bound)
      state = 'open'
      socket = bound
      ownPort = bound.address().port
      bound.on('error', onSocketError)
      bound.on('message', (bytes, { address, port }) => events.onMessage(bytes, { address, port }))
    },
    async route(next) {
      const found = await resolveHost(next.host, sipLimits.resolveMs, clock)
      if (typeof found === 'string') return found
      if (socket === undefined || state !== 'open') return 'stopped'
      const host = local.host ?? (await addressTowards(found.address, next.port))
      if (host === undefined) return `no way to ${next.host}`
      return state === 'open' ? { peer: { address: found.address, port: next.port }, local: { host, port: ownPort } } : 'stopped'
    },
    send(bytes, { address, port }, onFailed) {
      if (socket === undefined || state !== 'open') return onFailed('stopped')
      try {
        socket.send(bytes, port, address, (error) => {
          if (error !== null && state === 'open') onFailed(reasonOf(error))
        })
      } catch (error) {
        onFailed(reasonOf(error))
      }
    },
    local: () => ({ host: local.host, port: ownPort }),
    isConnected: () => state === 'open',
    async close() {
      if (state === 'closed') return
      state = 'closed'
      if (socket !== undefined) await closeSocket(socket)
    },
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}

async function familyOf(host: string, clock: SipStackOptions['clock']): Promise<'udp4' | 'udp6'> {
  const found = await resolveHost(host, sipLimits.resolveMs, clock)
  return typeof found !== 'string' && isIP(found.address) === 6 ? 'udp6' : 'udp4'
}

/** @throws ConfigurationError LISTEN_FAILED */
function bind(local: SipStackOptions['local'], type: 'udp4' | 'udp6'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      reject(listenFailed(local, error))
    })
    socket.bind({ port: local.port, ...(local.host === undefined ? {} : { address: local.host }) }, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

export function listenFailed(local: SipStackOptions['local'], error: NodeJS.ErrnoException): ConfigurationError {
  const faults: Partial<Record<string, string>> = {
    EADDRINUSE: `sip.localPort: ${local.port} is in use by another program; stop it, choose another port, or 0 for any free one`,
    EACCES: `sip.localPort: ${local.port} may not be used by this user; choose a port above 1023`,
    EADDRNOTAVAIL: `sip.localHost: ${local.host} is not an address of this machine; give one that is, or leave it out`,
    ENOTFOUND: `sip.localHost: ${local.host} is not known as a name or address; give an address of this machine, or leave it out`,
  }
  const fault = faults[error.code ?? ''] ?? `sip.localPort: ${local.port} cannot be had (${error.code ?? error.message})`
  return new ConfigurationError('LISTEN_FAILED', `cannot receive SIP on ${local.host ?? 'this machine'}, port ${local.port} (sip.localHost, sip.localPort)`, [
    fault,
  ])
}

/** The address of this machine from which a datagram would leave towards that one: a connected socket says it, without sending anything. */
function addressTowards(address: string, port: HostAndPort['port']): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4' })
    const end = (found: string | undefined): void => void probe.close(() => resolve(found))
    // The error of a connection comes to the same function as its success, whatever the types say.
    const onConnect = (error?: Error): void => end(error === undefined ? probe.address().address : undefined)
    probe.on('error', () => {})
    probe.connect(port, address, onConnect as () => void)
  })
}
