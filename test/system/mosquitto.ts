import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort } from '../agent/desk-fixture.ts'

const program = '/usr/sbin/mosquitto'
/** On a machine that does much else, with a database to read: what takes longer has hung. */
const listensWithinMs = 60_000

/** Debian's broker, installed if it is not there yet (as root, without starting its service). */
export function installMosquitto(): void {
  if (existsSync(program)) return
  const options = { stdio: 'inherit' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }
  execFileSync('apt-get', ['update'], options)
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'mosquitto'], options)
}

export interface MosquittoOptions {
  /** Names and passwords; left out, anybody may connect. */
  readonly users?: Readonly<Record<string, string>>
  /** Saves what it keeps this often, and not only at its end. */
  readonly autosaveSeconds?: number
  /** Lines of an access list. */
  readonly acl?: readonly string[]
  /** Further lines of its configuration. */
  readonly settings?: readonly string[]
  /** Speaks TLS only; with `asks`, only with clients that have a certificate of that CA, and takes its name for the user's. */
  readonly tls?: Certificates
}

export interface Certificates {
  readonly cert: string
  readonly key: string
  readonly asks?: { readonly ca: string }
}

export interface Mosquitto {
  readonly url: string
  readonly port: number
  /** Ends it in order; what it keeps is kept. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it at once, as a power cut: what it has not written is lost. */
  kill(): Promise<void>
  /** Freezes it, as a machine that hangs, and lets it go on. */
  freeze(): void
  thaw(): void
  /** Puts another access list in force. */
  setAcl(acl: readonly string[]): void
  /** Puts another password of a user in force; who is connected stays so. */
  setPassword(name: string, password: string): void
  /** Puts another certificate in force, for connections from now on. */
  setCertificate(cert: string): void
}

/** A broker of one's own on a free port of 127.0.0.1, gone when the test is over. */
export async function startMosquitto({ users, acl, tls, autosaveSeconds, settings = [] }: MosquittoOptions = {}): Promise<Mosquitto> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-mosquitto-'))
  const file = (name: string) => join(directory, name)
  const port = await freePort()
  // Not 0, "no limit": mosquitto 2.0.11 then cuts every client whose publish it denies.
  const queue = 'max_queued_messages 50000'
  const lines = [`listener ${port} 127.0.0.1`, `user ${userInfo().username}`, 'persistence true', `persistence_location ${directory}/`, queue, ...settings]
  if (autosaveSeconds !== undefined) lines.push(`autosave_interval ${autosaveSeconds}`)
  if (users === undefined) lines.push('allow_anonymous true')
  else {
    writeFileSync(file('passwords'), '', { mode: 0o600 })
    for (const [name, password] of Object.entries(users)) execFileSync('mosquitto_passwd', ['-b', file('passwords'), name, password])
    lines.push(`password_file ${file('passwords')}`)
  }
  if (tls !== undefined) lines.push(...tlsLines(tls, file))
  if (acl !== undefined) {
    writeFileSync(file('acl'), `${acl.join('\n')}\n`, { mode: 0o600 })
    lines.push(`acl_file ${file('acl')}`)
  }
  writeFileSync(file('mosquitto.conf'), `${lines.join('\n')}\n`)

  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(program, ['-c', file('mosquitto.conf')], { stdio: 'ignore' })
    await untilListening(port, child)
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGCONT')
    running.kill(signal)
    await gone
  }
  const stop = () => end('SIGTERM')
  onTestFinished(async () => {
    await stop()
    rmSync(directory, { recursive: true, force: true })
  })
  await start()
  return {
    url: tls === undefined ? `mqtt://127.0.0.1:${port}` : `mqtts://localhost:${port}`,
    port,
    start,
    stop,
    kill: () => end('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    setAcl(next) {
      writeFileSync(file('acl'), `${next.join('\n')}\n`)
      child?.kill('SIGHUP')
    },
    setPassword(name, password) {
      execFileSync('mosquitto_passwd', ['-b', file('passwords'), name, password])
      child?.kill('SIGHUP')
    },
    setCertificate(cert) {
      writeFileSync(file('server.pem'), cert)
      child?.kill('SIGHUP')
    },
  }
}

function tlsLines({ cert, key, asks }: Certificates, file: (name: string) => string): readonly string[] {
  const write = (name: string, content: string): string => {
    writeFileSync(file(name), content, { mode: 0o600 })
    return file(name)
  }
  const lines = [`certfile ${write('server.pem', cert)}`, `keyfile ${write('server.key', key)}`]
  if (asks === undefined) return lines
  return [...lines, `cafile ${write('ca.pem', asks.ca)}`, 'require_certificate true', 'use_identity_as_username true']
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (const giveUpAt = performance.now() + listensWithinMs; performance.now() < giveUpAt; ) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`)
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('close', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('mosquitto does not listen')
}
