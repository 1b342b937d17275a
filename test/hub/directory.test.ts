import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import * as v from 'valibot'
import { afterEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/directory/published.ts'
import { brokerUser } from '../../src/hub/broker/acl.ts'
import { createBroker } from '../../src/hub/broker/broker.ts'
import type { HubOptions } from '../../src/hub/hub.ts'
import { type Directory, directorySchema, type HubPresence, hubPresenceSchema } from '../../src/mqtt/hub-messages.ts'
import { temporaryDirectory } from '../config/temporary.ts'
import { deskPasswords, passwordOf, type RunningHub, site, startDesk, startHub, stateOf } from './fixture.ts'

const place = temporaryDirectory()
const root = `third-ring/v1/${site}`
const running: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

const good = 'desks:\n  usc-12: { number: 6012, substitutes: [usc-14] }\n  usc-14: { number: 6014, staffed: true }\n'
const round = 'desks:\n  usc-12: { number: 6012, substitutes: [usc-14] }\n  usc-14: { number: 6014, substitutes: [usc-12] }\n'
let count = 0

async function office(text: string | undefined, options: Partial<HubOptions> = {}) {
  count += 1
  const file = place.write(`directory-${count}.yaml`, text ?? '')
  const hub = await startHub({ ...(text === undefined ? {} : { directory: file }), ...options })
  running.push(hub.stop)
  return { hub, file, store: join(file, '..', `store-${count}`) }
}

/** What the broker keeps below the hub's own topics, as it comes. */
async function listener(url: string, username = 'usc-99') {
  const client: MqttClient = await connectAsync(url, { protocolVersion: 4, clientId: username, username, password: passwordOf(username) })
  running.push(() => client.endAsync(true))
  const kept = new Map<string, string>()
  const heard: [string, string][] = []
  client.on('message', (topic, payload) => {
    const name = topic.slice(`${root}/hub/`.length)
    heard.push([name, payload.toString()])
    if (payload.length === 0) kept.delete(name)
    else kept.set(name, payload.toString())
  })
  await client.subscribeAsync(`${root}/hub/#`, { qos: 1 })
  return {
    heard,
    has: (name: string) => kept.has(name),
    directory: (): Directory => v.parse(directorySchema, JSON.parse(kept.get('directory') ?? 'null')),
    presence: (desk: string): HubPresence => v.parse(hubPresenceSchema, JSON.parse(kept.get(`presence/${desk}`) ?? 'null')),
  }
}

const health = async ({ urls }: RunningHub) =>
  (await (await fetch(`${urls.page}healthz`)).json()) as { directory: Record<string, unknown>; alarms: { kind: string }[] }

describe('hub/directory', () => {
  test('is what the file says, with a version, a digest and its form', async () => {
    const { hub } = await office(good)
    const seen = await listener(hub.urls.mqtt)
    await expect.poll(() => seen.has('directory')).toBe(true)
    const { desks, digest, schema, version } = seen.directory()
    expect(desks).toEqual({
      'usc-12': { number: '6012', substitutes: [{ desk: 'usc-14', number: '6014', absenteesMax: 2 }] },
      'usc-14': { number: '6014', staffed: true, substitutes: [] },
    })
    expect([digest, schema]).toEqual([digestOf(desks), 'third-ring.directory/1'])
    expect(version).toBeGreaterThan(1_700_000_000)
    expect((await health(hub)).directory).toEqual({ version, desks: 2, promises: 0 })
  })

  test('follows the file, and its version grows', async () => {
    const { hub, file } = await office(good)
    const seen = await listener(hub.urls.mqtt)
    await expect.poll(() => seen.has('directory')).toBe(true)
    const before = seen.directory().version
    writeFileSync(file, good.replace('6014, staffed', '6015, staffed'))
    await expect.poll(() => seen.directory().desks['usc-14']?.number).toBe('6015')
    expect(seen.directory().version).toBeGreaterThan(before)
  }, 10_000)

  test('a file with faults is refused: all are told, and the good one stays', async () => {
    const { hub, file } = await office(good)
    const seen = await listener(hub.urls.mqtt)
    await expect.poll(() => seen.has('directory')).toBe(true)
    const before = seen.directory()
    writeFileSync(file, `${round}\n`)
    await expect.poll(async () => (await health(hub)).directory['faults']).toHaveLength(3)
    const refusal = hub.logged.find((line) => line.includes('is refused'))
    expect(refusal).toContain(`"version":${before.version}`)
    expect(refusal).toContain('the one before stays')
    expect(refusal).toContain('leads round in a circle, usc-12 → usc-14 → usc-12')
    await expect.poll(async () => (await health(hub)).alarms).toMatchObject([{ kind: 'directory.refused' }])
    expect(await (await fetch(`${hub.urls.page}api/office`)).json()).toMatchObject({ alarms: [{ kind: 'directory.refused', urgent: true }] })
    expect(await (await fetch(`${hub.urls.page}metrics`)).text()).toContain('third_ring_hub_directory_faults 3')
    expect(seen.directory()).toEqual(before)
    writeFileSync(file, good)
    await expect.poll(async () => (await health(hub)).directory).not.toHaveProperty('faults')
    expect((await health(hub)).directory).toMatchObject({ version: before.version })
    expect(hub.logged).toContainEqual(expect.stringContaining('the directory is good again'))
  }, 20_000)

  test('a number that stands in a file with faults is shown to nobody who looks at the hub', async () => {
    const forwards = 'forwards: [{ kind: always, to: "600100200" }]'
    const { hub } = await office(good.replace('number: 6012,', `number: 6012, ${forwards},`))
    await expect
      .poll(async () => (await health(hub)).directory['faults'])
      .toContainEqual(expect.stringMatching(/^desks\.usc-12\.forwards\[0\]\.to: is …00, which is no desk/))
    for (const path of ['healthz', 'metrics', 'api/office']) expect(await (await fetch(`${hub.urls.page}${path}`)).text()).not.toContain('600100200')
  })

  test('survives the hub, and so does its version; also while the file is bad', async () => {
    const first = await office(good)
    const storeDirectory = { directory: first.store }
    const { hub, file } = await office(good, { store: storeDirectory })
    const seen = await listener(hub.urls.mqtt)
    await expect.poll(() => seen.has('directory')).toBe(true)
    const { version } = seen.directory()
    await hub.stop()
    expect(JSON.parse(readFileSync(join(first.store, 'directory.json'), 'utf8'))).toMatchObject({ version })
    // A clock that is wrong must not give a lower version.
    const early = { wall: () => 1000, rate: () => 1 }
    writeFileSync(file, round)
    const second = await startHub({ directory: file, store: storeDirectory, clock: early })
    running.push(second.stop)
    const again = await listener(second.urls.mqtt)
    await expect.poll(() => again.directory().version).toBe(version)
    writeFileSync(file, good.replace('6014, staffed', '6016, staffed'))
    await expect.poll(() => again.directory()).toMatchObject({ version: version + 1, desks: { 'usc-14': { number: '6016' } } })
  }, 20_000)

  test('nothing is published of a file that never was good', async () => {
    const { hub } = await office(round)
    const seen = await listener(hub.urls.mqtt)
    await expect.poll(() => seen.has('availability')).toBe(true)
    expect(seen.has('directory')).toBe(false)
    expect((await health(hub)).directory).toMatchObject({ version: null, desks: 0 })
    expect(hub.logged).toContainEqual(expect.stringContaining('there is no older one, so nobody is forwarded by it'))
  })
})

describe('hub/presence', () => {
  test('says of each substitute whether it is there and whose calls it takes, the earliest first', async () => {
    const { hub } = await office('desks:\n  a: { number: 1, substitutes: [s] }\n  b: { number: 2, substitutes: [s] }\n  s: { number: 3, staffed: true }\n')
    const seen = await listener(hub.urls.mqtt)
    const lease = (at: number, target: string) =>
      stateOf(at, { forwarding: { state: 'off', lease: { state: 'asked', kind: 'no-answer', target, until: null } } })
    const s = await startDesk(hub.urls, 's')
    await s.level('availability', 'online')
    await expect.poll(() => seen.presence('s')).toMatchObject({ online: true, standsInFor: [] })
    const [a, b] = [await startDesk(hub.urls, 'a'), await startDesk(hub.urls, 'b')]
    await b.level('state', lease(2000, 's'))
    await a.level('state', lease(1000, 's'))
    await expect.poll(() => seen.presence('s').standsInFor).toEqual(['a', 'b'])
    // The word of a dead agent stands: its phone is still forwarded.
    await a.level('availability', 'online')
    a.client.stream.destroy()
    await a.stop()
    await s.stop()
    await expect.poll(() => seen.presence('s')).toMatchObject({ online: false, standsInFor: ['a', 'b'] })
    await b.level('state', stateOf(3000, { forwarding: { state: 'on', owner: 'foreign', target: 's' } }))
    await expect.poll(() => seen.presence('s').standsInFor).toEqual(['a'])
    expect(seen.has('presence/a')).toBe(false)
    await b.stop()
  }, 20_000)

  test('many changes at one moment are one message', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`)
    const listed = names.map((name, index) => `  ${name}: { number: ${100 + index}, substitutes: [s] }\n`).join('')
    const { hub } = await office(`desks:\n${listed}  s: { number: 3, staffed: true, absenteesMax: 20 }\n`)
    const seen = await listener(hub.urls.mqtt)
    const s = await startDesk(hub.urls, 's')
    await s.level('availability', 'online')
    await expect.poll(() => seen.has('presence/s')).toBe(true)
    const desks = await Promise.all(names.map((name) => startDesk(hub.urls, name)))
    const before = seen.heard.filter(([name]) => name === 'presence/s').length
    const state = (index: number) => stateOf(index, { forwarding: { state: 'on', owner: 'agent', target: 's' } })
    await Promise.all(desks.map((desk, index) => desk.level('state', state(index))))
    await expect.poll(() => seen.presence('s').standsInFor).toEqual(names)
    expect(seen.heard.filter(([name]) => name === 'presence/s').length - before).toBeLessThanOrEqual(3)
    for (const desk of [...desks, s]) await desk.stop()
  }, 20_000)

  test('of four hundred substitutes each has its own, more than any desk may keep on the broker', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `s${index}`)
    const listed = names.map((name, index) => `  ${name}: { number: ${1000 + index}, substitutes: [${index === 399 ? 'r' : `s${index + 1}`}] }\n`).join('')
    const { hub } = await office(`desks:\n${listed}  r: { number: 3, staffed: true }\n`)
    const seen = await listener(hub.urls.mqtt)
    // Nobody has come: of each it is said that it is not there, when it has had its time.
    await expect.poll(() => names.slice(1).filter((name) => !seen.has(`presence/${name}`)), { timeout: 40_000, interval: 500 }).toEqual([])
    expect(seen.presence('s7')).toMatchObject({ online: false, standsInFor: [] })
  }, 60_000)

  test('is taken back when the desk is nobody’s substitute any more', async () => {
    const { hub, file } = await office(good)
    const seen = await listener(hub.urls.mqtt)
    const desk = await startDesk(hub.urls, 'usc-14')
    await desk.level('availability', 'online')
    await expect.poll(() => seen.has('presence/usc-14')).toBe(true)
    writeFileSync(file, 'desks:\n  usc-12: { number: 6012, staffed: true }\n')
    await expect.poll(() => seen.has('presence/usc-14')).toBe(false)
    await desk.stop()
  }, 20_000)

  test('a hub that has just started takes back what an earlier one left, and waits before it says that a desk is not there', async () => {
    const broker = createBroker({ host: '127.0.0.1', port: 0, credentials: withHub, log: { info() {}, warn() {} } })
    const { port } = await broker.start()
    running.push(broker.stop)
    const url = `mqtt://127.0.0.1:${port}`
    const old = await connectAsync(url, { clientId: 'hub.old', username: 'hub', password: passwordOf('hub') })
    const left = JSON.stringify({ v: 1, at: new Date(0).toISOString(), online: true, standsInFor: [] })
    for (const name of ['presence/usc-14', 'presence/usc-77', 'directory']) await old.publishAsync(`${root}/hub/${name}`, left, { retain: true, qos: 1 })
    await old.endAsync()
    const seen = await listener(url)
    const { hub } = await office(good, { broker: { external: { url, username: 'hub', password: passwordOf('hub') } } })
    await expect.poll(() => seen.has('presence/usc-77')).toBe(false)
    // What is said of a desk that may still come is left for now.
    expect(seen.presence('usc-14').at).toBe(new Date(0).toISOString())
    await hub.stop()
    const without = await office(undefined, { broker: { external: { url, username: 'hub', password: passwordOf('hub') } } })
    await expect.poll(() => seen.has('directory')).toBe(false)
    await without.hub.stop()
  }, 20_000)
})

