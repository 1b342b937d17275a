import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createBrokerAccess } from '../../src/agent/broker/access.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import { readBrokerPassword } from '../../src/config/secrets.ts'
import { createHub } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { officeOf, stateOf } from '../hub/fixture.ts'
import { ear, site } from '../hub/rights-matrix.ts'
import { memoryStore, startLink } from '../mqtt/fixture.ts'
import { installMosquitto } from './mosquitto.ts'
import { type OfficeBroker, startOfficeBroker } from './office-broker.ts'

beforeAll(installMosquitto)

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
        await expect.poll(() => store.acknowledged, { timeout: 20_000 }).toBeGreaterThan(before + 20)
      }
      /** A connection that ends by itself, as one does in a week. */
      const again = async (accepted = {}) => {
        const before = link.announced()
        const thief = await broker.enter(desk, login, accepted)
        await expect.poll(() => link.announced(), { timeout: 20_000 }).toBeGreaterThan(before)
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
      await expect.poll(() => store.acknowledged, { timeout: 20_000 }).toBe(store.lastSequence)
      await expect.poll(heard, { timeout: 20_000 }).toEqual(Array.from({ length: store.lastSequence }, (_, index) => index + 1))
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
  const [password = ''] = broker.read('hub/hub-broker.password').split('\n')
  const external = { url: `mqtt://127.0.0.1:${broker.ports.local}`, username: 'hub', password }
  const log = { info: () => {}, warn: () => {} }
  const hub = createHub({ site, http: { host: '127.0.0.1', port: 0 }, broker: { external }, lampTable, log })
  const urls = await hub.start()
  onTestFinished(() => hub.stop())
  const shown = async () => (await officeOf({ urls })).desks
  await expect.poll(shown, { timeout: 20_000 }).toMatchObject([{ id: desk, availability: 'online', state: { lamp: 'ring-warning' } }])
  await broker.stop()
  writeFileSync(broker.database, Buffer.alloc(readFileSync(broker.database).length))
  expect(await broker.start()).toContain('the database was damaged')
  const listening = await ear(await broker.enter('anna', 'local', { clientId: 'anna.ear' }), ['third-ring/#'])
  const topics = () => listening.heard.map(([topic]) => topic)
  await expect.poll(topics, { timeout: 20_000 }).toEqual(expect.arrayContaining([`third-ring/v1/${site}/hub/rebirth`, `${base}/state`, `${base}/availability`]))
  await expect.poll(shown, { timeout: 20_000 }).toMatchObject([{ id: desk, availability: 'online', state: { lamp: 'ring-warning' } }])
})
