import { afterEach, describe, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import { type Broker, createBroker } from '../../src/hub/broker/broker.ts'
import { untilSteady } from '../until-steady.ts'
import { deskFiles, freePort, startFrom, type Watch, watch } from './desk-fixture.ts'
import { bootMachine } from './virtual-machine.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
/** Monday, 09:00 in Warsaw. */
const monday = Date.parse('2026-11-23T08:00:00Z')
const log = { info() {}, warn() {}, error() {}, debug() {} } as never

const running: { agent?: RunningAgent; broker?: Broker; eyes?: Watch & { end(): Promise<void> } } = {}
afterEach(async () => {
  await running.agent?.stop('the test ends')
  await running.eyes?.end()
  await running.broker?.stop()
})

async function brokerAt(port: number): Promise<Broker> {
  const broker = createBroker({ host: '127.0.0.1', port, open: true, credentials: () => undefined, log })
  await broker.start()
  running.broker = broker
  return broker
}

describe('a broker that is away', () => {
  test.each([
    ['for two hours', 2 * hour],
    ['for ten days', 10 * day],
  ])(
    '%s: the desk works on, and all that happened arrives once, in order, each event with the time at which it happened',
    async (_, awayMs) => {
      const port = await freePort()
      const url = `mqtt://127.0.0.1:${port}`
      const machine = bootMachine('boot-a', monday, true)
      const { configFile, phone } = await deskFiles('usc-7', url)
      const agent = await startFrom(configFile, { machine })
      running.agent = agent
      await expect.poll(() => agent.desk().phone.reachable).toBe(true)

      const rings = 6
      const rangAt: string[] = []
      for (let ring = 0; ring < rings; ring += 1) {
        machine.pass(awayMs / rings)
        // What was due in these days has all come at once, and a phone gives up a word that nobody takes in two seconds.
        await untilSteady(() => agent.progress().taken)
        rangAt.push(new Date(machine.wall()).toISOString())
        const id = phone.ring({ number: '857654321' })
        await expect.poll(() => agent.desk().calls.some(({ state }) => state === 'alerting')).toBe(true)
        machine.pass(3000)
        phone.answer(id)
        await expect.poll(() => agent.desk().calls.some(({ state }) => state === 'connected')).toBe(true)
        machine.pass(minute)
        phone.hangUp(id)
        await expect.poll(() => agent.desk().calls.some(({ state }) => state === 'cleared')).toBe(true)
      }
      machine.pass(minute)

      await brokerAt(port)
      const eyes = await watch(url, 'usc-7')
      running.eyes = eyes
      // After so many attempts the next may be fifteen seconds away.
      await expect.poll(() => eyes.types().filter((type) => type === 'call.ended').length, { timeout: 60_000 }).toBe(rings)
      const events = eyes.events() as unknown as { readonly type: string; readonly time: string; readonly sequence: string }[]
      const alerting = events.filter(({ type }) => type === 'third-ring.call.alerting')
      expect(alerting.map(({ time }) => time)).toEqual(rangAt)
      const sequences = events.map(({ sequence }) => Number(sequence))
      expect(sequences).toEqual(sequences.map((_, index) => index + 1))
      // No event is marked as late: its bytes are those that were written down when it happened. `time` says how late it is.
      for (const event of events) expect(event).not.toHaveProperty('late')
      await expect.poll(() => eyes.last('state')).toMatchObject({ clock: 'synced', lamp: 'dark', sequence: events.at(-1)?.sequence })
      expect(eyes.last('day')).toMatchObject({ date: new Date(machine.wall()).toISOString().slice(0, 10) })
    },
    300_000,
  )
})