function withHub(username: string, password: Buffer) {
  return username === 'hub' && password.toString() === passwordOf('hub') ? brokerUser('admin', 'hub', { site }) : deskPasswords(username, password)
}

describe('promises', () => {
  const reassigned = { callback: 'b7', cause: 'promise', misses: 0, by: 'usc-14', dueAt: '2026-11-26T10:00:00.000Z' }

  test('go to the desk that stands in, and word of them comes back; no number is among it', async () => {
    const { hub } = await office(good)
    const [from, by] = [await startDesk(hub.urls, 'usc-12'), await startDesk(hub.urls, 'usc-14')]
    await from.event('callback.reassigned', reassigned)
    await expect.poll(() => by.commands).toHaveLength(1)
    expect(by.commands[0]).toEqual({
      name: 'callback.accept',
      body: { from: 'usc-12', callback: 'b7', cause: 'promise', promisedAt: reassigned.dueAt, id: 'accept-e1-1', expires: expect.any(String) },
    })
    await by.event('callback.closed', { callback: 'b2', from: 'usc-12', of: 'b7', by: 'declared', cause: 'promise', misses: 0, attempts: 1 })
    await expect.poll(() => from.commands).toHaveLength(1)
    expect(from.commands[0]).toMatchObject({ name: 'callback.done', body: { callback: 'b7', id: 'done-e1-1' } })
    await expect.poll(async () => (await health(hub)).directory).toMatchObject({ promises: 0 })
    for (const desk of [from, by]) await desk.stop()
  })

  test('one that was forgotten there is not done here', async () => {
    const { hub } = await office(good)
    const [from, by] = [await startDesk(hub.urls, 'usc-12'), await startDesk(hub.urls, 'usc-14')]
    for (const callback of ['b7', 'b8']) await from.event('callback.reassigned', { callback, cause: 'promise', misses: 0, by: 'usc-14' })
    await expect.poll(() => by.commands).toHaveLength(2)
    await by.event('callback.closed', { callback: 'b2', from: 'usc-12', of: 'b7', by: 'expired', cause: 'promise', misses: 0, attempts: 0 })
    await by.event('callback.closed', { callback: 'b3', from: 'usc-12', of: 'b8', by: 'desk', cause: 'promise', misses: 0, attempts: 1 })
    await expect.poll(() => from.commands.map(({ body }) => body['callback'])).toEqual(['b8'])
    for (const desk of [from, by]) await desk.stop()
  })

  test('are tried until they are taken, over a restart of the hub, and are one command to the desk', async () => {
    const { hub, store, file } = await office(good)
    await hub.stop()
    const first = await startHub({ directory: file, store: { directory: store } })
    running.push(first.stop)
    const from = await startDesk(first.urls, 'usc-12')
    await from.event('callback.reassigned', reassigned)
    await expect.poll(async () => (await health(first)).directory).toMatchObject({ promises: 1 })
    await from.stop()
    await first.stop()
    const second = await startHub({ directory: file, store: { directory: store } })
    running.push(second.stop)
    const by = await startDesk(second.urls, 'usc-14')
    await expect.poll(() => by.commands.map(({ body }) => body['id'])).toEqual(['accept-e1-1'])
    await expect.poll(async () => (await health(second)).directory).toMatchObject({ promises: 0 })
    await by.stop()
  }, 25_000)
})
