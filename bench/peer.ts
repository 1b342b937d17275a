/**
 * One job, an action URL in and a message at the broker out, by three programs side by side in one run: the agent, a Node-RED flow, and the bare floor. Then
 * each is killed once, and the broker restarted once, while a phone goes on posting: `npm run bench -- peer`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installNodeRed } from '../test/system/node-red-install.ts'
import { type Broker, createBroker } from './broker.ts'
import { median, printTable, quantile, ratio } from './figures.ts'
import { writeFlow } from './peer/node-red.ts'
import { createStage, freePort, type Running, type Stage, startAgentProcess, startFloorProcess, startOtherProcess, token } from './stage.ts'

const starts = 5
const warmUpCalls = 20
const calls = 150
const betweenMs = 60
const lossCalls = 200
/** The program is killed as soon as it has said OK to the first of these; the second finds the broker gone. */
const killedAt = 60
const brokerGoneAt = 130
const brokerGoneMs = 2000
const answerMaxMs = 5000
/** All that comes after this much silence would have come before. */
const quietMs = 15_000

interface Side {
  readonly name: string
  readonly desk: string
  readonly start: (stage: Stage, port: number) => Promise<Running>
  /** Whether a message is what this program makes of an incoming call. */
  readonly announces: (message: { readonly type: string }) => boolean
}

const nodeRed = installNodeRed()
const plain = ({ type }: { readonly type: string }) => type === 'incoming_call'
const sides: readonly Side[] = [
  {
    name: 'third-ring',
    desk: 'agent',
    start: (stage, port) => startAgentProcess(stage, 'agent', { port }),
    announces: ({ type }) => type === 'third-ring.call.alerting',
  },
  {
    name: 'Node-RED flow',
    desk: 'node-red',
    start: (stage, port) => startOtherProcess(stage, 'node-red', [nodeRed, ...writeFlow(join(stage.directory, 'node-red'), port, stage.brokerUrl)], port),
    announces: plain,
  },
  { name: 'bare node:http + MQTT.js', desk: 'floor', start: startFloorProcess, announces: plain },
]

interface Figures {
  readonly side: Side
  readonly port: number
  readonly startMs: number[]
  readonly samples: number[]
  readonly running: Running
  megabytes: number
  losses?: Awaited<ReturnType<typeof losses>>
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Whether the program said that it has the event. */
function post(port: number, event: string, call: number): Promise<boolean> {
  return new Promise((resolve) => {
    const path = `/yealink/${token}/${event}?c=${call}&r=0857654321`
    const asked = request({ host: '127.0.0.1', port, path, agent: false, timeout: answerMaxMs }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200))
    })
    asked.on('error', () => resolve(false))
    asked.on('timeout', () => asked.destroy())
    asked.end()
  })
}

async function latency(stage: Stage, side: Side, { port }: Running, call: number): Promise<number> {
  const topic = `third-ring/v1/bench/${side.desk}/event`
  const arrived = stage.arrival((arrival) => arrival.topic === topic && side.announces(JSON.parse(arrival.payload)), answerMaxMs)
  const startedMs = performance.now()
  await post(port, 'incoming_call', call)
  const ms = (await arrived).atMs - startedMs
  await post(port, 'call_terminated', call)
  return ms
}

/** Posts calls while the program is killed once and the broker restarted once: what it took, what it was not there for, and what never came out. */
async function losses(stage: Stage, side: Side, first: Running, broker: Broker) {
  const topic = `third-ring/v1/bench/${side.desk}/event`
  const heard = new Set<string>()
  let heardAtMs = performance.now()
  const listening = stage
    .arrival((arrival) => {
      if (arrival.topic !== topic) return false
      const message = JSON.parse(arrival.payload) as { readonly type: string; readonly id?: string; readonly call?: string }
      if (side.announces(message)) heard.add(message.id ?? message.call ?? '')
      heardAtMs = performance.now()
      return false
    }, 600_000)
    .catch(() => {})
  void listening
  let running = Promise.resolve(first)
  const { port } = first
  let [taken, refused] = [0, 0]
  for (let call = 1; call <= lossCalls; call += 1) {
    if (call === brokerGoneAt) {
      await running
      void broker
        .stop()
        .then(() => pause(brokerGoneMs))
        .then(() => broker.start())
    }
    if (await post(port, 'incoming_call', 10_000 + call)) taken += 1
    else refused += 1
    if (call === killedAt) {
      await first.kill()
      running = side.start(stage, port)
    }
    await post(port, 'call_terminated', 10_000 + call)
    await pause(betweenMs)
  }
  while (performance.now() - heardAtMs < quietMs) await pause(200)
  return { program: await running, taken, refused, lost: taken - heard.size }
}

const directory = mkdtempSync(join(tmpdir(), 'third-ring-peer-'))
const broker = await createBroker('mosquitto', directory)
await broker.start()
const stage = await createStage(broker.url)
const figures: Figures[] = []
for (const side of sides) {
  const [port, startMs] = [await freePort(), [] as number[]]
  for (let round = 0; round < starts; round += 1) {
    const started = await side.start(stage, port)
    startMs.push(started.startMs)
    await started.stop()
  }
  figures.push({ side, port, startMs, samples: [], running: await side.start(stage, port), megabytes: 0 })
}
for (let call = 1; call <= warmUpCalls + calls; call += 1) {
  for (const { side, running, samples } of figures) {
    const ms = await latency(stage, side, running, call)
    if (call > warmUpCalls) samples.push(ms)
    await pause(betweenMs)
  }
}
for (const figure of figures) {
  figure.megabytes = figure.running.memory()
  figure.losses = await losses(stage, figure.side, figure.running, broker)
  await figure.losses.program.stop()
}
await stage.stop()
await broker.stop()
rmSync(directory, { recursive: true, force: true })

const [agent] = figures
printTable(
  `peer: an action URL in, a message out; ${calls} calls for the latency, ${lossCalls} for the losses`,
  ['', 'start', 'p50', 'p99', 'third-ring ÷ this (start, p50, memory)', 'memory', 'calls it took', 'calls it was not there for', 'taken and never heard of'],
  figures.map(({ side, startMs, samples, megabytes, losses: counted }) => [
    side.name,
    `${median(startMs).toFixed(0)} ms`,
    `${quantile(samples, 0.5).toFixed(2)} ms`,
    `${quantile(samples, 0.99).toFixed(2)} ms`,
    [
      ratio(median(agent?.startMs ?? []), median(startMs)),
      ratio(quantile(agent?.samples ?? [], 0.5), quantile(samples, 0.5)),
      ratio(agent?.megabytes ?? 0, megabytes),
    ].join(', '),
    `${megabytes.toFixed(0)} MB`,
    String(counted?.taken),
    String(counted?.refused),
    String(counted?.lost),
  ]),
)
process.exit(0)
