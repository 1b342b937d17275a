import { expect, test } from 'vitest'
import { chooseDriver } from '../../src/gpio/choose.ts'
import type { OnoffConstructor } from '../../src/gpio/onoff.ts'

const onoff = class {} as unknown as OnoffConstructor
const missing = { missing: 'no epoll.node' }
const everything = { bias: false, syntax: 'v2', onoff, sysfs: true } as const
const nothing = { bias: false, syntax: undefined, onoff: missing, sysfs: false } as const

test.each([
  ['auto', everything, 'onoff'],
  ['auto', { ...everything, bias: true }, 'gpiod'],
  ['auto', { ...everything, bias: true, syntax: undefined }, 'onoff'],
  ['auto', { ...everything, sysfs: false }, 'gpiod'],
  ['auto', { ...everything, onoff: missing }, 'gpiod'],
  ['auto', { ...everything, syntax: undefined }, 'onoff'],
  ['onoff', { ...everything, bias: true }, 'onoff'],
  ['gpiod', everything, 'gpiod'],
] as const)('%s with %j is %s', (wanted, found, name) => {
  expect(chooseDriver(wanted, found).name).toBe(name)
})

test.each([
  ['auto', nothing, /no way to the lines: onoff cannot be loaded \(no epoll.node\), and gpiomon is not installed\. Either install .* gpiod; or install onoff/],
  ['auto', { ...nothing, onoff }, /this kernel has no \/sys\/class\/gpio \(CONFIG_GPIO_SYSFS\), and gpiomon/],
  ['onoff', { ...everything, sysfs: false }, /gpio.driver is onoff, but this kernel has no .*: mend that; or install/],
  ['onoff', { ...everything, onoff: missing }, /gpio.driver is onoff, but onoff cannot be loaded/],
  ['gpiod', { ...everything, syntax: undefined }, /gpio.driver is gpiod, but gpiomon cannot be run: install Debian's package gpiod/],
] as const)('%s with %j is an error with what is missing and what to do', (wanted, found, sentence) => {
  expect(() => chooseDriver(wanted, found)).toThrow(expect.objectContaining({ code: 'DRIVER_UNAVAILABLE', message: expect.stringMatching(sentence) }))
})
