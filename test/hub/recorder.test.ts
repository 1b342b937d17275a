import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { createHub } from '../../src/hub/hub.ts'
import { createRecorder, type Recorder, type RecorderOptions } from '../../src/hub/recorder.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { deskPasswords, type RunningHub, site, startDesk, startHub, stateOf } from './fixture.ts'

const undo: (() => unknown)[] = []
const log = { info: () => {}, warn: () => {} }
const clock = { wall: () => Date.now(), rate: () => 1 }

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function open(overrides: Parameters<typeof startHub>[0] = {}): Promise<RunningHub> {
  const running = await startHub(overrides)
  undo.push(() => running.stop())
  return running
}

/** A recorder of its own on an open broker, as a second hub or an external broker would have it. */
function record(url: string, more: Partial<RecorderOptions> = {}): Recorder & { readonly lines: boolean[] } {
  const lines: boolean[] = []
  const recorder = createRecorder({ site, broker: { url }, clock, log, onChange: () => {}, onConnection: (connected) => lines.push(connected), ...more })
  undo.push(() => recorder.stop())
  recorder.start()
  return { ...recorder, lines }
}

const openBroker = { broker: { embedded: { host: '127.0.0.1', port: 0, open: true, credentials: deskPasswords } } }

describe('the recorder', () => {
  test('learns what the broker kept from before it came', async () => {
    const running = await open(openBroker)
    const desk = await startDesk(running.urls, 'usc-12')
    undo.push(() => desk.stop())
    await desk.level('availability', 'online')
    await desk.level('state', stateOf(Date.now(), { lamp: 'callbacks' }))
    const late = record(running.urls.mqtt)
    await expect.poll(() => late.office().desks.get('usc-12')).toMatchObject({ availability: 'online', state: { lamp: 'callbacks' } })
  })

  test('says that the broker is gone and finds it again', async () => {
    const first = await startHub(openBroker)
    const { port, hostname } = new URL(first.urls.mqtt)
    const recorder = record(first.urls.mqtt)
    await expect.poll(() => recorder.lines).toEqual([true])
    await first.stop()
    await expect.poll(() => recorder.lines).toEqual([true, false])
    expect(await recorder.command('usc-12', 'hold', {})).toMatchObject({ ok: false, error: { code: 'BROKER_AWAY' } })
    await open({ broker: { embedded: { host: hostname, port: Number(port), open: true } } })
    await expect.poll(() => recorder.lines).toEqual([true, false, true])
  })

  test('keeps trying where the broker says no, and stops when it is told to', async () => {
    const running = await open()
    let attempts = 0
    const door = createServer((socket) => {
      attempts += 1
      const there = connect(Number(new URL(running.urls.mqtt).port), '127.0.0.1')
      for (const [one, other] of [[socket, there] as const, [there, socket] as const]) one.on('error', () => other.destroy()).pipe(other)
    }).listen(0, '127.0.0.1')
    undo.push(async () => void door.close())
    await once(door, 'listening')
    const recorder = record(`mqtt://127.0.0.1:${(door.address() as AddressInfo).port}`)
    await expect.poll(() => attempts).toBeGreaterThan(2)
    await recorder.stop()
    expect(recorder.connected()).toBe(false)
    expect(running.logged.join()).toContain('unknown user')
  })

  test('tells the office that the hub is there, and that it has gone', async () => {
    const running = await open(openBroker)
    const heard: string[] = []
    const listener = await connectAsync(running.urls.mqtt, { protocolVersion: 4 })
    undo.push(() => listener.endAsync(true))
    listener.on('message', (_, payload) => heard.push(payload.toString()))
    await listener.subscribeAsync(`third-ring/v1/${site}/hub/availability`)
    await expect.poll(() => heard).toEqual(['online'])
    const other = record(running.urls.mqtt)
    await expect.poll(() => other.connected()).toBe(true)
    await other.stop()
    await expect.poll(() => heard).toEqual(['online', 'online', 'offline'])
  })
})

