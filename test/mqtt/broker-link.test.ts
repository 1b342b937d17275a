import { createServer } from 'node:http'
import { connect } from 'mqtt'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { base, listen, memoryStore, now, startBroker, startLink } from './fixture.ts'

const numbers = (payloads: readonly string[]) => payloads.map((payload) => (JSON.parse(payload) as { n: number }).n)
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('the line to the broker', () => {
  test('falls back to MQTT 3.1.1 by itself, at once, and says that it is up', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    await expect.poll(() => link.health()).toEqual({ connected: true, protocol: 4, unsent: 0 })
    expect(link.log).toEqual([{ level: 'info', fields: { protocol: 'MQTT 3.1.1' }, message: 'connected to the broker' }])
    await expect.poll(() => broker.retained(`${base}/availability`)).toBe('online')
  })

  test('leaves offline behind by its will when it is cut', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url, { limits: { backOffFirstMs: 60_000, backOffLastMs: 60_000 } })
    await expect.poll(() => broker.retained(`${base}/availability`)).toBe('online')
    broker.cut()
    await expect.poll(() => broker.retained(`${base}/availability`)).toBe('offline')
    await expect.poll(() => link.health().connected).toBe(false)
  })

  test('says offline itself when it stops, and leaves nothing running', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    await expect.poll(() => broker.on(`${base}/availability`)).toEqual(['online'])
    await link.stop()
    expect(broker.on(`${base}/availability`)).toEqual(['online', 'offline'])
    await expect.poll(() => broker.aedes.connectedClients).toBe(0)
    expect(link.health().connected).toBe(false)
  })

  test('has its last word with a connection that replaces it, however late the old will comes', async () => {
    const broker = await startBroker()
    startLink(broker.url, { limits: { backOffFirstMs: 60_000, backOffLastMs: 60_000 } })
    await expect.poll(() => broker.retained(`${base}/availability`)).toBe('online')
    const successor = startLink(broker.url, { limits: { reassertMs: 100 } })
    await expect.poll(() => broker.on(`${base}/availability`).filter((word) => word === 'online')).toHaveLength(3)
    expect(await broker.retained(`${base}/availability`)).toBe('online')
    expect(successor.health().connected).toBe(true)
  })

  test('is tried again and again with a broker that is away, and told once', async () => {
    const first = await startBroker()
    await first.stop()
    const link = startLink(first.url)
    await expect.poll(() => link.log.length).toBe(1)
    expect(link.log[0]).toMatchObject({ level: 'warn', fields: { reason: 'refused' } })
    expect(link.health()).toMatchObject({ connected: false, lastError: expect.stringContaining('no broker is listening') as string })
    const second = await startBroker({}, first.port)
    await expect.poll(() => second.retained(`${base}/availability`)).toBe('online')
    expect(link.log.map(({ level }) => level)).toEqual(['warn', 'info'])
    expect(link.health()).not.toHaveProperty('lastError')
  })

  test('stops at once while there is no broker', async () => {
    const broker = await startBroker()
    await broker.stop()
    const link = startLink(broker.url, { limits: { backOffFirstMs: 30_000, backOffLastMs: 30_000 } })
    await expect.poll(() => link.log.length).toBe(1)
    const before = performance.now()
    await link.stop()
    expect(performance.now() - before).toBeLessThan(5000)
  })
})

describe('over WebSocket', () => {
  test('the desk says and hears the same', async () => {
    const broker = await startBroker()
    const server = createServer()
    const webSockets = new WebSocketServer({ server })
    webSockets.on('connection', (peer) => broker.aedes.handle(createWebSocketStream(peer) as never))
    const { port } = await listen(server)
    onTestFinished(() => {
      for (const peer of webSockets.clients) peer.terminate()
      server.close()
    })
    const store = memoryStore()
    store.add(50)
    const link = startLink(`ws://127.0.0.1:${port}/mqtt`, { store })
    await expect.poll(() => store.acknowledged).toBe(50)
    link.publish('room/lamp', 'dark')
    await expect.poll(() => broker.on('room/lamp')).toEqual(['dark'])
    await broker.publish(`${base}/command/identify`, JSON.stringify({ id: 'q', expires: now + 5000 }))
    await expect.poll(() => broker.on(`${base}/reply`)).toEqual(['{"id":"q","ok":true}'])
    await link.stop()
    expect(await broker.retained(`${base}/availability`)).toBe('offline')
  })
})

