import { expect, test } from 'vitest'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { base, startBroker, startLink } from './fixture.ts'

const heavy = (bytes: number) => 'x'.repeat(bytes)

test('a message larger than any that a desk needs ends the connection before it is kept, and says why; the desk is back at once', async () => {
  const broker = await startBroker()
  const heard: number[] = []
  const link = startLink(broker.url)
  link.subscribe('sensors/seat', (payload) => void heard.push(payload.length))
  await expect.poll(() => link.announced()).toBe(1)
  await broker.publish('sensors/seat', heavy(60_000))
  await expect.poll(() => heard).toEqual([60_000])
  await broker.publish('sensors/seat', heavy(10 * linkLimits.packetBytesMax))
  await expect.poll(() => link.announced()).toBe(2)
  expect(heard).toEqual([60_000])
  expect(link.log.map(({ fields }) => fields)).toContainEqual({ reason: 'too-large' })
  expect(link.health().connected).toBe(true)
})

test('a command of that size does the same, whoever sent it', async () => {
  const broker = await startBroker()
  const link = startLink(broker.url)
  await expect.poll(() => link.announced()).toBe(1)
  await broker.publish(`${base}/command/hold`, heavy(2_000_000))
  await expect.poll(() => link.announced()).toBe(2)
  expect(link.counters().commandsTaken).toBe(0)
})
