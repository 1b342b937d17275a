import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import type { HubOptions } from '../../../src/hub/hub.ts'
import type { WardenLimits } from '../../../src/hub/warden/limits.ts'
import type { Warden } from '../../../src/mqtt/hub-messages.ts'
import { createYealinkPhone, type EmulatedPhone } from '../../../src/simulator/phones/index.ts'
import { deskPasswords, officeOf, type RunningHub, type ScriptedDesk, site, startDesk, startHub, stateOf } from '../fixture.ts'

const undo: (() => unknown)[] = []
const substitute = { desk: 'usc-14', number: '6014' }
const password = 'password-of-the-warden'
const quick: Partial<WardenLimits> = { rejoinMs: 1000, settleMs: 100, retryFirstMs: 200, staggerMs: 50, refusedFirstMs: 500, fileLookMs: 50, tellGapMs: 20 }

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

interface Office {
  readonly phone: EmulatedPhone
  readonly directory: string
  readonly options: Partial<HubOptions>
  running: RunningHub
  writePassword(text: string): void
}

/** A hub with a broker and a warden of its own, and one real-looking phone; everything is quick. */
async function office(options: { readonly limits?: Partial<WardenLimits>; readonly graceMs?: number; readonly substitutes?: object[] } = {}): Promise<Office> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-warden-'))
  const phone = createYealinkPhone({
    mac: '001565aabbcc',
    model: 'SIP-T46U',
    firmware: '108.86.0.20',
    agentUrl: 'http://127.0.0.1:9/yealink/token',
    username: 'warden',
    password,
  })
  phone.faults = { lose: () => true }
  await phone.start()
  undo.push(() => phone.stop())
  const writePassword = (text: string) => writeFileSync(join(directory, 'phone.password'), `${text}\n`, { mode: 0o600 })
  writePassword(password)
  const listed = { vendor: 'yealink', url: phone.url(), username: 'warden', passwordFile: 'phone.password', substitutes: options.substitutes ?? [substitute] }
  const phonesFile = join(directory, 'phones.yaml')
  writeFileSync(phonesFile, JSON.stringify({ phones: { 'usc-12': listed } }))
  const hub: Partial<HubOptions> = {
    broker: { embedded: { host: '127.0.0.1', port: 0, open: true, credentials: deskPasswords } },
    store: { directory: join(directory, 'store') },
    warden: { graceMs: options.graceMs ?? 1000, phonesFile, limits: { ...quick, ...options.limits } },
  }
  const town: Office = { phone, directory, options: hub, running: await startHub(hub), writePassword }
  undo.push(() => town.running.stop())
  return town
}

/** A desk that says that it forwards, and does. */
async function forwarding(town: Office, changes: object = {}): Promise<ScriptedDesk> {
  const desk = await startDesk(town.running.urls, 'usc-12')
  undo.push(() => desk.stop())
  town.phone.setForwarding('no-answer', substitute.number)
  await desk.level('availability', 'online')
  await desk.level('state', leased(changes))
  return desk
}

function leased(changes: object = {}): object {
  const until = new Date(Date.now() + 1_800_000).toISOString()
  const lease = { state: 'held', kind: 'no-answer', target: 'usc-14', until, ...changes }
  return stateOf(Date.now(), { forwarding: { state: 'on', owner: 'agent', kind: 'no-answer', target: 'usc-14', until, lease } })
}

/** What the broker keeps of the warden. */
async function wardenOf(town: Office) {
  const client = await connectAsync(town.running.urls.mqtt, { protocolVersion: 4 })
  undo.push(() => client.endAsync(true))
  const heard: Warden[] = []
  client.on('message', (_, payload) => heard.push(JSON.parse(payload.toString())))
  await client.subscribeAsync(`third-ring/v1/${site}/hub/warden`, { qos: 1 })
  return { heard, last: () => heard.at(-1), states: () => [...new Set(heard.flatMap(({ leases }) => leases.map(({ state, reason }) => `${state} ${reason}`)))] }
}

/** The desk’s process is gone without a word: the broker tells its will. */
function kill(desk: ScriptedDesk): void {
  desk.client.stream.destroy()
}

const isFree = (town: Office) => expect.poll(() => town.phone.forwarding(), { timeout: 15_000 }).toEqual({})

