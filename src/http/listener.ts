import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { ConfigurationError } from '../errors.ts'
import { createAllowList, plainAddress } from './addresses.ts'
import { type Connection, serveConnection } from './connection.ts'
import { createCrowd } from './crowd.ts'
import { createRateLimit, type Rate } from './rate.ts'
import type { RequestLine } from './request-line.ts'

/** One GET as it came in. */
export interface ReceivedRequest {
  readonly path: readonly string[]
  readonly params: ReadonlyMap<string, string>
  readonly remoteAddress: string
}

/**
 * Judges a request and returns at once; the answer goes out before anything else is done. Work that follows from the request belongs into a
 * microtask or later.
 */
export type OnRequest = (request: ReceivedRequest) => 200 | 403 | 404

/** Why the door itself turned a request away: the address is on no list, or it asked too often. */
export type TurnedAway = 'stranger' | 'flood'

/** All that bounds what the outside can make this listener do. */
export interface ListenerLimits {
  /** A request line and its headers. */
  readonly headBytesMax: number
  /** A body, which nobody reads, may be so long and the connection is still kept. */
  readonly bodyBytesMax: number
  /** From a request's first byte to its last. */
  readonly requestMs: number
  /** A connection on which nothing is asked. */
  readonly idleMs: number
  /** After our last word on a connection, how long the other side's bytes are still thrown away before it is cut. */
  readonly lingerMs: number
  /** Answers that the other side has not read. */
  readonly unreadBytesMax: number
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** Addresses that are not allowed may together hold so many connections, so that strangers cannot crowd the phone out. */
  readonly strangersMax: number
  /** All of them together: beyond this nobody looks at what they want. */
  readonly strangersRate: Omit<Rate, 'addressesMax'>
  /** A phone's burst of twenty events must pass, and a boot's; a flood must not. */
  readonly rate: Rate
}

export const listenerLimits: ListenerLimits = {
  headBytesMax: 8192,
  bodyBytesMax: 8192,
  requestMs: 3000,
  idleMs: 5000,
  lingerMs: 500,
  unreadBytesMax: 16_384,
  connectionsMax: 128,
  connectionsPerAddressMax: 48,
  strangersMax: 16,
  strangersRate: { burst: 20, perSecond: 5 },
  rate: { burst: 120, perSecond: 20, addressesMax: 256 },
}

/** Requests by what became of them; `tooMany` counts connections that were not even listened to. */
export interface ListenerCounters {
  taken: number
  refused: number
  unknown: number
  strangers: number
  malformed: number
  tooLarge: number
  tooSlow: number
  notGet: number
  tooOften: number
  tooMany: number
  failed: number
}

export interface ListenerLog {
  debug(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ListenerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The addresses that may ask; everybody else gets 403. An empty list allows nobody. */
  readonly allow: readonly string[]
  readonly limits?: Partial<ListenerLimits>
  readonly onRequest: OnRequest
  /** Told of what the door itself turned away, as far as there is time for it; the answer is given already. */
  readonly onTurnedAway?: (why: TurnedAway, request: ReceivedRequest) => void
  readonly log: ListenerLog
}

export interface Listener {
  /** Rejects with `ConfigurationError` LISTEN_FAILED if the address or port cannot be had. */
  start(): Promise<void>
  /** Cuts every connection and frees the port. May be called twice. */
  stop(): Promise<void>
  /** The port that is listened on, once started. */
  readonly port: number
  readonly counters: Readonly<ListenerCounters>
}

/**
 * The tolerant listener of contract §3: takes what phones really send, which Node's own HTTP server turns away (raw spaces, raw UTF-8, no Host, bare
 * LF). It knows nothing of phones. Whatever arrives is answered or cut within the limits; nothing that arrives can end the process.
 */
export function createListener(options: ListenerOptions): Listener {
  const limits: ListenerLimits = { ...listenerLimits, ...options.limits }
  const counters = noCounts()
  const connections = new Set<Connection>()
  const crowd = createCrowd(limits)
  const mayAsk = createAllowList(options.allow)
  const hasToken = createRateLimit(limits.rate)
  const strangersHaveToken = createRateLimit({ ...limits.strangersRate, addressesMax: 1 })
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)

