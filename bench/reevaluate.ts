/**
 * From a substitute's word that it takes calls no more (or again), until every desk that would send it calls has judged anew: `npm run bench -- reevaluate`. 1,000 desks on one mosquitto, all
 * with the same substitute; the floor is 1,000 bare subscribers in the same run.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { createBroker } from './broker.ts'
import { printTable, quantile, ratio } from './figures.ts'
import { site } from './fleet/desk.ts'

const desks = Number(process.env['REEVALUATE_DESKS'] ?? 1000)
const processes = 2
const changes = 20
const startMaxMs = 300_000
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

async function measure(kind: 'desk' | 'bare'): Promise<number[]> {
  await say(true)
  const each = desks / processes
  let heard = (_judged: Judged): void => {}
  const children: ChildProcess[] = []
  const program = new URL('reevaluate/desks.ts', import.meta.url).pathname
  const started = Array.from({ length: processes }, (_, index) => {
    const child = fork(program, [broker.url, String(each), String(index * each), kind], { execArgv: ['--import', 'tsx'] })
    children.push(child)
    return new Promise<void>((resolve) => {
      child.on('message', (word: { readonly ready?: number } & Judged) => (word.ready === undefined ? heard(word) : resolve()))
    })
  })
  await within(startMaxMs, Promise.all(started), `${desks} clients to be there`)
  // What the broker had kept is the first word of all.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const samples: number[] = []
  for (let change = 0; change < changes; change += 1) {
    const takesCalls = change % 2 === 1
    let left = desks
    const startedAt = now()
    const all = new Promise<void>((resolve) => {
      heard = (judged) => {
        if (judged.takesCalls !== takesCalls) return
        // The first two find everything cold.
        if (change >= 2) samples.push(judged.at - startedAt)
        left -= 1
        if (left === 0) resolve()
      }
    })
    await say(takesCalls)
    await within(changeMaxMs, all, `all to have judged; ${left} are missing`)
    await new Promise((resolve) => setTimeout(resolve, betweenMs))
  }
  for (const child of children) child.send('end')
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))))
  return samples
}

async function within(waitMs: number, work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${waitMs} ms in vain for ${what}`)), waitMs)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

const [ours, floor] = [await measure('desk'), await measure('bare')]
await substitute.endAsync(true)
await broker.stop()
rmSync(directory, { recursive: true, force: true })

const shares = [0.5, 0.99, 1] as const
const row = (name: string, samples: readonly number[]): string[] => [name, ...shares.map((share) => `${quantile(samples, share).toFixed(1)} ms`)]
printTable(
  `reevaluate: a substitute's change → judged anew, ${desks} desks on one mosquitto, ${ours.length} judgements`,
  ['', 'p50', 'p99', 'max'],
  [row('desk', ours), row('bare subscriber', floor), ['ratio', ...shares.map((share) => ratio(quantile(ours, share), quantile(floor, share)))]],
)
