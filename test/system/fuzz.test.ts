import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenerLimits } from '../../src/http/listener.ts'
import { packetBytesMax } from '../../src/mqtt/limits.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { freePort, site } from '../agent/desk-fixture.ts'
import { drip, flood, type Tally } from './fuzz/flood.ts'
import { connected, type FuzzedDesk, keepAsking, mac, passwords, startDesk, startProgram, temporaryDirectory, token } from './fuzz/fuzzed-desk.ts'
import { type FuzzedMessage, officeNonsense, rawPublisher, seatNonsense, wrongCommand } from './fuzz/messages.ts'
import { pipelined, rawBytes, wounded } from './fuzz/requests.ts'
import { startMosquitto } from './mosquitto.ts'

const requestsWanted = 1_000_000
const messagesWanted = 1_000_000
/** What a process may have grown by when it is over; a leak of a hundred bytes a request would be twice that. */
const growthMax = 128 * 1024 * 1024
const root = `third-ring/v1/${site}`
const acl = ['user admin', 'topic readwrite #', 'user hub', 'topic readwrite #', 'user usc-12', `topic readwrite ${root}/usc-12/#`, 'topic read sensors/#']

/** What the desk says of itself on the broker, read by an administrator. */
async function watchDesk(url: string): Promise<{ client: MqttClient; types(): string[]; lamps: string[]; all(): string }> {
  const client = await mqtt.connectAsync(url, { clientId: 'admin.watch', username: 'admin', password: passwords.admin })
  onTestFinished(() => client.endAsync(true))
  const types: string[] = []
  const lamps: string[] = []
  const seen: string[] = []
  client.on('message', (topic, payload) => {
    const value = JSON.parse(payload.toString())
    seen.push(payload.toString())
    if (topic.endsWith('/event')) types.push(value.type.replace('third-ring.', ''))
    else lamps.push(value.lamp)
  })
  await client.subscribeAsync([`${root}/usc-12/event`, `${root}/usc-12/state`], { qos: 1 })
  return { client, types: () => types, lamps, all: () => seen.join('\n') }
}
type DeskWatch = Awaited<ReturnType<typeof watchDesk>>

/** One real call, with the storm around it: three rings, the lamp, an answer, an empty seat, the hold that the phone itself shows. */
async function realCall({ phone }: FuzzedDesk, watch: DeskWatch): Promise<void> {
  const [before, lampsBefore] = [watch.types().length, watch.lamps.length]
  const since = () => watch.types().slice(before)
  const sit = keepAsking(() => watch.client.publishAsync('sensors/seat', '{"presence":true}', { qos: 1 }), 300)
  const call = phone.ring({ number: '857654321' })
  await expect.poll(() => since().filter((type) => type === 'call.ring').length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3)
  await expect.poll(() => watch.lamps.slice(lampsBefore), { timeout: 60_000 }).toContain('ring-warning')
  phone.answer(call)
  await expect.poll(since, { timeout: 60_000 }).toContain('call.answered')
  await sit()
  const leave = keepAsking(() => watch.client.publishAsync('sensors/seat', '{"presence":false}', { qos: 1 }), 300)
  await expect.poll(since, { timeout: 60_000 }).toContain('hold.forced')
  expect(phone.calls()).toMatchObject([{ state: 'held' }])
  await leave()
  phone.remoteHangsUp(call)
  await expect.poll(since, { timeout: 60_000 }).toContain('call.ended')
}

