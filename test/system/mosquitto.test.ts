import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectSocket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ReceivedCommand } from '../../src/agent/ports.ts'
import { createRotating } from '../../src/config/rotating.ts'
import type { BrokerAccess } from '../../src/mqtt/connection/connection.ts'
import { ca, server as certificate, client, clientKey, expired, expiredClient, future, key } from '../mqtt/certificates.ts'
import { base, listen, memoryStore, now, ownEpoch, startLink } from '../mqtt/fixture.ts'
import { installMosquitto, startMosquitto } from './mosquitto.ts'

beforeAll(installMosquitto)

/** Another client of the broker, and all that it hears. */
async function listener(url: string, topics: readonly string[], options: IClientOptions = {}) {
  const client: MqttClient = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50, ...options })
  onTestFinished(() => client.endAsync(true))
  const heard: { topic: string; text: string; retain: boolean; correlation: string | undefined }[] = []
  client.on('message', (topic, payload, packet) => {
    heard.push({ topic, text: payload.toString(), retain: packet.retain, correlation: packet.properties?.correlationData?.toString() })
  })
  await client.subscribeAsync([...topics], { qos: 1 })
  const on = (topic: string) => heard.filter((each) => each.topic === topic).map(({ text }) => text)
  return { client, heard, on, last: (topic: string) => on(topic).at(-1) }
}

/** A way to the broker that is as deaf to MQTT 5 as brokers that do not know it. */
async function onlyMqtt311(port: number): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (first) => {
      if (first[first.indexOf('MQTT') + 4] === 5) return void socket.end(Buffer.from([0x20, 0x02, 0x00, 0x01]))
      const onward = connectSocket(port, '127.0.0.1').on('error', () => socket.destroy())
      onward.write(first)
      socket.pipe(onward).pipe(socket)
      socket.on('close', () => onward.destroy())
    })
  })
  const { port: own } = await listen(server)
  onTestFinished(() => void server.close())
  return `mqtt://127.0.0.1:${own}`
}

