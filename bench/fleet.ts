/**
 * As many simulated desks as this machine holds, against aedes and against mosquitto: `npm run bench -- fleet`. Desks are the agent's own line to the broker
 * (levels, outbox, commands) with a store in memory. Broker, desks and consumer share this machine's processors.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../src/errors.ts'
import { type Broker, createBroker } from './broker.ts'
import { printTable } from './figures.ts'
import { type Consumer, createConsumer, latencyText } from './fleet/consumer.ts'
import { residentMegabytes } from './process.ts'

const sizes = (process.env['FLEET_SIZES'] ?? '100,1000,5000,10000').split(',').map(Number)
const desksPerProcess = 2500
/** A desk in a busy hour says something every ten seconds; each second is more than an office ever does. */
const calmPerDesk = 0.1
const stormPerDesk = 1
const loadMs = 10_000
const downMs = 3000
const patienceMs = 180_000

interface Fleet {
  readonly processes: readonly ChildProcess[]
  connected(): number
  numbered(): number
  unsent(): number
  order(order: object): void
  megabytes(): number
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(what: string, condition: () => boolean, withinMs = patienceMs): Promise<number> {
  const startedMs = performance.now()
  while (!condition()) {
    if (performance.now() - startedMs > withinMs) throw new Error(`${what}: not within ${withinMs / 1000} s`)
    await pause(10)
  }
  return performance.now() - startedMs
}

function createFleet(url: string, size: number): Fleet {
  const reports = new Map<ChildProcess, { connected: number; numbered: number; unsent: number }>()
  const processes = Array.from({ length: Math.ceil(size / desksPerProcess) }, (_, index) => {
    const count = Math.min(desksPerProcess, size - index * desksPerProcess)
    const child = fork(new URL('fleet/desks.ts', import.meta.url).pathname, [url, String(count), String(index * desksPerProcess)], {
      execArgv: ['--import', 'tsx'],
    })
    child.on('message', (report) => reports.set(child, report as { connected: number; numbered: number; unsent: number }))
    return child
  })
  const sum = (field: 'connected' | 'numbered' | 'unsent') => [...reports.values()].reduce((total, report) => total + report[field], 0)
  return {
    processes,
    connected: () => sum('connected'),
    numbered: () => sum('numbered'),
    unsent: () => sum('unsent'),
    order(order) {
      for (const child of processes) child.send(order)
    },
    megabytes: () => processes.reduce((total, { pid }) => total + residentMegabytes(pid), 0),
  }
}

/** The same load for a while: what came through, how late, and what it cost the broker. */
async function underLoad(broker: Broker, fleet: Fleet, consumer: Consumer, perSecond: number) {
  consumer.takeLatencies()
  const [before, cpuBefore, startedMs] = [consumer.distinct(), broker.cpuMs(), performance.now()]
  fleet.order({ do: 'load', perSecond: perSecond / fleet.processes.length })
  await pause(loadMs)
  const seconds = (performance.now() - startedMs) / 1000
  return {
    perSecond: Math.round((consumer.distinct() - before) / seconds),
    latency: latencyText(consumer.takeLatencies()),
    cpu: `${Math.round((broker.cpuMs() - cpuBefore) / seconds / 10)} %`,
  }
}

/** The broker goes and comes back: until everybody is there again, and the most that came within a second. */
async function afterRestart(broker: Broker, fleet: Fleet, size: number) {
  await broker.stop()
  await pause(downMs)
  await broker.start()
  const startedMs = performance.now()
  const seen: { readonly atMs: number; readonly connected: number }[] = []
  const watch = setInterval(() => seen.push({ atMs: performance.now() - startedMs, connected: fleet.connected() }), 50)
  const allMs = await until(`${size} desks back at ${broker.name}`, () => fleet.connected() === size)
  clearInterval(watch)
  const halfMs = seen.find(({ connected }) => connected >= size / 2)?.atMs ?? allMs
  const herd = Math.max(...seen.map(({ atMs, connected }) => connected - (seen.findLast((earlier) => earlier.atMs <= atMs - 1000)?.connected ?? 0)))
  return { allMs, halfMs, herd }
}

async function measure(name: 'aedes' | 'mosquitto', size: number): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-fleet-'))
  const broker = await createBroker(name, directory)
  await broker.start()
  const consumer = await createConsumer(broker.url)
  const fleet = createFleet(broker.url, size)
  try {
    const emptyMb = broker.megabytes()
    await until('the desks’ processes', () => fleet.processes.every(({ connected }) => connected) && fleet.connected() === 0 && fleet.numbered() === 0)
    await pause(3000)
    const bareMb = fleet.megabytes()
    fleet.order({ do: 'start' })
    const connectMs = await until(`${size} desks at ${name}`, () => fleet.connected() === size)
    await pause(3000)
    const [brokerMb, desksMb] = [broker.megabytes() - emptyMb, fleet.megabytes() - bareMb]
    const calm = await underLoad(broker, fleet, consumer, size * calmPerDesk)
    const storm = await underLoad(broker, fleet, consumer, size * stormPerDesk)
    fleet.order({ do: 'load', perSecond: (size * calmPerDesk) / fleet.processes.length })
    const back = await afterRestart(broker, fleet, size)
    fleet.order({ do: 'rest' })
    await pause(200)
    await until('all events at the consumer', () => consumer.distinct() >= fleet.numbered() && fleet.unsent() === 0).catch(() => {})
    const lost = fleet.numbered() - consumer.distinct()
    return [
      `${name} ${size.toLocaleString('en')}`,
      `${(connectMs / 1000).toFixed(1)} s`,
      `${broker.megabytes().toFixed(0)} MB, ${((brokerMb * 1024) / size).toFixed(1)} kB`,
      `${((desksMb * 1024) / size).toFixed(0)} kB`,
      `${calm.perSecond}/s, ${calm.latency}, ${calm.cpu}`,
      `${storm.perSecond}/s, ${storm.latency}, ${storm.cpu}`,
      `${(back.halfMs / 1000).toFixed(1)} / ${(back.allMs / 1000).toFixed(1)} s, ${back.herd}/s`,
      `${lost} of ${fleet.numbered().toLocaleString('en')} (${consumer.repaired()} asked for again, ${consumer.repeated()} repeated)`,
    ]
  } catch (error) {
    return [`${name} ${size.toLocaleString('en')}`, `broke: ${messageOf(error)}`, '', '', '', '', '', '']
  } finally {
    for (const child of fleet.processes) child.kill('SIGKILL')
    await consumer.stop()
    await broker.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

const rows: (readonly string[])[] = []
for (const name of ['mosquitto', 'aedes'] as const) {
  for (const size of sizes) {
    rows.push(await measure(name, size))
    console.error(rows.at(-1)?.join(' | '))
  }
}
printTable(
  'fleet: desks on one machine with their broker and a consumer; memory of the broker, and of it for each desk',
  ['desks', 'all connected', 'broker', 'a desk’s line', '0.1 event/s each', '1 event/s each', 'half / all back after 3 s away, most in a second', 'lost'],
  rows,
)
process.exit(0)