describe(`${requestsWanted.toLocaleString('en')} requests that nobody meant, at the listener of a running agent`, () => {
  test('end in counters: it lives, answers, keeps its memory, and a real call in the middle is rung, lit and held', { timeout: 1_800_000 }, async () => {
    const broker = await startMosquitto({ users: passwords, acl })
    const allowed = Array.from({ length: 63 }, (_, index) => `127.0.1.${index + 1}`)
    const desk = await startDesk(broker.url, allowed)
    const watch = await watchDesk(broker.url)
    await connected(desk)

    const random = createRandom(20_261_123)
    const tally: Tally = new Map()
    const answered = () => [...tally].reduce((sum, [status, count]) => sum + (status === 0 ? 0 : count), 0)
    const kinds = { token, mac, accepted: true }
    const calm = { ...kinds, accepted: false }
    let step = 0
    const next = (upTo: number, given: typeof kinds) => () => {
      if (answered() >= upTo) return undefined
      step += 1
      const from = allowed[step % allowed.length] ?? '127.0.0.1'
      if (step % 10 === 0) return { script: rawBytes, count: 1, from }
      if (step % 10 === 1) return { script: wounded(given), count: 1, from }
      if (step % 10 === 2) return { script: pipelined(given), count: 1, from: `127.0.2.${1 + (step % 200)}` }
      // As much nonsense in the phone's own name as one address is listened to, twenty a second; the others are told that there is no such event.
      if (step % 10 === 3) return { script: pipelined(given), count: 80, from: allowed[0] ?? '' }
      return { script: pipelined(calm), count: 120, from }
    }
    const storm = (upTo: number, given = kinds) => flood({ port: desk.listenPort, width: 32, random, next: next(upTo, given) }, tally)

    await storm(20_000)
    const [memoryBefore, stopAsking] = [desk.agent.memoryBytes(), keepAsking(desk.healthz, 500)]
    const drips = Array.from({ length: 8 }, (_, index) => drip(desk.listenPort, allowed[index] ?? ''))
    await storm(requestsWanted * 0.4)
    desk.phone.reboot()
    await expect.poll(watch.types).toContain('phone.restarted')
    let calling = true
    const call = realCall(desk, watch).finally(() => {
      calling = false
    })
    call.catch(() => {})
    while (calling) await storm(answered() + 5000, calm)
    await call
    await storm(requestsWanted)

    expect((await Promise.all(drips)).every((text) => text.includes(' 408 '))).toBe(true)
    expect(await stopAsking()).toBeGreaterThan(5)
    expect(desk.agent.alive()).toBe(true)
    const { listener, ok } = await desk.healthz()
    const of = (status: number) => tally.get(status) ?? 0
    console.log('fuzzed requests', { answered: answered(), steps: step, listener, memoryBefore, memory: desk.agent.memoryBytes() })
    expect(ok).toBe(true)
    expect(answered()).toBeGreaterThanOrEqual(requestsWanted)
    expect(listener).toMatchObject({ failed: 0, malformed: of(400), tooLarge: of(431), notGet: of(405), tooOften: of(429), unknown: of(404) })
    expect((listener['refused'] ?? 0) + (listener['strangers'] ?? 0)).toBe(of(403))
    // The phone's own events, and the drips, are no part of the tally.
    expect(listener['taken']).toBeGreaterThanOrEqual(of(200))
    expect((listener['taken'] ?? 0) - of(200)).toBeLessThan(100)
    expect((listener['tooSlow'] ?? 0) - of(408)).toBe(8)
    for (const outcome of ['taken', 'refused', 'strangers', 'unknown', 'malformed', 'tooLarge', 'notGet', 'tooOften'])
      expect(listener[outcome], outcome).toBeGreaterThan(10)
    expect(listenerLimits.connectionsMax).toBeGreaterThan(32 + 8)
    await expect.poll(() => desk.agent.memoryBytes() - memoryBefore, { timeout: 30_000 }).toBeLessThan(growthMax)
    expect(watch.types()).toContain('security.refused')
    expect(watch.all()).not.toMatch(/857654321|the-token|127\.0\.[12]|001565/)
  })
})

