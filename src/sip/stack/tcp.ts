import { connect, type Socket } from 'node:net'
import type { SipStackOptions } from '../ports.ts'
import { resolveHost } from './addresses.ts'
import { sipLimits } from './limits.ts'
import { createStreamReader } from './stream-reader.ts'
import type { Endpoint, Route, Transport, TransportEvents } from './transport.ts'

interface Connection {
  readonly socket: Socket
  readonly route: Route
  readonly since: number
  end(): void
}

/**
 * SIP over TCP: one connection, from us to the server, on which both sides ask and answer. It is opened at the start and, after its end, again after a
 * while. Its own port is whichever the system gives: a port in use a moment ago could not be had again at once.
 */
export function createTcpTransport({ server, local, clock, log }: SipStackOptions, events: TransportEvents): Transport {
  let state: 'new' | 'open' | 'closed' = 'new'
  let connection: Connection | undefined
  let attempt: Promise<Route | string> | undefined
  let trouble = 'not connected yet'
  let failures = 0
  let cancelRetry = (): void => {}
  let abandon = (): void => {}

  function connectNow(): Promise<Route | string> {
    cancelRetry()
    attempt ??= dial().then((outcome) => {
      attempt = undefined
      if (typeof outcome === 'string') retryLater(outcome)
      return outcome
    })
    return attempt
  }

  function retryLater(reason: string): void {
    trouble = reason
    if (state !== 'open') return
    if (failures === 0) log.warn({ reason }, 'no SIP connection to the server; it is tried again')
    const waitMs = Math.min(sipLimits.backOffFirstMs * 2 ** failures, sipLimits.backOffLastMs)
    failures = Math.min(failures + 1, 16)
    cancelRetry = clock.after(waitMs, () => void connectNow())
  }

  /** One attempt: the way it has opened, or why there is none. */
  async function dial(): Promise<Route | string> {
    const found = await resolveHost(server.host, sipLimits.resolveMs, clock)
    const own = local.host === undefined ? undefined : await resolveHost(local.host, sipLimits.resolveMs, clock)
    if (state !== 'open') return 'stopped'
    if (typeof found === 'string') return found
    if (typeof own === 'string') return own
    const peer: Endpoint = { address: found.address, port: server.port }
    const socket = connect({ host: peer.address, port: peer.port, ...(own === undefined ? {} : { localAddress: own.address }), noDelay: true })
    return new Promise((resolve) => {
      let patience = (): void => {}
      const fail = (reason: string): void => {
        patience()
        socket.destroy()
        resolve(reason)
      }
      abandon = () => fail('stopped')
      patience = clock.after(sipLimits.connectMs, () => fail('no answer in time'))
      socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
      socket.once('connect', () => {
        patience()
        socket.removeAllListeners('error')
        const route = { peer, local: { host: local.host ?? socket.localAddress ?? '0.0.0.0', port: socket.localPort ?? 0 } }
        use(socket, route)
        resolve(route)
      })
    })
  }

  function use(socket: Socket, route: Route): void {
    let cancelSlow: (() => void) | undefined
    let cancelPing = (): void => {}
    let over = false
    const opened: Connection = { socket, route, since: clock.now(), end: () => lose('closed') }
    const reader = createStreamReader(
      (bytes) => {
        stopPatience()
        if (!over) events.onMessage(bytes, route.peer)
      },
      () => void (over || write(socket, '\r\n')),
    )
    function stopPatience(): void {
      cancelSlow?.()
      cancelSlow = undefined
    }
    function lose(reason: string): void {
      if (over) return
      over = true
      stopPatience()
      cancelPing()
      socket.destroy()
      connection = undefined
      if (clock.now() - opened.since >= sipLimits.steadyMs) failures = 0
      events.onLost(reason)
      retryLater(reason)
    }
    function breakOff(reason: 'framing' | 'too-slow'): void {
      events.onBroken(reason)
      lose(reason)
    }
    function ping(): void {
      write(socket, '\r\n\r\n')
      cancelPing = clock.after(sipLimits.keepAliveMs, ping)
    }
    socket.on('error', (error: NodeJS.ErrnoException) => lose(error.code ?? error.message))
    socket.on('close', () => lose('closed by the server'))
    socket.on('data', (chunk: Buffer) => {
      if (over) return
      if (!reader.push(chunk)) return breakOff('framing')
      if (!reader.isWaiting()) stopPatience()
      else cancelSlow ??= clock.after(sipLimits.messageMs, () => breakOff('too-slow'))
    })
    cancelPing = clock.after(sipLimits.keepAliveMs, ping)
    connection = opened
  }

  /** False if the other end does not take what it is sent. */
  function write(socket: Socket, bytes: Uint8Array | string): boolean {
    if (socket.destroyed || socket.writableLength > sipLimits.unsentBytesMax) return false
    socket.write(bytes)
    return true
  }

  return {
    name: 'TCP',
    framing: 'stream',
    async open() {
      if (state === 'new') state = 'open'
    },
    async route(next) {
      if (state !== 'open') return 'stopped'
      if (next.host !== server.host || next.port !== server.port) return 'over TCP only the server is written to'
      if (connection !== undefined) return connection.route
      return failures > 0 && attempt === undefined ? trouble : connectNow()
    },
    send(bytes, _peer, onFailed) {
      if (connection === undefined) return onFailed(trouble)
      if (write(connection.socket, bytes)) return
      connection.end()
      onFailed('the server does not take what it is sent')
    },
    local: () => connection?.route.local ?? { host: local.host, port: 0 },
    isConnected: () => connection !== undefined,
    async close() {
      if (state === 'closed') return
      state = 'closed'
      cancelRetry()
      abandon()
      connection?.end()
    },
  }
}
