import { createSocket, type RemoteInfo, type Socket, type SocketType } from 'node:dgram'
import { isIP } from 'node:net'
import snmp, { type Session, type Varbind } from 'net-snmp'
import type { HookState } from '../../desk/event.ts'
import { messageOf } from '../../errors.ts'
import { plainAddress } from '../../http/addresses.ts'
import type { AnalogueLimits } from './limits.ts'

/** GS-HT8XX-MIB, enterprise 42397: hookStatusN is `.1.N.0` below it; one firmware has another `.0` behind (reference/grandstream.md §1.5 b). */
const portsOid = '1.3.6.1.4.1.42397.1.2.2'
/** SNMPv2-MIB::sysUpTime.0, in hundredths of a second. */
const upTimeOid = '1.3.6.1.2.1.1.3.0'
const repetitionsMax = 20

/** What the adapter says of itself at one moment. */
export interface SnmpReading {
  /** `undefined`: it says that nothing is connected, or something that is neither. */
  readonly hook: HookState | undefined
  /** How long the adapter has run, where it says so. */
  readonly upMs?: number
}

export type SnmpAnswer = SnmpReading | { readonly fault: string }

export interface SnmpOptions {
  readonly address: string
  readonly port: number
  readonly community: string
  /** Of the adapter, from 1. */
  readonly adapterPort: number
  readonly limits: AnalogueLimits
}

/** Asks the adapter once, over SNMP v2c. Never rejects, and always answers within two time-outs and their repetitions, or when told to stop. */
export async function readHook(options: SnmpOptions, signal: AbortSignal): Promise<SnmpAnswer> {
  const { limits } = options
  let session: Session | undefined
  let timer: NodeJS.Timeout | undefined
  let giveUp = (): void => {}
  try {
    const opened = openSession(options)
    session = opened
    const late = new Promise<SnmpAnswer>((resolve) => {
      giveUp = () => resolve({ fault: silence(options) })
      timer = setTimeout(giveUp, 2 * limits.snmpTimeoutMs * (1 + limits.snmpRetries))
      signal.addEventListener('abort', giveUp, { once: true })
    })
    return await Promise.race([ask(opened, options), late])
  } catch (error) {
    return { fault: `the adapter’s SNMP at ${options.address} cannot be asked (${messageOf(error)})` }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
    try {
      session?.close()
    } catch {
      // It has closed itself.
    }
  }
}

function openSession({ address, port, community, limits }: SnmpOptions): Session {
  const session = snmp.createSession(address, community, {
    port,
    transport: isIP(address) === 6 ? 'udp6' : 'udp4',
    version: snmp.Version2c,
    retries: limits.snmpRetries,
    timeout: limits.snmpTimeoutMs,
    backwardsGetNexts: false,
    dgramModule: { createSocket: (type: SocketType) => guarded(createSocket(type), address, port) },
  }) as Session
  session.on('error', () => {})
  return session
}

/**
 * The library takes an answer from anybody, and one that it did not foresee (a report, where none belongs) makes it throw where nobody can catch
 * it. So it hears the adapter alone, and what it throws ends here; whoever waits for the answer has a time-out.
 */
function guarded(socket: Socket, address: string, port: number): Socket {
  const on = socket.on.bind(socket) as (event: string, listener: (...given: never[]) => void) => Socket
  const hear = (listener: (message: Buffer, from: RemoteInfo) => void) => (message: Buffer, from: RemoteInfo) => {
    if (plainAddress(from.address) !== plainAddress(address) || from.port !== port) return
    try {
      listener(message, from)
    } catch {
      // As if nothing had come.
    }
  }
  return Object.assign(socket, {
    on: (event: string, listener: (...given: never[]) => void) =>
      on(event, event === 'message' ? (hear(listener as (message: Buffer, from: RemoteInfo) => void) as never) : listener),
  })
}

async function ask(session: Session, options: SnmpOptions): Promise<SnmpAnswer> {
  const upMs = await upTime(session)
  const { values, error } = await walk(session, options.limits.snmpValuesMax)
  if (error !== undefined && values.length === 0) return { fault: error === 'silence' ? silence(options) : `the adapter’s SNMP answers ${error}` }
  const written = hookOf(values, options.adapterPort)
  if (written === undefined) {
    return { fault: `the adapter’s SNMP has no hook status of port ${options.adapterPort}: is phone.port right?` }
  }
  const hook = /off.?hook/i.test(written) ? 'off' : /on.?hook/i.test(written) ? 'on' : undefined
  return { hook, ...(upMs === undefined ? {} : { upMs }) }
}

function silence({ address, port }: SnmpOptions): string {
  return `the adapter’s SNMP at ${address}:${port} does not answer: is it switched on (P21896), is its port 162, is the community right?`
}

function upTime(session: Session): Promise<number | undefined> {
  return new Promise((resolve) => {
    session.get([upTimeOid], (error, varbinds) => {
      const value: unknown = error === null ? varbinds?.[0]?.value : undefined
      resolve(typeof value === 'number' ? value * 10 : undefined)
    })
  })
}

/** What there is below the ports' place, as far as it answers. */
function walk(session: Session, valuesMax: number): Promise<{ readonly values: readonly Varbind[]; readonly error?: string }> {
  const values: Varbind[] = []
  return new Promise((resolve) => {
    session.subtree(
      portsOid,
      repetitionsMax,
      (varbinds) => {
        values.push(...varbinds.filter((varbind) => !snmp.isVarbindError(varbind)))
        return values.length >= valuesMax ? true : undefined
      },
      (error) =>
        resolve(error === null || error === undefined ? { values } : { values, error: /timed? ?out/i.test(error.message) ? 'silence' : error.message }),
    )
  })
}

function hookOf(values: readonly Varbind[], adapterPort: number): string | undefined {
  const place = `${portsOid}.1.${adapterPort}.`
  const value: unknown = values.find(({ oid }) => oid.startsWith(place))?.value
  return Buffer.isBuffer(value) ? value.toString('latin1') : typeof value === 'string' ? value : undefined
}
