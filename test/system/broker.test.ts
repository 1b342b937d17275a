import { createHash, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { packetBytesMax } from '../../src/mqtt/limits.ts'
import {
  audible,
  type Enter,
  ear,
  greedyFilters,
  neededFilters,
  notTheirs,
  sharedFilters,
  tryToPublish,
  type User,
  users,
  whatIsHeard,
} from '../hub/rights-matrix.ts'
import { ca as strangeAuthority, server as strangeCertificate, key as strangeKey } from '../mqtt/certificates.ts'
import { installMosquitto } from './mosquitto.ts'
import { deskList, type OfficeBroker, placeOfUser, startOfficeBroker } from './office-broker.ts'

beforeAll(installMosquitto)

const base = 'third-ring/v1/um/usc-14'

describe.each([
  ['password', 5],
  ['password', 4],
  ['certificate', 5],
  ['certificate', 4],
] as const)('with a %s and MQTT %i', (login, protocolVersion) => {
  let office: OfficeBroker
  const undo: (() => Promise<void>)[] = []
  beforeAll(async () => {
    office = await startOfficeBroker((step) => void undo.push(step))
  })
  afterAll(async () => {
    for (const step of undo) await step()
  })
  const enter: Enter = (user, options) => office.enter(user, login, { protocolVersion, ...options })
  const local: Enter = (user, options) => office.enter(user, 'local', { protocolVersion: 4, ...options })

  test.each(users)('%s writes what it may, and nothing else arrives or is remembered', async (user) => {
    await tryToPublish(enter, user, local)
  })

  test.each(users)('%s hears nothing that is not its own to hear, whatever it asks for', async (user) => {
    expect(notTheirs(user, await whatIsHeard(enter, user, greedyFilters, local))).toEqual([])
    expect(notTheirs(user, await whatIsHeard(enter, user, sharedFilters, local))).toEqual([])
  })

  test.each(users)('%s hears all that it needs', async (user) => {
    expect(await whatIsHeard(enter, user, neededFilters[user], local)).toEqual(audible(user, neededFilters[user]))
  })

  test('a will on the topic of another is not said, and one’s own is', async () => {
    const listening = await ear(await local('anna'), ['#'])
    const said = () => listening.heard.filter(([, payload]) => payload === 'my will').map(([topic]) => topic)
    for (const topic of [`${base}/availability`, `${base}/command/hold`, 'third-ring/v1/um/hub/warden', 'third-ring/v1/um/usc-12/availability']) {
      const will = { topic, payload: Buffer.from('my will'), qos: 1, retain: true } as const
      const dying = await enter('usc-12', { will }).catch(() => undefined)
      dying?.stream.destroy()
    }
    await expect.poll(said).toEqual(['third-ring/v1/um/usc-12/availability'])
  })

  test('the client id of another throws nobody off', async () => {
    const victim = await ear(await enter('usc-14'), [`${base}/command/#`])
    await enter('usc-12', { clientId: 'usc-14' })
    await enter('usc-12', { clientId: 'usc-14.release' })
    await (await local('anna')).publishAsync(`${base}/command/identify`, 'yours', { qos: 1 })
    await expect.poll(() => victim.heard).toContainEqual([`${base}/command/identify`, 'yours'])
    expect(victim.client.connected).toBe(true)
  })
})

/** The word of the broker, or of TLS, to somebody who must stay outside. */
async function refusal(url: string, options: IClientOptions): Promise<string> {
  const client = connect(url, { reconnectPeriod: 0, connectTimeout: 5000, ...options })
  onTestFinished(() => void client.end(true))
  return new Promise((resolve) => {
    client.once('connect', () => resolve('connected'))
    client.once('error', (error) => resolve(`${error.message} ${(error as { code?: unknown }).code ?? ''}`))
    client.once('close', () => setImmediate(() => resolve('closed')))
  })
}

describe('who stays outside', () => {
  test.each([4, 5] as const)('without the right password, MQTT %i', async (protocolVersion) => {
    const broker = await startOfficeBroker()
    const ca = broker.read('authority/ca.crt')
    const [password = ''] = broker.read('desks/usc-12/broker.password').split('\n')
    const strangers: IClientOptions[] = [
      {},
      { username: 'usc-12' },
      { username: 'usc-12', password: '' },
      { username: 'usc-12', password: `${password}x` },
      { username: 'usc-14', password },
      { username: 'nobody', password },
      { clientId: 'usc-12' },
    ]
    for (const [login, more] of [
      ['password', { ca }],
      ['local', {}],
      ['websocket', {}],
    ] as const) {
      const url = {
        password: `mqtts://localhost:${broker.ports.password}`,
        local: `mqtt://127.0.0.1:${broker.ports.local}`,
        websocket: `ws://127.0.0.1:${broker.ports.websocket}`,
      }[login]
      for (const stranger of strangers) expect([login, stranger, await refusal(url, { protocolVersion, ...more, ...stranger })]).not.toContain('connected')
      expect(await refusal(url, { protocolVersion, ...more, username: 'usc-12', password })).toBe('connected')
    }
  })

  test('without a certificate of this office, or with one that was taken back', async () => {
    const broker = await startOfficeBroker()
    const url = `mqtts://localhost:${broker.ports.certificate}`
    const ca = broker.read('authority/ca.crt')
    const own = { cert: broker.read('desks/usc-12/broker.crt'), key: broker.read('desks/usc-12/broker.key') }
    const [password = ''] = broker.read('desks/usc-12/broker.password').split('\n')
    for (const stranger of [
      {},
      { username: 'usc-12', password },
      { cert: strangeCertificate, key: strangeKey },
      { cert: strangeCertificate + strangeAuthority, key: strangeKey },
    ]) {
      expect([stranger, await refusal(url, { ca, ...stranger })]).not.toContain('connected')
    }
    // The name in the certificate holds, whatever is said beside it.
    const imposter = await broker.enter('usc-12', 'certificate', { username: 'usc-14', password: 'x' })
    const listening = await ear(await broker.enter('anna', 'local'), ['#'])
    imposter.publish(`${base}/state`, 'mine', { qos: 1 })
    await imposter.publishAsync('third-ring/v1/um/usc-12/state', 'mine', { qos: 1 })
    await expect.poll(() => listening.heard).toEqual([['third-ring/v1/um/usc-12/state', 'mine']])
    await broker.provision({ rotate: ['usc-12'], retire: ['usc-12'] })
    await broker.reload()
    expect(await refusal(url, { ca, ...own })).not.toBe('connected')
    await broker.enter('usc-12', 'certificate')
  })

  test('of the network, where a listener is for this machine alone', async () => {
    const broker = await startOfficeBroker()
    expect(listeningAddresses(broker.ports.local)).toEqual(['0100007F'])
    expect(listeningAddresses(broker.ports.websocket)).toEqual(['0100007F'])
  })

  test('a desk that is no longer in the list', async () => {
    const broker = await startOfficeBroker()
    const gone = { cert: broker.read('desks/usc-14/broker.crt'), key: broker.read('desks/usc-14/broker.key') }
    const stays = await broker.enter('usc-12', 'password')
    await broker.provision({ list: deskList.replace(/^usc-14.*\n/m, '').replace(',usc-14\n', ',\n') })
    await broker.reload()
    const ca = broker.read('authority/ca.crt')
    const [password = ''] = broker.read('desks/usc-14/broker.password').split('\n')
    expect(await refusal(`mqtts://localhost:${broker.ports.password}`, { ca, username: 'usc-14', password })).not.toBe('connected')
    expect(await refusal(`mqtts://localhost:${broker.ports.certificate}`, { ca, ...gone })).not.toBe('connected')
    expect(stays.connected).toBe(true)
  })
})

/** Of a port of IPv4 and IPv6, as the kernel writes them. */
function listeningAddresses(port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/)
        const [address = '', at] = local.split(':')
        return at === wanted && state === '0A' ? [address] : []
      }),
  )
}

