import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRandom } from '../../../src/simulator/random.ts'
import type { SipStack } from '../../../src/sip/ports.ts'
import { sipLimits } from '../../../src/sip/stack/limits.ts'
import { readMessage } from '../../../src/sip/stack/message.ts'
import { createSipStack, type OpenTransport } from '../../../src/sip/stack/stack.ts'
import { quickestMs } from '../../quickest.ts'
import { createWakes } from '../../wakes.ts'
import { optionsFor, ours, theirs } from '../virtual.ts'
import { corpus } from './corpus.ts'
import { mutate } from './mutate.ts'

/** What came of a storm, as the storm saw it and as the stack says. */
export interface Storm {
  readonly sent: number
  readonly strangers: number
  readonly goodAsked: number
  readonly goodAnswered: number
  readonly health: Record<string, string | number | boolean>
  readonly told: number
  readonly outcomes: number
  /** Bytes in use after a collection, after a fifth of the storm and at its end. */
  readonly heap: readonly [early: number, late: number]
  /** Of those that took long, the longest that one took to be read by itself. */
  readonly slowestMs: number
  readonly tookMs: number
  /** Timers that somebody still waits for once the stack has stopped. */
  readonly pending: number
}

const perBreath = 500
/** A message that took so long is read again by itself. */
const suspectMs = 1

/**
 * Sends so many messages of which one in a hundred is good and from the server, one in twenty from a stranger, and all others are wounded; through guard,
 * codec and transactions, in virtual time (a millisecond a message), while requests and calls of our own are under way that some of them answer.
 */
export async function storm(seed: number, count: number): Promise<Storm> {
  const random = createRandom(seed)
  const wakes = createWakes()
  const clock = { now: wakes.now, after: (ms: number, then: () => void) => wakes.add(wakes.now() + ms, then) }
  /** What our own requests are known by, the latest last. */
  const underWay: { branch: string; call: string }[] = []
  const counts = { strangers: 0, goodAsked: 0, goodAnswered: 0, told: 0, outcomes: 0 }
  let deliver: (bytes: Uint8Array, stranger: boolean) => void = () => {}

  const open: OpenTransport = (_options, events) => {
    deliver = (bytes, stranger) => events.onMessage(bytes, stranger ? { address: '203.0.113.5', port: 5060 } : theirs)
    return {
      name: 'UDP',
      framing: 'datagram',
      async open() {},
      route: async () => ({ peer: theirs, local: { host: ours.address, port: ours.port } }),
      send(bytes) {
        const text = Buffer.from(bytes).toString('latin1')
        if (text.includes('z9hG4bKgood')) counts.goodAnswered += text.startsWith('SIP/2.0 200') ? 1 : 0
        if (text.startsWith('SIP/2.0')) return
        const [, branch = ''] = /branch=([^;]+)/.exec(text) ?? []
        const [, call = ''] = /\r\nCall-ID: (.*)\r\n/.exec(text) ?? []
        underWay.push({ branch, call })
        if (underWay.length > 16) underWay.shift()
      },
      local: () => ({ host: ours.address, port: ours.port }),
      isConnected: () => true,
      async close() {},
    }
  }
  const stack = createSipStack(optionsFor(clock, createRandom(seed + 1), { password: () => 'pw' }).options, open)
  stack.onRequest(({ method }) => {
    counts.told += 1
    return method === 'NOTIFY' || method === 'BYE' ? { status: 200 } : undefined
  })
  await stack.start()
  keepAsking(stack, counts)

  const started = performance.now()
  const sizes: number[] = []
  let slowestMs = 0
  for (let number = 0; number < count; number += 1) {
    const good = number % 100 === 0
    const stranger = !good && random() < 0.05
    const bytes = good ? goodMessage(number) : badMessage(number, underWay, random)
    if (good) counts.goodAsked += 1
    if (stranger) counts.strangers += 1
    const before = performance.now()
    deliver(bytes, stranger)
    if (performance.now() - before > Math.max(slowestMs, suspectMs)) slowestMs = Math.max(slowestMs, readingMs(bytes))
    if (number % perBreath !== perBreath - 1) continue
    await passTime(wakes, perBreath)
    if (number + 1 === Math.floor(count / 5 / perBreath) * perBreath) sizes.push(heapNow())
  }
  const tookMs = performance.now() - started
  await passTime(wakes, 400_000)
  const health = stack.health()
  sizes.push(heapNow())
  await stack.stop()
  const { strangers, goodAsked, goodAnswered, told, outcomes } = counts
  const heap = [sizes[0] ?? 0, sizes.at(-1) ?? 0] as const
  return { sent: count, strangers, goodAsked, goodAnswered, told, outcomes, health, heap, slowestMs, tookMs, pending: wakes.pending() }
}

