import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, openBroker, startFrom, token, type Watch, watch } from './desk-fixture.ts'

describe('commands to an agent', () => {
  let broker: Broker
  let desk: Watch & { end(): Promise<void> }
  let phone: EmulatedPhone
  let agent: RunningAgent
  let directory: string

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    desk = await watch(opened.url, 'usc-3')
    const files = await deskFiles('usc-3', opened.url)
    phone = files.phone
    directory = files.directory
    agent = await startFrom(files.configFile)
  })
  afterAll(async () => {
    await agent.stop('the test ends')
    await phone.stop()
    await desk.end()
    await broker.stop()
  })

  const expires = (): string => new Date(Date.now() + 5000).toISOString()
  const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString()
  const anHourAgo = (): string => new Date(Date.now() - 3_600_000).toISOString()
  const say = (name: string, id: string, body: object = {}): void => desk.publish(`command/${name}`, JSON.stringify({ id, expires: expires(), ...body }))
  const replies = (): { id: string | null; ok: boolean; error?: { code: string } }[] =>
    desk.messages.filter(({ topic }) => topic === 'reply').map(({ payload }) => JSON.parse(payload))
  const reply = (id: string) => replies().find((each) => each.id === id)
  const audits = (): unknown[] => desk.events().flatMap(({ type, data }) => (type.startsWith('third-ring.command.') ? [{ type: type.slice(11), ...data }] : []))

  test('each leaves an event, obeyed or refused, beside its answer', async () => {
    await expect.poll(() => desk.last('state')?.['phone']).toMatchObject({ reachable: true })
    say('freeze', 'c-1')
    say('unfreeze', 'c-2')
    say('hold', 'c-3')
    say('callback.done', 'c-4', { callback: 'b99' })
    say('unfreeze', 'c-2')
    say('forward.set', 'c-5')
    say('lamp', 'c-6')
    await expect.poll(audits).toEqual([
      { type: 'command.obeyed', command: 'freeze', id: 'c-1' },
      { type: 'command.obeyed', command: 'unfreeze', id: 'c-2' },
      { type: 'command.refused', command: 'hold', id: 'c-3', code: 'NO_CALL' },
      { type: 'command.refused', command: 'callback.done', id: 'c-4', code: 'NO_CALLBACK' },
      { type: 'command.refused', command: 'unfreeze', id: 'c-2', code: 'REPEATED' },
      { type: 'command.refused', command: 'forward.set', id: 'c-5', code: 'NO_SUBSTITUTE' },
      { type: 'command.refused', command: 'unknown', id: 'c-6', code: 'UNKNOWN_COMMAND' },
    ])
    expect(replies().map(({ ok, error }) => error?.code ?? ok)).toEqual([true, true, 'NO_CALL', 'NO_CALLBACK', 'REPEATED', 'NO_SUBSTITUTE', 'UNKNOWN_COMMAND'])
  })

  test.each([8.64e15 + 1, 1e300, -8.64e15 - 1, -1e300, -1, 253_402_300_800_000])(
    'a moment that no clock can show (%d) is refused, and ends nothing',
    async (moment) => {
      const bodies = {
        'absence.set': { until: moment },
        'forward.set': { until: moment },
        'callback.accept': { from: 'usc-14', callback: 'b9', cause: 'promise', promisedAt: moment },
      }
      for (const [name, body] of Object.entries(bodies)) {
        const id = `m-${name}-${moment}`
        say(name, id, body)
        await expect.poll(() => reply(id)?.error?.code).toBe('BAD_BODY')
      }
      expect(agent.desk().callbacks).toEqual([])
    },
  )

  test('a moment that is over is refused, and changes nothing', async () => {
    say('absence.set', 't-1', { until: anHourAgo() })
    await expect.poll(() => reply('t-1')?.error?.code).toBe('BAD_TIME')
    expect(agent.desk().absence).toBeUndefined()
    say('absence.set', 't-2', { until: inAnHour() })
    await expect.poll(() => reply('t-2')?.ok).toBe(true)
    expect(agent.desk().absence).toBeDefined()
    say('absence.clear', 't-3')
    phone.callerGivesUp(phone.ring({ number: '857654321' }))
    await expect.poll(() => desk.types()).toContain('callback.opened')
    const callback = desk.events().find(({ type }) => type === 'third-ring.callback.opened')?.data['callback']
    say('callback.promise', 't-4', { callback, promisedAt: anHourAgo() })
    await expect.poll(() => reply('t-4')?.error?.code).toBe('BAD_TIME')
    say('callback.promise', 't-5', { callback, promisedAt: inAnHour() })
    await expect.poll(() => reply('t-5')?.ok).toBe(true)
  })

  test('the past can be asked for again, and comes as it came', async () => {
    const { epoch, lastSequence } = desk.last('about') as { epoch: string; lastSequence: string }
    expect(Number(lastSequence)).toBeGreaterThanOrEqual(0)
    const events = desk.messages.filter(({ topic }) => topic === 'event').map(({ payload }) => payload)
    say('replay', 'r-1', { epoch, from: 1, to: 5 })
    await expect.poll(() => reply('r-1')).toMatchObject({ ok: true, data: { from: 1, to: 5, sent: 5, next: null } })
    expect(desk.messages.filter(({ topic }) => topic === 'event/replay').map(({ payload }) => payload)).toEqual(events.slice(0, 5))
    say('replay', 'r-2', { epoch: 'ffffffff-0000-0000-0000-000000000000', from: 1, to: 5 })
    await expect.poll(() => reply('r-2')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_EPOCH' } })
  })

  test('the hub’s wish to hear everything again is met', async () => {
    const before = desk.messages.filter(({ topic }) => topic === 'about').length
    desk.publish('/third-ring/v1/um-test/hub/rebirth', JSON.stringify({ v: 1, at: new Date().toISOString() }))
    await expect.poll(() => desk.messages.filter(({ topic }) => topic === 'about').length, { timeout: 15_000 }).toBeGreaterThan(before)
  })

  test('a flood of them is counted and told once, and does not fill the journal', async () => {
    const before = desk.events().length
    for (let count = 0; count < 500; count += 1) say('identify', `f-${count}`)
    await expect.poll(() => replies().filter(({ id }) => id?.startsWith('f-')).length).toBeGreaterThan(100)
    await expect.poll(() => desk.types()).toContain('security.refused')
    const told = desk.events().find(({ type }) => type === 'third-ring.security.refused')
    expect(told?.data).toMatchObject({ reason: expect.stringContaining('commands') as string, count: expect.any(Number) as number })
    // What is taken at once is written down, and what two a second makes of the rest meanwhile.
    expect(desk.events().length - before).toBeLessThan(2 * linkLimits.commandBurst)
  })

  test('the token in the phone’s URLs is changed under the running agent: both are good, then only the new one', async () => {
    const port = agent.listenPort()
    const post = async (used: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}/yealink/${used}/registered?m=001565aabbcc`)).status
    const next = 'another-token-0123456789'
    expect([await post(token), await post(next)]).toEqual([200, 403])
    writeFileSync(join(directory, 'token'), `${next}\n${token}\n`)
    expect([await post(token), await post(next)]).toEqual([200, 200])
    writeFileSync(join(directory, 'token'), `${next}\n`)
    expect([await post(token), await post(next)]).toEqual([403, 200])
  })
})