describe(`${messagesWanted.toLocaleString('en')} MQTT messages that nobody meant, over a real mosquitto`, () => {
  const toAgent = messagesWanted * 0.8
  const toHub = messagesWanted - toAgent

  test('at a running agent end in counters, with a real call in the middle', { timeout: 1_800_000 }, async () => {
    const broker = await startMosquitto({ users: passwords, acl })
    const desk = await startDesk(broker.url, [])
    const watch = await watchDesk(broker.url)
    await connected(desk)
    const publisher = await rawPublisher(broker.port, 'admin.hostile', { username: 'admin', password: passwords.admin })
    onTestFinished(() => publisher.end())

    const random = createRandom(99)
    const sent = { commands: 0, seat: 0 }
    const base = `${root}/usc-12`
    const batch = (seat: boolean, played: boolean): FuzzedMessage[] =>
      Array.from({ length: 5000 }, (_, index) => {
        if (seat && index % 8 === 0) {
          sent.seat += 1
          return seatNonsense(random, 'sensors/seat', played)
        }
        // Not for this desk's ears, or larger than it takes: mosquitto keeps these from it.
        if (index % 1000 === 1) return { topic: `${base}/command/hold`, payload: Buffer.alloc(packetBytesMax, 'x') }
        if (index % 1000 === 2) return { topic: `${root}/hub/rebirth`, payload: Buffer.from('{"v":') }
        sent.commands += 1
        return wrongCommand(random, base)
      })
    const taken = async () => {
      const { commands } = await desk.healthz()
      return commands.commandsTaken + commands.commandsRefused + commands.commandsIgnored
    }
    const storm = async (upTo: number, seat = true, played = false) => {
      while (sent.commands + sent.seat < upTo) {
        await publisher.send(batch(seat, played))
        // So far behind mosquitto would begin to drop; the rest must all arrive.
        await expect.poll(taken, { timeout: 60_000, interval: 20 }).toBeGreaterThan(sent.commands - 15_000)
      }
    }

    await storm(50_000)
    const memoryBefore = desk.agent.memoryBytes()
    await storm(toAgent / 2)
    let calling = true
    const call = realCall(desk, watch).finally(() => {
      calling = false
    })
    call.catch(() => {})
    while (calling) await storm(sent.commands + sent.seat + 5000, false)
    await call
    await storm(toAgent, true, true)

    await expect.poll(taken, { timeout: 60_000 }).toBe(sent.commands)
    const health = await desk.healthz()
    console.log('fuzzed messages', { sent, commands: health.commands, seat: health.seatDriver, memoryBefore, memory: desk.agent.memoryBytes() })
    expect(desk.agent.alive()).toBe(true)
    expect(health).toMatchObject({ ok: true, broker: { connected: true }, commands: { connects: 1 } })
    // All but what a sensor may say in that time; good reports are not counted.
    const { heard, unreadable = 0, tooOften = 0 } = health.seatDriver
    expect(heard).toBe(1)
    expect(unreadable + tooOften).toBeGreaterThan(sent.seat / 2)
    await expect.poll(() => desk.agent.memoryBytes() - memoryBefore, { timeout: 30_000 }).toBeLessThan(growthMax)
    // The door let nothing through that a desk would have acted upon.
    expect(watch.types().filter((type) => /^forwarding|^call\.transferred/.test(type))).toEqual([])
  })

  test('at a running hub end in nothing: the page is served, its memory is kept, and a real desk is seen', { timeout: 1_800_000 }, async () => {
    const broker = await startMosquitto({ users: passwords, acl })
    const directory = temporaryDirectory()
    const port = await freePort()
    writeFileSync(join(directory, 'broker.password'), passwords.hub, { mode: 0o600 })
    const lines = [
      `site: ${site}`,
      `http: { host: 127.0.0.1, port: ${port} }`,
      `broker: { url: "${broker.url}", username: hub, passwordFile: broker.password }`,
    ]
    writeFileSync(join(directory, 'hub.yaml'), lines.join('\n'))
    const hub = startProgram('hub', '--config', join(directory, 'hub.yaml'))
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(60_000) })
    await expect.poll(async () => (await get('/healthz').catch(() => undefined))?.status, { timeout: 60_000 }).toBe(200)
    const publisher = await rawPublisher(broker.port, 'admin.hostile', { username: 'admin', password: passwords.admin })
    onTestFinished(() => publisher.end())

    const random = createRandom(7)
    const state = (sequence: number) =>
      Buffer.from(JSON.stringify({ v: 1, at: new Date().toISOString(), epoch: 'e', sequence, clock: 'synced', phone: {}, calls: [], lamp: 'dark' }))
    const desks = async () => ((await (await get('/api/office')).json()) as { desks: { id: string; state?: { sequence?: number } }[] }).desks
    const seen = async () => (await desks()).find(({ id }) => id === 'real-1')?.state?.sequence
    // A hub shows so many desks and no more: the real one was there before the storm.
    await publisher.send([{ topic: `${root}/real-1/state`, payload: state(0) }])
    await expect.poll(seen, { timeout: 60_000 }).toBe(0)
    let sent = 0
    let memoryBefore = 0
    while (sent < toHub) {
      const batch = Array.from({ length: 4999 }, () => officeNonsense(random, site))
      sent += batch.length + 1
      await publisher.send([...batch, { topic: `${root}/real-1/state`, payload: state(sent) }])
      await expect.poll(seen, { timeout: 60_000, interval: 20 }).toBe(sent)
      if (memoryBefore === 0 && sent > 20_000) memoryBefore = hub.memoryBytes()
    }
    console.log('fuzzed office', { sent, desks: (await desks()).length, memoryBefore, memory: hub.memoryBytes() })
    expect(hub.alive()).toBe(true)
    expect((await get('/')).status).toBe(200)
    await expect.poll(() => hub.memoryBytes() - memoryBefore, { timeout: 30_000 }).toBeLessThan(growthMax)
  })
})
