import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createBrokerAccess } from '../../src/agent/broker/access.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import { readBrokerPassword } from '../../src/config/secrets.ts'
import { createHub, type HubOptions } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import type { BrokerAccess } from '../../src/mqtt/connection/connection.ts'
import { temporaryDirectory } from '../config/temporary.ts'
import { thousandDesks } from '../directory/thousand-desks.ts'
import { officeOf, stateOf } from '../hub/fixture.ts'
import { ear, site } from '../hub/rights-matrix.ts'
import { memoryStore, startLink } from '../mqtt/fixture.ts'
import { installMosquitto, startMosquitto } from './mosquitto.ts'
import { type OfficeBroker, startOfficeBroker } from './office-broker.ts'

beforeAll(installMosquitto)

const place = temporaryDirectory()
const desk = 'usc-12'
const base = `third-ring/v1/${site}/${desk}`

/** A desk's line that reads the files which the command has written for it, and reads them again when they change. */
function startDesk({ folder }: OfficeBroker) {
  const config = loadAgentConfig(join(folder, `desks/${desk}/agent.yaml`), {})
  const told: string[] = []
  const access = createBrokerAccess(config, readBrokerPassword(config), (_, message) => told.push(message))
  const store = memoryStore()
  const link = startLink(config.broker.url, { site, desk, access, store, clock: { now: () => performance.now(), wall: () => Date.now() } })
  const feed = setInterval(() => {
    store.add()
    link.wake()
  }, 10)
  onTestFinished(() => clearInterval(feed))
  return { link, store, told, endOfFeed: () => clearInterval(feed) }
}

/** A hub at this broker; what it logs is kept. */
async function startHub(external: BrokerAccess, options: Pick<HubOptions, 'directory'> = {}) {
  const told: string[] = []
  const log = { info: () => {}, warn: (fields: object, message: string) => void told.push(`${message} ${JSON.stringify(fields)}`) }
  const hub = createHub({ site, http: { host: '127.0.0.1', port: 0 }, broker: { external }, lampTable, log, ...options })
  const urls = await hub.start()
  onTestFinished(() => hub.stop())
  return { urls, told }
}

/** As the hub of this office logs in. */
function hubAccess(broker: OfficeBroker): BrokerAccess {
  const [password = ''] = broker.read('hub/hub-broker.password').split('\n')
  return { url: `mqtt://127.0.0.1:${broker.ports.local}`, username: 'hub', password }
}

/** An independent consumer on this machine, whose session outlives its connections. */
async function consumer(broker: OfficeBroker) {
  const session = { protocolVersion: 5, clientId: 'anna.consumer', clean: false, reconnectPeriod: 50, properties: { sessionExpiryInterval: 3600 } } as const
  const listening = await ear(await broker.enter('anna', 'local', session), [`${base}/event`])
  let closed = 0
  listening.client.on('close', () => {
    closed += 1
  })
  return { heard: () => [...new Set(listening.heard.map(([, payload]) => (JSON.parse(payload) as { n: number }).n))], closed: () => closed }
}

describe('a rotation under a running desk, in the order of the guide', () => {
  test.each(['password', 'certificate'] as const)(
    'of its %s: nothing is restarted, nothing is lost, and the old one is worth nothing in the end',
    async (login) => {
      const broker = await startOfficeBroker(onTestFinished, login)
      const { heard, closed } = await consumer(broker)
      const running = startDesk(broker)
      const { link, store } = running
      const more = async () => {
        const before = store.acknowledged
        await expect.poll(() => store.acknowledged).toBeGreaterThan(before + 20)
      }
      /** A connection that ends by itself, as one does in a week. */
      const again = async (accepted = {}) => {
        const before = link.announced()
        const thief = await broker.enter(desk, login, accepted)
        await expect.poll(() => link.announced()).toBeGreaterThan(before)
        await thief.endAsync(true)
      }
      await more()
      const [old = ''] = broker.read(`desks/${desk}/broker.password`).split('\n')
      await broker.provision({ rotate: [desk] })
      // The broker does not know the new password yet.
      await again(login === 'password' ? { password: old } : {})
      await more()
      await broker.reload()
      if (login === 'certificate') await again()
      await more()
      await broker.provision({ retire: [desk] })
      await broker.reload()
      await more()
      await again()
      await more()
      running.endOfFeed()
      await expect.poll(() => store.acknowledged).toBe(store.lastSequence)
      await expect.poll(heard).toEqual(Array.from({ length: store.lastSequence }, (_, index) => index + 1))
      expect(running.told).toEqual([])
      expect(link.log.map(({ fields }) => fields)).not.toContainEqual({ reason: 'wrong-password' })
      expect(closed()).toBe(0)
    },
  )
})

