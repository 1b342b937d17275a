import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import { ConfigurationError } from '../../errors.ts'
import { createAllowList, plainAddress } from '../../http/addresses.ts'
import { createRateLimit } from '../../http/rate.ts'
import { normalizeMac } from '../call-ref.ts'
import type { PhoneLog } from '../driver.ts'
import type { AnalogueLimits } from './limits.ts'
import { type LogLine, readLine } from './syslog.ts'

/** Datagrams by what became of them. */
export interface SyslogCounters {
  /** Passed on. */
  taken: number
  /** From an address that is not allowed. */
  stranger: number
  tooFast: number
  tooLong: number
  /** Named another adapter as its sender. */
  otherMac: number
  /** Nothing in them; some firmware sends such (reference/grandstream.md §1.5 a). */
  empty: number
  failed: number
}

export interface SyslogListenerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly allow: readonly string[]
  /** In any usual spelling. A line that names no sender is known by its address alone. */
  readonly mac?: string
  readonly limits: AnalogueLimits
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  readonly log: PhoneLog
  readonly onLine: (line: LogLine) => void
}

export interface SyslogListener {
  /** Rejects with `ConfigurationError` LISTEN_FAILED if the address or port cannot be had. */
  start(): Promise<void>
  /** Frees the port. May be called twice. */
  stop(): Promise<void>
  /** The port that is listened on, once started. */
  readonly port: number
  readonly counters: Readonly<SyslogCounters>
}

const addressesMax = 64

/**
 * Takes the log of an adapter: UDP, one line a datagram (RFC 3164), from allowed addresses alone. Nothing of it can be proved, so nothing else is
 * done with it than to count it and to hand its text on. Never logs a text: at DEBUG level there are numbers and names in it.
 */
export function createSyslogListener(options: SyslogListenerOptions): SyslogListener {
  const { limits, log, now, onLine } = options
  const mayTell = createAllowList(options.allow)
  const hasToken = createRateLimit({ burst: limits.burst, perSecond: limits.perSecond, addressesMax })
  const mac = options.mac === undefined ? undefined : normalizeMac(options.mac)
  const counters: SyslogCounters = { taken: 0, stranger: 0, tooFast: 0, tooLong: 0, otherMac: 0, empty: 0, failed: 0 }
  let socket: Socket | undefined
  let port = options.port

  function judge(datagram: Buffer, { address }: RemoteInfo): LogLine | Exclude<keyof SyslogCounters, 'taken'> {
    if (!mayTell(address)) return 'stranger'
    if (!hasToken(plainAddress(address), now())) return 'tooFast'
    if (datagram.length > limits.datagramBytesMax) return 'tooLong'
    const line = readLine(datagram.toString('utf8'), limits.textLengthMax)
    if (mac !== undefined && line.mac !== undefined && line.mac !== mac) return 'otherMac'
    return line.text === '' ? 'empty' : line
  }

  function take(datagram: Buffer, from: RemoteInfo): void {
    try {
      const verdict = judge(datagram, from)
      if (typeof verdict !== 'string') onLine(verdict)
      counters[typeof verdict === 'string' ? verdict : 'taken'] += 1
    } catch (error) {
      // A fault of ours, but set off from outside: it must not be a way to switch the agent off.
      counters.failed += 1
      log.warn({ error: error instanceof Error ? error.name : typeof error }, 'a line of the adapter’s log could not be judged')
    }
  }

  return {
    start: async () => {
      const opened = await open(options)
      opened.on('message', take)
      opened.on('error', (error) => log.warn({ error: String(error) }, 'the listener for the adapter’s log has trouble'))
      socket = opened
      port = opened.address().port
    },
    async stop() {
      const open = socket
      socket = undefined
      if (open !== undefined) await new Promise<void>((resolve) => open.close(() => resolve()))
    },
    get port() {
      return port
    },
    counters,
  }
}

function open({ host, port, limits }: SyslogListenerOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', recvBufferSize: limits.receiveBufferBytes })
    const fail = (error: Error & { code?: string }): void => {
      socket.close()
      reject(listenFailed(host, port, error))
    }
    socket.once('error', fail)
    socket.bind({ address: host, port }, () => {
      socket.removeListener('error', fail)
      resolve(socket)
    })
  })
}

function listenFailed(host: string, port: number, error: Error & { code?: string }): ConfigurationError {
  const faults: Readonly<Record<string, string>> = {
    EADDRINUSE: `listen.syslogPort: ${port} is in use by another program (an agent that runs already, rsyslog?); stop it or choose another port`,
    EACCES: `listen.syslogPort: ${port} may not be used by this user; choose a port above 1023, or redirect 514 to one`,
    EADDRNOTAVAIL: `listen.host: ${host} is not an address of this machine`,
    ENOTFOUND: `listen.host: ${host} is not known as a name or address`,
  }
  const fault = faults[error.code ?? ''] ?? `listen.syslogPort: ${port} on ${host} cannot be had (${error.code ?? error.message})`
  return new ConfigurationError('LISTEN_FAILED', `cannot listen on ${host}, UDP port ${port} (listen.host, listen.syslogPort)`, [fault])
}
