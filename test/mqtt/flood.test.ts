import { expect, test } from 'vitest'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { base, now, startBroker, startLink } from './fixture.ts'

test('the answers to a flood of commands may be lost, so that they never take the place of an event', async () => {
  const broker = await startBroker()
  const answers: { qos: number; code: string | undefined }[] = []
  broker.aedes.on('publish', ({ topic, qos, payload }) => {
    if (topic === `${base}/reply`) answers.push({ qos, code: (JSON.parse(payload.toString()) as { error?: { code: string } }).error?.code })
  })
  const link = startLink(broker.url)
  await expect.poll(() => link.announced()).toBe(1)
  const many = linkLimits.commandBurst + 200
  for (let count = 0; count < many; count += 1) await broker.publish(`${base}/command/identify`, JSON.stringify({ id: `q${count}`, expires: now + 5000 }))
  await expect.poll(() => link.counters().commandsTaken + link.counters().commandsRefused).toBe(many)
  await expect.poll(() => answers.filter(({ code }) => code === 'TOO_MANY').length).toBeGreaterThan(100)
  expect(new Set(answers.filter(({ code }) => code === 'TOO_MANY').map(({ qos }) => qos))).toEqual(new Set([0]))
  expect(new Set(answers.filter(({ code }) => code === undefined).map(({ qos }) => qos))).toEqual(new Set([1]))
})
