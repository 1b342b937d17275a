import { createServer } from 'node:net'
import { createServer as createTlsServer, type Server, type TlsOptions } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BrokerAccess } from '../../src/mqtt/connection/connection.ts'
import { ca, server as certificate, client, clientKey, expired, expiredClient, future, key } from './certificates.ts'
import { base, listen, startBroker, startLink, type TestBroker } from './fixture.ts'

/** A broker behind TLS. */
async function tlsBroker(options: TlsOptions, broker?: TestBroker): Promise<{ url: string; port: number; server: Server; broker: TestBroker }> {
  const behind = broker ?? (await startBroker())
  const server = createTlsServer({ key, ...options }, (socket) => behind.aedes.handle(socket as never))
  server.on('tlsClientError', () => {})
  const { port } = await listen(server)
  onTestFinished(() => void server.close())
  return { url: `mqtts://localhost:${port}`, port, server, broker: behind }
}

const asDesk = (url: string, access: Partial<BrokerAccess> = {}): BrokerAccess => ({ url, username: 'usc-1', ca, ...access })

describe('an encrypted line', () => {
  const cases = [
    { name: 'is made where the CA is known and the name is right', cert: certificate, access: {}, host: 'localhost', fault: undefined },
    { name: 'is made under a name of one’s own', cert: certificate, access: { servername: 'localhost' }, host: '127.0.0.1', fault: undefined },
    { name: 'is made while the CA is being changed', cert: certificate, access: { ca: `${client}${ca}` }, host: 'localhost', fault: undefined },
    { name: 'is refused to an unknown CA', cert: certificate, access: { ca: client }, host: 'localhost', fault: 'unknown-ca' },
    { name: 'is refused to an expired certificate', cert: expired, access: {}, host: 'localhost', fault: 'certificate-expired' },
    { name: 'is refused to one that is not valid yet', cert: future, access: {}, host: 'localhost', fault: 'certificate-not-yet-valid' },
    { name: 'is refused to another name', cert: certificate, access: {}, host: '127.0.0.1', fault: 'wrong-host-name' },
  ]
  test.each(cases)('$name', async ({ cert, access, host, fault }) => {
    const { url } = await tlsBroker({ cert })
    const link = startLink(url, { access: asDesk(url.replace('localhost', host), access) })
    await expect.poll(() => link.health().connected || link.health().fault !== undefined).toBe(true)
    expect(link.health().fault).toBe(fault)
    expect(link.health().connected).toBe(fault === undefined)
  })

  test('each fault has a sentence of its own that says what to do, and is told once however often it is tried', async () => {
    const { url, server } = await tlsBroker({ cert: expired })
    let handshakes = 0
    server.on('tlsClientError', () => {
      handshakes += 1
    })
    const link = startLink(url, { access: asDesk(url) })
    await expect.poll(() => handshakes).toBeGreaterThan(3)
    expect(link.log.map(({ fields }) => fields)).toEqual([{ reason: 'certificate-expired' }])
    server.setSecureContext({ cert: certificate, key })
    await expect.poll(() => link.health().connected).toBe(true)
    expect(link.health()).not.toHaveProperty('fault')
  })

  test('is never made without encryption: a broker that speaks none gets a handshake and no letter of the password', async () => {
    const heard: Buffer[] = []
    const plain = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => {
        heard.push(data)
        socket.end('no TLS here')
      })
    })
    const { port } = await listen(plain)
    onTestFinished(() => void plain.close())
    const link = startLink('', { access: asDesk(`mqtts://localhost:${port}`, { password: 'sesame' }) })
    await expect.poll(() => heard.length).toBeGreaterThan(3)
    expect(link.health().connected).toBe(false)
    expect(['tls', 'closed-early']).toContain(link.health().fault)
    expect(heard.every((data) => data[0] === 0x16)).toBe(true)
    expect(Buffer.concat(heard).includes('sesame')).toBe(false)
    expect(JSON.stringify([link.log, link.health()])).not.toContain('sesame')
  })
})

