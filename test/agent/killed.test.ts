import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import type { Broker } from '../../src/hub/broker/broker.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, openBroker, type Watch, watch } from './desk-fixture.ts'

const program = fileURLToPath(new URL('../../bin/third-ring.js', import.meta.url))
const running: { child?: ChildProcess; phone?: EmulatedPhone; desk?: Watch & { end(): Promise<void> }; broker?: Broker } = {}

function startAgent(configFile: string): ChildProcess {
  return spawn(process.execPath, [program, 'agent', '--config', configFile], { stdio: ['ignore', 'ignore', 'inherit'] })
}

afterEach(async () => {
  running.child?.kill('SIGKILL')
  await running.phone?.stop()
  await running.desk?.end()
  await running.broker?.stop()
})

test('an agent that is killed in the middle of a call says it is gone, comes back with the call, the ledger and the next number, and touches nothing', async () => {
  const { broker, url } = await openBroker()
  const desk = await watch(url, 'usc-7')
  const { configFile, phone } = await deskFiles('usc-7', url)
  Object.assign(running, { broker, desk, phone })
  const types = (): string[] => desk.types()
  const availability = (): string | undefined => desk.messages.findLast(({ topic }) => topic === 'availability')?.payload

  running.child = startAgent(configFile)
  await expect.poll(() => desk.last('state')?.['phone']).toMatchObject({ reachable: true })
  const missed = phone.ring({ number: '857654321' })
  phone.callerGivesUp(missed)
  await expect.poll(types).toContain('callback.opened')
  const talking = phone.ring({ number: '600700800' })
  phone.answer(talking)
  await expect.poll(types).toContain('call.answered')
  const before = Math.max(...desk.events().map(({ sequence }) => Number(sequence)))

  const dead = once(running.child, 'exit')
  running.child.kill('SIGKILL')
  await dead
  await expect.poll(availability).toBe('offline')
  const commandsBefore = phone.commands.filter(({ request }) => request.includes('key=')).length

  running.child = startAgent(configFile)
  await expect.poll(availability).toBe('online')
  await expect.poll(() => types().filter((type) => type === 'agent.started').length).toBe(2)
  expect(desk.last('state')).toMatchObject({ callbacks: { open: 1 }, calls: [{ state: 'connected' }] })
  const started = desk.events().findLast(({ type }) => type === 'third-ring.agent.started')
  expect(started?.data).toMatchObject({ adopted: 1 })
  expect(Number(started?.sequence)).toBe(before + 1)

  desk.publish('/sensors/usc-7/seat', JSON.stringify({ presence: true }))
  desk.publish('/sensors/usc-7/seat', JSON.stringify({ presence: false }))
  phone.remoteHangsUp(talking)
  await expect.poll(types).toContain('call.ended')
  expect(phone.commands.filter(({ request }) => request.includes('key='))).toHaveLength(commandsBefore)
  const ids = new Set(desk.events().map(({ id }) => id))
  expect(ids.size).toBe(Math.max(...desk.events().map(({ sequence }) => Number(sequence))))
})

test('a command that was taken before an agent was killed is not taken again by the next one', async () => {
  const { broker, url } = await openBroker()
  const desk = await watch(url, 'usc-8')
  const { configFile, phone } = await deskFiles('usc-8', url)
  Object.assign(running, { broker, desk, phone })
  const availability = (): string | undefined => desk.messages.findLast(({ topic }) => topic === 'availability')?.payload
  const answers = (): unknown[] =>
    desk.messages.flatMap(({ topic, payload }) => (topic === 'reply' ? [(JSON.parse(payload) as { error?: { code: string } }).error?.code ?? 'ok'] : []))

  running.child = startAgent(configFile)
  await expect.poll(availability).toBe('online')
  const recorded = JSON.stringify({ id: 'freeze-once', expires: new Date(Date.now() + 55_000).toISOString() })
  desk.publish('command/freeze', recorded)
  desk.publish('command/unfreeze', JSON.stringify({ id: 'and-back', expires: new Date(Date.now() + 55_000).toISOString() }))
  // What the journal has the broker hears of.
  await expect.poll(() => desk.types().filter((type) => type === 'command.obeyed')).toHaveLength(2)

  const dead = once(running.child, 'exit')
  running.child.kill('SIGKILL')
  await dead
  await expect.poll(availability).toBe('offline')
  running.child = startAgent(configFile)
  await expect.poll(availability).toBe('online')
  desk.publish('command/freeze', recorded)
  await expect.poll(answers).toEqual(['ok', 'ok', 'REPEATED'])
  await expect.poll(() => desk.events().at(-1)?.data).toEqual({ command: 'freeze', id: 'freeze-once', code: 'REPEATED' })
})
