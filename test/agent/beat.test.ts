import { expect, test } from 'vitest'
import { createBeat } from '../../src/agent/beat.ts'
import { createWakes } from '../wakes.ts'

test('there is a beat at the start and each minute of the desk’s own clock, until the stop', async () => {
  const wakes = createWakes()
  const beats: number[] = []
  let stops = 0
  const beat = createBeat(
    { now: wakes.now, wakeAt: wakes.add },
    async () => void beats.push(wakes.now()),
    () => {
      stops += 1
    },
  )
  await beat.start()
  wakes.pass(150_000)
  expect(beats).toEqual([0, 60_000, 120_000])
  await beat.stop()
  wakes.pass(600_000)
  expect([beats.length, stops, wakes.pending()]).toEqual([3, 1, 0])
})
