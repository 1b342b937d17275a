/**
 * What a numbered event costs the medium: bytes written to the device, flushes, and time until it is safe, one at a time and in bursts. On a small ext4 on a
 * loop device, whose counters the kernel keeps (needs root). The floor is a plain file to which the event's own bytes are appended, with one
 * fdatasync each time; LevelDB stands beside it as what the journal was kept in before.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { factsBetweenCheckpoints } from '../src/agent/journal.ts'
import { openStore } from '../src/store/store.ts'
import { printTable, quantile, ratio } from './figures.ts'

const rounds = 600
const json = JSON.stringify({
  specversion: '1.0',
  id: '0f3a4b5c-0000-4000-8000-000000000000-123',
  source: '/um-bialystok/usc-12',
  type: 'third-ring.call.answered',
  time: '2026-11-22T09:00:12.345Z',
  sequence: '000000000123',
  datacontenttype: 'application/json',
  data: { call: 'c7', direction: 'in', rings: 2, ringSource: 'estimated', waitMs: 7100, inRule: true, strict: true },
})
/** A desk as it is written down now and then. */
const checkpoint = { desk: { calls: 'x'.repeat(3000) }, wall: 0, bootId: 'b', bootMs: 0 }
const fact = { type: 'call.established', ref: { phoneId: '17', remote: '+48858696001' }, at: 1_763_802_012_345 } as const

/** Writes a burst of so many events and resolves when all are safe. */
interface Journal {
  write(count: number): Promise<void>
  close(): Promise<void>
}

function plainFile(directory: string): Promise<Journal> {
  const file = openSync(join(directory, 'file'), 'a')
  const write = async (count: number) => {
    writeSync(file, `${json}\n`.repeat(count))
    fdatasyncSync(file)
  }
  return Promise.resolve({ write, close: async () => closeSync(file) })
}

async function store(directory: string): Promise<Journal> {
  const journal = await openStore({ directory: join(directory, 'store'), log: console, wall: () => Date.now() })
  let sequence = 0
  return {
    async write(count) {
      const steps = Array.from({ length: count }, () => {
        sequence += 1
        const past = sequence % factsBetweenCheckpoints === 0 ? { checkpoint } : { facts: [fact] }
        return journal.append({ ...past, events: [{ sequence, wall: 0, json }] })
      })
      await Promise.all(steps)
      journal.acknowledge(sequence)
    },
    close: journal.close,
  }
}

async function level(directory: string): Promise<Journal> {
  const database = new ClassicLevel(join(directory, 'level'), { writeBufferSize: 1_048_576, cacheSize: 1_048_576 })
  let sequence = 0
  return {
    async write(count) {
      const step = () => {
        sequence += 1
        const event = { type: 'put' as const, key: `event!${digits(sequence)}`, value: json }
        if (sequence % factsBetweenCheckpoints > 0) return [event, { type: 'put' as const, key: `fact!${digits(sequence)}`, value: JSON.stringify(fact) }]
        const facts = Array.from({ length: factsBetweenCheckpoints }, (_, back) => ({ type: 'del' as const, key: `fact!${digits(sequence - back)}` }))
        return [event, { type: 'put' as const, key: 'checkpoint', value: JSON.stringify(checkpoint) }, ...facts]
      }
      await database.batch(Array.from({ length: count }, step).flat(), { sync: true })
    },
    close: () => database.close(),
  }
}

const digits = (number: number): string => String(number).padStart(12, '0')

interface Cost {
  readonly bytes: number
  readonly flushes: number
  readonly p50: number
  readonly p99: number
}

/** Fields of /sys/block/…/stat: the seventh counts sectors of 512 bytes written, the sixteenth flushes. */
function counters(device: string): { sectors: number; flushes: number } {
  const fields = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number)
  return { sectors: fields[6] ?? 0, flushes: fields[15] ?? 0 }
}

async function measure(open: (directory: string) => Promise<Journal>, burst: number): Promise<Cost> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-bench-'))
  const [image, path] = [join(directory, 'disk.img'), join(directory, 'disk')]
  const run = (program: string, ...parameters: string[]) => execFileSync(program, parameters, { encoding: 'utf8' })
  run('truncate', '-s', '96M', image)
  run('mkfs.ext4', '-q', '-F', '-b', '4096', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image)
  mkdirSync(path)
  run('mount', '-o', 'loop', image, path)
  try {
    const device = run('findmnt', '-n', '-o', 'SOURCE', path).trim()
    const journal = await open(path)
    run('sync', '-f', path)
    const before = counters(device)
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const startedMs = performance.now()
      await journal.write(burst)
      times.push(performance.now() - startedMs)
    }
    await journal.close()
    run('sync', '-f', path)
    const after = counters(device)
    const events = rounds * burst
    const bytes = ((after.sectors - before.sectors) * 512) / events
    return { bytes, flushes: (after.flushes - before.flushes) / rounds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
  } finally {
    run('umount', path)
    rmSync(directory, { recursive: true, force: true })
  }
}

for (const burst of [1, 10, 50]) {
  const floor = await measure(plainFile, burst)
  const row = (name: string, { bytes, flushes, p50, p99 }: Cost): string[] => [
    name,
    `${Math.round(bytes)}`,
    ratio(bytes, floor.bytes),
    flushes.toFixed(1),
    `${p50.toFixed(2)} ms`,
    `${p99.toFixed(2)} ms`,
    ratio(p50, floor.p50),
  ]
  const rows = [row('plain file', floor), row('journal', await measure(store, burst)), row('LevelDB, as before', await measure(level, burst))]
  const title = `${burst === 1 ? 'One event at a time' : `Bursts of ${burst}`}; the event alone is ${json.length} bytes:`
  printTable(title, ['', 'device bytes an event', '÷ plain file', 'flushes a write', 'p50', 'p99', 'p50 ÷ plain file'], rows)
}
