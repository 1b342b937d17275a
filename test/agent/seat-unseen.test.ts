import { expect, onTestFinished, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import { deskFiles, openBroker, startFrom, watch } from './desk-fixture.ts'
import { bootMachine } from './virtual-machine.ts'

/** Monday, 09:00 in Warsaw. */
const monday = Date.parse('2026-11-23T08:00:00Z')
/** What differs from one look to the next whatever the desk does, or with the time alone. */
const restless =
  /^third_ring_(memory_bytes|loop_delay_seconds|disk_free_bytes|temperature_celsius|store_\w+|events_un\w+|uptime_seconds|day_observed_seconds|phone_last_word_age_seconds) /

async function deskInItsTime() {
  const { broker, url } = await openBroker()
  const files = await deskFiles('usc-12', url)
  const eyes = await watch(url, 'usc-12')
  const machine = bootMachine('boot-a', monday, true)
  const agent: RunningAgent = await startFrom(files.configFile, { machine })
  onTestFinished(async () => {
    await agent.stop('the test ends')
    await files.phone.stop()
    await eyes.end()
    await broker.stop()
  })
  await expect.poll(() => [agent.desk().phone.reachable, eyes.last('health') !== undefined]).toEqual([true, true])
  const look = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${files.adminPort}/${path}`)).text()
  const sit = async (presence: boolean): Promise<void> => {
    const before = agent.desk().seat.seenAt
    machine.pass(10)
    eyes.publish('/sensors/usc-12/seat', JSON.stringify({ presence }))
    await expect.poll(() => [agent.desk().seat.occupied, agent.desk().seat.seenAt > before]).toEqual([presence, true])
  }
  await sit(true)
  return { machine, look, sit }
}

test('who looks at metrics and health again and again does not learn when somebody got up or sat down', async () => {
  const { machine, look, sit } = await deskInItsTime()
  /** What is to be seen so long after a change of the seat, or without one. */
  const seen = async (changes: readonly boolean[]): Promise<unknown> => {
    machine.pass(7000)
    for (const presence of changes) await sit(presence)
    machine.pass(3000 - 10 * changes.length)
    const metrics = (await look('metrics')).split('\n').filter((line) => !restless.test(line))
    return [metrics, JSON.parse(await look('healthz')).seatDriver]
  }
  const observed = async (): Promise<number> => Number(/^third_ring_day_observed_seconds (.*)$/m.exec(await look('metrics'))?.[1])
  const still = await seen([])
  expect(await seen([false, true])).toEqual(still)
  // The watched time goes on with the time, and not with what the desk is told.
  const before = await observed()
  machine.pass(1000)
  expect(await observed()).toBeCloseTo(before + 1, 3)
  await sit(false)
  expect(await observed()).toBeCloseTo(before + 1.01, 3)
  machine.pass(1000)
  expect(await observed()).toBeCloseTo(before + 2.01, 3)
})