const numbers = (payloads: readonly string[]) => payloads.map((payload) => (JSON.parse(payload) as { n: number }).n)
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe.each([5, 4] as const)('mosquitto with MQTT %i', (protocol) => {
  const way = async (broker: { url: string; port: number }) => (protocol === 5 ? broker.url : onlyMqtt311(broker.port))

  test('birth, levels and a thousand events arrive over one connection', async () => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, [`${base}/#`])
    const store = memoryStore()
    store.add(1000)
    const link = startLink(await way(broker), { store })
    link.set('state', { calls: [] })
    await expect.poll(() => store.acknowledged).toBe(1000)
    expect(link.health()).toEqual({ connected: true, protocol, unsent: 0 })
    await expect.poll(() => numbers(other.on(`${base}/event`))).toEqual(upTo(1000))
    expect(other.last(`${base}/availability`)).toBe('online')
    expect(other.last(`${base}/state`)).toBe('{"calls":[]}')
    // The broker takes 20 unacknowledged messages and cuts a client that sends more.
    expect(link.counters().connects).toBe(1)
    const late = await listener(broker.url, [`${base}/#`])
    await expect
      .poll(() => late.heard.map(({ topic, retain }) => [topic, retain]).sort())
      .toEqual([
        [`${base}/availability`, true],
        [`${base}/state`, true],
      ])
  })

  test('a desk that is killed is offline by its will, and its stale state is put right when it is back', async () => {
    const broker = await startMosquitto()
    const url = await way(broker)
    const other = await listener(broker.url, [`${base}/#`])
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'mosquitto-desk.ts'), url], { stdio: ['ignore', 'ignore', 'inherit'] })
    await expect.poll(() => other.last(`${base}/state`)).toContain('alerting')
    expect(other.last(`${base}/availability`)).toBe('online')
    child.kill('SIGKILL')
    await expect.poll(() => other.last(`${base}/availability`)).toBe('offline')
    const link = startLink(url)
    link.set('state', { calls: [], lamp: 'dark' })
    await expect.poll(() => other.last(`${base}/availability`)).toBe('online')
    await expect.poll(() => other.last(`${base}/state`)).toBe('{"calls":[],"lamp":"dark"}')
    await link.stop()
    await expect.poll(() => other.last(`${base}/availability`)).toBe('offline')
  })

  test('events are there once each in effect, in order, over restarts of the broker', async () => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, [`${base}/event`], { clientId: 'recorder', clean: false, properties: { sessionExpiryInterval: 3600 } })
    const store = memoryStore()
    const link = startLink(await way(broker), { store })
    const feed = setInterval(() => {
      store.add()
      link.wake()
    }, 3)
    // A fourth within twenty seconds would look like another client under the same name, from which the line keeps away for a while.
    for (let restart = 0; restart < 3; restart += 1) {
      const before = store.acknowledged
      await expect.poll(() => store.acknowledged).toBeGreaterThan(before + 50)
      await broker.stop()
      await expect.poll(() => link.health().connected).toBe(false)
      await broker.start()
    }
    clearInterval(feed)
    await expect.poll(() => store.acknowledged).toBe(store.lastSequence)
    await expect.poll(() => [...new Set(numbers(other.on(`${base}/event`)))]).toEqual(upTo(store.lastSequence))
    expect(store.acknowledgements).toEqual(upTo(store.lastSequence))
  })

  test('a wrong password is named', async () => {
    const broker = await startMosquitto({ users: { 'usc-1': 'right' } })
    const url = await way(broker)
    const link = startLink(url, { access: { url, username: 'usc-1', password: 'wrong' } })
    await expect.poll(() => link.health().lastError).toContain('wrong password')
    expect(link.log.map(({ fields }) => fields)).toEqual([{ reason: 'wrong-password' }])
  })

  test('a broker that hangs is noticed, and events do not wait for it', async () => {
    const broker = await startMosquitto()
    const store = memoryStore()
    const link = startLink(await way(broker), { store, limits: { keepaliveSeconds: 1, connectTimeoutMs: 300 } })
    await expect.poll(() => link.announced()).toBe(1)
    broker.freeze()
    store.add(3)
    link.wake()
    await expect.poll(() => link.health().lastError).toContain('does not answer')
    broker.thaw()
    await expect.poll(() => store.acknowledged).toBe(3)
  })

  test('the end does not wait for a broker that hangs', async () => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, [`${base}/availability`])
    const store = memoryStore()
    const link = startLink(await way(broker), { store, limits: { keepaliveSeconds: 60 } })
    await expect.poll(() => other.last(`${base}/availability`)).toBe('online')
    broker.freeze()
    store.add(3)
    const before = performance.now()
    await link.stop()
    // Two seconds, and what a busy machine adds; by itself the line would notice after a minute and a half.
    expect(performance.now() - before).toBeLessThan(20_000)
    broker.thaw()
    await expect.poll(() => other.last(`${base}/availability`)).toBe('offline')
  })
})

describe('commands', () => {
  const expires = () => now + 5000

  test('are answered where the requester asked, with its correlation data', async () => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, ['answers/7', `${base}/reply`])
    const received: ReceivedCommand[] = []
    const link = startLink(broker.url, {
      onCommand: (command) => {
        received.push(command)
        command.answer({ ok: true })
      },
    })
    await expect.poll(() => link.announced()).toBe(1)
    const ask = (id: string, responseTopic: string) =>
      other.client.publishAsync(`${base}/command/identify`, JSON.stringify({ id, expires: expires() }), {
        qos: 1,
        properties: { responseTopic, correlationData: Buffer.from(`mine-${id}`) },
      })
    await ask('q1', 'answers/7')
    await expect.poll(() => other.heard).toEqual([{ topic: 'answers/7', text: '{"id":"q1","ok":true}', retain: false, correlation: 'mine-q1' }])
    // A requester cannot make the desk say something in its own name elsewhere.
    await ask('q2', `${base}/state`)
    await expect.poll(() => other.heard.slice(1)).toEqual([{ topic: `${base}/reply`, text: '{"id":"q2","ok":true}', retain: false, correlation: 'mine-q2' }])
    expect(received.map(({ id }) => id)).toEqual(['q1', 'q2'])
  })

  test('are taken once where overlapping subscriptions or a repeated publish bring them twice', async () => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, [`${base}/reply`])
    const received: string[] = []
    const link = startLink(broker.url, {
      onCommand: ({ id, answer }) => {
        received.push(id)
        answer({ ok: true })
      },
    })
    link.subscribe(`${base}/command/identify`, () => {})
    await expect.poll(() => link.announced()).toBe(1)
    await other.client.publishAsync(`${base}/command/identify`, JSON.stringify({ id: 'q1', expires: expires() }), { qos: 1 })
    await expect.poll(() => other.heard.length).toBe(2)
    expect(received).toEqual(['q1'])
    expect(other.on(`${base}/reply`).map((text) => (JSON.parse(text) as { ok: boolean; error?: { code: string } }).error?.code)).toEqual([
      undefined,
      'REPEATED',
    ])
  })

  test('that are retained do nothing', async () => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, [`${base}/reply`])
    await other.client.publishAsync(`${base}/command/identify`, JSON.stringify({ id: 'ghost', expires: expires() }), { qos: 1, retain: true })
    const received: string[] = []
    const link = startLink(broker.url, { onCommand: ({ id }) => received.push(id) })
    await expect.poll(() => link.counters().commandsIgnored).toBe(1)
    // Also one that comes while the desk listens: MQTT 5 can tell.
    await expect.poll(() => link.announced()).toBe(1)
    await other.client.publishAsync(`${base}/command/identify`, JSON.stringify({ id: 'late', expires: expires() }), { qos: 1, retain: true })
    await expect.poll(() => link.counters().commandsIgnored).toBe(2)
    expect([received, other.heard]).toEqual([[], []])
  })
})

