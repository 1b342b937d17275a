import { connect as connectSocket } from 'node:net'
import { connect, connectAsync, MqttClient } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createHub } from '../../src/hub/hub.ts'
import { hubLimits } from '../../src/hub/limits.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { deskPasswords, officeOf, passwordOf, type RunningHub, site, startDesk, startHub } from './fixture.ts'

const root = `third-ring/v1/${site}`
const log = { info: () => {}, warn: () => {} }
const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function open(overrides: Parameters<typeof startHub>[0] = {}): Promise<RunningHub> {
  const running = await startHub(overrides)
  undo.push(() => running.stop())
  return running
}

async function enter({ urls }: RunningHub, username: string, options: object = {}): Promise<MqttClient> {
  const client = await connectAsync(urls.mqtt, {
    protocolVersion: 4,
    clientId: username,
    username,
    password: passwordOf(username),
    reconnectPeriod: 0,
    ...options,
  })
  undo.push(() => client.endAsync(true))
  return client
}

/** The broker’s answer to a stranger, as MQTT.js tells it. */
function refusal({ urls }: RunningHub, options: object): Promise<string> {
  const client = connect(urls.mqtt, { protocolVersion: 4, reconnectPeriod: 0, ...options })
  undo.push(() => client.endAsync(true))
  return new Promise((resolve) => {
    client.once('error', (error) => resolve(error.message))
    client.once('connect', () => resolve('connected'))
  })
}

describe('who may come in', () => {
  test('nobody without the right password, and nobody without a name', async () => {
    const running = await open()
    expect(await refusal(running, { clientId: 'usc-12', username: 'usc-12', password: 'wrong' })).toMatch(/Bad username or password/)
    expect(await refusal(running, { clientId: 'usc-12', username: 'usc-12' })).toMatch(/Bad username or password/)
    expect(await refusal(running, { clientId: 'usc-12' })).toMatch(/Bad username or password/)
    expect(await refusal(running, { clientId: 'hub', username: 'hub', password: passwordOf('hub') })).toMatch(/Bad username or password/)
  })

  test('a desk cannot take its neighbour’s place', async () => {
    const running = await open()
    const neighbour = await enter(running, 'usc-14')
    expect(await refusal(running, { clientId: 'usc-14', username: 'usc-12', password: passwordOf('usc-12') })).toMatch(/Identifier rejected/)
    expect(neighbour.connected).toBe(true)
  })

  test('everybody, where the broker is open on loopback', async () => {
    const running = await open({ broker: { embedded: { host: '127.0.0.1', port: 0, open: true } } })
    expect(await refusal(running, {})).toBe('connected')
    expect(await refusal(running, { username: 'usc-12' })).toBe('connected')
    expect(await refusal(running, { username: 'hub', password: 'guess' })).toMatch(/Bad username or password/)
  })

  test('a broker that is open to a network does not start, and leaves nothing behind', async () => {
    const hub = createHub({ site, http: { host: '127.0.0.1', port: 0 }, broker: { embedded: { host: '0.0.0.0', port: 0, open: true } }, lampTable, log })
    await expect(hub.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('broker.open') })
    await hub.stop()
  })
})

describe('what a neighbour’s credential cannot do', () => {
  test('speak for another desk: its connection is closed and nobody hears it', async () => {
    const running = await open()
    const liar = await enter(running, 'usc-12')
    const closed = new Promise<void>((resolve) => liar.once('close', () => resolve()))
    liar.publish(`${root}/usc-14/availability`, 'online', { retain: true, qos: 1 })
    await closed
    const office = await officeOf(running)
    expect(office.desks.map(({ id }) => id)).not.toContain('usc-14')
    expect(running.logged.join('\n')).toContain('topic not allowed')
  })

  test('command another desk, or leave it a will', async () => {
    const running = await open()
    const victim = await startDesk(running.urls, 'usc-14')
    undo.push(() => victim.stop())
    const liar = await enter(running, 'usc-12', { will: { topic: `${root}/usc-14/command/hold`, payload: Buffer.from('{"id":"1"}') } })
    liar.stream.destroy()
    const second = await enter(running, 'usc-12')
    const closed = new Promise<void>((resolve) => second.once('close', () => resolve()))
    second.publish(`${root}/usc-14/command/hold`, '{"id":"2"}', { qos: 1 })
    await closed
    await victim.level('availability', 'online')
    expect(victim.commands).toEqual([])
  })

  test('read another desk’s state or commands; but it reads who takes calls', async () => {
    const running = await open()
    const desk = await enter(running, 'usc-12')
    const granted = async (filter: string) => {
      try {
        return (await desk.subscribeAsync(filter, { qos: 1 }))[0]?.qos
      } catch {
        return 128
      }
    }
    expect(await granted(`${root}/usc-14/state`)).toBe(128)
    expect(await granted(`${root}/+/command/#`)).toBe(128)
    expect(await granted('#')).toBe(128)
    expect(await granted('$SYS/#')).toBe(128)
    expect(await granted(`${root}/+/presence`)).toBe(1)
    expect(await granted(`${root}/hub/#`)).toBe(1)
  })
})

