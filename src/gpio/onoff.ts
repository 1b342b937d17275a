import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Located, locate, sysfsChips, sysfsRoot, unavailable } from './chips.ts'
import type { LineDriver, RawInput, RawListener } from './driver.ts'
import { lineFault, nameOf } from './line-fault.ts'
import type { Output } from './port.ts'

/** What we use of onoff 6's `Gpio` (onoff.d.ts). Its own types are not imported: the package is optional, and the program must compile without it. */
export interface OnoffGpio {
  readSync(): number
  writeSync(value: 0 | 1): void
  watch(callback: (error: Error | null | undefined, value: number) => void): void
  unexport(): void
  direction(): string
  edge(): string
}
export type OnoffConstructor = new (gpio: number, direction: 'in' | 'low', edge?: 'both') => OnoffGpio

/** Where onoff may be had: the module with its native part, or why not. */
export async function loadOnoff(name = 'onoff'): Promise<OnoffConstructor | { readonly missing: string }> {
  try {
    const module = (await import(name)) as { readonly Gpio?: OnoffConstructor; readonly default?: { readonly Gpio?: OnoffConstructor } }
    const Gpio = module.Gpio ?? module.default?.Gpio
    return Gpio ?? { missing: `the package ${name} has no Gpio` }
  } catch (error) {
    return { missing: (error as Error).message.split('\n')[0] ?? 'it cannot be loaded' }
  }
}

export function hasSysfs(root: string = sysfsRoot): boolean {
  return existsSync(join(root, 'export'))
}

/**
 * The kernel's old interface through the package onoff. A line's number is that of its chip's base plus its own: the base is found by the chip's label
 * at each opening, because it differs from kernel to kernel. Opening waits, blocking, until udev has set the permissions of a new line (at most 10 000
 * tries in onoff.js): it belongs to the start. onoff's debounce is not used; it calls back with a value that has not changed.
 */
export function createOnoffDriver(Gpio: OnoffConstructor, root: string = sysfsRoot): LineDriver {
  function open(at: Located, direction: 'in' | 'low', edge?: 'both'): OnoffGpio {
    let gpio: OnoffGpio
    try {
      gpio = new Gpio(at.chip.base + at.line, direction, edge)
      // onoff says nothing if a line that was exported before, by a program that died or by another one, does not take what is asked.
      if (gpio.direction() !== (direction === 'in' ? 'in' : 'out')) throw new Error('another program keeps its direction')
      if (edge !== undefined && gpio.edge() !== edge) throw new Error('it cannot tell of changes')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw lineFault(at, { errno: code, said: message })
    }
    return gpio
  }

  return {
    name: 'onoff',
    async locate(address) {
      const chips = sysfsChips(root)
      if (chips === undefined) {
        throw unavailable(`This kernel has no ${root} (it was built without CONFIG_GPIO_SYSFS): install Debian's package gpiod and set gpio.driver to gpiod.`)
      }
      return locate(address, chips)
    },
    async openInput(at, { bias }, listener) {
      if (bias !== undefined) {
        throw unavailable(`${nameOf(at)}: sysfs cannot set bias ${bias}: set it in config.txt (gpio=${at.line}=pu or pd) and leave bias out, or use gpiod.`)
      }
      return watched(open(at, 'in', 'both'), listener)
    },
    async openOutput(at, fault) {
      return switched(open(at, 'low'), nameOf(at), fault)
    },
  }
}

function watched(gpio: OnoffGpio, listener: RawListener): RawInput {
  let state: 'open' | 'down' | 'closed' = 'open'
  const readLine = gpio.readSync.bind(gpio)
  let last = readLine()

  function letGo(): void {
    try {
      gpio.unexport()
    } catch {
      // It is gone already.
    }
  }

  function goDown(error: unknown): void {
    if (state !== 'open') return
    state = 'down'
    // Not within the callback of the very poller that is to be taken down; left in place it would call back without end.
    setImmediate(() => {
      letGo()
      listener.down((error as Error).message)
    })
  }

  // onoff reads the line in the callback of its native poller, where an error (ENODEV once the line is gone) would end the process.
  gpio.readSync = () => {
    try {
      return readLine()
    } catch (error) {
      goDown(error)
      return last
    }
  }
  gpio.watch((error, value) => {
    if (state !== 'open') return
    if (error) return goDown(error)
    // A pulse shorter than the wake-up is reported with the value that was there before.
    if (value === last) return
    last = value
    listener.level(value === 1)
  })
  listener.level(last === 1)
  return {
    read() {
      if (state !== 'open') return undefined
      const value = gpio.readSync()
      return state === 'open' ? value === 1 : undefined
    },
    async close() {
      if (state === 'open') letGo()
      state = 'closed'
    },
  }
}

function switched(gpio: OnoffGpio, name: string, fault: (reason: string) => void): Output {
  let state: 'open' | 'closed' = 'open'
  let works = true

  function put(value: 0 | 1): void {
    try {
      gpio.writeSync(value)
      works = true
    } catch (error) {
      works = false
      fault(`${name} cannot be switched (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`)
    }
  }

  return {
    set(on) {
      if (state === 'open') put(on ? 1 : 0)
    },
    ok: () => works,
    async close() {
      if (state === 'closed') return
      state = 'closed'
      put(0)
      try {
        gpio.unexport()
      } catch {
        // It is gone already.
      }
    },
  }
}
