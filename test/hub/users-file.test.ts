import { scryptSync } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, onTestFinished, test } from 'vitest'
import { createBroker } from '../../src/hub/broker/broker.ts'
import { readUsersFile } from '../../src/hub/broker/users-file.ts'

const salt = Buffer.from('0011223344556677', 'hex')
const line = (name: string, role: string, password: string, cost?: number) => {
  const hash = scryptSync(password, salt, 32, { N: cost ?? 16_384 }).toString('hex')
  return `${name}:${role}:${salt.toString('hex')}:${hash}${cost === undefined ? '' : `:${cost}`}`
}

/** A users file, its reader, and a clock that stands still until the file is written again. */
function usersFile(...lines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-users-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'users')
  let now = 0
  const put = (...next: readonly string[]) => {
    writeFileSync(`${file}.new`, `${next.join('\n')}\n`)
    renameSync(`${file}.new`, file)
    now += 1000
  }
  put(...lines)
  const told: string[] = []
  const log = { info: (_: object, message: string) => void told.push(message), warn: (_: object, message: string) => void told.push(message) }
  const credentials = readUsersFile(file, { site: 'um', homeAssistantPrefix: 'homeassistant' }, log, () => now)
  const enter = async (name: string, password: string) => (await credentials(name, Buffer.from(password)))?.publish
  const wait = () => {
    now += 1000
  }
  return { put, told, credentials, enter, wait, remove: () => rmSync(file) }
}

test('every role has its rights, at whatever cost its password was hashed', async () => {
  const { enter } = usersFile(
    line('usc-12', 'desk', 'a', 1024),
    line('anna', 'admin', 'b'),
    line('wall', 'viewer', 'c', 16_384),
    line('home', 'home-assistant', 'd', 1024),
  )
  expect(await enter('usc-12', 'a')).toEqual(['third-ring/v1/+/usc-12/#', 'homeassistant/device/usc-12/config'])
  expect(await enter('anna', 'b')).toEqual(['third-ring/v1/um/+/command/#', 'third-ring/v1/um/hub/#'])
  expect(await enter('wall', 'c')).toEqual([])
  expect(await enter('home', 'd')).toContain('third-ring/v1/um/+/command/lamp.test')
  for (const [name, password] of [
    ['usc-12', 'b'],
    ['usc-12', ''],
    ['nobody', 'a'],
  ] as const)
    expect(await enter(name, password)).toBeUndefined()
})

test('several lines of a name are several passwords, all good', async () => {
  const { enter } = usersFile(line('usc-12', 'desk', 'new', 1024), line('usc-12', 'desk', 'old', 1024))
  expect([(await enter('usc-12', 'new'))?.length, (await enter('usc-12', 'old'))?.length, await enter('usc-12', 'other')]).toEqual([2, 2, undefined])
})

test('a file that changes is in force without a restart', async () => {
  const { enter, put, told } = usersFile(line('usc-12', 'desk', 'old', 1024))
  put(line('usc-12', 'desk', 'new', 1024), line('usc-14', 'desk', 'x', 1024))
  expect([await enter('usc-12', 'old'), (await enter('usc-12', 'new'))?.length, (await enter('usc-14', 'x'))?.length]).toEqual([undefined, 2, 2])
  expect(told).toEqual(['the users file was read again'])
})

test('a file that has gone wrong, or is gone, is told of once, and the old one holds', async () => {
  const { enter, put, told, wait, remove } = usersFile(line('usc-12', 'desk', 'old', 1024))
  put('usc-12:desk:nonsense')
  for (let look = 0; look < 3; look += 1) {
    expect(await enter('usc-12', 'old')).toHaveLength(2)
    wait()
  }
  remove()
  wait()
  expect(await enter('usc-12', 'old')).toHaveLength(2)
  expect(told).toEqual(['the users file was changed and is wrong; the old one holds', 'the users file was changed and is wrong; the old one holds'])
  put(line('usc-12', 'desk', 'new', 1024))
  expect(await enter('usc-12', 'new')).toHaveLength(2)
})

test.each([
  ['usc-12:desk:00112233445566:00', /line 2 of .* is not name:desk\|admin\|viewer\|home-assistant:salt:hash/],
  [`usc-12:root:0011223344556677:${'0'.repeat(64)}`, /line 2/],
  [line('usc-12', 'desk', 'a', 1024).replace(/1024$/, '1073741824'), /line 2/],
  [['a', 'b', 'c', 'd'].map((password) => line('usc-12', 'desk', password, 1024)).join('\n'), /line 5 of .* is one password too many for usc-12/],
])('a file that is wrong at the start is refused: %#', (text, fault) => {
  expect(() => usersFile('# users', text)).toThrow(fault)
})

test('who is connected by a password that is gone is let go: at the next message from them, and at the next for them', async () => {
  const { credentials, put } = usersFile(line('usc-12', 'desk', 'a', 1024), line('usc-14', 'desk', 'b', 1024), line('anna', 'admin', 'c', 1024))
  const broker = createBroker({ host: '127.0.0.1', port: 0, credentials, log: { info: () => {}, warn: () => {} } })
  const { port } = await broker.start()
  onTestFinished(() => broker.stop())
  const enter = async (name: string, password: string) => {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, clientId: name, username: name, password, reconnectPeriod: 0 })
    onTestFinished(() => void client.end(true))
    client.on('error', () => {})
    const heard: string[] = []
    client.on('message', (_, payload) => void heard.push(payload.toString()))
    return { client, heard, closed: new Promise<void>((resolve) => client.once('close', () => resolve())) }
  }
  const [speaker, listener, anna] = [await enter('usc-12', 'a'), await enter('usc-14', 'b'), await enter('anna', 'c')]
  await listener.client.subscribeAsync('third-ring/v1/um/usc-14/command/#', { qos: 1 })
  await anna.client.subscribeAsync('#', { qos: 1 })
  put(line('usc-12', 'desk', 'other', 1024), line('anna', 'admin', 'c', 1024))
  speaker.client.publish('third-ring/v1/um/usc-12/state', 'stolen', { qos: 1 })
  await speaker.closed
  await anna.client.publishAsync('third-ring/v1/um/usc-14/command/hold', 'secret', { qos: 1 })
  await listener.closed
  expect([anna.heard, listener.heard]).toEqual([['secret'], []])
  expect((await enter('usc-12', 'other')).client.connected).toBe(true)
})
