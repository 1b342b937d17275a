/**
 * From a phone's action URL to the lamp's line at the bridge: three agents in one run, one as it is, one whose disk takes 300 ms longer for each flush, one
 * whose broker is frozen. Each bridge is on a serial cable (pseudo-terminals by socat), played by a board on paper in this process.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClock } from '../src/agent/clock.ts'
import { bridgePatterns } from '../src/bridge/patterns.ts'
import { openSerialPort, type SerialConnection } from '../src/bridge/serial.ts'
import { createBoard } from '../test/bridge/board.ts'
import { printTable, quantile, ratio } from './figures.ts'
import { createStage, get, startAgentProcess, token } from './stage.ts'

const calls = 100
const warmUpCalls = 5
const flushMs = 300
const answerMaxMs = 10_000

for (const [program, debian] of [
  ['/usr/bin/socat', 'socat'],
  ['/usr/bin/gcc', 'gcc libc6-dev'],
]) {
  if (program !== undefined && existsSync(program)) continue
  console.error(`third-ring: this bench needs ${debian}: apt-get install ${debian}`)
  process.exit(1)
}

/** A way to the broker that can be stopped up: what is sent stays in the sockets. */
async function createStopcock(brokerUrl: string): Promise<{ url: string; close(): void; end(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(new URL(brokerUrl).port), host: '127.0.0.1', noDelay: true })
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    end() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const stage = await createStage()
const library = join(stage.directory, 'slow-disk.so')
execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, fileURLToPath(new URL('../test/system/slow-disk.c', import.meta.url)), '-ldl'])
const stopcock = await createStopcock(stage.brokerUrl)
const children: ChildProcess[] = []
const ends: (() => unknown)[] = []

async function createSide(name: string, config: object, environment: NodeJS.ProcessEnv) {
  const [agentEnd, boardEnd] = [join(stage.directory, `${name}-agent`), join(stage.directory, `${name}-board`)]
  children.push(spawn('/usr/bin/socat', [`pty,raw,echo=0,link=${agentEnd}`, `pty,raw,echo=0,link=${boardEnd}`], { stdio: 'ignore' }))
  while (!existsSync(boardEnd)) await pause(50)
  const board = createBoard(createClock(undefined, 0), { resetsOnOpen: false })
  let wire: SerialConnection | undefined
  let waiting: { pattern: string; tell: (atMs: number) => void } | undefined
  const port = await openSerialPort(boardEnd, {
    onData(bytes) {
      const atMs = performance.now()
      const before = board.heard.length
      wire?.write(Buffer.from(bytes).toString('latin1'))
      const shown = board.heard.slice(before).flatMap((line) => (line.type === 'L' ? [bridgePatterns[line.pattern]] : []))
      if (waiting !== undefined && shown.includes(waiting.pattern as never)) waiting.tell(atMs)
    },
    onClose() {},
  })
  wire = await board.open(boardEnd, { onData: (bytes) => port.write(Buffer.from(bytes).toString('latin1')), onClose() {} })
  const hardware = { bridge: { path: agentEnd }, seat: { driver: 'none' }, lamp: { driver: 'bridge' }, ...config }
  const running = await startAgentProcess(stage, name, { hardware, environment })
  ends.push(running.stop, () => board.stop(), port.close)
  const shows = (pattern: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name}: the lamp did not show ${pattern}`)), answerMaxMs)
      waiting = {
        pattern,
        tell(atMs) {
          clearTimeout(timer)
          waiting = undefined
          resolve(atMs)
        },
      }
    })
  return { name, port: running.port, shows, lampMs: [] as number[], eventMs: [] as number[] }
}
type Side = Awaited<ReturnType<typeof createSide>>

const plain = await createSide('plain', {}, {})
const slow = await createSide('slow', {}, { LD_PRELOAD: library, FSYNC_MS: String(flushMs) })
const frozen = await createSide('frozen', { broker: { url: stopcock.url } }, {})
const sides: readonly { side: Side; says: string; tells: boolean }[] = [
  { side: plain, says: 'as it is', tells: true },
  { side: slow, says: `each flush ${flushMs} ms late`, tells: true },
  { side: frozen, says: 'broker frozen', tells: false },
]
await pause(3000)
stopcock.close()
for (let call = 1; call <= warmUpCalls + calls; call += 1) {
  for (const { side, tells } of sides) {
    const [lampMs, eventMs] = await time(side, call, tells)
    if (call <= warmUpCalls) continue
    side.lampMs.push(lampMs)
    if (eventMs !== undefined) side.eventMs.push(eventMs)
  }
}
stopcock.end()
for (const end of ends) await end()
for (const child of children) child.kill('SIGTERM')
await stage.stop()

const p = (samples: readonly number[], share: number) => `${quantile(samples, share).toFixed(1)} ms`
const against = (side: Side, share: number) => ratio(quantile(side.lampMs, share), quantile(plain.lampMs, share))
printTable(
  `lamp: action URL to the lamp's line at the bridge, ${calls} rings of each, in turn`,
  ['', 'lamp p50', 'p99', 'p50 ÷ as it is', 'p99 ÷ as it is', 'event at the subscriber, p50'],
  sides.map(({ side, says, tells }) => [
    says,
    p(side.lampMs, 0.5),
    p(side.lampMs, 0.99),
    against(side, 0.5),
    against(side, 0.99),
    tells ? p(side.eventMs, 0.5) : 'none, until it thaws',
  ]),
)

/** One ring, and one answer, so that the lamp is dark again. */
async function time(side: Side, call: number, tells: boolean): Promise<readonly [number, number | undefined]> {
  const topic = `third-ring/v1/bench/${side.name}/event`
  const isAlerting = ({ topic: on, payload }: { topic: string; payload: string }) => on === topic && payload.includes('third-ring.call.alerting')
  const told = tells ? stage.arrival(isAlerting, answerMaxMs) : undefined
  const lit = side.shows('ring-first')
  const startedMs = performance.now()
  await get(side.port, `/yealink/${token}/incoming_call?c=${call}&r=0857654321`)
  const lampMs = (await lit) - startedMs
  const eventMs = told === undefined ? undefined : (await told).atMs - startedMs
  const dark = side.shows('dark')
  await get(side.port, `/yealink/${token}/call_established?c=${call}&r=0857654321`)
  await dark
  await get(side.port, `/yealink/${token}/call_terminated?c=${call}&r=0857654321`)
  // Slower than the agent's own rate limit for one phone, as any phone is.
  await pause(100)
  return [lampMs, eventMs]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