describe('levels', () => {
  const presence = (n: number) => ({ v: 1, n })

  test('are sent on every connect, retained, whatever was there before', async () => {
    const broker = await startBroker()
    await broker.publish(`${base}/presence`, '{"a ghost":true}', { retain: true })
    const link = startLink(broker.url)
    link.set('presence', presence(1))
    link.set('state', { calls: [] })
    await expect.poll(() => broker.retained(`${base}/presence`)).toBe('{"v":1,"n":1}')
    await expect.poll(() => broker.retained(`${base}/state`)).toBe('{"calls":[]}')
    await broker.stop()
    const again = await startBroker({}, broker.port)
    await expect.poll(() => again.retained(`${base}/presence`)).toBe('{"v":1,"n":1}')
    await expect.poll(() => again.retained(`${base}/state`)).toBe('{"calls":[]}')
  })

  test('that change fast are sent at once, then as they are in the end; the same one is not sent twice', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    await expect.poll(() => link.announced()).toBe(1)
    for (let n = 1; n <= 100; n += 1) link.set('presence', presence(n))
    await expect.poll(() => numbers(broker.on(`${base}/presence`))).toEqual([1, 100])
    link.set('presence', presence(100))
    link.set('state', { last: true })
    await expect.poll(() => broker.on(`${base}/state`)).toHaveLength(1)
    expect(broker.on(`${base}/presence`)).toHaveLength(2)
  })

  test('are said anew where only their time is another one, if that is asked for', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    await expect.poll(() => link.announced()).toBe(1)
    const presence = (at: string) => ({ v: 1, at, takesCalls: true, substituting: null })
    link.set('presence', presence('09:00'))
    link.set('presence', presence('09:01'))
    await expect.poll(() => broker.on(`${base}/presence`)).toHaveLength(1)
    link.set('presence', presence('09:02'), 'anew')
    await expect.poll(() => broker.on(`${base}/presence`).map((text) => JSON.parse(text).at)).toEqual(['09:00', '09:02'])
  })

  test('have their last word before offline, however soon after the one before', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url, { limits: { levelGapMs: 60_000 } })
    await expect.poll(() => link.announced()).toBe(1)
    const takes = (takesCalls: boolean) => link.set('presence', { v: 1, at: '09:00', takesCalls, substituting: null })
    takes(true)
    takes(false)
    await link.stop()
    const said = broker.heard
      .filter(({ topic }) => /presence|availability/.test(topic))
      .map(({ payload }) => (payload.startsWith('{') ? JSON.parse(payload).takesCalls : payload))
    expect(said).toEqual(['online', true, false, 'offline'])
  })

  test('that changed while the broker was away are sent as they are', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    link.set('presence', presence(1))
    await expect.poll(() => broker.on(`${base}/presence`)).toHaveLength(1)
    await broker.stop()
    await expect.poll(() => link.health().connected).toBe(false)
    link.set('presence', presence(2))
    link.set('presence', presence(3))
    const again = await startBroker({}, broker.port)
    await expect.poll(() => numbers(again.on(`${base}/presence`))).toEqual([3])
  })
})

