import { expect, test } from 'vitest'
import { createLevels } from '../../../src/agent/broker/levels.ts'
import type { BrokerLink } from '../../../src/agent/ports.ts'
import { loadAgentConfig } from '../../../src/config/load.ts'
import { emptyDesk } from '../../../src/desk/desk.ts'
import { policy } from '../../desk/script.ts'
import { event, events, fact, noon, open, scratch } from '../../store/fixture.ts'
import { deskFiles } from '../desk-fixture.ts'

const minute = 60_000

test('each beat says the presence anew, by the time of which others know that the desk is there', async () => {
  const store = await open(scratch())
  const { configFile, phone } = await deskFiles('usc-7', 'mqtt://127.0.0.1:1')
  await phone.stop()
  const said: unknown[] = []
  const set: BrokerLink['set'] = (name, payload, anew) => void (name === 'presence' && said.push([payload['at'], payload['takesCalls'], anew]))
  let now = 0
  const clock = { now: () => now, wall: () => noon + now, synced: () => true, wakeAt: () => () => {} }
  const parts = { machine: { bootId: () => 'boot-a' }, bridge: () => undefined, exchange: () => undefined, lampOk: () => null, dropped: () => 0 }
  const link = { set, health: () => ({ connected: true, unsent: 0 }) } as BrokerLink
  const levels = createLevels({ ...parts, config: loadAgentConfig(configFile), policy, version: '1.0.0', clock, store, link, deskOf: () => undefined })
  for (; now <= minute; now += minute) await levels.beat(emptyDesk(0))
  levels.stop()
  expect(said).toEqual([
    [new Date(noon).toISOString(), false, 'anew'],
    [new Date(noon + minute).toISOString(), false, 'anew'],
  ])
})

test('about follows what the store still keeps, but no more often than every ten minutes', async () => {
  const store = await open(scratch(), { limits: { keepBytesMax: 5000 } })
  const { configFile, phone } = await deskFiles('usc-7', 'mqtt://127.0.0.1:1')
  await phone.stop()
  const said: unknown[] = []
  /** The line to a broker that is never there. */
  const link: BrokerLink = {
    start: async () => {},
    stop: async () => {},
    set: (name, payload) => void (name === 'about' && said.push([payload['firstSequence'], payload['lastSequence']])),
    wake: () => {},
    subscribe: () => () => {},
    publish: () => {},
    onConnect: () => {},
    health: () => ({ connected: false, unsent: 0 }),
  }
  let now = 0
  const clock = { now: () => now, wall: () => noon, synced: () => true, wakeAt: () => () => {} }
  const parts = { machine: { bootId: () => 'boot-a' }, bridge: () => undefined, exchange: () => undefined, lampOk: () => null, dropped: () => 0 }
  const levels = createLevels({ ...parts, config: loadAgentConfig(configFile), policy, version: '1.0.0', clock, store, link, deskOf: () => undefined })
  const desk = emptyDesk(0)
  const append = async (count: number) => {
    for (let each = 0; each < count; each += 1) {
      await store.append({ events: [event(store.lastSequence + 1, noon, 'x'.repeat(400))] })
      store.acknowledge(store.lastSequence)
    }
    await store.append({ facts: [fact(1)] })
  }
  await store.append({ events: events(1, 2) })
  levels.changed(desk, 2)
  for (; now < 30 * minute; now += minute) {
    await levels.beat(desk)
    if (now >= 12 * minute) await append(5)
  }
  levels.stop()
  expect(said).toHaveLength(3)
  expect(said[0]).toEqual(['000000000001', '000000000002'])
  for (const [index, [first = '', last = '']] of (said as [string, string][]).entries()) {
    expect(first <= last).toBe(true)
    expect(index === 0 || first > ((said as [string, string][])[index - 1]?.[0] ?? '')).toBe(true)
  }
})
