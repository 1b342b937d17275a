import { expect, test } from 'vitest'
import { createBeat } from '../../src/agent/beat.ts'
import { presenceMaxAgeMs } from '../../src/agent/neighbour.ts'
import { healthEveryMs } from '../../src/mqtt/topics.ts'
import { createWakes } from '../wakes.ts'

test('a desk speaks at its start and then each minute of its own time, often enough to be believed', async () => {
  const { now, add, step, pending } = createWakes()
  const beats: number[] = []
  const part = createBeat(
    async () => void beats.push(now()),
    () => beats.push(-1),
    { now, wakeAt: add },
  )
  await part.start()
  while (step(3 * healthEveryMs));
  expect(beats).toEqual([0, healthEveryMs, 2 * healthEveryMs, 3 * healthEveryMs])
  expect(healthEveryMs * 2).toBeLessThan(presenceMaxAgeMs)
  await part.stop()
  expect(pending()).toBe(0)
  expect(beats.at(-1)).toBe(-1)
})