describe('a certificate of the desk’s own', () => {
  const asking = { cert: certificate, ca, requestCert: true, rejectUnauthorized: true }

  test.each([
    { name: 'is taken where it is good', access: { cert: client, key: clientKey }, fault: undefined },
    { name: 'is missed where there is none', access: {}, fault: 'client-certificate-refused' },
    // A server of Node's only closes the connection; mosquitto says why (test/system).
    { name: 'is refused where it has expired', access: { cert: expiredClient, key: clientKey }, fault: 'closed-early' },
    { name: 'does not go with another key: a fault of ours, told as such', access: { cert: client, key }, fault: 'client-certificate' },
    { name: 'that is none is a fault like any other, not a crash', access: { cert: 'not a certificate', key: 'not a key' }, fault: 'client-certificate' },
  ])('$name', async ({ access, fault }) => {
    const { url } = await tlsBroker(asking)
    const link = startLink(url, { access: asDesk(url, access) })
    await expect.poll(() => link.health().connected || link.health().fault !== undefined).toBe(true)
    expect(link.health().fault).toBe(fault)
  })

  test('is read again before each attempt, so that a new one is enough', async () => {
    const { url } = await tlsBroker(asking)
    let cert = expiredClient
    const link = startLink(url, { access: () => asDesk(url, { cert, key: clientKey }) })
    await expect.poll(() => link.health().fault).toBe('closed-early')
    cert = client
    await expect.poll(() => link.health().connected).toBe(true)
  })
})

describe('a password that is being changed', () => {
  /** A broker that takes one password, and what it was given. */
  async function brokerOf(wanted: { password: string }) {
    const given: string[] = []
    const authenticate = (_client: unknown, _name: string | undefined, password: Buffer | undefined, done: (error: Error | null, ok: boolean) => void) => {
      given.push(password?.toString() ?? '')
      if (password?.toString() === wanted.password) return done(null, true)
      return done(Object.assign(new Error('no'), { returnCode: 4 }), false)
    }
    return { given, broker: await startBroker({ authenticate: authenticate as never }) }
  }

  test('desks first, then the broker, then the old one is taken out: nothing is restarted and nobody is told of a fault', async () => {
    const wanted = { password: 'old' }
    const { broker, given } = await brokerOf(wanted)
    let passwords: Pick<BrokerAccess, 'password' | 'olderPassword'> = { password: 'old' }
    const link = startLink(broker.url, { access: () => ({ url: broker.url, username: 'usc-1', ...passwords }), limits: { stableMs: 10 } })
    const reconnect = async () => {
      const before = link.announced()
      broker.cut()
      await expect.poll(() => link.announced()).toBe(before + 1)
    }
    await expect.poll(() => link.announced()).toBe(1)
    passwords = { password: 'new', olderPassword: 'old' }
    await reconnect()
    wanted.password = 'new'
    await reconnect()
    passwords = { password: 'new' }
    await reconnect()
    expect(given).toEqual(['old', 'old', 'old', 'new', 'new'])
    expect(link.log.map(({ fields }) => fields)).not.toContainEqual({ reason: 'wrong-password' })
    expect(await broker.retained(`${base}/availability`)).toBe('online')
  })

  test('a desk that starts while the broker still wants the old one is in with its second attempt, at once', async () => {
    const { broker, given } = await brokerOf({ password: 'old' })
    const link = startLink(broker.url, {
      access: { url: broker.url, username: 'usc-1', password: 'new', olderPassword: 'old' },
      limits: { backOffFirstMs: 60_000, backOffLastMs: 60_000 },
    })
    await expect.poll(() => link.announced()).toBe(1)
    expect(given).toEqual(['new', 'old'])
  })

  test('where the broker takes neither, both are tried once a wait, and it is told once without either', async () => {
    const { broker, given } = await brokerOf({ password: 'another' })
    const link = startLink(broker.url, { access: { url: broker.url, username: 'usc-1', password: 'sesame-new', olderPassword: 'sesame-old' } })
    await expect.poll(() => given.length).toBeGreaterThan(5)
    expect(given.slice(0, 4)).toEqual(['sesame-new', 'sesame-old', 'sesame-new', 'sesame-old'])
    expect(link.log).toHaveLength(1)
    expect(JSON.stringify([link.log, link.health()])).not.toContain('sesame')
  })
})
