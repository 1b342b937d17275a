import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { levelSchemas } from '../../src/mqtt/level-messages.ts'
import { phoneFingerprint } from '../../src/mqtt/phone-fingerprint.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, openBroker, startFrom, type Watch, watch } from './desk-fixture.ts'

describe('an agent beside a phone, with a broker', () => {
  let broker: Broker
  let desk: Watch & { end(): Promise<void> }
  let phone: EmulatedPhone
  let agent: RunningAgent
  let configFile: string
  let adminPort: number

  const start = (): Promise<RunningAgent> => startFrom(configFile)
  const types = (): string[] => desk.types()
  const sit = (presence: boolean): void => desk.publish('/sensors/usc-12/seat', JSON.stringify({ presence }))

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    desk = await watch(opened.url, 'usc-12')
    const files = await deskFiles('usc-12', opened.url)
    phone = files.phone
    configFile = files.configFile
    adminPort = files.adminPort
    agent = await start()
  })
  afterAll(async () => {
    await agent.stop('the test ends')
    await phone.stop()
    await desk.end()
    await broker.stop()
  })

  test('it says that it is there, and that it reaches its phone', async () => {
    await expect.poll(() => desk.messages.find(({ topic }) => topic === 'availability')?.payload).toBe('online')
    await expect.poll(() => desk.last('state')?.['phone']).toMatchObject({ reachable: true })
    expect(desk.last('about')).toMatchObject({ phone: { make: 'yealink', firmware: '108.86.0.20' }, capabilities: { hold: true, seat: true } })
  })

  test('a caller rings, the clerk answers: the events say so, in order and without a gap', async () => {
    const id = phone.ring({ number: '857654321', name: 'Jan Łoś' })
    await expect.poll(() => desk.last('state')?.['calls']).toMatchObject([{ state: 'alerting', ring: 1, ringSource: 'estimated' }])
    expect(desk.last('state')?.['lamp']).toBe('ring-first')
    phone.answer(id)
    await expect.poll(types).toContain('call.answered')
    const answered = desk.events().find(({ type }) => type === 'third-ring.call.answered')
    expect(answered?.data).toMatchObject({ rings: 1, inRule: true, strict: true, ringSource: 'estimated' })
    const sequences = desk.events().map(({ sequence }) => Number(sequence))
    expect(sequences).toEqual(sequences.map((_, index) => index + 1))
  })

  test('the clerk walks away in the middle of the call: the phone itself holds it, once', async () => {
    sit(true)
    await expect.poll(() => agent.desk().seat.occupied).toBe(true)
    sit(false)
    await expect.poll(types).toContain('hold.forced')
    expect(phone.calls()).toMatchObject([{ state: 'held' }])
    expect(phone.commands.filter(({ request }) => request.includes('key='))).toHaveLength(1)
    expect(types().indexOf('hold.warned')).toBeLessThan(types().indexOf('hold.forced'))
    expect(desk.events().find(({ type }) => type === 'third-ring.call.held')?.data).toMatchObject({ by: 'agent' })
  })

  test('the clerk comes back: nothing is resumed for them', async () => {
    sit(true)
    await expect.poll(() => agent.desk().seat.occupied).toBe(true)
    expect(phone.calls()).toMatchObject([{ state: 'held' }])
    const [call] = phone.calls()
    phone.resume(call?.id ?? '')
    await expect.poll(types).toContain('call.resumed')
    phone.remoteHangsUp(call?.id ?? '')
    await expect.poll(types).toContain('call.ended')
  })

  test('a missed caller is owed a call, over a restart of the agent, until the desk has called them', async () => {
    phone.putDownHandset()
    const missed = phone.ring({ number: '+48857654321' })
    phone.callerGivesUp(missed)
    await expect.poll(types).toContain('callback.opened')
    const before = desk.events().length
    await agent.stop('a restart')
    await expect.poll(() => desk.messages.findLast(({ topic }) => topic === 'availability')?.payload).toBe('offline')
    agent = await start()
    await expect.poll(() => desk.last('state')?.['callbacks']).toMatchObject({ open: 1 })
    const id = phone.dial('0857654321')
    phone.remoteAnswers(id)
    await expect.poll(types).toContain('callback.closed')
    phone.hangUp(id)
    await expect.poll(() => agent.desk().calls.every(({ state }) => state === 'cleared')).toBe(true)
    const events = desk.events()
    expect(new Set(events.map(({ id: each }) => each)).size).toBeGreaterThan(before)
    const distinct = [...new Map(events.map((event) => [event.id, Number(event.sequence)])).values()]
    expect(distinct).toEqual(distinct.map((_, index) => index + 1))
  })

  test('somebody who only sits down and gets up leaves no trace on the broker', async () => {
    // A test of the lamp would end in the middle of this, and the desk's state be told again as it was before: so this comes first.
    await expect.poll(() => desk.last('state')).toMatchObject({ calls: [], lamp: 'dark' })
    const before = desk.messages.length
    for (const presence of [false, true, false, true]) {
      sit(presence)
      await expect.poll(() => agent.desk().seat.occupied).toBe(presence)
    }
    desk.publish('command/nothing', JSON.stringify({ id: 'after-the-seat', expires: new Date(Date.now() + 5000).toISOString() }))
    await expect.poll(() => desk.messages.some(({ topic, payload }) => topic === 'reply' && payload.includes('after-the-seat'))).toBe(true)
    const saying = ({ topic, payload }: { topic: string; payload: string }): string => `${topic} ${payload.replace(/"(at|observedMs)":[^,]*/g, '')}`
    const earlier = new Set(desk.messages.slice(0, before).map(saying))
    // That it is there a desk says once more a while after each connection, whoever sits.
    const since = desk.messages.slice(before).filter(({ topic }) => topic !== 'availability')
    expect(since.filter((message) => earlier.has(saying(message)))).toEqual([])
  })

  test('commands are answered, and what cannot be done says why', async () => {
    const expires = new Date(Date.now() + 5000).toISOString()
    desk.publish('command/hold', JSON.stringify({ id: 'h-1', expires }))
    desk.publish('command/lamp.test', JSON.stringify({ id: 'l-1', expires }))
    desk.publish('command/lamp.test', JSON.stringify({ id: 'l-2', expires: new Date(Date.now() - 5000).toISOString() }))
    desk.publish('command/nonsense', JSON.stringify({ id: 'n-1', expires }))
    const reply = (id: string): unknown =>
      desk.messages.map(({ topic, payload }) => (topic === 'reply' ? JSON.parse(payload) : {})).find((each) => each.id === id)
    await expect.poll(() => reply('h-1')).toMatchObject({ ok: false, error: { code: 'NO_CALL' } })
    await expect.poll(() => reply('l-1')).toMatchObject({ ok: true })
    await expect.poll(() => reply('l-2')).toMatchObject({ ok: false, error: { code: 'EXPIRED' } })
    await expect.poll(() => reply('n-1')).toMatchObject({ ok: false })
    await expect.poll(() => desk.messages.some(({ topic, payload }) => topic === 'state' && JSON.parse(payload).lamp === 'test')).toBe(true)
  })

  test('health and metrics can be read, and no number is on the wire or in them', async () => {
    const health = await (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).text()
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
    expect(JSON.parse(health)).toMatchObject({ ok: true, phone: { reachable: true } })
    expect(metrics).toMatch(/# HELP third_ring_events_total .+\n# TYPE third_ring_events_total counter\nthird_ring_events_total \d+/)
    for (const name of ['health', 'about'] as const) expect(v.parse(levelSchemas[name], desk.last(name))).toEqual(desk.last(name))
    const read = JSON.parse(health)
    expect(read).toMatchObject({ lamp: { driver: 'none', ok: null }, capabilities: { hold: true, forward: true, seat: true, lamp: false } })
    expect(read).toMatchObject({ dropped: 0, diskReadOnly: false, forwardingUntil: null, sequence: expect.stringMatching(/^0000000000[1-9]\d$/) })
    expect(read.phone).toMatchObject({ silent: false, lastWordAgeMs: expect.any(Number), lastAction: { action: 'hold', outcome: 'confirmed' } })
    expect(desk.last('about')).toMatchObject({ phone: { fingerprint: phoneFingerprint('00:15:65:AA:BB:CC') } })
    const everything = [health, metrics, ...desk.messages.map(({ payload }) => payload)].join('\n')
    expect(everything).not.toMatch(/857654321|Łoś|secret-of-the-phone|presence":(true|false)/)
  })
})
