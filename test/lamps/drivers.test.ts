import { expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { createLamp } from '../../src/lamps/index.ts'
import { lampTable, steadyTable } from '../../src/lamps/patterns.ts'
import { createHandClock } from '../gpio/hand-clock.ts'
import { createHandGpio } from '../gpio/hand-gpio.ts'
import { createHandLink } from './link.ts'

const hardware = { gpio: createHandGpio(), clock: createHandClock() }
const config = { driver: 'mqtt', topic: 'lamps/usc-12' } as const

test('a lamp on the broker gets the name and the timing, not retained', async () => {
  const link = createHandLink()
  link.connect()
  const lamp = createLamp(config, { ...hardware, link, flashing: true })
  await lamp.start()
  lamp.show('ring-warning')
  expect(link.published).toEqual([
    { topic: 'lamps/usc-12', retain: false, payload: { pattern: 'dark', left: null, middle: null, right: null } },
    { topic: 'lamps/usc-12', retain: false, payload: { pattern: 'ring-warning', ...lampTable['ring-warning'] } },
  ])
})

test('the same pattern twice is sent once, and again after a connect', async () => {
  const link = createHandLink()
  const lamp = createLamp(config, { ...hardware, link, flashing: true })
  await lamp.start()
  link.connect()
  lamp.show('ring-first')
  lamp.show('ring-first')
  link.lose()
  lamp.show('ring-second')
  link.connect()
  expect(patterns(link)).toEqual(['dark', 'ring-first', 'ring-second'])
})

test('where nothing may flash, only steady light is sent', async () => {
  const link = createHandLink()
  link.connect()
  const lamp = createLamp(config, { ...hardware, link, flashing: false })
  await lamp.start()
  lamp.show('hold-warning')
  expect(link.published.at(-1)?.payload).toEqual({ pattern: 'hold-warning', ...steadyTable['hold-warning'] })
})

test('it is dark when stopped, and says nothing afterwards', async () => {
  const link = createHandLink()
  link.connect()
  const lamp = createLamp(config, { ...hardware, link, flashing: true })
  await lamp.start()
  lamp.show('callbacks')
  await lamp.stop()
  await lamp.stop()
  lamp.show('ring-first')
  link.connect()
  expect(patterns(link)).toEqual(['dark', 'callbacks', 'dark'])
})

test('a lamp that was never started says nothing', async () => {
  const link = createHandLink()
  link.connect()
  const lamp = createLamp(config, { ...hardware, link, flashing: true })
  lamp.show('ring-first')
  await lamp.stop()
  expect(link.published).toEqual([])
})

test('a desk without a lamp takes every pattern in silence', async () => {
  const link = createHandLink()
  link.connect()
  const lamp = createLamp({ driver: 'none' }, { ...hardware, link, flashing: true })
  await lamp.start()
  lamp.show('ring-overdue')
  await lamp.stop()
  expect(link.published).toEqual([])
})

test('a driver that is not there is said plainly', () => {
  const deps = { ...hardware, link: createHandLink(), flashing: true }
  expect(() => createLamp({ driver: 'bridge' }, deps)).toThrow(ConfigurationError)
  expect(() => createLamp({ driver: 'bridge' }, deps)).toThrow(/bridge: is missing/)
})

function patterns(link: ReturnType<typeof createHandLink>): unknown[] {
  return link.published.map(({ payload }) => (payload as { pattern: string }).pattern)
}

test('whether it can be seen: on the broker while there is one, on lines while each does as it is told, and nothing where there is no lamp', async () => {
  const link = createHandLink()
  const onBroker = createLamp(config, { ...hardware, link, flashing: true })
  expect(onBroker.ok()).toBe(false)
  await onBroker.start()
  expect(onBroker.ok()).toBe(false)
  link.connect()
  expect(onBroker.ok()).toBe(true)
  link.lose()
  expect(onBroker.ok()).toBe(false)
  const gpio = createHandGpio()
  const onLines = createLamp({ driver: 'gpio', lines: { left: 5, middle: 6, right: 13 } }, { link, flashing: true, gpio, clock: createHandClock() })
  expect(onLines.ok()).toBe(false)
  await onLines.start()
  expect(onLines.ok()).toBe(true)
  gpio.break(6)
  expect(onLines.ok()).toBe(false)
  expect(createLamp({ driver: 'none' }, { ...hardware, link, flashing: true }).ok()).toBeNull()
})