test('a hub says each minute of its office that it is there, for those who must not believe for ever what a broker has kept', async () => {
  const running = await open(openBroker)
  const heard: [string, boolean][] = []
  const listener = await connectAsync(running.urls.mqtt, { protocolVersion: 4 })
  undo.push(() => listener.endAsync(true))
  listener.on('message', (_, payload, { retain }) => heard.push([payload.toString(), retain]))
  await listener.subscribeAsync(`third-ring/v1/${site}/hub/availability`)
  const other = record(running.urls.mqtt, { clock: { wall: Date.now, rate: () => 600 }, limits: { repairTickMs: 20 } })
  await expect.poll(() => other.connected()).toBe(true)
  await expect.poll(() => heard.filter(([word, retained]) => word === 'online' && !retained).length).toBeGreaterThan(5)
})

describe('a command', () => {
  test('goes out with an id of its own and a time to expire, and brings the desk’s answer back', async () => {
    const running = await open(openBroker)
    const recorder = record(running.urls.mqtt)
    const desk = await startDesk(running.urls, 'usc-12')
    undo.push(() => desk.stop())
    await expect.poll(() => recorder.connected()).toBe(true)
    const before = Date.now()
    expect(await recorder.command('usc-12', 'lamp.test', { id: 'mine', expires: 'never', seconds: 3 })).toEqual({ ok: true })
    expect(await recorder.command('usc-12', 'lamp.test', {})).toEqual({ ok: true })
    const [first, second] = desk.commands.map(({ body }) => body as { id: string; expires: string; seconds?: number })
    expect(first?.seconds).toBe(3)
    expect(first?.id).not.toBe('mine')
    expect(first?.id).not.toBe(second?.id)
    const life = Date.parse(first?.expires ?? '') - before
    expect(life).toBeGreaterThanOrEqual(5000)
    expect(life).toBeLessThan(10_000)
  })

  test('is answered for a desk that does not answer, and for all at the end', { timeout: 12_000 }, async () => {
    const running = await open(openBroker)
    const recorder = record(running.urls.mqtt)
    await expect.poll(() => recorder.connected()).toBe(true)
    expect(await recorder.command('nobody', 'identify', {})).toMatchObject({ ok: false, error: { code: 'NO_ANSWER' } })
    const pending = recorder.command('nobody', 'identify', {})
    await recorder.stop()
    expect(await pending).toMatchObject({ ok: false, error: { code: 'STOPPING' } })
  })

  test('brings back the desk’s “no” in the desk’s words', async () => {
    const running = await open(openBroker)
    const recorder = record(running.urls.mqtt)
    const desk = await startDesk(running.urls, 'usc-12', { answers: false })
    undo.push(() => desk.stop())
    await expect.poll(() => recorder.connected()).toBe(true)
    const pending = recorder.command('usc-12', 'hold', {})
    await expect.poll(() => desk.commands.length).toBe(1)
    const reply = (body: object) => desk.client.publishAsync(`third-ring/v1/${site}/usc-12/reply`, JSON.stringify(body), { qos: 1 })
    await reply({ id: 'of somebody else', ok: true })
    await reply({ id: null, ok: false })
    await reply({ id: desk.commands[0]?.body['id'], ok: false, error: { code: 'NO_CALL', message: 'nobody is on the line' } })
    expect(await pending).toEqual({ ok: false, error: { code: 'NO_CALL', message: 'nobody is on the line' } })
  })
})

describe('a hub that cannot listen', () => {
  test.each(['http.port', 'broker.port'])('names %s', async (option) => {
    const running = await open()
    const taken = Number(new URL(option === 'http.port' ? running.urls.page : running.urls.mqtt).port)
    const hub = createHub({
      site,
      http: { host: '127.0.0.1', port: option === 'http.port' ? taken : 0 },
      broker: { embedded: { host: '127.0.0.1', port: option === 'broker.port' ? taken : 0 } },
      lampTable,
      log,
    })
    await expect(hub.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED', message: expect.stringContaining(option) })
    await hub.stop()
  })

  test('may be started again when the port is free', async () => {
    const running = await startHub()
    const port = Number(new URL(running.urls.page).port)
    await running.stop()
    await running.stop()
    const again = await open({ http: { host: '127.0.0.1', port } })
    expect((await fetch(again.urls.page)).status).toBe(200)
  })
})
