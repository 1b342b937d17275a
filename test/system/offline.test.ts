import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createYealinkPhone } from '../../src/simulator/phones/index.ts'
import { freePort, site, token } from '../agent/desk-fixture.ts'
import { gone, startConsumer } from './consumer.ts'
import { startMosquitto } from './mosquitto.ts'

const few = 10_000
const many = 100_000
/** Ten times as many events wait, and the process may be so many times as large: what is over 1 is the engine's own breathing. */
const growthMax = 1.25
/** While they go out as fast as the broker takes them there is rubbish, which the engine carries away when it likes. */
const drainedMax = 1.75
/** Each address may say twenty words a second; so many telephones say them together, as many as one agent may be told of. */
const voices = 64
const wordsAtOnce = 10
const voiceRestMs = 1000 * (wordsAtOnce / 20)
const wordsPerCall = 1000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A clerk who puts one caller on hold and takes them back, on and on: every action URL makes one event. Each voice has an address of its own. */
function createChatter(port: number): () => Promise<void> {
  const restedAtMs = Array.from({ length: voices }, () => 0)
  let [turn, words, call] = [0, 0, 0]

  function nextWord(): string {
    const place = words % wordsPerCall
    words += 1
    if (place === 0) call += 1
    if (place === 0) return 'incoming_call'
    if (place === 1) return 'call_established'
    return place === wordsPerCall - 1 ? 'call_terminated' : place % 2 === 0 ? 'hold' : 'unhold'
  }

  /** Ten words on one connection, and all ten answers. */
  return async function say(): Promise<void> {
    const voice = turn++ % voices
    await pause(Math.max(0, (restedAtMs[voice] ?? 0) - performance.now()))
    restedAtMs[voice] = performance.now() + voiceRestMs
    const requests = Array.from({ length: wordsAtOnce }, () => `GET /yealink/${token}/${nextWord()}?c=${call}&r=${600_700_000 + call} HTTP/1.1\r\n\r\n`)
    const socket = createConnection({ port, host: '127.0.0.1', localAddress: `127.0.0.${voice + 1}` }, () => void socket.write(requests.join('')))
    let heard = ''
    for await (const text of socket.setEncoding('latin1')) {
      heard += text
      if ((heard.match(/HTTP\/1\.1 200 /g) ?? []).length === wordsAtOnce) return
    }
    throw new Error(`the agent has closed the connection, after\n${heard}`)
  }
}

test(`an agent without a broker is no larger with ${many} events than with ${few}, and they all arrive, in order, when the broker comes`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-offline-'))
  const broker = await startMosquitto()
  const consumer = startConsumer(broker.port, `third-ring/v1/${site}/usc-12/event`)
  const [port, adminPort] = [await freePort(), await freePort()]
  const phone = createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl: '', username: 'admin', password: 'secret' })
  await phone.start()
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text, { mode: 0o600 })
    return join(directory, name)
  }
  const config = {
    site,
    desk: 'usc-12',
    phone: { vendor: 'yealink', url: phone.url(), username: 'admin', passwordFile: file('password', 'secret') },
    listen: { host: '127.0.0.1', port, tokenFile: file('token', token), allow: Array.from({ length: voices }, (_, index) => `127.0.0.${index + 1}`) },
    admin: { host: '127.0.0.1', port: adminPort },
    broker: { url: broker.url },
    store: { directory: join(directory, 'store') },
  }
  const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))
  const start = [program, 'agent', '--config', file('desk.yaml', JSON.stringify(config))]
  const agent = spawn(process.execPath, start, { stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(async () => {
    await gone(agent, 'SIGKILL')
    await phone.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  type Health = Record<'store' | 'broker' | 'listener', Record<string, number | boolean>>
  const health = async (): Promise<Health> => (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json() as Promise<Health>
  const rss = (): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1]) / 1024

  // The consumer has a session by now, which the broker keeps: nothing can arrive before there is somebody to hear it.
  await expect.poll(() => consumer.lines().length).toBeGreaterThan(0)
  await broker.stop()
  await expect.poll(async () => (await health()).broker['connected']).toBe(false)
  const say = createChatter(port)
  const waitingAt = async (events: number): Promise<number> => {
    while (((await health()).store['unsent'] as number) < events) for (let turn = 0; turn < voices / 2; turn += 1) await say()
    await expect.poll(async () => (await health()).store['pendingBytes']).toBe(0)
    return rss()
  }
  const [small, large] = [await waitingAt(few), await waitingAt(many)]
  console.log(`resident: ${small.toFixed(1)} MB with ${few} events waiting, ${large.toFixed(1)} MB with ${many}`)
  expect(large / small).toBeLessThan(growthMax)

  await broker.start()
  await expect.poll(async () => (await health()).store['unsent'], { timeout: 300_000, interval: 500 }).toBe(0)
  const told = (): number[] => [...new Set(consumer.lines().map((line) => Number(/"sequence":"(\d{12})"/.exec(line)?.[1])))]
  await expect.poll(() => told().length, { interval: 2000 }).toBeGreaterThanOrEqual(many)
  expect(told().findIndex((sequence, index) => sequence !== index + 1)).toBe(-1)
  console.log(`resident: ${rss().toFixed(1)} MB after all of them have gone`)
  expect(rss() / small).toBeLessThan(drainedMax)
}, 900_000)
