import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { OutboxEvent } from '../../src/agent/ports.ts'
import { createHub, type Hub, type HubOptions } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { createBrokerLink, type MqttBrokerLink } from '../../src/mqtt/link/broker-link.ts'
import { isoTime, sequenceText } from '../../src/mqtt/wire-form.ts'
import { type JournalStore, openStore } from '../../src/store/store.ts'
import { installMosquitto, type Mosquitto, startMosquitto } from './mosquitto.ts'

/**
 * A broker that acknowledges and forgets: mosquitto writes what it keeps every half hour (`autosave_interval`), and is killed before. Agents believe the
 * acknowledgement, as they must. The hub, as the reference consumer, has every event in the end all the same.
 */
const site = 'um-bialystok'
const patient = { timeout: 60_000 }

beforeAll(installMosquitto)

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-gap-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The real store and the real line of a desk; events are made here. */
interface Desk {
  readonly store: JournalStore
  readonly link: MqttBrokerLink
  say(count: number): Promise<void>
}

async function startDesk(url: string, id: string, profile: 'full' | 'events' = 'full'): Promise<Desk> {
  const store = await openStore({ directory: scratch(), log: { info: () => {}, error: () => {} }, wall: () => Date.now() })
  const link = createBrokerLink({
    site,
    desk: id,
    profile,
    access: { url, username: id },
    store,
    clock: { now: () => performance.now(), wall: () => Date.now() },
    random: Math.random,
    log: { info: () => {}, warn: () => {} },
    onCommand: ({ answer }) => answer({ ok: true }),
  })
  onTestFinished(async () => {
    await link.stop()
    await store.close()
  })
  const tell = () => {
    const [at, phone] = [isoTime(Date.now()), { make: 'yealink', model: 'T46U', firmware: null, fingerprint: null }]
    const sequences = { firstSequence: sequenceText(store.firstSequence), lastSequence: sequenceText(store.lastSequence) }
    link.set('about', { v: 1, at, agent: '0.1.0', department: 'usc', phone, epoch: store.epoch, boot: 'boot', ...sequences })
    const state = { clock: 'synced', phone: { reachable: true, hook: 'on', dnd: false }, calls: [], lamp: 'dark', forwarding: { state: 'off' } }
    link.set('state', { v: 1, at, epoch: store.epoch, sequence: sequenceText(store.lastSequence), ...state, callbacks: { open: 0, overdue: 0 } })
  }
  tell()
  await link.start()
  return {
    store,
    link,
    async say(count) {
      for (let n = 0; n < count; n += 1) {
        await store.append({ events: [eventOf(store, id)] })
        tell()
        link.wake()
      }
    },
  }
}

function eventOf({ epoch, lastSequence }: JournalStore, desk: string): OutboxEvent {
  const [sequence, wall] = [lastSequence + 1, Date.now()]
  const envelope = { specversion: '1.0', id: `${epoch}-${sequence}`, source: `/${site}/${desk}`, type: 'third-ring.call.missed', time: isoTime(wall) }
  const data = { call: `c${sequence}`, direction: 'in', cause: 'cancelled' }
  return { sequence, wall, json: JSON.stringify({ ...envelope, sequence: sequenceText(sequence), datacontenttype: 'application/json', data }) }
}

async function startHub(broker: Mosquitto, directory: string, profile: 'full' | 'events' = 'full'): Promise<{ readonly hub: Hub; readonly page: string }> {
  const log = { info: () => {}, warn: () => {} }
  const options: HubOptions = {
    site,
    http: { host: '127.0.0.1', port: 0 },
    broker: { external: { url: broker.url }, profile },
    store: { directory },
    lampTable,
    log,
  }
  const hub = createHub(options)
  onTestFinished(() => hub.stop())
  return { hub, page: (await hub.start()).page }
}