  function accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const stranger = !mayAsk(address)
    if (!crowd.enter(address, stranger)) {
      counters.tooMany += 1
      socket.destroy()
      return
    }
    const connection = serveConnection(socket, limits, {
      answer: (line) => answer(line, address),
      fault: (status) => {
        counters[faultCounters[status]] += 1
      },
      closed() {
        connections.delete(connection)
        crowd.leave(address, stranger)
      },
    })
    connections.add(connection)
  }

  function answer(line: RequestLine, address: string): number {
    const [status, counter] = judge(line, address)
    counters[counter] += 1
    if (status !== 200) options.log.debug({ status, address }, 'a request was turned away')
    return status
  }

  function judge({ method, target }: RequestLine, address: string): readonly [number, keyof ListenerCounters] {
    const request = { ...target, remoteAddress: address }
    if (!mayAsk(address)) {
      if (strangersHaveToken('', performance.now())) tell('stranger', request)
      return [403, 'strangers']
    }
    if (!hasToken(address, performance.now())) {
      tell('flood', request)
      return [429, 'tooOften']
    }
    // A phone's event is a GET. Anything that only looks (HEAD) or pushes (POST) is not one and must change nothing.
    if (method !== 'GET') return [405, 'notGet']
    try {
      return verdicts[options.onRequest(request)]
    } catch (error) {
      // A fault of ours, but set off from outside: it must not be a way to switch the agent off.
      options.log.error({ error: String(error) }, 'a request could not be judged')
      return [500, 'failed']
    }
  }

  function tell(why: TurnedAway, request: ReceivedRequest): void {
    try {
      options.onTurnedAway?.(why, request)
    } catch (error) {
      options.log.error({ error: String(error) }, 'a request that was turned away could not be told of')
    }
  }

  return {
    start: () => listen(server, options, (error) => options.log.error({ error: String(error) }, 'the listener has trouble')),
    stop: () => {
      for (const connection of connections) connection.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
    get port(): number {
      const address = server.address()
      assert(address !== null && typeof address !== 'string', 'the listener has a port only while it listens')
      return address.port
    },
    counters,
  }
}

function listen(server: Server, { host, port }: ListenerOptions, onTrouble: (error: Error) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenFailed(host, port, error))
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.removeListener('error', fail)
      server.on('error', onTrouble)
      resolve()
    })
  })
}

function listenFailed(host: string, port: number, error: NodeJS.ErrnoException): ConfigurationError {
  const faults: Readonly<Record<string, string>> = {
    EADDRINUSE: `listen.port: ${port} is in use by another program; stop it or choose another port`,
    EACCES: `listen.port: ${port} may not be used by this user; choose a port above 1023`,
    EADDRNOTAVAIL: `listen.host: ${host} is not an address of this machine`,
    ENOTFOUND: `listen.host: ${host} is not known as a name or address`,
  }
  const fault = faults[error.code ?? ''] ?? `listen.port: ${port} on ${host} cannot be had (${error.code ?? error.message})`
  return new ConfigurationError('LISTEN_FAILED', `cannot listen on ${host}, port ${port} (listen.host, listen.port)`, [fault])
}

const verdicts = { 200: [200, 'taken'], 403: [403, 'refused'], 404: [404, 'unknown'] } as const
const faultCounters = { 400: 'malformed', 408: 'tooSlow', 431: 'tooLarge' } as const

function noCounts(): ListenerCounters {
  return { taken: 0, refused: 0, unknown: 0, strangers: 0, malformed: 0, tooLarge: 0, tooSlow: 0, notGet: 0, tooOften: 0, tooMany: 0, failed: 0 }
}
