import { expect, test } from 'vitest'
import { createHelperStory, type HelperProcess } from '../../src/simulator/helper-story.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { createSleep } from '../../src/simulator/sleep.ts'
import { createVirtualClock } from './virtual-clock.ts'

const second = 1000

test('a helper is killed some time after the phone was forwarded, and not before', () => {
  const { clock, did, forward } = openStory()
  clock.pass(600 * second)
  expect(did).toEqual([])
  forward(true)
  clock.pass(39 * second)
  expect(did).toEqual([])
  clock.pass(13 * second)
  expect(did).toEqual(['killed'])
})

test('it is started again later than the warden’s grace, however it died, and killed again after minutes', () => {
  const { clock, did, die, forward } = openStory()
  die()
  clock.pass(79 * second)
  expect(did).toEqual(['died'])
  clock.pass(22 * second)
  expect(did).toEqual(['died', 'started'])
  forward(true)
  clock.pass(60 * second)
  expect(did.at(-1)).toBe('killed')
  clock.pass(100 * second)
  expect(did.at(-1)).toBe('started')
  clock.pass(600 * second)
  expect(did.filter((what) => what === 'killed').length).toBeGreaterThanOrEqual(2)
})

test('who was started meanwhile by a visitor is not started twice', () => {
  const { clock, did, die, helper } = openStory()
  die()
  helper.start()
  clock.pass(200 * second)
  expect(did).toEqual(['died', 'started'])
})

test('one that is back at the desk is left alone', () => {
  const { clock, did, forward } = openStory()
  forward(true)
  clock.pass(30 * second)
  forward(false)
  clock.pass(120 * second)
  expect(did).toEqual([])
})

test('in an office that runs faster all of it does', () => {
  const { clock, did, forward } = openStory(10)
  forward(true)
  clock.pass(6 * second)
  expect(did).toEqual(['killed'])
})

test('after the stop nothing is pending', () => {
  const { clock, die, story } = openStory()
  die()
  story.stop()
  expect(clock.pending()).toBe(0)
})

/** A story in virtual time about a process that is only said to be one. */
function openStory(speed = 1) {
  const clock = createVirtualClock()
  const did: string[] = []
  let [running, forwarded] = [true, false]
  let died = (): void => {}
  const end = (how: string): void => {
    running = false
    did.push(how)
    died()
  }
  const helper: HelperProcess = {
    running: () => running,
    kill: () => end('killed'),
    start() {
      running = true
      did.push('started')
    },
    onDeath(listener) {
      died = listener
    },
  }
  const sleep = createSleep(clock, () => speed)
  const story = createHelperStory(helper, () => forwarded, createRandom(5), sleep)
  story.start()
  const forward = (on: boolean): void => {
    forwarded = on
  }
  return { clock, did, helper, story, forward, die: () => end('died') }
}