describe('events', () => {
  test('are sent in order and acknowledged in order, those from before the connect first', async () => {
    const broker = await startBroker()
    const store = memoryStore()
    store.add(100)
    const link = startLink(broker.url, { store })
    await expect.poll(() => store.acknowledged).toBe(100)
    store.add(3)
    link.wake()
    await expect.poll(() => store.acknowledged).toBe(103)
    expect(numbers(broker.on(`${base}/event`))).toEqual(upTo(103))
    expect(broker.heard.find(({ topic }) => topic === `${base}/event`)?.retain).toBe(false)
    expect(store.acknowledgements).toEqual(upTo(103))
    expect(link.health().unsent).toBe(0)
  })

  test('are all there, in order, after the broker was restarted under load', { timeout: 20_000 }, async () => {
    let broker = await startBroker()
    const store = memoryStore()
    // A broker that is back within milliseconds, and is cut again at once, looks like another client under this desk's name.
    const link = startLink(broker.url, { store, limits: { clashCloses: 100 } })
    const heard: number[] = []
    const feed = setInterval(() => {
      store.add(2)
      link.wake()
    }, 4)
    for (let restart = 0; restart < 6; restart += 1) {
      await expect.poll(() => broker.on(`${base}/event`).length).toBeGreaterThan(20)
      await broker.stop()
      heard.push(...numbers(broker.on(`${base}/event`)))
      await expect.poll(() => link.health().connected).toBe(false)
      broker = await startBroker({}, broker.port)
    }
    clearInterval(feed)
    await expect.poll(() => store.acknowledged).toBe(store.lastSequence)
    heard.push(...numbers(broker.on(`${base}/event`)))
    // Some came twice; whoever drops repeated ids has each once, in order.
    expect([...new Set(heard)]).toEqual(upTo(store.lastSequence))
    const orderly = heard.every((n, index) => index === 0 || n <= (heard[index - 1] ?? 0) + 1)
    expect(orderly).toBe(true)
  })

  test('that are durable when the desk stops are still sent, before it says offline', async () => {
    const broker = await startBroker()
    const store = memoryStore()
    const link = startLink(broker.url, { store })
    await expect.poll(() => link.announced()).toBe(1)
    store.add(50)
    await link.stop()
    expect(numbers(broker.on(`${base}/event`))).toEqual(upTo(50))
    expect(broker.heard.at(-1)).toEqual({ topic: `${base}/availability`, payload: 'offline', retain: true })
    expect(store.acknowledged).toBe(50)
  })

  test('never hold up the end for long: a broker that answers nothing is left after two seconds', async () => {
    const broker = await startBroker({ authorizePublish: (_client, packet, done) => (packet.topic.endsWith('/event') ? undefined : done(null)) })
    const store = memoryStore()
    store.add(5)
    const link = startLink(broker.url, { store })
    await expect.poll(() => link.announced()).toBe(1)
    const before = performance.now()
    await link.stop()
    expect(performance.now() - before).toBeLessThan(5000)
    expect(store.acknowledged).toBe(0)
    expect(link.health().connected).toBe(false)
  })
})

describe('topics beside the desk’s own', () => {
  test('are heard with their retain flag, again after each connect, and their loss is told', async () => {
    const broker = await startBroker()
    await broker.publish('zigbee/seat', 'kept', { retain: true })
    const heard: [string, boolean][] = []
    let lost = 0
    const link = startLink(broker.url)
    link.subscribe(
      'zigbee/seat',
      (payload, retained) => heard.push([payload.toString(), retained]),
      () => {
        lost += 1
      },
    )
    await expect.poll(() => heard).toEqual([['kept', true]])
    await broker.publish('zigbee/seat', 'live', { retain: true })
    await expect.poll(() => heard).toHaveLength(2)
    expect(heard[1]).toEqual(['live', false])
    expect(lost).toBe(0)
    await broker.stop()
    await expect.poll(() => lost).toBe(1)
    const again = await startBroker({}, broker.port)
    await expect.poll(() => again.on(`${base}/availability`)).toEqual(['online'])
    await again.publish('zigbee/seat', 'back')
    await expect.poll(() => heard.at(-1)).toEqual(['back', false])
  })

  test('one that is ended is heard no more, at the broker either; another on the same topic is', async () => {
    const broker = await startBroker()
    const heard: string[] = []
    const link = startLink(broker.url)
    const end = link.subscribe('room/a', (payload) => heard.push(`first ${payload}`))
    const endOther = link.subscribe('room/a', (payload) => heard.push(`second ${payload}`))
    await expect.poll(() => broker.on(`${base}/availability`)).toEqual(['online'])
    const unsubscribed: string[] = []
    broker.aedes.on('unsubscribe', (topics) => void unsubscribed.push(...topics))
    end()
    end()
    await broker.publish('room/a', '1')
    await expect.poll(() => heard).toEqual(['second 1'])
    expect(unsubscribed).toEqual([])
    endOther()
    await expect.poll(() => unsubscribed).toEqual(['room/a'])
    await broker.publish('room/a', '2')
    expect(heard).toEqual(['second 1'])
  })

  test('a wildcard finds its handler, and only its own', async () => {
    const broker = await startBroker()
    const heard: string[] = []
    const link = startLink(broker.url)
    link.subscribe('third-ring/v1/um/+/presence', (payload) => heard.push(payload.toString()))
    await expect.poll(() => broker.on(`${base}/availability`)).toEqual(['online'])
    await broker.publish('third-ring/v1/um/usc-2/presence', 'neighbour')
    await broker.publish('third-ring/v1/um/usc-2/state', 'private')
    await expect.poll(() => heard).toEqual(['neighbour'])
  })

  test('what may be lost is sent while the line is up, and dropped and counted while it is not', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    link.publish('room/lamp', 'too early')
    expect(link.counters().dropped).toBe(1)
    link.onConnect(() => link.publish('room/lamp', 'on connect', { retain: true }))
    await expect.poll(() => broker.heard).toContainEqual({ topic: 'room/lamp', payload: 'on connect', retain: true })
    expect(link.counters()).toMatchObject({ connects: 1, dropped: 1 })
  })
})

