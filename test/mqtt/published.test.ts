import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import type { Alarm } from '../../src/hub/alarms/alarms.ts'
import { payloadOf } from '../../src/hub/alarms/watch.ts'
import { commandErrors } from '../../src/mqtt/command-errors.ts'
import { hubTopicRules } from '../../src/mqtt/hub-messages.ts'
import { noticeData } from '../../src/mqtt/notice-data.ts'
import { exampleCommand, exampleEvent, exampleHub, exampleLevels, exampleReplies } from '../../src/mqtt/published/examples.ts'
import { publishedMqtt } from '../../src/mqtt/published/files.ts'
import { commandNames } from '../../src/mqtt/published/schemas.ts'
import { topicRules } from '../../src/mqtt/topics.ts'
import { formats, readPublishedDocument } from './published-document.ts'

const reference = join(import.meta.dirname, '../../docs/reference')
const published = publishedMqtt()
const document = readPublishedDocument()
const examples = document.examples()
const root = 'third-ring/v1/um-bialystok/usc-12'
type Name = Parameters<typeof exampleEvent>[0]
const notices = Object.keys(noticeData) as Name[]

describe('what is published of the MQTT interface is fresh (npm run docs)', () => {
  test.each([...published])('%s', (file, text) => {
    expect(readFileSync(join(reference, file), 'utf8')).toBe(text)
  })

  test('and there is no schema file beside it', () => {
    const files = readdirSync(join(reference, 'schemas')).map((file) => `schemas/${file}`)
    expect(files.sort()).toEqual([...published.keys()].filter((file) => file.startsWith('schemas/')).sort())
  })
})

describe('the AsyncAPI document has', () => {
  test('every topic of a desk, with its QoS, whether it is retained, and when it expires', () => {
    for (const [name, rule] of Object.entries(topicRules)) {
      const channel = document.channelOf(`${root}/${name}`)
      expect(channel).toBe(name.replace('/', '.'))
      const { qos, retain, messageExpiryInterval } = document.bindingOf(channel ?? '')
      expect({ qos, retain, expirySeconds: messageExpiryInterval }).toEqual({ expirySeconds: undefined, ...rule })
    }
  })

  test('every topic of the hub, which is no desk', () => {
    for (const [name, { qos, retain }] of Object.entries(hubTopicRules)) {
      const channel = document.channelOf(`third-ring/v1/um-bialystok/hub/${name}`)
      expect(channel).toBe(`hub.${name}`)
      expect(document.bindingOf(channel ?? '')).toMatchObject({ qos, retain })
    }
  })

  test('the alarms as a hub says them', () => {
    const alarms: readonly Alarm[] = [
      { kind: 'record.fault', desk: null, since: Date.UTC(2026, 10, 23), detail: { reason: 'ENOSPC' } },
      { kind: 'phone.silent', desk: 'usc-12', since: Date.UTC(2026, 10, 23), detail: {} },
    ]
    for (const some of [alarms, []]) expect(document.faultsOf('third-ring/v1/um/hub/alarms', payloadOf(some, Date.UTC(2026, 10, 23)))).toEqual([])
  })

  test('an alarm about a forwarding goes by its own kind, not by that of the forwarding', () => {
    const since = Date.UTC(2026, 10, 23)
    const detail = { reason: 'agent-gone', kind: 'always', target: 'usc-14' }
    const { alarms } = JSON.parse(payloadOf([{ kind: 'warden.freed', desk: 'usc-12', since, detail }], since))
    expect(alarms).toEqual([
      { kind: 'warden.freed', desk: 'usc-12', since: '2026-11-23T00:00:00.000Z', reason: 'agent-gone', forwarding: 'always', target: 'usc-14' },
    ])
  })

  test('every command, never retained, and of no use to anybody after an hour', () => {
    for (const name of commandNames) {
      const channel = document.channelOf(`${root}/command/${name}`)
      expect(channel).toBe(`command.${name}`)
      expect(document.bindingOf(channel ?? '')).toMatchObject({ qos: 1, retain: false, messageExpiryInterval: 3600 })
    }
  })

  test('every event on both topics', () => {
    for (const topic of ['event', 'event/replay']) {
      const types = examples.filter((example) => example.topic === `${root}/${topic}`).map(({ payload }) => JSON.parse(payload).type)
      expect(types).toEqual(notices.map((name) => `third-ring.${name}`))
    }
  })

  test('every code that a reply can bear', () => {
    const text = published.get('asyncapi.yaml') ?? ''
    for (const [code, meaning] of Object.entries(commandErrors)) expect(text).toContain(`- \`${code}\`: ${meaning}`)
  })

  test('what the answer to a command tells, and why the command may be refused', () => {
    const answers = examples.filter(({ name }) => name.startsWith('reply.'))
    expect(answers.map(({ name }) => name)).toEqual(['reply.hold', 'reply.replay', 'reply.callback.accept'])
    for (const { name, payload } of answers) {
      expect(document.faultsIn(name, JSON.parse(payload))).toEqual([])
      expect(document.faultsIn(name, { ...JSON.parse(payload), data: {} })).not.toEqual([])
    }
    expect(published.get('asyncapi.yaml')).toContain('May be refused with `NO_CALL`, `NOT_CAPABLE`')
  })

  test('an example of every message, which it accepts itself', () => {
    expect(new Set(examples.map(({ channel }) => channel))).toEqual(new Set(document.channels))
    for (const { topic, payload } of examples) expect(document.faultsOf(topic, payload)).toEqual([])
  })
})

