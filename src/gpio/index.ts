import type { GpioConfig } from '../config/config.ts'
import type { Located } from './chips.ts'
import { chooseDriver } from './choose.ts'
import { createClaims } from './claims.ts'
import { type LineDriver, realAfter } from './driver.ts'
import { installedSyntax } from './gpiod-tools.ts'
import { keepOpen } from './keep-open.ts'
import { openLed } from './leds.ts'
import { nameOf } from './line-fault.ts'
import { hasSysfs, loadOnoff } from './onoff.ts'
import type { Gpio, Input, LineAddress, Output } from './port.ts'

export interface GpioDeps {
  /** An input asks for a bias, which only gpiod can set: `auto` then prefers it. */
  readonly bias?: boolean
  readonly log?: { warn(fields: object, message: string): void }
  /** Where the kernel's lights are; elsewhere only in tests. */
  readonly ledsRoot?: string
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
export function createGpio(config: GpioConfig, { bias = false, log, ledsRoot }: GpioDeps = {}): HeaderGpio {
  const claims = createClaims()
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
    driver ??= findDriver(config.driver, bias)
    const lines = await driver
    name = lines.name
    const at = await lines.locate(address)
    const giveBack = claims.take(`${at.chip.name}/${at.line}`, nameOf(at))
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
        const giveBack = claims.take(`led ${address.led}`, `The light "${address.led}"`)
        const led = (async () => openLed(address.led, fault, ledsRoot))()
        return closing(await orGiveBack(led, giveBack), giveBack) satisfies Output
      }
      const { lines, at, giveBack } = await claimed(address)
      return closing(await orGiveBack(lines.openOutput(at, fault), giveBack), giveBack) satisfies Output
    },
    health: () => ({
      ...(name === undefined ? {} : { driver: name }),
      chips: [...chips],
      open: claims.size(),
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

async function findDriver(wanted: GpioConfig['driver'], bias: boolean): Promise<LineDriver> {
  const [syntax, onoff] = await Promise.all([wanted === 'onoff' ? undefined : installedSyntax(), wanted === 'gpiod' ? notWanted : loadOnoff()])
  return chooseDriver(wanted, { bias, syntax, onoff, sysfs: hasSysfs() })
}

const notWanted = { missing: 'it was not asked for' }