/** How long a message takes to be read. */
function readingMs(bytes: Buffer): number {
  return quickestMs(() => {
    const read = readMessage(bytes, 'datagram')
    if (read.kind === 'message') read.challenges('www-authenticate')
  })
}

/** Lets virtual time pass, and whoever has waited go on. */
async function passTime(wakes: ReturnType<typeof createWakes>, ms: number): Promise<void> {
  const until = wakes.now() + ms
  let steps = 0
  while (wakes.step(until)) {
    steps += 1
    if (steps % 50 === 0) await breath()
  }
  await breath()
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Six requests and two calls are under way at all times, each followed by the next; the last ones end with the stack. */
function keepAsking(stack: SipStack, counts: { outcomes: number }): void {
  let calls = 0
  const ask = (method: string): void => {
    calls += 1
    const request = { method, uri: 'sip:pbx.test', from: '<sip:101@pbx.test>;tag=o', to: '<sip:pbx.test>', callId: `ours-${calls}`, cseq: 1 }
    const outcome = method === 'INVITE' ? stack.invite(request).outcome : stack.request(request)
    void outcome.then((what) => {
      counts.outcomes += 1
      if (what.kind !== 'unreachable') ask(method)
    })
  }
  for (const method of ['OPTIONS', 'OPTIONS', 'OPTIONS', 'OPTIONS', 'SUBSCRIBE', 'SUBSCRIBE', 'INVITE', 'INVITE']) ask(method)
}

function goodMessage(number: number): Buffer {
  const text = corpus.find((message) => message.startsWith('OPTIONS')) ?? ''
  return Buffer.from(text.replaceAll('z9hG4bKopt{n}', `z9hG4bKgood${number}`).replaceAll('{n}', String(number)))
}

function badMessage(number: number, underWay: readonly { branch: string; call: string }[], random: () => number): Buffer {
  const original = corpus[Math.floor(random() * corpus.length)] ?? ''
  const { branch, call } = underWay[Math.floor(random() * underWay.length)] ?? { branch: 'z9hG4bKnone', call: 'none' }
  // Some come again and again under one number: repetitions, and what belongs together.
  const n = random() < 0.3 ? number % 50 : number
  const text = original.replaceAll('{n}', String(n)).replaceAll('{branch}', branch).replaceAll('{call}', call)
  return mutate(Buffer.from(text), corpus, random).subarray(0, 65_507)
}

let collect: (() => void) | undefined
function heapNow(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  return process.memoryUsage().heapUsed
}

/** Why a storm was not survived as it should be; none if it was. */
export function faultsOf({ sent, strangers, goodAsked, goodAnswered, health, heap, pending, told }: Storm): string[] {
  const count = (name: string): number => Number(health[name])
  const refused = Object.entries(health).reduce((sum, [name, value]) => sum + (name.startsWith('refused-') ? Number(value) : 0), 0)
  const checks: readonly (readonly [string, boolean])[] = [
    [`received ${count('received')} of ${sent}`, count('received') === sent],
    [`strangers ${count('strangers')} of ${strangers}`, count('strangers') === strangers],
    ['the sums differ', count('strangers') + count('keepAlives') + count('refused') + count('requests') + count('responses') === sent],
    ['the reasons differ from their sum', refused === count('refused')],
    [`good ones: ${goodAnswered} of ${goodAsked} answered`, goodAnswered === goodAsked],
    ['too little was let through to say anything', count('requests') > sent / 10 && count('responses') > sent / 20],
    ['no request of ours was answered', count('responses') > count('strays') + count('known')],
    ['nothing was told', told > sent / 20],
    ['something of ours failed', count('failed') === 0 && count('unsent') === 0],
    ['answers are kept', count('answersKept') === 0],
    ['more is under way than was asked', count('underWay') <= sipLimits.clientTransactionsMax],
    [`the heap grew from ${heap[0]} to ${heap[1]}`, heap[1] - heap[0] < 12_000_000],
    [`${pending} timers are left`, pending === 0],
    ['Object.prototype has been written to', Object.keys(Object.prototype).length === 0 && !('polluted' in {})],
  ]
  return checks.flatMap(([sentence, holds]) => (holds ? [] : [sentence]))
}

/** For the log of the test: what was measured, never asserted. */
export function measured({ sent, tookMs, slowestMs, heap, health, outcomes }: Storm): string {
  const shown = Object.entries(health).filter(([name]) => /^(refused|requests|responses|strays|repeated|forgotten)/.test(name))
  const perSecond = Math.round((sent / tookMs) * 1000)
  const heapMb = heap.map((bytes) => (bytes / 1e6).toFixed(1)).join(' → ')
  return `${sent} mutants in ${(tookMs / 1000).toFixed(1)} s (${perSecond}/s, slowest ${slowestMs.toFixed(1)} ms), heap ${heapMb} MB, ${outcomes} outcomes, ${JSON.stringify(Object.fromEntries(shown))}`
}