describe('an access list', () => {
  const users = { 'usc-1': 'secret', admin: 'admin' }
  const admin = ['user admin', 'topic readwrite #']
  const contract = [...admin, 'pattern write third-ring/v1/+/%u/#', 'pattern read third-ring/v1/+/%u/command/#']

  test('as in the contract lets the desk do all it has to', async () => {
    const broker = await startMosquitto({ users, acl: contract })
    const other = await listener(broker.url, [`${base}/#`], { username: 'admin', password: 'admin' })
    const store = memoryStore()
    store.add(5)
    const link = startLink(broker.url, { store, access: { url: broker.url, username: 'usc-1', password: 'secret' } })
    link.set('state', { calls: [] })
    await expect.poll(() => store.acknowledged).toBe(5)
    await other.client.publishAsync(`${base}/command/identify`, JSON.stringify({ id: 'q', expires: now + 5000 }), { qos: 1 })
    await expect.poll(() => other.last(`${base}/reply`)).toBe('{"id":"q","ok":true}')
    expect(link.health()).not.toHaveProperty('lastError')
  })

  test('that forbids events is told, loses none, and they go on once it is put right', async () => {
    const broker = await startMosquitto({ users, acl: [...admin, 'pattern write third-ring/v1/+/%u/availability'] })
    const other = await listener(broker.url, [`${base}/event`], { username: 'admin', password: 'admin' })
    const store = memoryStore()
    store.add(40)
    const link = startLink(broker.url, { store, access: { url: broker.url, username: 'usc-1', password: 'secret' } })
    await expect.poll(() => link.health().lastError).toContain('does not allow this desk to publish')
    expect(link.health()).toMatchObject({ connected: true, unsent: 40 })
    expect(other.heard).toEqual([])
    broker.setAcl(contract)
    await expect.poll(() => store.acknowledged).toBe(40)
    expect([...new Set(numbers(other.on(`${base}/event`)))]).toEqual(upTo(40))
    expect(link.log.filter(({ fields }) => 'reason' in fields)).toHaveLength(1)
  })
})

