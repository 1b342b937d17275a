import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { createYealinkPhone, type EmulatedPhone } from '../../../src/simulator/phones/index.ts'
import { freePort, site } from '../../agent/desk-fixture.ts'

export const token = 'the-token-of-the-desk-0123'
export const mac = '001565aabbcc'
export const passwords = { 'usc-12': 'password-of-the-desk', admin: 'password-of-the-admin', hub: 'password-of-the-hub' } as const
const program = fileURLToPath(new URL('../../../bin/third-ring.js', import.meta.url))

/** One of our programs, as a person would start it: built, in a process of its own. */
export interface Program {
  readonly process: ChildProcess
  /** What it has written so far, both ways. */
  output(): string
  alive(): boolean
  memoryBytes(): number
}

export function startProgram(...parameters: readonly string[]): Program {
  const child = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => parts.push(chunk))
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return {
    process: child,
    output: () => parts.join(''),
    alive: () => child.exitCode === null && child.signalCode === null,
    memoryBytes: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
  }
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-fuzz-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Until the agent says that it has its broker. */
export async function connected(desk: FuzzedDesk): Promise<void> {
  await expect.poll(async () => (desk.agent.alive() ? (await desk.healthz().catch(() => undefined))?.broker.connected : desk.agent.output())).toBe(true)
}

export interface FuzzedDesk {
  readonly agent: Program
  readonly phone: EmulatedPhone
  readonly listenPort: number
  healthz(): Promise<Health>
}

/** The part of `/healthz` that counts. */
export interface Health {
  readonly ok: boolean
  readonly broker: { readonly connected: boolean }
  readonly commands: { readonly commandsTaken: number; readonly commandsRefused: number; readonly commandsIgnored: number; readonly connects: number }
  readonly seatDriver: Readonly<Record<string, number>>
  readonly listener: Readonly<Record<string, number>>
  readonly loopDelayMs: number
}

/** An agent beside an emulated phone, which listens to the given addresses beside the phone's own. */
export async function startDesk(brokerUrl: string, allow: readonly string[]): Promise<FuzzedDesk> {
  const directory = temporaryDirectory()
  const [listenPort, adminPort] = [await freePort(), await freePort()]
  const phone = createYealinkPhone({
    mac,
    model: 'SIP-T46U',
    firmware: '108.86.0.20',
    agentUrl: `http://127.0.0.1:${listenPort}/yealink/${token}`,
    username: 'admin',
    password: 'password-of-the-phone',
  })
  await phone.start()
  onTestFinished(() => phone.stop())
  const secret = (name: string, value: string) => writeFileSync(join(directory, name), `${value}\n`, { mode: 0o600 })
  secret('phone.token', token)
  secret('phone.password', 'password-of-the-phone')
  secret('broker.password', passwords['usc-12'])
  const lines = [
    `site: ${site}`,
    'desk: usc-12',
    `phone: { vendor: yealink, mac: ${mac}, url: "${phone.url()}", username: admin, passwordFile: phone.password }`,
    `listen: { host: 127.0.0.1, port: ${listenPort}, tokenFile: phone.token, allow: [${['127.0.0.1', ...allow].join(', ')}] }`,
    `admin: { host: 127.0.0.1, port: ${adminPort} }`,
    'seat: { driver: mqtt, topic: sensors/seat, path: /presence, occupied: true }',
    'policy: { ringPeriodMs: 2000, seatWarningMs: 500, seatGraceMs: 1000, holdConfirmMs: 10000 }',
    `broker: { url: "${brokerUrl}", passwordFile: broker.password }`,
    'store: { directory: store }',
  ]
  const file = join(directory, 'desk.yaml')
  writeFileSync(file, lines.join('\n'))
  const agent = startProgram('agent', '--config', file)
  const healthz = async () => {
    if (!agent.alive()) throw new Error(`the agent has ended: ${agent.output().slice(-2000)}`)
    return (await (await fetch(`http://127.0.0.1:${adminPort}/healthz`, { signal: AbortSignal.timeout(60_000) })).json()) as Health
  }
  return { agent, phone, listenPort, healthz }
}

/** Asks again and again until the returned function is called, which gives how often there was an answer. Any question without one fails it. */
export function keepAsking(ask: () => Promise<unknown>, everyMs: number): () => Promise<number> {
  let answers = 0
  let stopped = false
  const asking = (async () => {
    while (!stopped) {
      await ask()
      answers += 1
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })()
  // Who awaits the end hears of it; until then it is nobody's unhandled rejection.
  asking.catch(() => {})
  return async () => {
    stopped = true
    await asking
    return answers
  }
}