const told = (town: Office) => town.phone.commands.filter(({ request }) => request.includes('Fwd'))
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const metricsOf = async ({ running }: Office) => (await fetch(`${running.urls.page}metrics`)).text()
const health = async ({ running }: Office) => (await (await fetch(`${running.urls.page}healthz`)).json()) as object

async function kinds({ running }: Office): Promise<readonly string[]> {
  const { alarms } = (await (await fetch(`${running.urls.page}api/office`)).json()) as { alarms: { kind: string }[] }
  return alarms.map(({ kind }) => kind)
}

describe('an agent that dies with its phone forwarded', () => {
  test('its phone is free after the grace, and everybody is told', async () => {
    const town = await office()
    const warden = await wardenOf(town)
    const desk = await forwarding(town, { order: 12 })
    await expect.poll(() => warden.last()?.desks).toEqual(['usc-12'])
    kill(desk)
    await isFree(town)
    await expect.poll(() => warden.last()?.leases).toMatchObject([{ desk: 'usc-12', state: 'undone', target: 'usc-14', reason: 'agent-gone', order: 12 }])
    expect(warden.states()).toEqual(['waiting agent-gone', 'undoing agent-gone', 'undone agent-gone'])
    expect(await officeOf(town.running)).toMatchObject({ warden: [{ desk: 'usc-12', state: 'undone', kind: 'no-answer', target: 'usc-14' }] })
    expect(await metricsOf(town)).toContain('third_ring_desk_forwarded{desk="usc-12"} 0')
    // Numbers are nobody’s business on the broker.
    expect(JSON.stringify(warden.heard)).not.toContain(substitute.number)
  })

  test('and comes back in its grace: nothing is done', async () => {
    const town = await office({ graceMs: 2000 })
    const warden = await wardenOf(town)
    kill(await forwarding(town))
    await expect.poll(() => warden.states()).toEqual(['waiting agent-gone'])
    const back = await forwarding(town)
    await expect.poll(() => warden.last()?.leases).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(town.phone.forwarding()).toHaveProperty('no-answer')
    expect(told(town)).toEqual([])
    await back.stop()
  })

  test('and of which nobody knows the number, but whose word was that it is so: its kind is undone', async () => {
    const town = await office({ substitutes: [] })
    town.phone.faults = { lose: () => true, silent: true }
    const desk = await forwarding(town)
    kill(desk)
    await wait(300)
    town.phone.faults = { lose: () => true }
    await isFree(town)
  })

  test('and of which nobody knows the number, and that had only asked: nothing is touched, and it is said', async () => {
    const town = await office({ substitutes: [] })
    const warden = await wardenOf(town)
    kill(await forwarding(town, { state: 'asked' }))
    await expect.poll(() => warden.last()?.leases, { timeout: 15_000 }).toMatchObject([{ state: 'failed', reason: 'no-number' }])
    expect(told(town)).toEqual([])
    await expect.poll(async () => kinds(town)).toContain('warden.failed')
  })

  test('whose phone a person has forwarded elsewhere since: it is left alone, and it is said', async () => {
    const town = await office()
    const warden = await wardenOf(town)
    kill(await forwarding(town))
    await expect.poll(() => warden.states()).toEqual(['waiting agent-gone'])
    town.phone.setForwarding('no-answer', '600700800')
    await expect.poll(() => warden.last()?.leases, { timeout: 15_000 }).toMatchObject([{ state: 'foreign' }])
    expect(town.phone.forwarding()['no-answer']).toMatchObject({ target: '600700800' })
    expect(told(town)).toEqual([])
    expect(JSON.stringify([warden.heard, town.running.logged])).not.toContain('600700800')
    await expect.poll(async () => kinds(town)).toContain('warden.foreign')
  })

  test('whose phone is off, and comes back later: it is tried until it is free', async () => {
    const town = await office()
    const warden = await wardenOf(town)
    const desk = await forwarding(town)
    await expect.poll(() => warden.last()?.desks).toEqual(['usc-12'])
    const port = Number(new URL(town.phone.url()).port)
    await town.phone.stop()
    kill(desk)
    await expect.poll(() => warden.last()?.leases, { timeout: 15_000 }).toMatchObject([{ state: 'failed', reason: 'unreachable' }])
    await town.phone.start(port)
    await isFree(town)
    await expect.poll(() => warden.last()?.leases).toMatchObject([{ state: 'undone' }])
  })

  test('whose phone says yes and does nothing: it is said, and tried again', async () => {
    const town = await office()
    const warden = await wardenOf(town)
    const desk = await forwarding(town)
    town.phone.faults = { lose: () => true, lie: true }
    kill(desk)
    await expect.poll(() => warden.last()?.leases, { timeout: 20_000 }).toMatchObject([{ state: 'unconfirmed', reason: 'contradicted' }])
    town.phone.faults = { lose: () => true }
    await isFree(town)
  })

  test('whose phone refuses the warden: it is not answered for, and a password that is mended is used at once', async () => {
    const town = await office()
    town.writePassword('another-password-altogether')
    const warden = await wardenOf(town)
    await wait(200)
    kill(await forwarding(town))
    await expect.poll(() => warden.last()?.leases, { timeout: 15_000 }).toMatchObject([{ state: 'failed', reason: 'refused' }])
    expect(warden.last()?.desks).toEqual([])
    await expect.poll(async () => kinds(town)).toContain('warden.failed')
    town.writePassword(password)
    await isFree(town)
    await expect.poll(() => warden.last()?.desks).toEqual(['usc-12'])
    expect(JSON.stringify([warden.heard, town.running.logged])).not.toContain('password-')
  })

  test('while the hub is dead, too: it is free after the hub has started, had lost what its broker kept, and waited its grace', async () => {
    const town = await office()
    const desk = await forwarding(town, { order: 12 })
    await expect.poll(() => health(town)).toMatchObject({ warden: { answersFor: 1 } })
    await town.running.stop()
    await desk.stop()
    expect(town.phone.forwarding()).toHaveProperty('no-answer')
    town.running = await startHub(town.options)
    await isFree(town)
    const warden = await wardenOf(town)
    await expect.poll(() => warden.last()?.leases).toMatchObject([{ desk: 'usc-12', state: 'undone', order: 12 }])
    // And after one more start it is still known that this is done.
    await town.running.stop()
    town.phone.setForwarding('no-answer', substitute.number)
    town.running = await startHub(town.options)
    await wait(2500)
    expect(town.phone.forwarding()).toHaveProperty('no-answer')
  })
})