test('one desk more is let in by a reload, and nobody notices', async () => {
  const broker = await startOfficeBroker()
  const before = filesBelow(join(broker.folder, 'desks'))
  const present = await Promise.all((['password', 'certificate'] as const).map((login) => broker.enter(login === 'password' ? 'usc-12' : 'usc-14', login)))
  const listening = await ear(await broker.enter('anna', 'local'), ['third-ring/v1/+/+/state'])
  await broker.provision({ list: `${deskList}usc-15,T46U,00:15:65:aa:bb:03,10.20.30.15,6015,10.20.31.15,\n` })
  await broker.reload()
  const added = await broker.enter('usc-15', 'password')
  await added.publishAsync('third-ring/v1/um/usc-15/state', 'here', { qos: 1 })
  await (await broker.enter('usc-15', 'certificate')).publishAsync('third-ring/v1/um/usc-15/state', 'here too', { qos: 1 })
  for (const client of present) await client.publishAsync('third-ring/v1/um/usc-12/state', 'still', { qos: 1 })
  await expect.poll(() => listening.heard.map(([, payload]) => payload)).toEqual(['here', 'here too', 'still'])
  expect(present.map(({ connected }) => connected)).toEqual([true, true])
  expect(filesBelow(join(broker.folder, 'desks'))).toMatchObject(before)
})

