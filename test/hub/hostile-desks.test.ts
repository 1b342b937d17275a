import * as v from 'valibot'
import { afterEach, expect, test, vi } from 'vitest'
import { errandOf } from '../../src/hub/directory/errands.ts'
import { createHubPresences } from '../../src/hub/directory/presence.ts'
import type { DeskView } from '../../src/hub/office.ts'
import { hubPresenceSchema } from '../../src/mqtt/hub-messages.ts'
import { deskPasswords, startDesk, startHub } from './fixture.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const noDesks = ['#', '+', 'usc-14/+', 'usc-14/x', 'a\u0000b', '', 'USC', 'hub', 'usc-12', '../usc-14', '__proto__', 'ż'.repeat(120)]

test.each(noDesks)('nothing is carried to %j, which is the name of no other desk', (name) => {
  const said = { epoch: 'e', last: 1 } as Parameters<typeof errandOf>[0]['sequence']
  const event = { id: 'e-1', time: 0, sequence: 1, unsynced: false }
  const reassigned = { ...event, type: 'third-ring.callback.reassigned', data: { callback: 'b7', by: name } }
  const closed = { ...event, type: 'third-ring.callback.closed', data: { callback: 'b7', by: 'desk', from: name, of: 'b1' } }
  for (const each of [reassigned, closed]) expect(errandOf({ desk: 'usc-12', live: true, sequence: said, event: each })).toBeUndefined()
})

test('a desk that names a wildcard as the one who takes its promise does not cost the hub its line', async () => {
  const running = await startHub({ broker: { embedded: { host: '127.0.0.1', port: 0, open: true, credentials: deskPasswords } } })
  undo.push(() => running.stop())
  const [liar, other] = [await startDesk(running.urls, 'usc-12'), await startDesk(running.urls, 'usc-14')]
  undo.push(
    () => liar.stop(),
    () => other.stop(),
  )
  await expect.poll(() => running.logged.some((line) => line.startsWith('connected to the broker'))).toBe(true)
  for (const by of noDesks) await liar.event('callback.reassigned', { callback: 'b7', by, cause: 'promise' })
  await liar.event('callback.reassigned', { callback: 'b7', by: 'usc-14', cause: 'promise' })
  await expect.poll(() => other.commands.map(({ name }) => name)).toEqual(['callback.accept'])
  expect(running.logged.filter((line) => /closed the connection|refused a client/.test(line))).toEqual([])
})

test('a desk whose name is none does not spoil the word about the substitute that it names', async () => {
  vi.useFakeTimers()
  undo.push(() => vi.useRealTimers())
  const said = new Map<string, string>()
  const there = { availability: 'online' } as DeskView
  const standing = { availability: 'online', state: { at: 0, forwarding: { state: 'on', lease: { target: 'usc-14' } } } } as DeskView
  const presences = createHubPresences({
    office: () => ({ desks: new Map([['usc-14', there]]) }),
    listed: () => ['usc-14'],
    wall: Date.now,
    now: () => performance.now(),
    publish: (desk, payload) => said.set(desk, payload).has(desk),
  })
  presences.connected()
  for (const name of ['USC 12', '__proto__', 'usc-12']) presences.heard(name, standing)
  await vi.advanceTimersByTimeAsync(5000)
  presences.stop()
  expect(v.parse(hubPresenceSchema, JSON.parse(said.get('usc-14') ?? ''))).toMatchObject({ online: true, standsInFor: ['usc-12'] })
})