test('after a power cut that has damaged the database the broker starts, the hub asks everybody, and knows the desk again', async () => {
  const broker = await startOfficeBroker()
  const { link } = startDesk(broker)
  link.set('state', stateOf(Date.now(), { lamp: 'ring-warning' }) as Record<string, unknown>)
  const { urls } = await startHub(hubAccess(broker))
  const shown = async () => (await officeOf({ urls })).desks
  await expect.poll(shown).toMatchObject([{ id: desk, availability: 'online', state: { lamp: 'ring-warning' } }])
  await broker.stop()
  writeFileSync(broker.database, Buffer.alloc(readFileSync(broker.database).length))
  expect(await broker.start()).toContain('the database was damaged')
  const listening = await ear(await broker.enter('anna', 'local', { clientId: 'anna.ear' }), ['third-ring/#'])
  const topics = () => listening.heard.map(([topic]) => topic)
  // It may have asked before, of a desk that has not said what it is: then it asks again after a minute.
  await expect.poll(topics, { timeout: 90_000 }).toEqual(expect.arrayContaining([`third-ring/v1/${site}/hub/rebirth`, `${base}/state`, `${base}/availability`]))
  await expect.poll(shown).toMatchObject([{ id: desk, availability: 'online', state: { lamp: 'ring-warning' } }])
})

describe('the directory of a thousand desks', () => {
  const topic = `third-ring/v1/${site}/hub/directory`

  test('comes from the hub to a desk through mosquitto as it was provisioned, in MQTT 5 and 3.1.1', async () => {
    const broker = await startOfficeBroker()
    const { link, endOfFeed } = startDesk(broker)
    endOfFeed()
    const sizes: number[] = []
    link.subscribe(topic, (payload) => sizes.push(payload.length))
    const older = await ear(await broker.enter('anna', 'local', { clientId: 'anna.ear', protocolVersion: 4 }), [topic])
    const { urls } = await startHub(hubAccess(broker), { directory: place.write('directory.yaml', thousandDesks) })
    await expect.poll(() => sizes).toHaveLength(1)
    expect(sizes[0]).toBeGreaterThan(200_000)
    await expect.poll(() => older.heard.map(([, payload]) => payload.length)).toEqual(sizes)
    expect(link.health()).toMatchObject({ connected: true, protocol: 5 })
    expect(await directoryOf(urls)).toMatchObject({ desks: 1000 })
    expect(await directoryOf(urls)).not.toHaveProperty('faults')
  })

  test('stays in the hub where mosquitto was set up for less, and the hub says so and stays connected', async () => {
    const { url } = await startMosquitto({ settings: ['max_packet_size 65536'] })
    const { urls, told } = await startHub({ url, username: 'hub' }, { directory: place.write('directory.yaml', thousandDesks) })
    const fault = /^broker: takes a message of at most 65024 bytes, and the directory makes one of \d+; let its largest packet be 262144 bytes$/
    await expect.poll(() => directoryOf(urls)).toMatchObject({ faults: [expect.stringMatching(fault)] })
    expect(told.join('\n')).toContain('of the directory is not published')
    expect((await healthOf(urls)).broker).toBe(true)
    await expect.poll(async () => (await healthOf(urls)).alarms).toMatchObject([{ kind: 'directory.refused' }])
  })
})

async function healthOf(urls: { readonly page: string }) {
  return (await (await fetch(`${urls.page}healthz`)).json()) as { broker: boolean; directory: object; alarms: readonly object[] }
}

async function directoryOf(urls: { readonly page: string }): Promise<object> {
  return (await healthOf(urls)).directory
}
