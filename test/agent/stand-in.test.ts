import { writeFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import { temporaryDirectory } from '../config/temporary.ts'
import { startHub } from '../hub/fixture.ts'
import { asterisk, presence } from '../sip/documents.ts'
import { openExchange } from '../sip/udp-exchange.ts'
import { startDeskAgent } from '../system/sip/desk-agent.ts'
import { deskFiles, site, startFrom, watch } from './desk-fixture.ts'

/** Three agents, their emulated phones, a hub with its broker and its directory: all of it real, on loopback. */

const place = temporaryDirectory()
const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

const always = ['00:00-24:00']
const week = { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }
/** From the word of a substitute to the answer of the desk that relies on it (the brief of this rule). */
const reEvaluationMs = 2000

async function office() {
  const file = place.write('directory.yaml', '')
  const desk = (number: number, more: string) => `{ number: ${number}, ${more} }`
  const desks = [`usc-12: ${desk(6012, 'substitutes: [usc-14, usc-15]')}`, `usc-14: ${desk(6014, 'staffed: true')}`, `usc-15: ${desk(6015, 'staffed: true')}`]
  writeFileSync(file, `desks:\n  ${desks.join('\n  ')}\n`)
  const hub = await startHub({ site, directory: file, broker: { embedded: { host: '127.0.0.1', port: 0, open: true } } })
  running.push(hub.stop)
  return hub
}

async function startDesk(name: string, url: string) {
  const files = await deskFiles(name, url)
  running.push(() => files.phone.stop())
  const agent = await startFrom(files.configFile)
  running.push(() => agent.stop('the test is over'))
  return { agent, phone: files.phone }
}

/** One whose clerk is away as soon as the seat is empty. */
async function startAbsent(url: string) {
  const files = await deskFiles('usc-12', url)
  running.push(() => files.phone.stop())
  const { policy } = loadAgentConfig(files.configFile)
  const workingHours = { timezone: 'Europe/Warsaw', week, holidays: 'none' as const, exceptions: {} }
  const agent = await startFrom(files.configFile, {}, { policy: { ...policy, absenceMs: 1000, workingHours } })
  running.push(() => agent.stop('the test is over'))
  const people = await watch(url, 'usc-12')
  running.push(people.end)
  return { agent, phone: files.phone, people, sit: (presence: boolean) => people.publish('/sensors/usc-12/seat', JSON.stringify({ presence })) }
}

function command(id: string, body: object = {}): string {
  return JSON.stringify({ id, expires: new Date(Date.now() + 10_000).toISOString(), ...body })
}

/** Waits for it without a pause that the figure would show, and says for how long. */
async function within(ms: number, what: () => boolean): Promise<number> {
  const startedMs = performance.now()
  while (!what()) {
    if (performance.now() - startedMs > ms) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - startedMs
}

const takes = (agent: RunningAgent, desk: string) => agent.desk().substitutes[desk]?.takesCalls

test('a desk knows of its substitutes through the directory, and of each change within two seconds', async () => {
  const hub = await office()
  const url = hub.urls.mqtt
  const a = await startDesk('usc-12', url)
  await startDesk('usc-14', url)
  const c = await startDesk('usc-15', url)
  await within(15_000, () => a.agent.desk().directory?.substitutes.length === 2)
  await within(15_000, () => takes(a.agent, 'usc-14') === true && takes(a.agent, 'usc-15') === true)
  await within(15_000, () => a.agent.desk().substitutes['usc-14']?.standsInFor?.length === 0)

  const people = await watch(url, 'usc-14')
  running.push(people.end)
  people.publish('command/freeze', command('freeze-1'))
  expect(await within(reEvaluationMs, () => takes(a.agent, 'usc-14') === false)).toBeLessThan(reEvaluationMs)
  people.publish('command/unfreeze', command('freeze-2'))
  expect(await within(reEvaluationMs, () => takes(a.agent, 'usc-14') === true)).toBeLessThan(reEvaluationMs)

  // One that ends in order says so before it goes.
  await c.agent.stop('the office closes')
  expect(await within(reEvaluationMs, () => takes(a.agent, 'usc-15') === false)).toBeLessThan(reEvaluationMs)
  const seen = await watch(url, 'usc-15')
  running.push(seen.end)
  await within(5000, () => seen.last('presence') !== undefined)
  expect(seen.last('presence')).toMatchObject({ takesCalls: false })
}, 90_000)

test('a promise goes to the substitute with the calls, and word of it comes back when it is kept; the number stays', async () => {
  const hub = await office()
  const url = hub.urls.mqtt
  const b = await startDesk('usc-14', url)
  const a = await startAbsent(url)
  await within(20_000, () => takes(a.agent, 'usc-14') === true)
  a.sit(true)
  await within(5000, () => a.agent.desk().seat.occupied === true)
  const call = a.phone.ring({ number: '857654321' })
  a.phone.answer(call)
  await within(5000, () => a.agent.desk().calls.some(({ state }) => state === 'connected'))
  a.people.publish(
    'command/callback.promise',
    command('promise-1', { call: a.agent.desk().calls[0]?.id, promisedAt: new Date(Date.now() + 300_000).toISOString() }),
  )
  await within(5000, () => a.agent.desk().callbacks.length === 1)
  a.phone.remoteHangsUp(call)
  a.phone.putDownHandset()
  await within(10_000, () => a.agent.desk().calls.every(({ state }) => state === 'cleared'))
  const own = a.agent.desk().callbacks[0]?.id
  a.sit(false)
  await within(60_000, () => b.agent.desk().callbacks.length === 1)
  expect(b.agent.desk().callbacks[0]).toMatchObject({ from: 'usc-12', of: own, cause: 'promise' })
  expect(JSON.stringify(b.agent.desk().callbacks)).not.toContain('857654321')
  const substitute = await watch(url, 'usc-14')
  running.push(substitute.end)
  substitute.publish('command/callback.done', command('done-1', { callback: b.agent.desk().callbacks[0]?.id }))
  await within(10_000, () => a.agent.desk().callbacks.every(({ id, closed }) => id !== own || closed !== undefined))
}, 120_000)

test('calls that went to a substitute who leaves are taken back within two seconds, and go to the next one', async () => {
  const hub = await office()
  const url = hub.urls.mqtt
  for (const name of ['usc-14', 'usc-15']) await startDesk(name, url)
  const { agent: a, phone, sit } = await startAbsent(url)
  await within(20_000, () => takes(a, 'usc-14') === true && takes(a, 'usc-15') === true)
  sit(true)
  await within(5000, () => a.desk().seat.occupied === true)
  sit(false)
  const target = () => phone.forwarding()['no-answer']?.target
  await within(30_000, () => target() === '6014')
  const people = await watch(url, 'usc-14')
  running.push(people.end)
  const standsInFor = () => people.last(`third-ring/v1/${site}/hub/presence/usc-14`)?.['standsInFor']
  await within(5000, () => JSON.stringify(standsInFor()) === '["usc-12"]')

  people.publish('command/freeze', command('freeze-1'))
  // The wish changes at once; how long the phone then takes is its driver's and the echo guard's affair.
  await within(reEvaluationMs, () => a.desk().lease?.state === 'releasing' || a.desk().lease?.desk === 'usc-15')
  await within(reEvaluationMs, () => target() !== '6014')
  await within(30_000, () => target() === '6015')
}, 120_000)

test('a desk of which nobody knows but its exchange stands in for another, until its telephone is not registered any more', async () => {
  const hub = await office()
  const url = hub.urls.mqtt
  const exchange = await openExchange('127.0.77.40')
  running.push(exchange.close)
  exchange.show('101', asterisk({ state: 'terminated' }))
  exchange.show('101', presence('open'), 'presence')
  const sip = { server: '127.0.77.40', port: exchange.port, user: '101', localHost: '127.0.77.41' }
  const substitute = await startDeskAgent({ name: 'usc-14', brokerUrl: url, sip })
  running.push(substitute.stop)
  const { agent: a, phone, sit } = await startAbsent(url)
  await within(20_000, () => takes(a, 'usc-14') === true)
  sit(true)
  await within(5000, () => a.desk().seat.occupied === true)
  sit(false)
  const target = () => phone.forwarding()['no-answer']?.target
  await within(30_000, () => target() === '6014')
  exchange.show('101', presence('closed'), 'presence')
  await within(10_000, () => takes(a, 'usc-14') === false)
  await within(30_000, () => target() === undefined)
}, 120_000)