describe('the document refuses', () => {
  const state = exampleLevels.state
  const answered = exampleEvent('call.answered', 1)
  test.each<[string, string, unknown]>([
    ['a state without its calls', 'state', { ...state, calls: undefined }],
    ['a lamp that does not exist', 'state', { ...state, lamp: 'disco' }],
    ['a moment that is none', 'state', { ...state, at: 'yesterday' }],
    ['an event of an unknown type', 'event', { ...answered, type: 'third-ring.call.sung' }],
    ['an event with the data of another', 'event', { ...answered, data: exampleEvent('agent.stopping', 1).data }],
    ['an event whose sequence is a number', 'event', { ...answered, sequence: 1 }],
    ['an event without id', 'event', { ...answered, id: undefined }],
    ['a word of availability that is none', 'availability', 'perhaps'],
    ['a command without an end', 'command/hold', { id: 'x' }],
    ['a command without what it needs', 'command/callback.done', { id: 'x', expires: '2026-11-23T08:00:10Z' }],
    ['a topic that it does not know', 'seat', {}],
  ])('%s', (_, topic, payload) => {
    expect(document.faultsOf(`${root}/${topic}`, typeof payload === 'string' ? payload : JSON.stringify(payload))).not.toEqual([])
  })
})

describe('each schema file takes what it is for', () => {
  const compiled = (file: string) =>
    new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false, formats }).compile(
      JSON.parse(published.get(`schemas/${file}.schema.json`) ?? ''),
    )
  const { 'day/previous': yesterday, ...levels } = exampleLevels
  test.each<[string, readonly unknown[]]>([
    ...Object.entries(levels).map(([name, example]): [string, readonly unknown[]] => [name, [example]]),
    ['day', [yesterday]],
    ['event', notices.map((name, index) => exampleEvent(name, index + 1))],
    ...commandNames.map((name): [string, readonly unknown[]] => [`command.${name}`, [exampleCommand(name)]]),
    ['reply', Object.values(exampleReplies)],
    ['hub.alarms', [exampleHub.alarms]],
    ['hub.directory', [exampleHub.directory]],
    ['hub.presence', [exampleHub.presence]],
    ['hub.warden', [exampleHub.warden]],
    ['hub.rebirth', [exampleHub.rebirth]],
  ])('%s', (file, payloads) => {
    const validate = compiled(file)
    for (const payload of payloads) expect(validate(payload), JSON.stringify(validate.errors)).toBe(true)
    expect(validate(7)).toBe(false)
  })
})
