import type { GpioConfig } from '../config/config.ts'
import { unavailable } from './chips.ts'
import { type LineDriver, realAfter } from './driver.ts'
import { createGpiodDriver } from './gpiod.ts'
import type { Syntax } from './gpiod-tools.ts'
import { createOnoffDriver, type OnoffConstructor } from './onoff.ts'

/** What this machine has. */
export interface Found {
  /** An input asks for a bias, which only gpiod can set. */
  readonly bias: boolean
  /** How the gpiod tools are spoken to; undefined if they are not installed. */
  readonly syntax: Syntax | undefined
  readonly onoff: OnoffConstructor | { readonly missing: string }
  readonly sysfs: boolean
}

const installGpiod = 'install Debian\'s package gpiod ("sudo apt install gpiod") and set gpio.driver to gpiod'
const installOnoff = 'install onoff (docs/guides/gpio.md) and set gpio.driver to onoff'

/**
 * `auto` is onoff where both the package and the kernel's sysfs are there, else gpiod; with a bias, gpiod where it is there. Throws a
 * `ConfigurationError` that names what is missing and the remedies.
 */
export function chooseDriver(wanted: GpioConfig['driver'], { bias, syntax, onoff, sysfs }: Found): LineDriver {
  if (syntax !== undefined && (wanted === 'gpiod' || (wanted === 'auto' && bias))) return createGpiodDriver(syntax, realAfter)
  if (wanted === 'gpiod') throw unavailable(`gpio.driver is gpiod, but gpiomon cannot be run: ${installGpiod}; or ${installOnoff}.`)
  if (typeof onoff === 'function' && sysfs) return createOnoffDriver(onoff)
  const without = typeof onoff === 'function' ? 'this kernel has no /sys/class/gpio (CONFIG_GPIO_SYSFS)' : `onoff cannot be loaded (${onoff.missing})`
  if (wanted === 'onoff') throw unavailable(`gpio.driver is onoff, but ${without}: mend that; or ${installGpiod}.`)
  if (syntax !== undefined) return createGpiodDriver(syntax, realAfter)
  throw unavailable(`There is no way to the lines: ${without}, and gpiomon is not installed. Either ${installGpiod}; or ${installOnoff}.`)
}
