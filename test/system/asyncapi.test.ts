import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connectAsync } from 'mqtt'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { asyncApiFile, readPublishedDocument } from '../mqtt/published-document.ts'
import { createBusyDesk, haveBusyMinute, heardOf } from './busy-desk.ts'
import { startMosquitto } from './mosquitto.ts'
import { startMosquittoSub } from './mosquitto-sub.ts'
import { npmDirectory } from './npm-programs.ts'

const document = readPublishedDocument()

/** What of @asyncapi/parser is used here. */
interface ParserModule {
  readonly Parser: new () => {
    parse(text: string): Promise<{
      readonly document?: { version(): string; channels(): { all(): readonly unknown[] } }
      readonly diagnostics: readonly { readonly severity: number; readonly message: string; readonly path: readonly (string | number)[] }[]
    }>
  }
}

async function asyncApiParser(): Promise<ParserModule> {
  const require = createRequire(join(npmDirectory('asyncapi'), 'package.json'))
  return import(pathToFileURL(require.resolve('@asyncapi/parser')).href) as Promise<ParserModule>
}

/** Errors and warnings of the parser: 2 is a piece of information, such as that there is a newer AsyncAPI. */
const warning = 1

describe('the parser of AsyncAPI', () => {
  beforeAll(() => void npmDirectory('asyncapi'))

  test('has nothing against the document', async () => {
    const { Parser } = await asyncApiParser()
    const { document: parsed, diagnostics } = await new Parser().parse(readFileSync(asyncApiFile, 'utf8'))
    expect(diagnostics.filter(({ severity }) => severity <= warning)).toEqual([])
    expect(parsed?.version()).toBe('3.0.0')
    expect(parsed?.channels().all()).toHaveLength(document.channels.length)
  })

  test('would say so: of an operation whose channel is not there, of a word and a number that AsyncAPI does not have', async () => {
    const { Parser } = await asyncApiParser()
    const faultsOf = async (text: string) => (await new Parser().parse(text)).diagnostics.filter(({ severity }) => severity <= warning)
    const text = readFileSync(asyncApiFile, 'utf8')
    expect(await faultsOf(text.replace(/\$ref: "?#\/channels\/reply"?\n/, '$ref: "#/channels/nowhere"\n'))).not.toEqual([])
    expect(await faultsOf(text.replace('action: send', 'action: shout'))).not.toEqual([])
    expect(await faultsOf(text.replace('        qos: 1', '        qos: 7'))).not.toEqual([])
  })
})

describe('mosquitto', () => {
  test.each(['mqttv5', 'mqttv311'] as const)(
    'carries every example of the document, and its own client (%s) reads each as the document says',
    async (version) => {
      const broker = await startMosquitto()
      const { read } = await startMosquittoSub(broker.port, ['third-ring/#'], version)
      const examples = document.examples()
      const client = await connectAsync(broker.url, { protocolVersion: 5 })
      onTestFinished(() => client.endAsync(true))
      for (const { topic, payload, binding } of examples) {
        const properties = binding.messageExpiryInterval === undefined ? {} : { properties: { messageExpiryInterval: binding.messageExpiryInterval } }
        await client.publishAsync(topic, payload, { qos: binding.qos, retain: binding.retain, ...properties })
      }
      await expect.poll(() => read.length).toBe(examples.length)
      expect(read.map(({ topic, payload, qos }) => ({ topic, payload, qos }))).toEqual(
        examples.map(({ topic, payload, binding }) => ({ topic, payload, qos: binding.qos })),
      )
      for (const { topic, payload } of read) expect(document.faultsOf(topic, payload)).toEqual([])

      const late = await startMosquittoSub(broker.port, ['third-ring/#'], version)
      const kept = new Set(examples.filter(({ binding }) => binding.retain).map(({ topic }) => topic))
      await expect.poll(() => late.read.length).toBe(kept.size)
      expect(new Set(late.read.map(({ topic }) => topic))).toEqual(kept)
      expect(late.read.every(({ retain }) => retain)).toBe(true)
    },
  )

  test('hears of a desk in a busy minute nothing that the document does not know', async () => {
    const broker = await startMosquitto()
    const { read } = await startMosquittoSub(broker.port, ['third-ring/#'])
    const desk = await createBusyDesk(broker.url, 'usc-12')
    await haveBusyMinute(desk, read)
    const said = read.filter(({ topic }) => !topic.includes('/command/'))
    for (const { topic, payload, qos, expirySeconds, contentType } of said) {
      const channel = document.channelOf(topic) ?? ''
      const binding = document.bindingOf(channel)
      expect(document.faultsOf(topic, payload), payload).toEqual([])
      expect({ qos, expires: expirySeconds !== undefined, contentType }, topic).toEqual({
        qos: binding.qos,
        expires: binding.messageExpiryInterval !== undefined,
        contentType: document.contentTypeOf(channel),
      })
      // What has waited for its turn at the broker has less left than it was given, in whole seconds.
      const waitedSeconds = (binding.messageExpiryInterval ?? 0) - (expirySeconds ?? 0)
      expect(waitedSeconds, topic).toBeGreaterThanOrEqual(0)
      expect(waitedSeconds, topic).toBeLessThan(30)
    }
    const channels = new Set(said.map(({ topic }) => document.channelOf(topic)))
    expect(channels).toEqual(new Set(['availability', 'about', 'state', 'presence', 'health', 'day', 'event', 'reply']))
    const types = new Set(heardOf(read, desk.root).types())
    expect(types.size, [...types].join(' ')).toBeGreaterThanOrEqual(15)
    expect(said.map(({ payload }) => payload).join()).not.toMatch(/857654321|600700800|857654399|Łoś/)

    const late = await startMosquittoSub(broker.port, [`${desk.root}/#`])
    const kept = [...channels].filter((channel) => channel !== undefined && document.bindingOf(channel).retain)
    await expect.poll(() => new Set(late.read.map(({ topic }) => document.channelOf(topic)))).toEqual(new Set(kept))
  })
})
