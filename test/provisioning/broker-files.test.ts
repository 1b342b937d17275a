import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { validateOffice } from '../../src/config/validate.ts'
import { topicMatches } from '../../src/mqtt/topics.ts'
import type { BrokerOffice, OfficeFile, OfficeUser } from '../../src/provisioning/broker-office.ts'
import { mosquittoFiles } from '../../src/provisioning/mosquitto-files.ts'
import { rabbitmqFiles } from '../../src/provisioning/rabbitmq-files.ts'
import { rabbitTopicPermissions } from '../../src/provisioning/rabbitmq-permissions.ts'
import { desks, matrix, neededFilters, prefix, site, type User, users } from '../hub/rights-matrix.ts'

const roles = { anna: 'admin', wall: 'viewer', home: 'home-assistant' } as const
const holders: readonly OfficeUser[] = users.map((name) => ({
  name,
  role: name === 'usc-12' || name === 'usc-14' ? 'desk' : roles[name],
  password: `the password of ${name}`,
  ...(name === 'usc-12' ? { publish: ['zigbee2mqtt/lamp 12/set'], subscribe: ['zigbee2mqtt/seat-12'] } : {}),
}))

function officeOf(broker: object): BrokerOffice {
  const read = validateOffice({ site, broker: { host: 'broker.um.example', ...broker } })
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return { broker: read.written.broker, rights: { site, homeAssistantPrefix: prefix }, users: holders, saltKey: Buffer.alloc(32, 7) }
}

/** As the files of one broker lie in `golden/`, in one text. To write it anew after a change that is meant: GOLDEN=1 npx vitest run test/provisioning */
function golden(name: string, files: readonly OfficeFile[]): void {
  const place = new URL(`golden/${name}.txt`, import.meta.url)
  const text = files.map((file) => `==> ${file.path}${file.secret ? ' (secret)' : ''}${file.executable ? ' (executable)' : ''}\n${file.text}`).join('\n')
  if (process.env['GOLDEN'] !== undefined) writeFileSync(place, text)
  expect(text).toBe(readFileSync(place, 'utf8'))
}

test('mosquitto’s files are these, to the letter', () => {
  const files = mosquittoFiles(officeOf({ websocketPort: 9001 }))
  golden(
    'mosquitto',
    files.filter(({ path }) => path !== 'guard'),
  )
})

test('RabbitMQ’s files are these, to the letter', () => {
  golden('rabbitmq', rabbitmqFiles(officeOf({ kind: 'rabbitmq', directory: '/etc/rabbitmq/third-ring' })))
})

test('paths of another machine are in the configuration and in the drop-in', () => {
  const files = mosquittoFiles(officeOf({ directory: '/srv/broker', data: '/srv/data' }))
  const texts = files.filter(({ path }) => path !== 'guard').map(({ text }) => text)
  expect(texts.join('\n')).not.toMatch(/\/etc\/mosquitto|\/var\/lib\/mosquitto/)
  expect(texts.join('\n')).toContain('ExecStartPre=/srv/broker/guard /srv/data/mosquitto.db')
})

describe('RabbitMQ’s expressions say what the matrix says', () => {
  const routingKey = (topic: string) => topic.replaceAll('/', '.').replaceAll('+', '*')
  test.each(holders.map((holder) => [holder.name as User, holder] as const))('%s', (user, holder) => {
    const { write, read } = rabbitTopicPermissions(holder, { site, homeAssistantPrefix: prefix })
    // The broker's own topics are no exchange of RabbitMQ's.
    for (const { topic, writers, readers } of matrix.filter(({ topic: each }) => !each.startsWith('$'))) {
      expect([topic, new RegExp(write).test(routingKey(topic)), new RegExp(read).test(routingKey(topic))]).toEqual([
        topic,
        writers.includes(user),
        readers.includes(user),
      ])
    }
    for (const filter of neededFilters[user]) expect([filter, new RegExp(read).test(routingKey(filter))]).toEqual([filter, true])
    const greedy = ['third-ring/v1/+/+/state', 'third-ring/v1/um/+/command/#', 'third-ring/#', 'third-ring/v1/um/#', '#', '+/#'].filter((filter) =>
      matrix.some(({ topic, readers }) => topicMatches(filter, topic) && !readers.includes(user) && !topic.startsWith('$')),
    )
    for (const filter of greedy) expect([filter, new RegExp(read).test(routingKey(filter))]).toEqual([filter, false])
  })
})

test('the queues of a client are its own, also beside a name that begins with it', () => {
  const [definitions] = rabbitmqFiles({ ...officeOf({ kind: 'rabbitmq' }), users: [{ name: 'usc-1', role: 'desk', password: 'x' }] })
  const { configure, write, read } = JSON.parse(definitions?.text ?? '').permissions[0] as Readonly<Record<'configure' | 'write' | 'read', string>>
  for (const pattern of [configure, write, read]) {
    for (const own of ['mqtt-subscription-usc-1qos0', 'mqtt-subscription-usc-1qos1', 'mqtt-subscription-usc-1.releaseqos1'])
      expect(own).toMatch(new RegExp(pattern))
    for (const other of ['mqtt-subscription-usc-12qos1', 'mqtt-subscription-usc-14qos1', 'mqtt-subscription-usc-1', 'else', 'xmqtt-subscription-usc-1qos1']) {
      expect(other).not.toMatch(new RegExp(pattern))
    }
  }
  expect([new RegExp(configure).test('amq.topic'), new RegExp(write).test('amq.topic'), new RegExp(read).test('amq.topic')]).toEqual([false, true, true])
})

test('every desk of the matrix is in the files', () => {
  for (const desk of desks) expect(mosquittoFiles(officeOf({})).find(({ path }) => path === 'acl')?.text).toContain(`user ${desk}\n`)
})