describe('limits', () => {
  test('a flood of wrong passwords is soon not looked at any more; another address, and the hub itself, do not suffer', async () => {
    let looked = 0
    const credentials = async (username: string, password: Buffer) => {
      looked += 1
      return deskPasswords(username, password)
    }
    const running = await open({ broker: { embedded: { host: '127.0.0.1', port: 0, credentials } } })
    await expect.poll(async () => (await fetch(`${running.urls.page}healthz`)).status).toBe(200)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => refusal(running, { clientId: `f${index}`, username: 'usc-12', password: 'guess' })),
    )
    expect(answers.filter((answer) => /Server unavailable/.test(answer)).length).toBe(40 - looked)
    expect(looked).toBeLessThan(15)
    expect(await refusal(running, { clientId: 'usc-12', username: 'usc-12', password: passwordOf('usc-12') })).toMatch(/Server unavailable/)
    const port = Number(new URL(running.urls.mqtt).port)
    const elsewhere = new MqttClient(() => connectSocket({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }), {
      ...{ protocolVersion: 4, clientId: 'usc-13', username: 'usc-13', password: passwordOf('usc-13'), reconnectPeriod: 0 },
    })
    undo.push(() => elsewhere.endAsync(true))
    await expect.poll(() => elsewhere.connected).toBe(true)
    expect((await fetch(`${running.urls.page}healthz`)).status).toBe(200)
  })

  test('one client holds only so many filters', async () => {
    const running = await open()
    const client = await enter(running, 'usc-12')
    const filters = Array.from({ length: hubLimits.subscriptionsMax }, (_, index) => `${root}/usc-12/command/c${index}`)
    await client.subscribeAsync(filters, { qos: 1 })
    await expect(client.subscribeAsync(`${root}/usc-12/command/one-more`, { qos: 1 })).rejects.toThrow()
    expect((await client.subscribeAsync(`${root}/usc-12/command/c0`, { qos: 1 }))[0]?.qos).toBe(1)
  })

  test('a client ahead of its pace is read more slowly and loses nothing; its neighbour is heard at once', async () => {
    const running = await open()
    const flooder = await enter(running, 'usc-12')
    const neighbour = await enter(running, 'usc-13')
    const reader = await enter(running, 'usc-12', { clientId: 'usc-12.reader' })
    const order: string[] = []
    reader.on('message', (topic) => order.push(topic))
    await reader.subscribeAsync(`${root}/+/presence`)
    const many = hubLimits.publishBurst + hubLimits.publishesPerSecond
    for (let count = 0; count < many; count += 1) flooder.publish(`${root}/usc-12/presence`, '{}')
    await expect.poll(() => order.length).toBeGreaterThan(hubLimits.publishBurst / 2)
    await neighbour.publishAsync(`${root}/usc-13/presence`, '{}', { qos: 1 })
    await expect.poll(() => order.length).toBe(many + 1)
    expect(order.indexOf(`${root}/usc-13/presence`)).toBeLessThan(many)
  })

  test('a packet beyond the limit closes the connection before it is collected', async () => {
    const running = await open()
    const desk = await enter(running, 'usc-12')
    const closed = new Promise<void>((resolve) => desk.once('close', () => resolve()))
    desk.publish(`${root}/usc-12/health`, Buffer.alloc(hubLimits.clientPacketBytesMax + 1), { qos: 1 })
    await closed
    expect(running.logged.join('\n')).toContain('packet too large')
  })

  test('a packet announced as huge by a stranger ends at its first bytes', async () => {
    const running = await open()
    const { port } = new URL(running.urls.mqtt)
    const socket = connectSocket({ host: '127.0.0.1', port: Number(port) })
    undo.push(() => socket.destroy())
    socket.on('error', () => {})
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
    await closed
    expect(running.logged.join('\n')).toContain('packet too large')
  })

  test('the broker remembers only so many topics of one user, and forgets those taken back', async () => {
    const running = await open()
    const desk = await enter(running, 'usc-12')
    const keep = (index: number, payload: string) => desk.publishAsync(`${root}/usc-12/x/${index}`, payload, { retain: true, qos: 1 })
    for (let index = 0; index < hubLimits.retainedTopicsMax; index++) await keep(index, 'x')
    await keep(0, 'again')
    await keep(1, '')
    await keep(-1, 'instead')
    expect(desk.connected).toBe(true)
    const closed = new Promise<void>((resolve) => desk.once('close', () => resolve()))
    desk.publish(`${root}/usc-12/x/more`, 'x', { retain: true, qos: 1 })
    await closed
  })

  test('nothing is queued for a client that has gone, whatever it asked for', async () => {
    const running = await open()
    const first = await enter(running, 'usc-12', { clean: false })
    await first.subscribeAsync(`${root}/usc-12/command/#`, { qos: 1 })
    await first.endAsync()
    const again = connect(running.urls.mqtt, {
      protocolVersion: 4,
      clean: false,
      clientId: 'usc-12',
      username: 'usc-12',
      password: passwordOf('usc-12'),
      reconnectPeriod: 0,
    })
    undo.push(() => again.endAsync(true))
    const { sessionPresent } = await new Promise<{ sessionPresent: boolean }>((resolve) => again.once('connect', resolve))
    expect(sessionPresent).toBe(false)
  })

  test('garbage ends its own connection and no other', async () => {
    const running = await open()
    const desk = await enter(running, 'usc-12')
    const { port } = new URL(running.urls.mqtt)
    for (const bytes of [[0], [0x10, 0x00], [0xff, 0xff, 0xff, 0xff, 0xff], [0x30, 0x02, 0x00, 0x05], [0x47, 0x45, 0x54, 0x20]]) {
      const socket = connectSocket({ host: '127.0.0.1', port: Number(port) })
      socket.on('error', () => {})
      socket.end(Buffer.from(bytes))
      await new Promise((resolve) => socket.once('close', resolve))
    }
    await desk.publishAsync(`${root}/usc-12/availability`, 'online', { retain: true, qos: 1 })
    expect(desk.connected).toBe(true)
  })
})

