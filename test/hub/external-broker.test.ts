import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import type { AedesOptions } from 'aedes'
import { expect, onTestFinished, test } from 'vitest'
import { hubBroker } from '../../src/commands/hub.ts'
import { loadHubConfig } from '../../src/config/load.ts'
import { readHubSecrets } from '../../src/config/secrets.ts'
import { createHub } from '../../src/hub/hub.ts'
import { lampTable } from '../../src/lamps/patterns.ts'
import { temporaryDirectory } from '../config/temporary.ts'
import { ca, server as certificate, client, clientKey, expiredClient, key } from '../mqtt/certificates.ts'
import { listen, startBroker, type TestBroker } from '../mqtt/fixture.ts'
import { site } from './fixture.ts'

const directory = temporaryDirectory()
const availability = `third-ring/v1/${site}/hub/availability`

/** A hub as the command runs it, from a file with these lines about its broker. */
async function hubFrom(...brokerLines: readonly string[]) {
  const file = directory.write('hub.yaml', ['site: um-bialystok', 'http: { port: 0 }', 'broker:', ...brokerLines.map((line) => `  ${line}`), ''].join('\n'))
  const config = loadHubConfig(file)
  const told: string[] = []
  const log = { info() {}, warn: (fields: object, message: string) => void told.push(`${JSON.stringify(fields)} ${message}`) }
  const hub = createHub({ site, http: config.http, broker: hubBroker(config, readHubSecrets(config).secrets, log), lampTable, log })
  const { page } = await hub.start()
  onTestFinished(() => hub.stop())
  return { told, connected: async () => (await fetch(`${page}healthz`)).status === 200 }
}

/** The same broker behind TLS. */
async function behindTls(broker: TestBroker, options: TlsOptions): Promise<string> {
  const server = createServer({ cert: certificate, key, ca, ...options }, (socket) => broker.aedes.handle(socket as never))
  server.on('tlsClientError', () => {})
  const { port } = (await listen(server)) as AddressInfo
  onTestFinished(() => void server.close())
  return `mqtts://localhost:${port}`
}

test('a hub enters a broker behind TLS by its certificate, and a new one is enough where the old one had expired', async () => {
  const broker = await startBroker()
  const url = await behindTls(broker, { requestCert: true, rejectUnauthorized: true })
  for (const [name, text] of Object.entries({ 'ca.pem': ca, 'hub.crt': expiredClient, 'hub.key': clientKey })) directory.write(name, text)
  const { connected, told } = await hubFrom(`url: ${url}`, 'caFile: ca.pem', 'certFile: hub.crt', 'keyFile: hub.key')
  await expect.poll(() => told.join()).toContain('closed-early')
  expect(await connected()).toBe(false)
  expect(broker.heard).toEqual([])
  directory.write('hub.crt', client)
  await expect.poll(connected, { timeout: 20_000 }).toBe(true)
  expect(await broker.retained(availability)).toBe('online')
})

test('a hub does not enter a broker whose certificate its CA has not signed', async () => {
  const broker = await startBroker()
  const url = await behindTls(broker, {})
  directory.write('ca.pem', client)
  const { connected, told } = await hubFrom(`url: ${url}`, 'caFile: ca.pem')
  await expect.poll(() => told.join()).toContain('unknown-ca')
  expect(await connected()).toBe(false)
  expect(broker.heard).toEqual([])
})

test('the hub’s own password is changed while it runs: both lines, then the broker, then one line', async () => {
  const given: string[] = []
  let wanted = 'old'
  const authenticate: AedesOptions['authenticate'] = (_client, _name, password, done) => {
    given.push(`${password}`)
    if (`${password}` === wanted) return done(null, true)
    done(Object.assign(new Error('no'), { returnCode: 4 }) as never, false)
  }
  const broker = await startBroker({ authenticate })
  const file = directory.write('hub.password', 'old\n')
  const { connected, told } = await hubFrom(`url: ${broker.url}`, 'username: hub', 'passwordFile: hub.password')
  const again = async () => {
    const before = given.length
    broker.cut()
    await expect.poll(() => given.length, { timeout: 20_000 }).toBeGreaterThan(before)
    await expect.poll(connected, { timeout: 20_000 }).toBe(true)
  }
  await expect.poll(connected, { timeout: 20_000 }).toBe(true)
  writeFileSync(file, 'new\nold\n')
  await again()
  wanted = 'new'
  await again()
  writeFileSync(file, 'new\n')
  await again()
  expect(given).toEqual(['old', 'old', 'old', 'new', 'new'])
  expect(told.join()).not.toContain('wrong-password')
})

test('a certificate that cannot be read at the start is named with what to do', async () => {
  await expect(hubFrom('url: mqtts://localhost:1', 'caFile: nowhere.pem')).rejects.toThrow(/broker\.caFile: .*nowhere\.pem cannot be read; put it there/)
})
