import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createGpio } from '../../src/gpio/index.ts'
import { ledFault } from '../../src/gpio/leds.ts'

test('a light of the kernel has its trigger taken off, and is opened and closed dark', async () => {
  const { gpio, read } = lightsAt({ 'third-ring-left': '255', other: '1' })
  const light = await gpio.openOutput({ led: 'third-ring-left' })
  expect([read('third-ring-left', 'trigger'), read('third-ring-left', 'brightness')]).toEqual(['none', '0'])
  light.set(true)
  expect(read('third-ring-left', 'brightness')).toBe('255')
  light.set(false)
  expect(read('third-ring-left', 'brightness')).toBe('0')
  light.set(true)
  await light.close()
  light.set(true)
  expect(read('third-ring-left', 'brightness')).toBe('0')
  expect(read('other', 'trigger')).toBe('heartbeat')
})

test('a light that is not there is an error that lists those that are', async () => {
  const { gpio } = lightsAt({ ACT: '1', PWR: '1' })
  const opening = gpio.openOutput({ led: 'lamp' })
  await expect(opening).rejects.toMatchObject({
    code: 'DRIVER_UNAVAILABLE',
    message: expect.stringMatching(/no light named "lamp"; it has ACT, PWR\. Add the/),
  })
  await expect(lightsAt({}).gpio.openOutput({ led: 'lamp' })).rejects.toThrow(/it has no light at all/)
})

test.each(['EACCES', 'EPERM', 'EROFS'])('a light that may not be switched (%s) is an error that says how it may', (code) => {
  expect(ledFault('lamp', '/sys/class/leds', { code })).toMatchObject({
    code: 'DRIVER_UNAVAILABLE',
    message: expect.stringMatching(/"lamp" may not be switched by this user \(E\w+\): let the group gpio write/),
  })
})

test('a light that cannot be switched for another reason is an error with that reason and the place', () => {
  expect(ledFault('lamp', '/sys/class/leds', { code: 'EIO' }).message).toBe('The light "lamp" cannot be switched (EIO): look at /sys/class/leds/lamp.')
})

test('a light that goes is a fault, said once in the log, and ends nothing', async () => {
  const { gpio, root, warnings } = lightsAt({ lamp: '1' })
  const light = await gpio.openOutput({ led: 'lamp' })
  expect(light.ok?.()).toBe(true)
  rmSync(join(root, 'lamp'), { recursive: true })
  light.set(true)
  light.set(false)
  expect(light.ok?.()).toBe(false)
  await light.close()
  expect(warnings).toEqual(['the light lamp cannot be switched (ENOENT)'])
  expect(gpio.health()).toEqual({ chips: [], open: 0, lost: 0, faults: 3, lastFault: 'the light lamp cannot be switched (ENOENT)' })
})

test('the same light twice is an error until it is closed; an opening that fails leaves it free', async () => {
  const { gpio, root } = lightsAt({ lamp: '1' })
  const light = await gpio.openOutput({ led: 'lamp' })
  await expect(gpio.openOutput({ led: 'lamp' })).rejects.toMatchObject({ code: 'DRIVER_UNAVAILABLE', message: expect.stringContaining('is asked for twice') })
  expect(gpio.health().open).toBe(1)
  await light.close()
  rmSync(join(root, 'lamp'), { recursive: true })
  await expect(gpio.openOutput({ led: 'lamp' })).rejects.toThrow(/no light named/)
  makeLight(root, 'lamp', '1')
  await (await gpio.openOutput({ led: 'lamp' })).close()
  expect(gpio.health().open).toBe(0)
})

function makeLight(root: string, name: string, full: string): void {
  mkdirSync(join(root, name))
  for (const [file, text] of Object.entries({ max_brightness: `${full}\n`, trigger: 'heartbeat', brightness: '1' })) writeFileSync(join(root, name, file), text)
}

function lightsAt(lights: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'third-ring-leds-'))
  for (const [name, full] of Object.entries(lights)) makeLight(root, name, full)
  const warnings: string[] = []
  const gpio = createGpio({ driver: 'auto' }, { ledsRoot: root, log: { warn: (_, message) => void warnings.push(message) } })
  return { root, warnings, gpio, read: (name: string, file: string) => readFileSync(join(root, name, file), 'utf8') }
}
