import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { processorMs, residentMegabytes } from './process.ts'

export const token = '0123456789abcdef0123456789abcdef'
const startMaxMs = 60_000

/** One message at the broker's subscriber, with the moment at which it was there. */
export interface Arrival {
  readonly topic: string
  readonly payload: string
  readonly atMs: number
}

/** A broker, somebody who listens to all of it, and a telephone that answers 200 to everything: the surroundings of the programs, in this process. */
export interface Stage {
  readonly directory: string
  readonly brokerUrl: string
  readonly phoneUrl: string
  /** The first message for which the question is answered with yes; rejects after the time given. */
  arrival(is: (arrival: Arrival) => boolean, withinMs: number): Promise<Arrival>
  stop(): Promise<void>
}

/** With a broker of one's own, or with that at the given address. */
export async function createStage(elsewhere?: string): Promise<Stage> {
  const broker = elsewhere === undefined ? await startAedes() : undefined
  const phone = createHttpServer((_request, response) => response.end('[Status]\nFirmwareVersion=66.86.0.15\n'))
  const phonePort = await listen(phone)
  const brokerUrl = elsewhere ?? `mqtt://127.0.0.1:${broker?.port}`
  const waiting = new Set<(arrival: Arrival) => void>()
  const listener = await connectAsync(brokerUrl, { clientId: 'listener', protocolVersion: 4, clean: false, reconnectPeriod: 50 })
  listener.on('error', () => {})
  listener.on('message', (topic, payload) => {
    const arrival = { topic, payload: payload.toString(), atMs: performance.now() }
    for (const tell of waiting) tell(arrival)
  })
  await listener.subscribeAsync('third-ring/v1/bench/#', { qos: 1 })
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-bench-'))
  return {
    directory,
    brokerUrl,
    phoneUrl: `http://127.0.0.1:${phonePort}`,
    arrival: (is, withinMs) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(tell)
        }
        const tell = (arrival: Arrival): void => {
          if (!is(arrival)) return
          end()
          resolve(arrival)
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`nothing came within ${withinMs} ms`))
        }, withinMs)
        waiting.add(tell)
      }),
    async stop() {
      await listener.endAsync()
      phone.close()
      await broker?.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function startAedes(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const aedes = new Aedes()
  await aedes.listen()
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    aedes.handle(socket)
  })
  return {
    port: await listen(server),
    async stop() {
      server.close()
      await new Promise<void>((resolve) => aedes.close(resolve))
    },
  }
}

/** A program under measurement, once it is up. */
export interface Running {
  readonly port: number
  readonly startMs: number
  /** Resident memory in megabytes; Linux only. */
  memory(): number
  /** Processor time so far, of the program and of the system for it; Linux only. */
  cpuMs(): number
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** What of an agent is not as usual: its hardware in the file, its environment, a port that it had before. */
export interface AgentSettings {
  readonly hardware?: object
  readonly environment?: NodeJS.ProcessEnv
  readonly port?: number
}

/** The agent as a desk runs it: compiled, with its own store, and told of in a file. */
export async function startAgentProcess(stage: Stage, name: string, { hardware = {}, environment = {}, port }: AgentSettings = {}): Promise<Running> {
  const [listenPort, adminPort] = [port ?? (await freePort()), await freePort()]
  const file = (suffix: string) => join(stage.directory, `${name}.${suffix}`)
  writeFileSync(file('token'), token, { mode: 0o600 })
  writeFileSync(file('password'), 'bench', { mode: 0o600 })
  const config = {
    site: 'bench',
    desk: name,
    phone: { vendor: 'yealink', url: stage.phoneUrl, passwordFile: file('password') },
    listen: { host: '127.0.0.1', port: listenPort, tokenFile: file('token') },
    admin: { host: '127.0.0.1', port: adminPort },
    broker: { url: stage.brokerUrl },
    store: { directory: file('store') },
    ...hardware,
  }
  // JSON is YAML, too.
  writeFileSync(file('yaml'), JSON.stringify(config))
  return startProcess(['bin/third-ring.js', 'agent', '--config', file('yaml')], listenPort, isOnline(stage, name), environment)
}

export async function startFloorProcess(stage: Stage, port?: number): Promise<Running> {
  const listenPort = port ?? (await freePort())
  return startProcess(['bench/floor.js', stage.brokerUrl, String(listenPort)], listenPort, isOnline(stage, 'floor'))
}

/** Any other program that says `online` under this name. */
export function startOtherProcess(stage: Stage, name: string, parameters: readonly string[], port: number): Promise<Running> {
  return startProcess(parameters, port, isOnline(stage, name))
}

/** Node with nothing to do, up when it can say so. */
export function startBareNode(): Promise<Running> {
  return startProcess(['--eval', 'process.stdout.write("up"); setInterval(() => {}, 1e6)'], 0, (child) => once(child.stdout ?? child, 'data'))
}

function isOnline(stage: Stage, desk: string): () => Promise<Arrival> {
  return () => stage.arrival(({ topic, payload }) => topic === `third-ring/v1/bench/${desk}/availability` && payload === 'online', startMaxMs)
}

async function startProcess(
  parameters: readonly string[],
  port: number,
  up: (child: ChildProcess) => Promise<unknown>,
  environment: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => said.push(text.toString()))
  const ended = once(child, 'exit')
  await Promise.race([
    up(child),
    ended.then(() => {
      throw new Error(`node ${parameters.join(' ')} ended at once:\n${said.join('')}`)
    }),
  ])
  return {
    port,
    startMs: performance.now() - startedMs,
    memory: () => residentMegabytes(child.pid),
    cpuMs: () => processorMs(child.pid),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** What a phone posts, on a connection of its own. */
export function get(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}