describe('an encrypted line', () => {
  const access = (url: string, more: Partial<BrokerAccess> = {}): BrokerAccess => ({ url, username: 'usc-1', ca, ...more })

  test.each([
    { name: 'an expired certificate', cert: expired, host: 'localhost', more: {}, fault: 'certificate-expired' },
    { name: 'one that is not valid yet', cert: future, host: 'localhost', more: {}, fault: 'certificate-not-yet-valid' },
    { name: 'another name', cert: certificate, host: '127.0.0.1', more: {}, fault: 'wrong-host-name' },
    { name: 'an unknown CA', cert: certificate, host: 'localhost', more: { ca: client }, fault: 'unknown-ca' },
  ])('is refused to $name, told once, and tried for ever', async ({ cert, host, more, fault }) => {
    const broker = await startMosquitto({ tls: { cert, key } })
    const url = broker.url.replace('localhost', host)
    let attempts = 0
    const link = startLink(url, {
      access: () => {
        attempts += 1
        return access(url, more)
      },
    })
    await expect.poll(() => attempts).toBeGreaterThan(3)
    expect(link.health()).toMatchObject({ connected: false, fault })
    expect(link.log.map(({ fields }) => fields)).toEqual([{ reason: fault }])
  })

  test('comes up by itself when the broker has a new certificate (SIGHUP)', async () => {
    const broker = await startMosquitto({ tls: { cert: expired, key } })
    const link = startLink(broker.url, { access: access(broker.url) })
    await expect.poll(() => link.health().fault).toBe('certificate-expired')
    broker.setCertificate(certificate)
    await expect.poll(() => link.health().connected).toBe(true)
  })

  test.each([
    { name: 'none', more: {}, fault: 'client-certificate-refused' },
    { name: 'one that has expired', more: { cert: expiredClient, key: clientKey }, fault: 'client-certificate-refused' },
  ])('with a broker that asks for the desk’s certificate: $name', async ({ more, fault }) => {
    const broker = await startMosquitto({ tls: { cert: certificate, key, asks: { ca } } })
    const link = startLink(broker.url, { access: access(broker.url, more) })
    await expect.poll(() => link.health().fault).toBe(fault)
  })

  test('a desk known by its certificate needs no password, and a renewed one is taken without a restart', async () => {
    const broker = await startMosquitto({
      tls: { cert: certificate, key, asks: { ca } },
      acl: ['pattern write third-ring/v1/+/%u/#', 'pattern read third-ring/v1/+/%u/command/#'],
    })
    let cert = expiredClient
    const store = memoryStore()
    store.add(5)
    const link = startLink(broker.url, { store, access: () => access(broker.url, { cert, key: clientKey }) })
    await expect.poll(() => link.health().fault).toBe('client-certificate-refused')
    cert = client
    await expect.poll(() => store.acknowledged).toBe(5)
    expect(link.health().connected).toBe(true)
  })
})

