import { createServer } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { directoryLimits } from '../../src/directory/limits.ts'
import { loadDirectory } from '../../src/directory/load.ts'
import { publishedSize } from '../../src/directory/published.ts'
import { hubLimits } from '../../src/hub/limits.ts'
import { emptyOffice, type Office, takeMessage } from '../../src/hub/office.ts'
import { createView } from '../../src/hub/page/view.ts'
import { createSince } from '../../src/hub/since.ts'
import { payloadBytesMax } from '../../src/mqtt/limits.ts'
import { exampleLevels } from '../../src/mqtt/published/examples.ts'
import { sequenceText } from '../../src/mqtt/wire-form.ts'
import { deskFiles, startFrom, watch } from '../agent/desk-fixture.ts'
import { temporaryDirectory } from '../config/temporary.ts'
import { lastDesk, thousandDesks } from '../directory/thousand-desks.ts'
import { listen } from '../mqtt/fixture.ts'
import { startHub } from './fixture.ts'

const site = 'um-test'
const place = temporaryDirectory()

const now = Date.UTC(2026, 10, 26, 9)

function eventOf(desk: string, sequence: number): string {
  const data = { call: 'c7', direction: 'in', rings: 2, ringSource: 'estimated', waitMs: 7200, inRule: true, strict: true }
  const time = new Date(now).toISOString()
  const event = { specversion: '1.0', source: `/${site}/${desk}`, type: 'third-ring.call.answered', time, sequence: sequenceText(sequence), data }
  return JSON.stringify({ ...event, id: `${exampleLevels.state.epoch}-${sequence}` })
}

/** What a thousand desks have told, each all its levels and as many events as the page shows. */
function busyOffice(): Office {
  let office = emptyOffice
  for (let number = 0; number < 1000; number += 1) {
    const desk = `usc-${number}`
    const say = (name: string, payload: string) => {
      office = takeMessage(office, { desk, name, payload: Buffer.from(payload), retained: false, at: now }).office
    }
    for (const [name, level] of Object.entries(exampleLevels)) say(name, typeof level === 'string' ? level : JSON.stringify(level))
    for (let sequence = 1; sequence <= hubLimits.deskEventsMax; sequence += 1) say('event', eventOf(desk, sequence))
  }
  return office
}

test('a thousand desks with two substitutes each are within every bound of directory, hub and message', () => {
  const directory = loadDirectory(place.write('directory.yaml', thousandDesks))
  expect(Object.keys(directory.desks)).toHaveLength(1000)
  expect(publishedSize(directory)).toBeGreaterThan(200_000)
  expect(publishedSize(directory)).toBeLessThan(payloadBytesMax)
  expect(directoryLimits.desksMax).toBe(hubLimits.desksMax)
  // Each may be a substitute, of whom the hub keeps a presence, beside its own levels.
  expect(hubLimits.hubRetainedTopicsMax).toBeGreaterThanOrEqual(hubLimits.desksMax + 10)
  expect(hubLimits.brokerConnectionsMax).toBeGreaterThan(hubLimits.desksMax)
})

test('the directory of a thousand desks comes from the hub through its own broker to an agent', async () => {
  const directory = place.write('directory.yaml', thousandDesks)
  const hub = await startHub({ site, directory, broker: { embedded: { host: '127.0.0.1', port: 0, open: true } } })
  onTestFinished(hub.stop)
  const { configFile, phone, adminPort } = await deskFiles(lastDesk, hub.urls.mqtt)
  const wire = await watch(hub.urls.mqtt, lastDesk)
  const agent = await startFrom(configFile)
  onTestFinished(async () => {
    await agent.stop('the test is over')
    await phone.stop()
    await wire.end()
  })
  await vi.waitFor(() => expect(wire.hub('directory')).toMatchObject({ desks: { [lastDesk]: { number: '6999' } } }), { timeout: 20_000 })
  const health = async () => (await (await fetch(`${hub.urls.page}healthz`)).json()) as { directory: object }
  expect((await health()).directory).toMatchObject({ desks: 1000, version: wire.hub('directory')?.['version'] })
  // It goes by it, and has no file of its own.
  const forwarding = async () => ((await (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json()) as { forwarding: object }).forwarding
  const version = wire.hub('directory')?.['version']
  await vi.waitFor(async () => expect(await forwarding()).toMatchObject({ substitutes: 2, from: 'directory', directory: { version } }), { timeout: 20_000 })
}, 60_000)

test('a browser that begins to watch a thousand desks is not taken for one that reads too slowly', async () => {
  const office = busyOffice()
  const dropped: string[] = []
  const log = { info() {}, warn: (_: object, message: string) => void dropped.push(message) }
  const view = createView({ options: { site, log }, commands: true, since: createSince(), office: () => office, alarms: () => [], warden: () => [] })
  onTestFinished(() => view.stream.close())
  const server = createServer((_, response) => void view.stream.attach(response, '127.0.0.1', undefined))
  const { port } = await listen(server)
  onTestFinished(() => void server.close())
  const response = await fetch(`http://127.0.0.1:${port}/`)
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes('event: clock')) break
  }
  expect(JSON.parse(text.split('data: ')[1]?.split('\n')[0] ?? '')).toMatchObject({ desks: { length: 1000 } })
  expect(dropped).toEqual([])
})
