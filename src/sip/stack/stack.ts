import { isIP } from 'node:net'
import type { SipStack, SipStackOptions } from '../ports.ts'
import { bareHost, createAddressSet, plainAddress, resolveHost, uriHost } from './addresses.ts'
import { createClientSide } from './client.ts'
import { createCounters, shownCounters } from './counters.ts'
import { sipLimits } from './limits.ts'
import { type ReadMessage, readMessage } from './message.ts'
import { createServerSide } from './server.ts'
import { createTcpTransport } from './tcp.ts'
import type { Endpoint, Route, Transport, TransportEvents } from './transport.ts'
import { createUdpTransport } from './udp.ts'

/** What carries the messages, made from the options; another in its place lets a test lose, double and delay them. */
export type OpenTransport = (options: SipStackOptions, events: TransportEvents) => Transport

const transportOf: OpenTransport = (options, events) => (options.transport === 'tcp' ? createTcpTransport : createUdpTransport)(options, events)

/**
 * SIP for one desk: a transport, the guarded codec, transactions and digest. Nothing that comes from outside throws here, waits without end or takes more
 * time than its bounded length; whoever is neither the server nor allowed is not looked at. Requests always go to the configured server or the given
 * `next`, never to a host that a message names.
 */
export function createSipStack(options: SipStackOptions, openTransport: OpenTransport = transportOf): SipStack {
  const { server, user, allow = [], clock } = options
  const counts = createCounters()
  const lostHandlers: ((reason: string) => void)[] = []
  let state: 'new' | 'running' | 'stopped' = 'new'
  /** Addresses that messages are taken from: what is configured as one, and what its names were resolved to. */
  const allowed = createAddressSet()
  for (const host of [server.host, ...allow]) allowed.add(bareHost(host))
  let way: Route | undefined
  /** What the server says that we look like from there (RFC 3581), where that is not what we are. */
  let outside: { readonly host: string; readonly port: number } | undefined

  const transport = openTransport(options, {
    onMessage: (bytes, from) => receive(bytes, from),
    onBroken() {
      counts.broken += 1
    },
    onLost(reason) {
      counts.lost += 1
      outside = undefined
      client.failAll(reason)
      for (const handler of lostHandlers) handler(reason)
    },
  })
  const watched: Transport = {
    ...transport,
    async route(next) {
      const route = await transport.route(next)
      if (typeof route !== 'string' && next.host === server.host) {
        way = route
        allowed.add(route.peer.address)
      }
      return route
    },
  }
  const isRunning = (): boolean => state === 'running'
  const client = createClientSide({ options, transport: watched, counts, contactOn, isRunning })
  const serverSide = createServerSide(options, transport, counts)

  function contactOn({ local }: Route): string {
    const { host, port } = outside ?? local
    return `<sip:${encodeURIComponent(user)}@${uriHost(host)}:${port}${transport.name === 'TCP' ? ';transport=tcp' : ''}>`
  }

  function receive(bytes: Uint8Array, source: Endpoint): void {
    if (state !== 'running') return
    counts.received += 1
    const from = { address: plainAddress(source.address), port: source.port }
    if (!allowed.has(from.address)) {
      counts.strangers += 1
      return
    }
    const read = readMessage(bytes, transport.framing)
    if (read.kind === 'keep-alive') counts.keepAlives += 1
    else if (read.kind === 'refused') counts.refused[read.reason] += 1
    else if (read.first.kind === 'request') {
      counts.requests += 1
      serverSide.receive(read, read.first.method, from)
    } else {
      counts.responses += 1
      // Others may see us from another side: the phone from within.
      if (client.receive(read) && from.address === way?.peer.address) learnOutside(read)
    }
  }

  function learnOutside({ via }: ReadMessage): void {
    const host = bareHost(via.params.get('received') ?? '')
    const port = Number(via.params.get('rport') ?? via.port)
    if (way === undefined || isIP(host) === 0 || !(port >= 1 && port <= sipLimits.portMax)) return
    outside = { host, port }
  }

  return {
    async start() {
      if (state !== 'new') return
      await transport.open()
      if ((state as string) === 'stopped') return
      state = 'running'
      const names = allow.map(bareHost).filter((host) => isIP(host) === 0)
      for (const name of names) void resolveHost(name, sipLimits.resolveMs, clock).then((found) => typeof found !== 'string' && allowed.add(found.address))
      // A connection takes its time; a datagram's way is known at once.
      if (transport.framing === 'datagram') await watched.route(server)
      else void watched.route(server)
    },
    async stop() {
      if (state === 'stopped') return
      state = 'stopped'
      client.failAll('stopped')
      serverSide.stop()
      await transport.close()
    },
    request: client.request,
    invite: client.invite,
    onRequest: serverSide.onRequest,
    onLost: (handler) => void lostHandlers.push(handler),
    contact() {
      const { host, port } = transport.local()
      const own = transport.framing === 'datagram' ? way?.local : undefined
      return outside ?? own ?? { host: host ?? '0.0.0.0', port }
    },
    health: () => ({
      transport: options.transport,
      connected: transport.isConnected(),
      underWay: client.size(),
      answersKept: serverSide.size(),
      ...shownCounters(counts),
    }),
  }
}