describe('a broker that says no', () => {
  test('to the password: the reason is told once, without the password', async () => {
    const authenticate = (_client: unknown, _name: string | undefined, password: Buffer | undefined, done: (error: Error | null, ok: boolean) => void) =>
      password?.toString() === 'right' ? done(null, true) : done(Object.assign(new Error('no'), { returnCode: 4 }), false)
    const broker = await startBroker({ authenticate: authenticate as never })
    const wrong = startLink(broker.url, { access: { url: broker.url, username: 'usc-1', password: 'wrong-secret' } })
    await expect.poll(() => wrong.health().lastError).toContain('wrong password')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(wrong.log).toHaveLength(1)
    expect(JSON.stringify([wrong.log, wrong.health()])).not.toContain('wrong-secret')
    const right = startLink(broker.url, { access: { url: broker.url, username: 'usc-1', password: 'right' } })
    await expect.poll(() => right.health().connected).toBe(true)
  })

  test('to a subscription: the desk goes on, and its health says so', async () => {
    const broker = await startBroker({ authorizeSubscribe: (_client, asked, done) => done(null, asked?.topic.includes('command') ? null : asked) })
    const link = startLink(broker.url)
    await expect.poll(() => link.health().lastError).toContain('does not allow a subscription')
    expect(link.health().connected).toBe(true)
    await expect.poll(() => broker.retained(`${base}/availability`)).toBe('online')
  })

  test('to what it publishes, by closing: attempts become rarer, and the log does not fill', async () => {
    let connects = 0
    const broker = await startBroker({ authorizePublish: (_client, _packet, done) => done(new Error('not yours')) })
    broker.aedes.on('client', () => {
      connects += 1
    })
    const link = startLink(broker.url, { random: () => 1, limits: { stableMs: 60_000, backOffLastMs: 10_000 } })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    // 40, 80, 160, 320, 640 ms: a link that began anew with each connect would have tried more than thirty times.
    expect(connects).toBeGreaterThan(3)
    expect(connects).toBeLessThan(9)
    expect(link.log.length).toBeLessThanOrEqual(3)
    expect(link.health().lastError).toContain('closed the connection')
  })
})

describe('two desks under one name', () => {
  test('do not throw each other off without end at full speed', async () => {
    const broker = await startBroker()
    let connects = 0
    broker.aedes.on('client', () => {
      connects += 1
    })
    const limits = { stableMs: 60_000, backOffLastMs: 10_000 }
    startLink(broker.url, { random: () => 1, limits })
    startLink(broker.url, { random: () => 1, limits })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(connects).toBeGreaterThan(2)
    expect(connects).toBeLessThan(20)
  })

  test('anybody else may be connected beside it', async () => {
    const broker = await startBroker()
    const link = startLink(broker.url)
    await expect.poll(() => link.health().connected).toBe(true)
    const other = connect(broker.url, { protocolVersion: 4, clientId: 'usc-1.release', reconnectPeriod: 0 })
    await new Promise((resolve) => other.once('connect', resolve))
    expect(link.health().connected).toBe(true)
    await other.endAsync()
  })
})