describe('a password that is changed under a running desk (SIGHUP)', () => {
  test('desk first, then the broker, then the old one goes: no restart, no fault, no gap', async () => {
    const broker = await startMosquitto({ users: { 'usc-1': 'old', admin: 'admin' } })
    const session = { clientId: 'admin', clean: false, properties: { sessionExpiryInterval: 3600 } }
    const other = await listener(broker.url, [`${base}/event`], { username: 'admin', password: 'admin', ...session })
    const directory = mkdtempSync(join(tmpdir(), 'third-ring-rotation-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const file = join(directory, 'broker.password')
    writeFileSync(file, 'old\n')
    const passwords = createRotating({ file, name: 'brokerPassword', values: ['old'], onFault: () => {} })
    const store = memoryStore()
    const link = startLink(broker.url, {
      store,
      access: () => {
        const [password = '', olderPassword] = passwords()
        return { url: broker.url, username: 'usc-1', password, ...(olderPassword === undefined ? {} : { olderPassword }) }
      },
    })
    const feed = setInterval(() => {
      store.add()
      link.wake()
    }, 20)
    onTestFinished(() => clearInterval(feed))
    const restartBroker = async () => {
      const before = link.announced()
      await broker.stop()
      await broker.start()
      await expect.poll(() => link.announced()).toBe(before + 1)
    }
    await expect.poll(() => link.announced()).toBe(1)
    writeFileSync(file, 'new\nold\n')
    await restartBroker()
    broker.setPassword('usc-1', 'new')
    await restartBroker()
    writeFileSync(file, 'new\n')
    await restartBroker()
    clearInterval(feed)
    await expect.poll(() => store.acknowledged).toBe(store.lastSequence)
    await expect.poll(() => [...new Set(numbers(other.on(`${base}/event`)))]).toEqual(upTo(store.lastSequence))
    expect(link.log.map(({ fields }) => fields)).not.toContainEqual({ reason: 'wrong-password' })
  })
})

describe('replay', () => {
  test.each([5, 4] as const)('over MQTT %i: the same bytes, in order, then the answer; over a restart of the broker asked for again', async (protocol) => {
    const broker = await startMosquitto()
    const other = await listener(broker.url, [`${base}/#`])
    const store = memoryStore()
    store.add(2500)
    const link = startLink(protocol === 5 ? broker.url : await onlyMqtt311(broker.port), { store })
    await expect.poll(() => store.acknowledged).toBe(2500)
    const ask = (id: string, from: number) =>
      other.client.publishAsync(`${base}/command/replay`, JSON.stringify({ id, expires: now + 5000, epoch: ownEpoch, from, to: 2500 }), { qos: 1 })
    const reply = (id: string) =>
      other
        .on(`${base}/reply`)
        .map((text) => JSON.parse(text) as { id: string; data?: { next: number | null } })
        .find((each) => each.id === id)
    await ask('r0', 1)
    await expect.poll(() => other.on(`${base}/event/replay`).length, { interval: 1 }).toBeGreaterThan(20)
    await broker.stop()
    await broker.start()
    await expect.poll(() => link.announced()).toBe(2)
    await expect.poll(() => other.client.connected).toBe(true)
    const before = other.on(`${base}/event/replay`).length
    let next: number | null = 1
    for (let round = 1; next !== null; round += 1) {
      await ask(`r${round}`, next)
      await expect.poll(() => reply(`r${round}`)?.data).toBeDefined()
      next = reply(`r${round}`)?.data?.next ?? null
    }
    expect(reply('r0')).toBeUndefined()
    const again = other.on(`${base}/event/replay`).slice(before)
    expect(again).toEqual(other.on(`${base}/event`).slice(0, 2500))
  })
})

describe('what MQTT 5 adds', () => {
  test('an event says what it is; an answer, a replay and the health of a desk expire', async () => {
    const broker = await startMosquitto()
    const client = await connectAsync(broker.url, { protocolVersion: 5 })
    onTestFinished(() => client.endAsync(true))
    const seen = new Map<string, IPublishPacket['properties']>()
    client.on('message', (topic, _payload, { properties }) => seen.set(topic.slice(base.length + 1), properties))
    await client.subscribeAsync(`${base}/#`, { qos: 1 })
    const store = memoryStore()
    store.add(1)
    const link = startLink(broker.url, { store })
    link.set('health', { v: 1, unsent: 0 })
    await expect.poll(() => store.acknowledged).toBe(1)
    await client.publishAsync(`${base}/command/replay`, JSON.stringify({ id: 'r', expires: now + 5000, epoch: ownEpoch, from: 1, to: 1 }))
    await expect.poll(() => [...seen.keys()]).toContain('reply')
    const event = { payloadFormatIndicator: true, contentType: 'application/cloudevents+json; charset=utf-8', userProperties: { v: '1' } }
    expect(seen.get('event')).toEqual(event)
    expect(seen.get('event/replay')).toMatchObject({ ...event, messageExpiryInterval: expect.any(Number) as number })
    expect(seen.get('reply')?.messageExpiryInterval).toBeLessThanOrEqual(60)
    expect(seen.get('health')?.messageExpiryInterval).toBeLessThanOrEqual(180)
  })

  test('shared subscribers have every event once among them', async () => {
    const broker = await startMosquitto()
    const shared = '$share/recorders/third-ring/v1/+/+/event'
    const consumers = [await listener(broker.url, [shared]), await listener(broker.url, [shared])]
    const store = memoryStore()
    store.add(500)
    startLink(broker.url, { store })
    await expect.poll(() => store.acknowledged).toBe(500)
    const heard = () => consumers.map(({ on }) => numbers(on(`${base}/event`)))
    await expect.poll(() => heard().flat().length).toBe(500)
    expect(
      heard()
        .flat()
        .sort((one, other) => one - other),
    ).toEqual(upTo(500))
    for (const part of heard()) expect(part.length).toBeGreaterThan(0)
  })
})

describe('two desks under one name', () => {
  // mosquitto 2.0.11 says nothing to a client of MQTT 5 either: it only closes.
  test.each([5, 4] as const)('over MQTT %i notice each other and keep away', async (protocol) => {
    const broker = await startMosquitto()
    const url = protocol === 5 ? broker.url : await onlyMqtt311(broker.port)
    const fault = 'closed-soon'
    const limits = { clashBackOffFirstMs: 60_000, clashBackOffLastMs: 60_000 }
    const links = [startLink(url, { limits }), startLink(url, { limits })]
    await expect.poll(() => links.filter(({ health }) => health().fault === fault)).toHaveLength(1)
    await expect.poll(() => links.filter(({ health }) => health().connected)).toHaveLength(1)
    expect(links.flatMap(({ log }) => log.filter(({ fields }) => 'reason' in fields && fields.reason === fault))).toHaveLength(1)
  })
})
