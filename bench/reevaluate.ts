/**
 * From a substitute's word that it takes calls no more (or again), until every desk that would send it calls has judged anew: `npm run bench -- reevaluate`. 1,000 desks on one mosquitto, all
 * by one directory and with the same substitute; the floor is 1,000 bare subscribers in the same run.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { directoryDocument } from '../src/directory/published.ts'
import type { DirectoryDesk } from '../src/mqtt/hub-messages.ts'
import { hubTopic } from '../src/mqtt/topics.ts'
import { createBroker } from './broker.ts'
import { printTable, quantile, ratio } from './figures.ts'
import { site } from './fleet/desk.ts'

const desks = Number(process.env['REEVALUATE_DESKS'] ?? 1000)
const processes = 2
/** No more: a desk that becomes able to take calls more than ten times in ten minutes is not believed at once (`src/agent/office/neighbour-patience.ts`). */
const changes = 18
const startMaxMs = 900_000
const changeMaxMs = 60_000
const betweenMs = 500

interface Judged {
  readonly takesCalls: boolean
  readonly at: number
}

const directory = mkdtempSync(join(tmpdir(), 'third-ring-reevaluate-'))
const broker = await createBroker('mosquitto', directory)
await broker.start()
const substitute = await connectAsync(broker.url, { clientId: 'first' })
const now = (): number => performance.timeOrigin + performance.now()

async function say(takesCalls: boolean): Promise<void> {
  const presence = { v: 1, at: new Date().toISOString(), takesCalls, substituting: null }
  await substitute.publishAsync(`third-ring/v1/${site}/first/presence`, JSON.stringify(presence), { qos: 1, retain: true })
}

/** The office's directory, as the hub publishes it: every desk has the same two substitutes, so that a change of one is news to everybody, the worst that can be. */
async function publishDirectory(): Promise<number> {
  const substitutes = [
    { desk: 'first', number: '6012', absenteesMax: 2 },
    { desk: 'second', number: '6014', absenteesMax: 2 },
  ]
  const listed = Array.from({ length: desks }, (_, index): [string, DirectoryDesk] => [`desk${index}`, { number: `7${index}`, substitutes }])
  const document = JSON.stringify(directoryDocument(Object.fromEntries(listed), 1, new Date().toISOString()))
  await substitute.publishAsync(hubTopic(site, 'availability'), 'online', { qos: 1, retain: true })
  await substitute.publishAsync(hubTopic(site, 'directory'), document, { qos: 1, retain: true })
  return Buffer.byteLength(document)
}

async function measure(kind: 'desk' | 'bare'): Promise<number[]> {
  await say(true)
  const each = desks / processes
  let left = desks
  let heard = (_judged: Judged): void => {}
  /** Resolves when every desk has judged that it is so, or that it is not. */
  const all = (takesCalls: boolean, onJudged: (judged: Judged) => void = () => {}): Promise<void> => {
    left = desks
    return new Promise((resolve) => {
      heard = (judged) => {
        if (judged.takesCalls !== takesCalls) return
        onJudged(judged)
        left -= 1
        if (left === 0) resolve()
      }
    })
  }
  const program = new URL('reevaluate/desks.ts', import.meta.url).pathname
  // What the broker has kept is the first word of all.
  const there = all(true)
  const children = Array.from({ length: processes }, (_, index) => {
    const child: ChildProcess = fork(program, [broker.url, String(each), String(index * each), kind], { execArgv: ['--import', 'tsx'] })
    return child.on('message', (judged: Judged) => heard(judged))
  })
  // A word that the broker has kept for longer than a few minutes is not believed.
  const heart = setInterval(() => void say(true), 20_000)
  await within(startMaxMs, there, () => `all to be there; ${left} are missing`)
  clearInterval(heart)
  const samples: number[] = []
  for (let change = 0; change < changes; change += 1) {
    await new Promise((resolve) => setTimeout(resolve, betweenMs))
    const takesCalls = change % 2 === 1
    const startedAt = now()
    // The first two find everything cold.
    const judged = all(takesCalls, ({ at }) => change >= 2 && samples.push(at - startedAt))
    await say(takesCalls)
    await within(changeMaxMs, judged, () => `all to have judged; ${left} are missing`)
  }
  for (const child of children) child.send('end')
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))))
  return samples
}

async function within(waitMs: number, work: Promise<unknown>, what: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${waitMs} ms in vain for ${what()}`)), waitMs)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

const directoryBytes = await publishDirectory()
const [ours, floor] = [await measure('desk'), await measure('bare')]
await substitute.endAsync(true)
await broker.stop()
rmSync(directory, { recursive: true, force: true })

const shares = [0.5, 0.99, 1] as const
const row = (name: string, samples: readonly number[]): string[] => [name, ...shares.map((share) => `${quantile(samples, share).toFixed(1)} ms`)]
printTable(
  `reevaluate: a substitute's change → judged anew, ${desks} desks by a directory of ${directoryBytes} bytes on one mosquitto, ${ours.length} judgements`,
  ['', 'p50', 'p99', 'max'],
  [row('desk', ours), row('bare subscriber', floor), ['ratio', ...shares.map((share) => ratio(quantile(ours, share), quantile(floor, share)))]],
)
