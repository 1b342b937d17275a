import { expect, test } from 'vitest'
import { releaseLamp } from '../../src/lamps/release.ts'
import { createHandGpio } from '../gpio/hand-gpio.ts'

test('the lamp on lines is opened dark and let go', async () => {
  const gpio = createHandGpio()
  await releaseLamp({ driver: 'gpio', lines: { left: 5, middle: 6, right: 13 } }, { gpio })
  expect([...gpio.lit]).toEqual([5, 6, 13].map((line) => [line, undefined]))
})

test('a line that a dead agent still holds is asked for again', async () => {
  const gpio = createHandGpio()
  gpio.refuse(5, 1)
  await releaseLamp({ driver: 'gpio', line: 5 }, { gpio })
  expect([...gpio.lit]).toEqual([[5, undefined]])
})

test('a line that cannot be had is an error in the end', async () => {
  const gpio = createHandGpio()
  gpio.refuse(5, 100)
  await expect(releaseLamp({ driver: 'gpio', line: 5 }, { gpio })).rejects.toThrow('GPIO5 is in use')
})
