import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { openStore } from '../../src/store/store.ts'
import { keptLog } from '../store/fixture.ts'
import { makeImage, mountImage, run, workplace } from './media/disk.ts'

/**
 * The power is cut while a store is written on a real file system: of what was not flushed each sector may be there or not. No device of the kernel's does that
 * on every machine, so a file in a FUSE file system stands for the disk, and remembers what the kernel did to it, in order.
 */
const recorder = join(import.meta.dirname, 'media', 'recorder.py')
const writer = join(import.meta.dirname, '..', 'store', 'writer.ts')
const sectorBytes = 512

interface Operation {
  readonly kind: 'W' | 'F' | 'M'
  readonly offset: number
  readonly data: Buffer
}

interface Recording {
  readonly image: Buffer
  readonly operations: readonly Operation[]
}

/** Lets a store be written for some steps, and gives back all that reached the disk meanwhile. */
async function record(directory: string, ...words: readonly string[]): Promise<Recording> {
  const [image, log, fuse, place] = ['base.img', 'operations', 'fuse', 'disk'].map((name) => join(directory, name)) as [string, string, string, string]
  makeImage(image, 16)
  mkdirSync(fuse)
  const child = spawn('/usr/bin/python3', [recorder, fuse, image, log], { stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(() => void child.kill())
  await expect.poll(() => existsSync(join(fuse, 'disk.img'))).toBe(true)
  const disk = mountImage(join(fuse, 'disk.img'), place)
  const writing = spawn(process.execPath, ['--import', 'tsx', writer, join(place, 'store'), `marker=${join(fuse, 'marker')}`, ...words], { stdio: 'inherit' })
  expect(await ended(writing)).toBe(0)
  disk.unmount()
  run('/usr/bin/umount', fuse)
  await ended(child)
  return { image: readFileSync(image), operations: parse(readFileSync(log)) }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

function parse(log: Buffer): Operation[] {
  const operations: Operation[] = []
  for (let at = 0; at < log.length; ) {
    const length = log.readUInt32LE(at + 9)
    const kind = log.toString('latin1', at, at + 1) as Operation['kind']
    operations.push({ kind, offset: Number(log.readBigUInt64LE(at + 1)), data: log.subarray(at + 13, at + 13 + length) })
    at += 13 + length
  }
  return operations
}

/** The disk as it may be after a power cut at this operation, and the last step and event that the writer had been told are safe. */
function cutAt({ image, operations }: Recording, cut: number, random: () => number): { disk: Buffer; step: number; sequence: number } {
  const disk = Buffer.from(image)
  const before = operations.slice(0, cut)
  const flushed = before.findLastIndex(({ kind }) => kind === 'F')
  // All, none, or each write and each of its sectors by chance; and the writes in order up to one of them.
  const fate = Math.floor(random() * 4)
  const inOrder = flushed + random() * (cut - flushed)
  const survives = (index: number): boolean => (fate === 3 ? index < inOrder : fate === 2 ? random() < 0.5 : fate === 1)
  for (const [index, { kind, offset, data }] of before.entries()) {
    if (kind !== 'W' || (index > flushed && !survives(index))) continue
    for (let from = 0; from < data.length; from += sectorBytes) {
      if (index > flushed && fate === 2 && random() < 0.2) continue
      data.copy(disk, offset + from, from, Math.min(data.length, from + sectorBytes))
    }
  }
  const told = before.filter(({ kind }) => kind === 'M').flatMap(({ data }) => data.toString().trim().split('\n'))
  const promised = told.map((line) => line.split(' ').map(Number))
  return { disk, step: Math.max(0, ...promised.map(([step = 0]) => step)), sequence: Math.max(0, ...promised.map(([, sequence = 0]) => sequence)) }
}

/** What is wrong with a store after a power cut, in one sentence; `undefined` if nothing is. */
async function faultOf(path: string, promised: { readonly step: number; readonly sequence: number }): Promise<string | undefined> {
  const log = keptLog()
  const store = await openStore({ directory: join(path, 'store'), log, wall: () => 0 })
  try {
    const stored = (store.past.checkpoint?.desk as { step: number } | undefined)?.step ?? 0
    const steps = store.past.facts.map(({ at }) => at)
    const last = steps.at(-1) ?? stored
    if (log.errors.length > 0 || store.owed().length > 0) return `a loss is told of: ${JSON.stringify([log.errors, store.owed()])}`
    if (last < promised.step) return `step ${promised.step} was promised, the last is ${last}`
    if (store.lastSequence < promised.sequence) return `event ${promised.sequence} was promised, the last is ${store.lastSequence}`
    if (steps.some((step, index) => step !== stored + index + 1)) return `the steps after ${stored} are ${steps}`
    const events = await store.eventsAfter(0, 100_000)
    const bodies = events.map(({ json }) => JSON.parse(json) as { step: number; sequence: number })
    if (events.length !== store.lastSequence - store.firstSequence + 1) return `${events.length} events from ${store.firstSequence} to ${store.lastSequence}`
    if (bodies.some(({ sequence }, index) => sequence !== store.firstSequence + index)) return 'the events are not in their places'
    if (bodies.filter(({ step }) => step === last).length !== last % 4) return `step ${last} is there in part`
    await store.append({ events: [{ sequence: store.lastSequence + 1, wall: 0, json: '{}' }] })
    return undefined
  } finally {
    await store.close()
  }
}

/** Cuts the power at so many random moments, and says what was wrong each time that something was. */
async function cuts(recording: Recording, directory: string, count: number): Promise<readonly string[]> {
  const random = createRandom(7)
  const faults: string[] = []
  const first = recording.operations.findIndex(({ kind }) => kind === 'M')
  for (let point = 0; point < count; point += 1) {
    const cut = first + 1 + Math.floor(random() * (recording.operations.length - first))
    const { disk, ...promised } = cutAt(recording, cut, random)
    const image = join(directory, 'cut.img')
    writeFileSync(image, disk)
    const mounted = mountImage(image, join(directory, 'cut'))
    const fault = await faultOf(mounted.path, promised)
    mounted.unmount()
    if (fault !== undefined) faults.push(`cut at ${cut}: ${fault}`)
  }
  return faults
}

test('a power cut at any moment loses nothing that was promised, and nothing is said to be lost', { timeout: 300_000 }, async () => {
  const directory = workplace()
  const recording = await record(directory, 'steps=300', 'trims')
  const kinds = (kind: string) => recording.operations.filter((operation) => operation.kind === kind).length
  expect(kinds('M')).toBeGreaterThan(200)
  expect(kinds('F')).toBeGreaterThan(50)
  expect(await cuts(recording, directory, 120)).toEqual([])
})

test('a store that does not flush is found out: this test can fail', { timeout: 300_000 }, async () => {
  const directory = workplace()
  const recording = await record(directory, 'steps=300', 'trims', 'unsynced')
  expect((await cuts(recording, directory, 20)).join('\n')).toMatch(/was promised/)
})
