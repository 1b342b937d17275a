import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Aedes } from 'aedes'
import { expect, onTestFinished, test } from 'vitest'
import { createYealinkPhone } from '../../src/simulator/phones/index.ts'
import { freePort, site, token } from '../agent/desk-fixture.ts'
import { ca, server as certificate, key } from '../mqtt/certificates.ts'
import { gone } from './consumer.ts'

/** The compiled agent in a process that is told another time of day by libfaketime (Debian); its monotonic clock is the machine's own. */
const fakeTime = readdirSync('/usr/lib')
  .map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
  .find((file) => existsSync(file))

interface WireEvent {
  readonly type: string
  readonly time: string
  readonly clock?: string
  readonly boot?: string
  readonly monotonic?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A broker with a certificate that begins in 2000, in this process, where the time is right. */
async function startTlsBroker(): Promise<{ url: string; on(topic: string): string[]; refused(): number }> {
  const aedes = await Aedes.createBroker()
  const heard: { topic: string; payload: string }[] = []
  let refused = 0
  aedes.on('publish', ({ topic, payload }) => void heard.push({ topic, payload: payload.toString() }))
  const sockets = new Set<Socket>()
  const server = createServer({ cert: certificate, key }, (socket) => {
    sockets.add(socket)
    aedes.handle(socket)
  }).on('tlsClientError', () => {
    refused += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
  })
  const on = (topic: string): string[] => heard.filter((message) => message.topic === topic).map(({ payload }) => payload)
  return { url: `mqtts://localhost:${(server.address() as AddressInfo).port}`, on, refused: () => refused }
}

test('an agent that wakes up in 1970 works, keeps trying a broker whose certificate is not valid yet, and tells the times when it knows them', async () => {
  expect(fakeTime, 'libfaketime is installed').toBeDefined()
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-clock-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text, { mode: 0o600 })
    return join(directory, name)
  }
  const broker = await startTlsBroker()
  const [port, adminPort] = [await freePort(), await freePort()]
  const phone = createYealinkPhone({
    ...{ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', username: 'admin', password: 'secret' },
    agentUrl: `http://127.0.0.1:${port}/yealink/${token}`,
  })
  await phone.start()
  const config = {
    site,
    desk: 'usc-12',
    phone: { vendor: 'yealink', url: phone.url(), username: 'admin', passwordFile: file('password', 'secret') },
    listen: { host: '127.0.0.1', port, tokenFile: file('token', token) },
    admin: { host: '127.0.0.1', port: adminPort },
    broker: { url: broker.url, caFile: file('ca.pem', ca) },
    store: { directory: join(directory, 'store') },
  }
  const wall = file('wall', '@1970-01-01 00:10:00')
  const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))
  const agent = spawn(process.execPath, [program, 'agent', '--config', file('desk.yaml', JSON.stringify(config))], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LD_PRELOAD: fakeTime, FAKETIME_TIMESTAMP_FILE: wall, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1', TZ: 'UTC' },
  })
  onTestFinished(async () => {
    await gone(agent, 'SIGKILL')
    await phone.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const health = async (): Promise<Record<string, Record<string, unknown>>> =>
    (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json() as Promise<Record<string, Record<string, unknown>>>
  const own = `third-ring/v1/${site}/usc-12`
  const events = (): WireEvent[] => broker.on(`${own}/event`).map((json) => JSON.parse(json) as WireEvent)
  const told = (type: string): WireEvent | undefined => events().findLast((event) => event.type === `third-ring.${type}`)

  await expect.poll(async () => (await health().catch(() => undefined))?.['broker']?.['lastError']).toMatch(/clock cannot be right/)
  await expect.poll(async () => (await health())['phone']?.['reachable']).toBe(true)
  const [rang, monotonicMs] = [Date.now(), Number(process.hrtime.bigint() / 1_000_000n)]
  const id = phone.ring({ number: '857654321' })
  await expect.poll(async () => (await health())['store']?.['unsent']).toBeGreaterThan(1)
  expect(await health()).toMatchObject({ clock: 'unsynced' })
  const tries = broker.refused()
  await expect.poll(() => broker.refused()).toBeGreaterThan(tries)
  expect(broker.on(`${own}/availability`)).toEqual([])

  // The time daemon has found the time.
  // In one step: an agent that looked between two would find a file with nothing in it.
  renameSync(file('wall.set', '+0'), wall)
  await expect.poll(() => broker.on(`${own}/availability`).at(-1)).toBe('online')
  phone.answer(id)
  await expect.poll(() => told('call.answered')).toBeDefined()
  const [alerting, stepped, answered] = [told('call.alerting'), told('clock.stepped'), told('call.answered')]
  expect(alerting).toMatchObject({ clock: 'unsynced', time: expect.stringMatching(/^1970-01-01T00:1\d/) })
  expect(stepped).toMatchObject({ boot: alerting?.boot, data: { synced: true } })
  expect(answered).not.toHaveProperty('clock')
  // The same monotonic clock runs in this process: by it the two agree on when the caller rang, to what two processes need to hear of each other.
  const offsetMs = Date.parse(stepped?.time ?? '') - Number(stepped?.monotonic)
  expect(Math.abs(offsetMs - (rang - monotonicMs))).toBeLessThan(2000)
  expect(offsetMs + Number(alerting?.monotonic)).toBeGreaterThanOrEqual(rang - 1000)
  expect(answered?.data['waitMs'] as number).toBeLessThan(Date.now() - rang + 1000)
  await expect.poll(() => JSON.parse(broker.on(`${own}/state`).at(-1) ?? '{}')).toMatchObject({ clock: 'synced', calls: [{ state: 'connected' }] })
  const { at, calls } = JSON.parse(broker.on(`${own}/state`).at(-1) ?? '{}') as { at: string; calls: { since: string }[] }
  for (const moment of [at, calls[0]?.since ?? '']) expect(Math.abs(Date.parse(moment) - Date.now())).toBeLessThan(60_000)
}, 240_000)