describe('MQTT over WebSocket, beside the page', () => {
  const socketTo = (running: RunningHub, headers: object) => {
    const socket = new WebSocket(running.urls.websocket ?? '', 'mqtt', { headers: headers as Record<string, string> })
    undo.push(() => socket.terminate())
    return new Promise<string>((resolve) => {
      socket.once('open', () => resolve('open'))
      socket.once('unexpected-response', (_, response) => resolve(String(response.statusCode)))
      socket.once('error', () => resolve('error'))
    })
  }

  test('serves programs under the same rights', async () => {
    const running = await open()
    const desk = await connectAsync(running.urls.websocket ?? '', {
      protocolVersion: 4,
      clientId: 'usc-12',
      username: 'usc-12',
      password: passwordOf('usc-12'),
      reconnectPeriod: 0,
    })
    undo.push(() => desk.endAsync(true))
    await desk.publishAsync(`${root}/usc-12/availability`, 'online', { retain: true, qos: 1 })
    await expect.poll(async () => (await officeOf(running)).desks).toMatchObject([{ id: 'usc-12', availability: 'online' }])
  })

  test('does not keep the hub from stopping', async () => {
    const running = await open()
    const desk = await connectAsync(running.urls.websocket ?? '', {
      clientId: 'usc-12',
      username: 'usc-12',
      password: passwordOf('usc-12'),
      protocolVersion: 4,
      reconnectPeriod: 0,
    })
    const closed = new Promise<void>((resolve) => desk.once('close', () => resolve()))
    await running.stop()
    await closed
  })

  test('turns away pages of others', async () => {
    const running = await open()
    const { host } = new URL(running.urls.page)
    expect(await socketTo(running, { origin: 'http://evil.example' })).toBe('403')
    expect(await socketTo(running, { host: 'evil.example' })).toBe('403')
    expect(await socketTo(running, { origin: `http://${host}` })).toBe('open')
    expect(await socketTo(running, {})).toBe('open')
  })
})

test('a desk that dies is offline by its will', async () => {
  const running = await open()
  const desk = await startDesk(running.urls, 'usc-12')
  await desk.level('availability', 'online')
  desk.client.stream.destroy()
  await expect.poll(async () => (await officeOf(running)).desks).toMatchObject([{ id: 'usc-12', availability: 'offline' }])
})