/** The numbers of a desk's events in the hub's record, in its order. */
async function recorded(page: string, desk: string): Promise<number[]> {
  const text = await (await fetch(`${page}api/events?desk=${desk}&limit=1000`)).text()
  return [...text.matchAll(/"id":"[^"]*-(\d+)","desk"/g)].map(([, number]) => Number(number))
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)
const acknowledged = ({ store }: Desk) => [store.lastSequence, store.unsent]

/** A consumer that relies on the broker alone: a session that the broker promised to keep. */
async function relyingConsumer(url: string): Promise<{ readonly client: MqttClient; readonly heard: number[]; readonly resumed: boolean }> {
  const heard: number[] = []
  let resumed = false
  const client = await connectAsync(url, { protocolVersion: 4, clientId: 'relying', clean: false, reconnectPeriod: 0 })
  client.on('message', (_, payload) => heard.push(Number((JSON.parse(payload.toString()) as { sequence: string }).sequence)))
  resumed = (client as unknown as { _connackPacket?: { sessionPresent: boolean } })._connackPacket?.sessionPresent ?? false
  await client.subscribeAsync(`third-ring/v1/${site}/+/event`, { qos: 1 })
  onTestFinished(() => client.endAsync(true))
  return { client, heard, resumed }
}

test('what mosquitto acknowledged and forgot is asked for again: nothing is lost in the end, and nothing twice', { timeout: 180_000 }, async () => {
  const broker = await startMosquitto()
  const directory = scratch()
  const before = await startHub(broker, directory)
  const desk = await startDesk(broker.url, 'usc-12')
  await desk.say(20)
  await expect.poll(() => recorded(before.page, 'usc-12'), patient).toEqual(upTo(20))

  // Both consumers are away while the desk goes on; one of them has the broker's word that its messages are kept.
  const relying = await relyingConsumer(broker.url)
  await relying.client.endAsync()
  await before.hub.stop()
  await desk.say(30)
  await expect.poll(() => acknowledged(desk), patient).toEqual([50, 0])
  await broker.kill()
  await broker.start()

  const after = await relyingConsumer(broker.url)
  const again = await startHub(broker, directory)
  await expect.poll(() => recorded(again.page, 'usc-12'), patient).toEqual(upTo(50))
  expect(after.heard, 'the broker has forgotten all of them').toEqual([])
  const { events } = (await (await fetch(`${again.page}healthz`)).json()) as { events: object }
  expect(events).toMatchObject({ missing: 0, lost: 0 })

  // And while it is being repaired, life goes on.
  await desk.say(1)
  await expect.poll(() => recorded(again.page, 'usc-12'), patient).toEqual(upTo(51))
})

test('a broker that dies again and again under a hub that stays costs nothing either', { timeout: 240_000 }, async () => {
  const broker = await startMosquitto()
  const { page } = await startHub(broker, scratch())
  const desks = [await startDesk(broker.url, 'usc-12'), await startDesk(broker.url, 'usc-14')]
  for (let round = 0; round < 4; round += 1) {
    const saying = Promise.all(desks.map((desk) => desk.say(50)))
    await new Promise((resolve) => setTimeout(resolve, 30 + 40 * round))
    await broker.kill()
    await saying
    await broker.start()
  }
  for (const id of ['usc-12', 'usc-14']) await expect.poll(() => recorded(page, id), { timeout: 120_000 }).toEqual(upTo(200))
})

test('a broker that keeps no levels (profile events): the office is told anew at the hub’s start, and what was missed comes', {
  timeout: 180_000,
}, async () => {
  const broker = await startMosquitto({ settings: ['retain_available false'] })
  const directory = scratch()
  const desk = await startDesk(broker.url, 'usc-12', 'events')
  const quiet = await startDesk(broker.url, 'kan-07', 'events')
  const before = await startHub(broker, directory, 'events')
  const online = async (page: string) => {
    const { desks } = (await (await fetch(`${page}api/office`)).json()) as { desks: { id: string; availability: string; about?: object }[] }
    return desks.flatMap(({ id, availability, about }) => (about === undefined ? [] : [`${id} ${availability}`])).sort()
  }
  await expect.poll(() => online(before.page), patient).toEqual(['kan-07 online', 'usc-12 online'])
  await desk.say(5)
  await expect.poll(() => recorded(before.page, 'usc-12'), patient).toEqual(upTo(5))
  await before.hub.stop()
  await desk.say(5)
  await quiet.say(2)
  const again = await startHub(broker, directory, 'events')
  await expect.poll(() => recorded(again.page, 'usc-12'), patient).toEqual(upTo(10))
  await expect.poll(() => recorded(again.page, 'kan-07'), patient).toEqual(upTo(2))
  expect(await online(again.page)).toEqual(['kan-07 online', 'usc-12 online'])
})

test('a command goes out over MQTT 5 and is worth nothing to the broker when it has expired', { timeout: 60_000 }, async () => {
  const broker = await startMosquitto()
  const { page } = await startHub(broker, scratch())
  const listener = await connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 })
  onTestFinished(() => listener.endAsync(true))
  const lives: (number | undefined)[] = []
  listener.on('message', (_topic, _payload, packet) => lives.push(packet.properties?.messageExpiryInterval))
  await listener.subscribeAsync(`third-ring/v1/${site}/+/command/#`, { qos: 1 })
  await expect.poll(async () => (await fetch(`${page}healthz`)).status, patient).toBe(200)
  void fetch(`${page}api/desks/usc-12/commands/identify`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-third-ring': '1' }, body: '{}' })
  await expect.poll(() => lives, patient).toEqual([5])
})
