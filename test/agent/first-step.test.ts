import { expect, test } from 'vitest'
import { createAgent } from '../../src/agent/agent.ts'
import { policy } from '../desk/script.ts'
import { noon, open, scratch } from '../store/fixture.ts'

const log = { info() {}, warn() {}, error() {}, debug() {} } as never

test('an agent that ends soon after its start leaves a desk by which the next one knows how its clock goes on', async () => {
  const directory = scratch()
  const store = await open(directory)
  const clock = { now: () => 5000, wall: () => noon, synced: () => true, wakeAt: () => () => {} }
  const outputs = { wish() {}, changed() {}, stored() {}, toEvent: (_: unknown, sequence: number) => ({ sequence, json: '{}', wall: noon }) }
  const agent = createAgent({ policy, clock, store, log, outputs })
  agent.start('1.0.0')
  agent.emit({ type: 'phone.reachable', reachable: true })
  await expect.poll(() => store.lastSequence).toBe(agent.sequence())
  await store.close()
  const { past } = await open(directory)
  expect(past.checkpoint).toMatchObject({ wall: noon, desk: { at: 5000, clock: { offsetMs: noon - 5000, synced: true }, shell: { starts: 1 } } })
  expect(past.facts.map(({ type }) => type)).toEqual(['phone.reachable'])
})

test('what was said at a deadline is not said again by the next agent', async () => {
  const directory = scratch()
  let now = 5000
  const clock = { now: () => now, wall: () => noon + now, synced: () => true, wakeAt: () => () => {} }
  const said: string[] = []
  const toEvent = ({ name }: { readonly name: string }, sequence: number) => {
    said.push(name)
    return { sequence, json: '{}', wall: noon }
  }
  const outputs = { wish() {}, changed() {}, stored() {}, toEvent }
  const ref = { phoneId: '1', remote: '600701234' }
  const store = await open(directory)
  const agent = createAgent({ policy, clock, store, log, outputs })
  agent.start('1.0.0')
  for (const type of ['call.delivered', 'call.established'] as const) agent.emit({ type, ref })
  now += 60_000
  agent.emit({ type: 'call.cleared', ref, cause: 'unknown' })
  now += policy.hangUpWindowMs
  agent.emit({ type: 'tick' })
  expect(said.filter((name) => name === 'call.hung-up-first')).toHaveLength(1)
  await expect.poll(() => store.lastSequence).toBe(agent.sequence())
  await store.close()
  now += 100
  const again = await open(directory)
  createAgent({ policy, clock, store: again, log, outputs }).start('1.0.0')
  expect(said.filter((name) => name === 'call.hung-up-first')).toHaveLength(1)
  expect(said.filter((name) => name === 'agent.started')).toHaveLength(2)
})
