import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { leaseIn } from '../../src/agent/journal.ts'
import type { Lease } from '../../src/desk/lease.ts'
import { createHub } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { createYealinkPhone, type EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { locationIn } from '../../src/store/database.ts'
import { lookInto } from '../../src/store/look.ts'
import { segmentsToRead } from '../../src/store/segments.ts'
import { type Between, between } from './between.ts'
import { freePort, openBroker, site, token, type Watch, watch } from './desk-fixture.ts'

const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))
/** The shortest grace that a hub takes. */
export const wardenGraceMs = 1000
export const [desk, substitute] = ['usc-12', { desk: 'usc-13', number: '6120' }]

/** What `third-ring release` came to. */
export interface ReleaseRun {
  readonly code: number
  readonly lines: readonly string[]
  readonly tookMs: number
}

/** A desk with a real agent of its own process, a phone, a broker, and a substitute who takes calls. */
export interface ForwardedDesk {
  readonly phone: EmulatedPhone
  readonly wire: Between
  readonly store: string
  readonly configFile: string
  readonly eyes: Watch
  readonly brokerUrl: string
  /** Starts an agent; resolves when it runs and has read its phone. */
  start(): Promise<void>
  /** The substitute says so. */
  substituteTakesCalls(): Promise<void>
  /** The clerk leaves for long: from now on the calls are to go to the substitute. */
  leave(): Promise<void>
  comeBack(): void
  /** The same, and until the desk says that the phone forwards. */
  beForwarded(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Kills the agent, and waits until it is gone. */
  kill(): Promise<void>
  /** Until the agent has ended. */
  ended(): Promise<void>
  /** A hub with a warden that has this phone's password, whose grace is a second; resolves when it says that it answers for the desk. */
  watchOver(): Promise<void>
  /** As the unit runs it. */
  release(): Promise<ReleaseRun>
  stopBroker(): Promise<void>
  /** The desk whose number is forwarded to by the journal, as whoever looks into it finds it. */
  onRecord(): Promise<string | undefined>
  leaseOnRecord(): Promise<Lease | undefined>
  /** A command from outside. */
  command(name: string, body: object): void
  /** How many commands about forwarding the phone has heard. */
  commands(): number
  /** Where the phone sends its calls. */
  target(): string | undefined
}

const policy = [
  'absenceMs: 200',
  `workingHours: { timezone: Europe/Warsaw, holidays: none, week: { ${['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ')} } }`,
]

/** The lines of a desk's configuration, as a person would write them. */
function configuration(url: string, agentPort: number, adminPort: number, brokerUrl: string, more: readonly string[]): string {
  return [
    `site: ${site}`,
    `desk: ${desk}`,
    `phone: { vendor: yealink, mac: 00:15:65:aa:bb:cc, url: "${url}", username: admin, passwordFile: password }`,
    `listen: { host: 127.0.0.1, port: ${agentPort}, tokenFile: token }`,
    `admin: { host: 127.0.0.1, port: ${adminPort} }`,
    `seat: { driver: mqtt, topic: sensors/${desk}/seat, path: /presence, occupied: true }`,
    `policy: { ${policy.join(', ')} }`,
    `substitutes: [ { desk: ${substitute.desk}, number: "${substitute.number}" } ]`,
    `broker: { url: "${brokerUrl}" }`,
    'store: { directory: store }',
    ...more,
    '',
  ].join('\n')
}

export async function forwardedDesk(more: readonly string[] = []): Promise<ForwardedDesk> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-death-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [agentPort, adminPort] = [await freePort(), await freePort()]
  const { broker, url: brokerUrl } = await openBroker()
  onTestFinished(() => broker.stop())
  const eyes = await watch(brokerUrl, desk)
  onTestFinished(() => eyes.end())
  const credentials = { username: 'admin', password: 'secret-of-the-phone' }
  const agentUrl = `http://127.0.0.1:${agentPort}/yealink/${token}`
  const phone = createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl, ...credentials })
  await phone.start()
  onTestFinished(() => phone.stop())
  const wire = await between(phone)
  writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'password'), `${credentials.password}\n`, { mode: 0o600 })
  const configFile = join(directory, 'desk.yaml')
  writeFileSync(configFile, configuration(wire.url, agentPort, adminPort, brokerUrl, more))
  const lives = createLives(configFile)
  const seat = (presence: boolean): void => eyes.publish(`/sensors/${desk}/seat`, JSON.stringify({ presence }))
  const target = (): string | undefined => Object.values(phone.forwarding())[0]?.target

  const self: ForwardedDesk = {
    phone,
    wire,
    store: join(directory, 'store'),
    configFile,
    eyes,
    brokerUrl,
    async start() {
      const before = phone.commands.length
      lives.start()
      await expect.poll(() => phone.commands.length, { timeout: 15_000 }).toBeGreaterThan(before)
    },
    async substituteTakesCalls() {
      // What is said before it listens, it does not hear.
      await expect.poll(() => eyes.messages.findLast(({ topic }) => topic === 'availability')?.payload, { timeout: 15_000 }).toBe('online')
      substituteIsThere(eyes)
    },
    async leave() {
      await self.substituteTakesCalls()
      seat(true)
      seat(false)
    },
    comeBack: () => seat(true),
    async beForwarded() {
      await self.leave()
      await expect.poll(target).toBe(substitute.number)
      await expect.poll(() => eyes.types()).toContain('forwarding.on')
    },
    signal: lives.signal,
    kill: lives.kill,
    ended: lives.ended,
    watchOver: () => watchOver(directory, brokerUrl, phone, eyes),
    release: () => release(configFile),
    stopBroker: () => broker.stop(),
    onRecord: async () => (await self.leaseOnRecord())?.desk,
    async leaseOnRecord() {
      const seen = await lookInto(self.store)
      return seen === 'none' ? undefined : leaseIn(seen.past)
    },
    command: (name, body) => eyes.publish(`command/${name}`, JSON.stringify({ id: name, expires: new Date(Date.now() + 50_000).toISOString(), ...body })),
    commands: () => phone.commands.filter(({ request }) => request.includes('Fwd')).length,
    target,
  }
  return self
}

