import { afterEach, expect, test } from 'vitest'
import { errandOf } from '../../src/hub/directory/errands.ts'
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
