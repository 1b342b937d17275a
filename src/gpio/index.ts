import type { GpioConfig } from '../config/config.ts'
import { type Located, unavailable } from './chips.ts'
import { type LineDriver, realAfter } from './driver.ts'
import { createGpiodDriver } from './gpiod.ts'
import { installedSyntax } from './gpiod-tools.ts'
import { keepOpen } from './keep-open.ts'
import { openLed } from './leds.ts'
import { nameOf } from './line-fault.ts'
import { createOnoffDriver, hasSysfs, loadOnoff } from './onoff.ts'
import type { Gpio, Input, LineAddress, Output } from './port.ts'
import { createRegistry } from './registry.ts'

export interface GpioDeps {
  /** An input asks for a bias, which only gpiod can set: `auto` then prefers it. */
  readonly bias?: boolean
  readonly log?: { warn(fields: object, message: string): void }
}

/** For `/healthz`: which driver was chosen, the labels of the chips in use, and how the lines fare. No levels. */
export interface GpioHealth {
  /** Absent as long as no line was asked for. */
  readonly driver?: 'onoff' | 'gpiod'
  readonly chips: readonly string[]
  readonly open: number
  readonly lost: number
  readonly faults: number
  readonly lastFault?: string
}

export interface HeaderGpio extends Gpio {
  health(): GpioHealth
}

/**
 * The lines of this machine. The driver is chosen when the first line is asked for, so that a desk without any needs neither of them; lights of the kernel
 * need none. A line is opened once in this process: the second time is an error.
 */
export function createGpio(config: GpioConfig, { bias = false, log }: GpioDeps = {}): HeaderGpio {
  const registry = createRegistry()
  const chips = new Set<string>()
  let driver: Promise<LineDriver> | undefined
  let name: LineDriver['name'] | undefined
  let lost = 0
  let faults = 0
  let lastFault: string | undefined

  function fault(reason: string): void {
    faults += 1
    // A fault that goes on is said once.
    if (reason !== lastFault) log?.warn({}, reason)
    lastFault = reason
  }

  async function claimed(address: LineAddress): Promise<{ lines: LineDriver; at: Located; giveBack: () => void }> {
    driver ??= chooseDriver(config.driver, bias)
    const lines = await driver
    name = lines.name
    const at = await lines.locate(address)
    const giveBack = registry.claim(`${at.chip.name}/${at.line}`, nameOf(at))
    chips.add(at.chip.label)
    return { lines, at, giveBack }
  }

  return {
    async watchInput(address, options, onLevel) {
      const { lines, giveBack } = await claimed(address)
      let isLost = false
      const deps = {
        after: realAfter,
        fault,
        onLevel(high: boolean) {
          if (isLost) lost -= 1
          isLost = false
          onLevel(high)
        },
        onLost(reason: string) {
          isLost = true
          lost += 1
          options.onLost?.(reason)
        },
      }
      // Numbers may have moved when it is opened again: it is located anew each time.
      const open = async (listener: Parameters<LineDriver['openInput']>[2]) => lines.openInput(await lines.locate(address), options, listener)
      return closing(await orGiveBack(keepOpen(open, deps), giveBack), giveBack) satisfies Input
    },
    async openOutput(address) {
      if ('led' in address) {
        const giveBack = registry.claim(`led ${address.led}`, `The light "${address.led}"`)
        const led = (async () => openLed(address.led, fault))()
        return closing(await orGiveBack(led, giveBack), giveBack) satisfies Output
      }
      const { lines, at, giveBack } = await claimed(address)
      return closing(await orGiveBack(lines.openOutput(at, fault), giveBack), giveBack) satisfies Output
    },
    health: () => ({
      ...(name === undefined ? {} : { driver: name }),
      chips: [...chips],
      open: registry.size(),
      lost,
      faults,
      ...(lastFault === undefined ? {} : { lastFault }),
    }),
  }
}

async function orGiveBack<Opened>(opening: Promise<Opened>, giveBack: () => void): Promise<Opened> {
  try {
    return await opening
  } catch (error) {
    giveBack()
    throw error
  }
}

function closing<Opened extends Input | Output>(opened: Opened, giveBack: () => void): Opened {
  return {
    ...opened,
    async close() {
      await opened.close()
      giveBack()
    },
  }
}

const installGpiod = 'install Debian\'s package gpiod ("sudo apt install gpiod") and set gpio.driver to gpiod'
const installOnoff = 'install onoff (docs/guides/gpio.md) and set gpio.driver to onoff'

/** Rejects with a `ConfigurationError` that names what is missing and both remedies. */
export async function chooseDriver(wanted: GpioConfig['driver'], bias: boolean): Promise<LineDriver> {
  const syntax = wanted === 'onoff' ? undefined : await installedSyntax()
  if (wanted === 'gpiod' || (wanted === 'auto' && bias && syntax !== undefined)) {
    if (syntax !== undefined) return createGpiodDriver(syntax, realAfter)
    throw unavailable(`gpio.driver is gpiod, but gpiomon cannot be run: install Debian's package gpiod ("sudo apt install gpiod"), or ${installOnoff}.`)
  }
  const onoff = await loadOnoff()
  if (typeof onoff === 'function' && hasSysfs()) return createOnoffDriver(onoff)
  const without = typeof onoff === 'function' ? 'this kernel has no /sys/class/gpio (CONFIG_GPIO_SYSFS)' : `onoff cannot be loaded: ${onoff.missing}`
  if (wanted === 'onoff') throw unavailable(`gpio.driver is onoff, but ${without}. Mend that, or ${installGpiod}.`)
  if (syntax !== undefined) return createGpiodDriver(syntax, realAfter)
  throw unavailable(`No way to the GPIO lines: ${without}; and gpiomon is not installed. Either ${installGpiod}, or ${installOnoff}.`)
}
