import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createYealinkPhone } from '../../src/simulator/phones/index.ts'
import { between, chance, createRandom } from '../../src/simulator/random.ts'
import { openStore } from '../../src/store/store.ts'
import { freePort, token } from '../agent/desk-fixture.ts'
import { startConsumer } from './consumer.ts'
import { createLives } from './kills/lives.ts'
import { createBusyTelephone } from './kills/telephone.ts'
import type { Truth } from './kills/truth.ts'
import { judge } from './kills/verdict.ts'
import { type Mosquitto, startMosquitto } from './mosquitto.ts'

const kills = Number(process.env['THIRD_RING_KILLS'] ?? 1000)
const seed = Number(process.env['THIRD_RING_SEED'] ?? Date.now() % 1_000_000)
const site = 'um-test'
const key = 'the key of the office, thirty-two and more'
/** More than there are processors: an agent that is at work leaves its own to one that starts. */
const desks = ['usc-1', 'usc-2', 'usc-3'] as const

const log = { info: () => {}, error: () => {} }
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Stops the broker at random instants, or, as soon as that is wanted, kills it as often as not, and starts it again, until it is told to let it be.
 * `beforeFirstKill` is called while the broker has never yet had a reason to forget anything.
 */
function pester(
  broker: Mosquitto,
  random: () => number,
  mayKill: () => boolean,
  beforeFirstKill: () => void,
): { stops(): { stopped: number; killed: number }; end(): Promise<void> } {
  const stops = { stopped: 0, killed: 0 }
  let over = false
  const running = (async () => {
    while (!over) {
      await pause(between(random, 300, 4000))
      const how = mayKill() && chance(random, 0.5) ? 'killed' : 'stopped'
      if (how === 'killed' && stops.killed === 0) beforeFirstKill()
      await (how === 'killed' ? broker.kill() : broker.stop())
      stops[how] += 1
      await pause(between(random, 0, 900))
      await broker.start()
    }
  })()
  return {
    stops: () => stops,
    async end() {
      over = true
      await running
    },
  }
}

