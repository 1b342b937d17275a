import { expect, test } from 'vitest'
import { createBeat } from '../../src/agent/beat.ts'
import { createWakes } from '../wakes.ts'

test('there is a beat at the start and each minute of the desk’s own clock, until the stop', async () => {
  const wakes = createWakes()
  const beats: number[] = []
  let stops = 0
  const beat = createBeat({
    clock: { now: wakes.now, wakeAt: wakes.add },
    link: { onConnect() {} },
    beat: async () => void beats.push(wakes.now()),
    health: async () => {},
    stopped() {
      stops += 1
    },
  })
  await beat.start()
  wakes.pass(150_000)
  expect(beats).toEqual([0, 60_000, 120_000])
  await beat.stop()
  wakes.pass(600_000)
  expect([beats.length, stops, wakes.pending()]).toEqual([3, 1, 0])
})

test('a second after each connect it is said how the desk fares with its broker: what was known without a line is not left on it for a minute', async () => {
  const wakes = createWakes()
  const said: number[] = []
  let connect = (): void => {}
  const beat = createBeat({
    clock: { now: wakes.now, wakeAt: wakes.add },
    link: {
      onConnect(handler) {
        connect = handler
      },
    },
    beat: async () => {},
    health: async () => void said.push(wakes.now()),
    stopped() {},
  })
  // The line may be there before the first beat.
  connect()
  await beat.start()
  wakes.pass(10_000)
  connect()
  wakes.pass(500)
  connect()
  wakes.pass(10_000)
  expect(said).toEqual([1000, 11_500])
  connect()
  await beat.stop()
  connect()
  wakes.pass(600_000)
  expect([said.length, wakes.pending()]).toEqual([2, 0])
})