/** Each file's content and time, so that one written anew with the same content is found, too. */
function filesBelow(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[a-z]+$/.test(file))
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  )
}

describe('a rotation', () => {
  test('of a password: both are on the desk, the broker takes the new one after a reload', async () => {
    const broker = await startOfficeBroker()
    const passwords = () => broker.read('desks/usc-12/broker.password').trim().split('\n')
    const enter = (password: string | undefined) =>
      refusal(`mqtts://localhost:${broker.ports.password}`, { ca: broker.read('authority/ca.crt'), username: 'usc-12', password: password ?? '' })
    const [first] = passwords()
    await broker.provision({ rotate: ['usc-12'] })
    const [second, old] = passwords()
    expect(old).toBe(first)
    expect(await enter(first)).toBe('connected')
    await broker.reload()
    expect(await enter(second)).toBe('connected')
    expect(await enter(first)).not.toBe('connected')
    await broker.provision({ retire: ['usc-12'] })
    expect(passwords()).toEqual([second])
  })

  test('of a certificate: both are good until the old one is taken back', async () => {
    const broker = await startOfficeBroker()
    const url = `mqtts://localhost:${broker.ports.certificate}`
    const pair = () => ({ ca: broker.read('authority/ca.crt'), cert: broker.read('desks/usc-12/broker.crt'), key: broker.read('desks/usc-12/broker.key') })
    const before = pair()
    await broker.provision({ rotate: ['usc-12'] })
    await broker.reload()
    expect(new X509Certificate(pair().cert).serialNumber).not.toBe(new X509Certificate(before.cert).serialNumber)
    expect([await refusal(url, before), await refusal(url, pair())]).toEqual(['connected', 'connected'])
    await broker.provision({ retire: ['usc-12'] })
    await broker.reload()
    expect(await refusal(url, before)).not.toBe('connected')
    expect(await refusal(url, pair())).toBe('connected')
  })

  test('without an overlap: a reload lets go whoever has the old password; who has the old certificate stays until the connection ends', async () => {
    const broker = await startOfficeBroker()
    const ended: string[] = []
    const enter = async (user: string, login: 'password' | 'certificate') =>
      (await broker.enter(user, login)).once('close', () => ended.push(`${user} ${login}`))
    await enter('usc-14', 'password')
    const certified = await enter('usc-12', 'certificate')
    await broker.provision({ rotate: ['usc-12', 'usc-14'], retire: ['usc-12', 'usc-14'] })
    await broker.reload()
    await expect.poll(() => ended).toEqual(['usc-14 password'])
    await certified.publishAsync('third-ring/v1/um/usc-12/state', 'still here', { qos: 1 })
    await broker.stop()
    await broker.start()
    await expect.poll(() => ended).toEqual(['usc-14 password', 'usc-12 certificate'])
  })

  test('of the broker’s own certificate: a reload, and who connects then sees the new one', async () => {
    const broker = await startOfficeBroker()
    const before = broker.read('broker/mosquitto/server.crt')
    const stays = await broker.enter('usc-14', 'password')
    await broker.provision({ rotate: ['broker'] })
    await broker.reload()
    const shown = (client: MqttClient) => (client.stream as unknown as { getPeerX509Certificate(): X509Certificate }).getPeerX509Certificate().serialNumber
    const client = await broker.enter('usc-12', 'password')
    const serial = shown(client)
    expect(serial).toBe(new X509Certificate(broker.read('broker/mosquitto/server.crt')).serialNumber)
    expect(serial).not.toBe(new X509Certificate(before).serialNumber)
    expect(stays.connected).toBe(true)
  })
})