test('an agent that is there and lets its lease run out is undone like one that hangs', async () => {
  const town = await office({ limits: { overdueMs: 500 } })
  const warden = await wardenOf(town)
  const until = new Date(Date.now() + 500).toISOString()
  await forwarding(town, { until })
  await isFree(town)
  await expect.poll(() => warden.last()?.leases).toMatchObject([{ state: 'undone', reason: 'lease-over' }])
})

test('a warden that stops answers for nobody', async () => {
  const town = await office()
  const warden = await wardenOf(town)
  await expect.poll(() => warden.last()?.desks).toEqual(['usc-12'])
  await town.running.stop()
  expect(warden.last()).toMatchObject({ desks: [], leases: [] })
})

test('what it is about is on the page, in the metrics and among the alarms', async () => {
  const town = await office({ graceMs: 60_000 })
  kill(await forwarding(town))
  await expect.poll(async () => kinds(town)).toEqual(['warden.waiting'])
  const metrics = await metricsOf(town)
  expect(metrics).toContain('third_ring_desk_forwarded{desk="usc-12"} 1')
  expect(metrics).toContain('third_ring_hub_warden_leases{state="waiting"} 1')
  expect(metrics).toContain('third_ring_hub_warden_answers 1')
  expect(metrics).toContain('third_ring_hub_warden_undone_total 0')
})

test('a file with faults stops no hub: it is an alarm, and what was good before holds', async () => {
  const town = await office()
  await expect.poll(() => health(town)).toMatchObject({ warden: { answersFor: 1, faults: [] } })
  writeFileSync(join(town.directory, 'phones.yaml'), 'phones: { usc-12: { vendor: yealink } }')
  await expect.poll(async () => kinds(town)).toEqual(['warden.refused'])
  expect(await health(town)).toMatchObject({
    warden: { answersFor: 1, faults: [expect.stringMatching(/^phones\.usc-12\.url: is missing/), expect.anything()] },
  })
})