/** The warden's own way to the phone is no agent's: it goes past whoever is in the middle. */
export async function watchOver(directory: string, brokerUrl: string, phone: EmulatedPhone, eyes: Watch): Promise<void> {
  const phonesFile = join(directory, 'phones.yaml')
  const chain = `[ { desk: ${substitute.desk}, number: "${substitute.number}" } ]`
  writeFileSync(phonesFile, `phones:\n  ${desk}: { vendor: yealink, url: "${phone.url()}", passwordFile: password, substitutes: ${chain} }\n`)
  const hub = createHub({
    site,
    name: 'the office of a test',
    http: { host: '127.0.0.1', port: 0 },
    broker: { external: { url: brokerUrl, username: 'hub' } },
    lampTable,
    warden: { graceMs: wardenGraceMs, phonesFile, limits: { rejoinMs: 500, settleMs: 100, tickMs: 100, staggerMs: 0, retryFirstMs: 1000 } },
    log: { info() {}, warn() {} },
  })
  await hub.start()
  onTestFinished(() => hub.stop())
  await expect.poll(() => eyes.hub('warden')?.['desks'], { timeout: 15_000 }).toEqual([desk])
}

/** What a substitute's own agent and the hub say of it, retained. */
export function substituteIsThere(eyes: Watch): void {
  const at = new Date().toISOString()
  const root = `third-ring/v1/${site}`
  eyes.publish(`/${root}/${substitute.desk}/availability`, 'online')
  eyes.publish(`/${root}/${substitute.desk}/presence`, JSON.stringify({ v: 1, at, takesCalls: true, substituting: null }))
  eyes.publish(`/${root}/hub/presence/${substitute.desk}`, JSON.stringify({ v: 1, at, online: true, standsInFor: [] }))
}

function createLives(configFile: string) {
  let child: ChildProcess | undefined
  const signal = (name: NodeJS.Signals): void => void child?.kill(name)
  const ended = async (): Promise<void> => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  const kill = async (): Promise<void> => {
    signal('SIGKILL')
    await ended()
  }
  onTestFinished(kill)
  return {
    start() {
      child = spawn(process.execPath, [program, 'agent', '--config', configFile], { stdio: ['ignore', 'ignore', 'inherit'] })
    },
    signal,
    ended,
    kill,
  }
}

function release(configFile: string): Promise<ReleaseRun> {
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const words = [program, 'release', '--config', configFile]
    execFile(process.execPath, words, { timeout: 20_000 }, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.trim().split('\n')
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, lines, tookMs: performance.now() - startedMs })
    })
  })
}

/** A power cut on a card that had not kept what it promised: the last batch of the journal is gone. */
export async function loseLastBatch(store: string): Promise<void> {
  const { file, bytes } = await lastSegment(store)
  const end = bytes.lastIndexOf('\n', bytes.findLastIndex((byte) => byte !== 0) - 1)
  const before = bytes
    .subarray(0, end)
    .toString('latin1')
    .search(/[0-9a-f]{8} end \d+\n(?![\s\S]*[0-9a-f]{8} end \d+\n)/)
  const cut = bytes.indexOf('\n', before) + 1
  writeFileSync(file, bytes.fill(0, cut))
}

/** The same, and a whole erase block with it: the segment that was being written. */
export async function loseLastSegment(store: string): Promise<void> {
  rmSync((await lastSegment(store)).file)
}

async function lastSegment(store: string): Promise<{ readonly file: string; readonly bytes: Buffer }> {
  const last = (await segmentsToRead(locationIn(store)).list()).at(-1) ?? 0
  const file = join(locationIn(store), `${String(last).padStart(8, '0')}.log`)
  return { file, bytes: readFileSync(file) }
}