async function createDesk(desk: string, brokerUrl: string, random: () => number) {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-kills-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  const phone = createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl: '', username: 'admin', password: 'secret' })
  await phone.start()
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text, { mode: 0o600 })
    return join(directory, name)
  }
  const config = {
    site,
    desk,
    phone: { vendor: 'yealink', mac: '001565aabbcc', url: phone.url(), username: 'admin', passwordFile: file('password', 'secret') },
    listen: { host: '127.0.0.1', port, tokenFile: file('token', token) },
    admin: { host: '127.0.0.1', port: adminPort },
    broker: { url: brokerUrl },
    store: { directory: join(directory, 'store') },
    privacy: { callerReference: 'hmac', keyFile: file('key', key) },
  }
  const truth: Truth = { said: [], ends: new Map() }
  const lives = createLives(file('desk.yaml', JSON.stringify(config)), random, truth)
  const life = () => ({ number: lives.number(), ending: lives.ending() })
  const telephone = createBusyTelephone({ port, path: `/yealink/${token}`, random, truth, life })
  onTestFinished(async () => {
    await telephone.stop()
    await lives.stop().catch(() => {})
    await phone.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  return { desk, directory, truth, lives, telephone }
}

/** The levels that the broker keeps of a desk, as another program reads them. */
async function retained(port: number, desk: string): Promise<Record<string, Record<string, unknown>>> {
  const names = ['state', 'about', 'day'].flatMap((name) => ['-t', `third-ring/v1/${site}/${desk}/${name}`])
  const child = spawn('/usr/bin/mosquitto_sub', ['-h', '127.0.0.1', '-p', String(port), ...names, '-C', '3', '-W', '10', '-F', '%t %p'])
  const lines = (await child.stdout.setEncoding('utf8').toArray()).join('').trim().split('\n')
  return Object.fromEntries(
    lines.map((line) => [line.slice(line.lastIndexOf('/', line.indexOf(' ')) + 1, line.indexOf(' ')), JSON.parse(line.slice(line.indexOf(' ')))]),
  )
}

test(
  `seed ${seed}: killed ${kills} times under load, with a broker that comes and goes: nothing that was numbered is lost, and nothing contradicts itself`,
  async () => {
    const broker = await startMosquitto({ autosaveSeconds: 2 })
    const consumer = startConsumer(broker.port, `third-ring/v1/${site}/+/event`, `third-ring/v1/${site}/+/event/replay`)
    const places = await Promise.all(desks.map((desk, index) => createDesk(desk, broker.url, createRandom(seed + index))))
    const killsSoFar = (): number => places.reduce((sum, { lives }) => sum + lives.kills(), 0)
    let unforgotten: readonly string[] = []
    const mayKill = (): boolean => killsSoFar() >= kills / 2
    const beforeFirstKill = (): void => {
      unforgotten = consumer.lines()
    }
    const chaos = pester(broker, createRandom(seed + 100), mayKill, beforeFirstKill)
    const startedMs = performance.now()
    await Promise.all(
      places.map(async ({ lives, telephone }) => {
        while (killsSoFar() < kills) await lives.killOnce(telephone)
      }),
    ).finally(() => chaos.end())
    const tookMs = performance.now() - startedMs
    for (const { desk, directory: own, truth, lives, telephone } of places) {
      lives.start()
      await telephone.heard(lives.number())
      await telephone.stop()
      const ofDesk = (topic: string, lines: readonly string[] = consumer.lines()): string[] =>
        lines.flatMap((line) => (line.startsWith(`${topic} `) ? [line.slice(topic.length + 1)] : []))
      const base = `third-ring/v1/${site}/${desk}`
      const payloads = (): string[] => inOrder([...ofDesk(`${base}/event`), ...ofDesk(`${base}/event/replay`)])
      const levels = async () => retained(broker.port, desk)
      // All that the last agent has is at the consumer when the level's number is.
      await expect.poll(async () => (await levels())['state']?.['sequence'] === JSON.parse(payloads().at(-1) ?? '{}').sequence, { interval: 500 }).toBe(true)
      expect(outOfOrder(ofDesk(`${base}/event`)), 'what came by itself came in order').toEqual([])
      expect(missingIn(ofDesk(`${base}/event`, unforgotten)), 'a broker that is only ever stopped in order has everything').toBeUndefined()
      const forgotten = await repair(broker.port, base, payloads)
      // The end of a call is settled seconds after its last word: what is compared is the level with the events up to its own number.
      const { state } = await levels()
      const upToState = (): string[] => payloads().filter((json) => sequenceOf(json) <= Number(state?.['sequence']))
      await expect.poll(() => sequenceOf(upToState().at(-1) ?? '{}')).toBe(Number(state?.['sequence']))
      const before = judge(upToState(), truth, key)
      await lives.stop()
      await expect.poll(() => JSON.parse(payloads().at(-1) ?? '{}').type).toBe('third-ring.agent.stopping')
      const judged = judge(payloads(), truth, key)
      const context = `THIRD_RING_SEED=${seed}, ${desk}, ${JSON.stringify(lives.where)}`
      expect(judged.faults, context).toEqual([])
      expect(state, context).toMatchObject({ callbacks: { open: openCallbacks(before.events) } })
      const unnoticed = Object.entries(spoiled(payloads())).filter(([, wrong]) => judge(wrong, truth, key).faults.length === 0)
      expect(
        unnoticed.map(([fault]) => fault),
        context,
      ).toEqual([])
      const store = await openStore({ directory: join(own, 'store'), log, wall: () => undefined })
      const kept = await store.eventsAfter(0, 1_000_000)
      expect([store.lastSequence, store.epoch], context).toEqual([judged.events.length, judged.events[0]?.epoch])
      expect(
        kept.filter(({ sequence, json }) => judged.events[sequence - 1]?.json !== json),
        context,
      ).toEqual([])
      await store.close()
      const { starting, working, stopping } = lives.where
      console.log(
        `${desk}: ${lives.kills()} kills (${starting} at its start, ${working} at work, ${stopping} at its end), ${judged.starts} starts told of ${lives.number()},`,
        `${judged.events.length} events, ${judged.repeated} repeated, ${forgotten} fetched again, ${truth.said.length} action URLs, ${judged.unflushed} answered within the last moment`,
      )
    }
    console.log(`the broker: ${JSON.stringify(chaos.stops())}; seed ${seed}; ${Math.round(tookMs / 1000)} s`)
    expect(killsSoFar()).toBeGreaterThanOrEqual(kills)
  },
  600_000 + 4000 * kills,
)

const sequenceOf = (json: string): number => Number((JSON.parse(json) as { sequence: string }).sequence)
const inOrder = (payloads: readonly string[]): string[] => payloads.toSorted((one, other) => sequenceOf(one) - sequenceOf(other))

/** Numbers that came for the first time after a greater one had come. */
function outOfOrder(payloads: readonly string[]): readonly number[] {
  const known = new Set<number>()
  let greatest = 0
  return payloads.map(sequenceOf).filter((sequence) => {
    const wrong = !known.has(sequence) && sequence < greatest
    known.add(sequence)
    greatest = Math.max(greatest, sequence)
    return wrong
  })
}

function missingIn(payloads: readonly string[]): { from: number; to: number } | undefined {
  const numbers = [...new Set(payloads.map(sequenceOf))]
  const place = numbers.findIndex((sequence, index) => sequence !== index + 1)
  return place < 0 ? undefined : { from: place + 1, to: (numbers[place] ?? 0) - 1 }
}

/**
 * What a consumer does that misses numbers: it asks the desk for them again (`command/replay`). A broker that is killed forgets what it has acknowledged
 * since it last saved. How many were missing.
 */
async function repair(port: number, base: string, payloads: () => string[]): Promise<number> {
  const before = new Set(payloads().map(sequenceOf)).size
  const { id } = JSON.parse(payloads()[0] ?? '{}') as { id: string }
  const last = sequenceOf(payloads().at(-1) ?? '{}')
  const epoch = id.slice(0, id.lastIndexOf('-'))
  await expect
    .poll(
      () => {
        const missing = missingIn(payloads())
        if (missing === undefined) return 'nothing is missing'
        const command = { id: `r-${performance.now()}`, expires: Date.now() + 20_000, epoch, ...missing }
        spawnSync('/usr/bin/mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', `${base}/command/replay`, '-m', JSON.stringify(command)])
        return missing
      },
      { timeout: 120_000, interval: 1000 },
    )
    .toBe('nothing is missing')
  return last - before
}

