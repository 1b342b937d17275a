import { createSocket } from 'node:dgram'
import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer, isIP } from 'node:net'
import { dirname } from 'node:path'
import { createClock } from '../agent/clock.ts'
import type { AgentConfig } from '../config/config.ts'
import { type AgentSecrets, inspectFiles, readAgentSecrets } from '../config/secrets.ts'
import { ConfigurationError } from '../errors.ts'
import { type Check, doctorLimits, fault, look, notFitted, ok } from './check.ts'

/** Token, passwords and certificates, as far as the agent's user may read them; those that are good, for the other checks. */
export function checkSecrets(config: AgentConfig): { readonly secrets: Partial<AgentSecrets>; readonly checks: readonly Check[] } {
  const { faults, warnings } = inspectFiles(config)
  const told = (state: typeof fault) => (each: { path: string; sentence: string }) => state('secrets', `${each.path}: ${each.sentence}`)
  const checks = [...faults.map(told(fault)), ...warnings.map(told(look))]
  return {
    secrets: secretsOf(config),
    checks: checks.length > 0 ? checks : [ok('secrets', 'the token, and every other file that the configuration names, is there and can be read')],
  }
}

/** Without those that have a fault, which has been told. */
function secretsOf(config: AgentConfig): Partial<AgentSecrets> {
  try {
    return readAgentSecrets(config).secrets
  } catch (error) {
    if (error instanceof ConfigurationError) return {}
    throw error
  }
}

/** Whether the phone's events could be listened to: the port is taken for a moment and given back. */
export async function checkListener({ listen }: AgentConfig): Promise<Check> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host: listen.host, port: listen.port }, () => server.close(() => resolve(undefined)))
  })
  const place = `${listen.host}:${listen.port}`
  return code === undefined ? ok('listener', `${place} is free; who may post: ${allowed(listen)}`) : fault('listener', cannotListen(place, code, 'listen.port'))
}

export async function checkSyslog({ phone, listen }: AgentConfig): Promise<Check> {
  if (phone.vendor !== 'analogue') return notFitted('syslog', 'only an analogue adapter sends it')
  if (listen.allow.length === 0) return notFitted('syslog', 'listen.allow names nobody who may send it')
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = createSocket(isIP(listen.host) === 6 ? 'udp6' : 'udp4')
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      resolve(error.code ?? error.message)
    })
    socket.bind({ address: listen.host, port: listen.syslogPort }, () => socket.close(() => resolve(undefined)))
  })
  const place = `${listen.host}:${listen.syslogPort} (UDP)`
  if (code !== undefined) return fault('syslog', cannotListen(place, code, 'listen.syslogPort'))
  return ok('syslog', `${place} is free; who may send: ${allowed(listen)}. Whether the adapter’s words are understood, third-ring doctor --calibrate tells`)
}

function allowed({ allow }: AgentConfig['listen']): string {
  return allow.length === 0 ? 'nobody' : allow.join(', ')
}

function cannotListen(place: string, code: string, key: string): string {
  if (code === 'EADDRINUSE') return `${place} is in use by another program; stop it or choose another ${key}`
  if (code === 'EADDRNOTAVAIL') return `${place} is not an address of this machine; see listen.host`
  return `${place} cannot be had (${code})`
}

export function checkClock(): Check {
  const clock = createClock(undefined, 0)
  const wall = new Date(clock.wall()).toISOString()
  return clock.synced()
    ? ok('clock', `set, ${wall}`)
    : fault('clock', `not set from the network yet, ${wall}: no deadline is claimed until it is; see timedatectl timesync-status`)
}

/** Room for the journal, and leave to write it. The store itself is not opened: a running agent has it. */
export async function checkDisk({ store }: AgentConfig): Promise<Check> {
  let place = store.directory
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  try {
    accessSync(place, constants.W_OK)
    const { bavail, bsize } = await statfs(place)
    const free = bavail * bsize
    const megabytes = `${Math.floor(free / 1e6)} MB free`
    return free < doctorLimits.diskFreeBytesMin ? fault('disk', `${place} has only ${megabytes}; make room`) : ok('disk', `${store.directory}, ${megabytes}`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return fault('disk', `${place} may not be written by this user (${code}); see store.directory`)
  }
}