describe('the guard', () => {
  /** A broker that has something to remember, ended in order so that it is on the disk. */
  async function withDatabase() {
    const broker = await startOfficeBroker()
    const desk = await broker.enter('usc-12', 'password')
    for (let index = 0; index < 50; index += 1)
      await desk.publishAsync(`third-ring/v1/um/usc-12/state/${index}`, `${index}`.repeat(200), { qos: 1, retain: true })
    await broker.stop()
    return broker
  }
  const remembered = async (broker: OfficeBroker) => {
    const listening = await ear(await broker.enter('anna', 'local'), ['third-ring/#'])
    await listening.client.publishAsync('third-ring/v1/um/hub/alarms', 'end', { qos: 1 })
    await expect.poll(() => listening.heard.map(([, payload]) => payload)).toContain('end')
    return listening.heard.length - 1
  }

  test('leaves a good database alone', async () => {
    const broker = await withDatabase()
    expect(await broker.start()).toBe('')
    expect(await remembered(broker)).toBe(50)
  })

  const good = (broker: OfficeBroker) => readFileSync(broker.database)
  test.each<[string, (broker: OfficeBroker) => void]>([
    ['filled with zeros', (broker) => writeFileSync(broker.database, Buffer.alloc(good(broker).length))],
    ['cut off in the middle', (broker) => truncateSync(broker.database, Math.floor(good(broker).length / 2) + 3)],
    ['another file', (broker) => writeFileSync(broker.database, 'hello '.repeat(400))],
  ])('a database that is %s does not keep the broker from starting', async (_, damage) => {
    const broker = await withDatabase()
    damage(broker)
    const said = await broker.start()
    expect(await remembered(broker)).toBeLessThan(50)
    const aside = readdirSync(dirname(broker.database)).filter((name) => name.startsWith('mosquitto.db.damaged-'))
    expect([said.includes('was damaged and is now'), aside.length]).toEqual([true, 1])
    const desk = await broker.enter('usc-12', 'password')
    await desk.publishAsync('third-ring/v1/um/usc-12/state', 'again', { qos: 1, retain: true })
    expect(await remembered(broker)).toBeGreaterThan(0)
    await broker.stop()
    expect(await broker.start()).toBe('')
  })

  test('leaves one to mosquitto that it reads as far as it goes: zeros from some block on', async () => {
    const broker = await withDatabase()
    const bytes = good(broker)
    bytes.fill(0, 4096)
    writeFileSync(broker.database, bytes)
    expect(await broker.start()).toBe('')
    expect(await remembered(broker)).toBeLessThan(50)
  })

  test('leaves an empty one to mosquitto, which takes it', async () => {
    const broker = await withDatabase()
    truncateSync(broker.database, 0)
    expect(await broker.start()).toBe('')
    expect(await remembered(broker)).toBe(0)
  })

  test('does nothing where there is no database yet', async () => {
    const broker = await startOfficeBroker()
    await broker.stop()
    rmSync(broker.database, { force: true })
    expect(await broker.start()).toBe('')
  })
})

test('a packet beyond the limit is not taken', async () => {
  const broker = await startOfficeBroker()
  const desk = await broker.enter('usc-12', 'password', { protocolVersion: 4 })
  const closed = new Promise<void>((resolve) => desk.once('close', () => resolve()))
  desk.publish('third-ring/v1/um/usc-12/state', Buffer.alloc(packetBytesMax + 1), { qos: 1 })
  await closed
})

test('every user of the office comes in both ways', async () => {
  const broker = await startOfficeBroker()
  for (const user of [...users, 'hub'] as readonly (User | 'hub')[]) {
    expect(broker.read(`${placeOfUser(user)}.password`).length).toBeGreaterThan(30)
    for (const login of ['password', 'certificate', 'local', 'websocket'] as const) expect((await broker.enter(user, login)).connected).toBe(true)
  }
})