/** The same stream with one thing wrong in it, each in another way: a consumer that finds nothing wrong with one of these proves nothing. */
function spoiled(payloads: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const once = [...new Set(payloads)]
  const [middle, last] = [Math.floor(once.length / 2), once.length - 1]
  const isStart = (json: string | undefined): boolean => json?.includes('third-ring.agent.started') === true
  /** Whether that agent says more of calls after this: what it said last is no loss, for it may have been killed before it was written. */
  const saysMoreAfter = (place: number): boolean => {
    const rest = once.slice(place + 1)
    const end = rest.findIndex(isStart)
    return rest.slice(0, end < 0 ? rest.length : end).some((json) => /third-ring\.call\.(alerting|answered|held|resumed|ended)"/.test(json))
  }
  const starts = once.flatMap((json, place) => (isStart(json) && saysMoreAfter(place) ? [place] : []))
  const answered = once.findIndex((json, place) => json.includes('third-ring.call.answered') && saysMoreAfter(place))
  const started = starts.find((place) => place > 0 && starts.includes(once.findLastIndex((json, at) => at < place && isStart(json)))) ?? -1
  expect(Math.min(answered, started), 'there is something to spoil').toBeGreaterThan(0)
  const renumber = (json: string, index: number): string => {
    const sequence = String(index + 1).padStart(12, '0')
    return json.replace(/-\d+","source"/, `-${index + 1}","source"`).replace(/"sequence":"\d+"/, `"sequence":"${sequence}"`)
  }
  const at = (place: number): string => once[place] ?? ''
  return {
    'one is missing': once.toSpliced(middle, 1),
    'two have changed places': once.with(middle, at(middle + 1)).with(middle + 1, at(middle)),
    'one comes again with other bytes': [...once, at(middle).replace('"time":"2', '"time":"3')],
    'another epoch': once.with(last, at(last).replace(/"id":"./, '"id":"x')),
    'a call was answered, and the event was lost before it was numbered': once.toSpliced(answered, 1).map(renumber),
    'an event is told twice under two numbers': once.toSpliced(answered, 0, at(answered)).map(renumber),
    'a start is not told': once.toSpliced(started, 1).map(renumber),
    'something lasted less than nothing': once.with(answered, at(answered).replace('"data":{', '"data":{"afterMs":-1,')),
  }
}

/** Opened and not closed, by the events alone. */
function openCallbacks(events: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]): number {
  const open = new Set<unknown>()
  for (const { type, data } of events) {
    if (type === 'callback.opened') open.add(data['callback'])
    if (type === 'callback.closed') open.delete(data['callback'])
  }
  return open.size
}
