import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { onTestFinished, vi } from 'vitest'
import { validateOffice } from '../../src/config/validate.ts'
import { provisionOffice } from '../../src/provisioning/provision-office.ts'
import { freePort } from '../agent/desk-fixture.ts'
import { prefix, site } from '../hub/rights-matrix.ts'

const program = '/usr/sbin/mosquitto'

export const deskList = `desk_id,phone_model,phone_mac,phone_address,ext,agent_address,substitutes
usc-12,T46U,00:15:65:aa:bb:01,10.20.30.12,6012,10.20.31.12,usc-14
usc-14,T46U,00:15:65:aa:bb:02,10.20.30.14,6014,10.20.31.14,usc-12
`

export type Login = 'password' | 'certificate' | 'local' | 'websocket'

/** The office of the matrix as `third-ring provision` writes it, and Debian's mosquitto running with nothing but those files. */
export interface OfficeBroker {
  readonly folder: string
  /** Where the files of the broker are, and its database. */
  readonly directory: string
  readonly database: string
  readonly ports: Readonly<Record<Login, number>>
  read(file: string): string
  /** Another run of the command, with another list or names to renew. */
  provision(change?: { readonly list?: string; readonly rotate?: readonly string[]; readonly retire?: readonly string[] }): Promise<void>
  /** As `systemctl start`: the guard first. Says what the guard said. */
  start(): Promise<string>
  stop(signal?: NodeJS.Signals): Promise<void>
  /** As `systemctl reload`; over when the broker has done it. */
  reload(): Promise<void>
  log(): string
  enter(user: string, login: Login, options?: IClientOptions): Promise<MqttClient>
}

/**
 * @param atEnd when it is to be gone: at the end of the test, unless several share it
 * @param deskLogin how the desks' own files say that they log in
 */
export async function startOfficeBroker(
  atEnd: (undo: () => Promise<void>) => void = onTestFinished,
  deskLogin: 'password' | 'certificate' = 'password',
): Promise<OfficeBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-office-'))
  const out = join(folder, 'office')
  const [directory, data] = [join(out, 'broker/mosquitto'), join(folder, 'data')]
  mkdirSync(data)
  const [password, certificate, local, websocket] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const ports = { password: password ?? 0, certificate: certificate ?? 0, local: local ?? 0, websocket: websocket ?? 0 }
  const places = { directory, data, runsAs: userInfo().username }
  const broker = {
    host: 'localhost',
    port: ports.password,
    certificatePort: ports.certificate,
    localPort: ports.local,
    websocketPort: ports.websocket,
    login: deskLogin,
    ...places,
  }
  const office = validateOffice({ site, broker, users: { admins: ['anna'], viewers: ['wall'], homeAssistants: ['home'] }, homeAssistant: { prefix } })
  if ('faults' in office) throw new Error(JSON.stringify(office.faults))
  const provision: OfficeBroker['provision'] = async ({ list = deskList, rotate = [], retire = [] } = {}) => {
    await provisionOffice(
      { list, office: office.written, out, rotate: new Set(rotate), rotateToken: new Set<string>(), retire: new Set(retire) },
      { now: Date.now, randomBytes },
    )
  }
  await provision()
  const read = (file: string) => readFileSync(join(out, file), 'utf8')
  const running = mosquitto(directory, join(data, 'mosquitto.db'), Object.values(ports))
  atEnd(async () => {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await running.start()
  const enter: OfficeBroker['enter'] = async (user, login, options = {}) => {
    const client = await connectAsync(urlOf(login, ports[login]), { reconnectPeriod: 0, clientId: user, ...identity(read, user, login), ...options })
    client.on('error', () => {})
    onTestFinished(() => void client.end(true))
    return client
  }
  return {
    folder: out,
    directory,
    database: join(data, 'mosquitto.db'),
    ports,
    read,
    provision,
    ...running,
    enter,
    async reload() {
      running.kill('SIGHUP')
      // The signal is looked at once in each turn of mosquitto's loop: what is answered in the second turn after it is answered after it.
      for (const turn of ['first', 'second']) {
        const client = await enter('hub', 'local', { clientId: `hub.${turn}` })
        await client.publishAsync(`third-ring/v1/${site}/hub/turn`, turn, { qos: 1 })
        await client.endAsync()
      }
    },
  }
}

/** The process, started as the unit's drop-in starts it. */
function mosquitto(
  directory: string,
  database: string,
  ports: readonly number[],
): Pick<OfficeBroker, 'start' | 'stop' | 'log'> & { kill(signal: NodeJS.Signals): void } {
  let child: ChildProcess | undefined
  let said = ''
  return {
    log: () => said,
    async start() {
      const guard = spawnSync(join(directory, 'guard'), [database], { encoding: 'utf8' })
      if (guard.status !== 0) throw new Error(`the guard ended with ${guard.status}: ${guard.stderr}`)
      const started = spawn(program, ['-c', join(directory, 'mosquitto.conf')], { stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      started.stdout.on('data', (text: Buffer) => {
        said += text.toString()
      })
      started.stderr.on('data', (text: Buffer) => {
        said += text.toString()
      })
      for (const port of ports) await untilListening(port, started, () => said)
      return guard.stderr
    },
    async stop(signal = 'SIGTERM') {
      const running = child
      child = undefined
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
      const gone = once(running, 'exit')
      running.kill(signal)
      await gone
    },
    kill: (signal) => void child?.kill(signal),
  }
}

function urlOf(login: Login, port: number): string {
  if (login === 'local') return `mqtt://127.0.0.1:${port}`
  return login === 'websocket' ? `ws://127.0.0.1:${port}` : `mqtts://localhost:${port}`
}

type Read = (file: string) => string

/** Where a user's files are, as the command has written them. */
export function placeOfUser(user: string): string {
  if (user === 'hub') return 'hub/hub-broker'
  return user.startsWith('usc-') ? `desks/${user}/broker` : `users/${user}/broker`
}

function identity(read: Read, user: string, login: Login): IClientOptions {
  const ca = read('authority/ca.crt')
  const place = placeOfUser(user)
  if (login === 'certificate') return { ca, cert: read(`${place}.crt`), key: read(`${place}.key`) }
  const [password = ''] = read(`${place}.password`).split('\n')
  return { ...(login === 'password' ? { ca } : {}), username: user, password }
}

async function untilListening(port: number, child: ChildProcess, said: () => string): Promise<void> {
  const patience = { timeout: 60_000, interval: 25 }
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: ${said()}`)
    const socket = connectSocket(port, '127.0.0.1')
    await once(socket, 'connect').finally(() => socket.destroy())
  }, patience)
}
