import { ConfigurationError } from '../../src/errors.ts'
import type { Gpio, InputOptions, LineAddress, OutputAddress } from '../../src/gpio/port.ts'

/** A header in the hand of the test: it moves the contact and sees which lights are lit. */
export interface HandGpio extends Gpio {
  /** What was asked for, by the line's number. */
  readonly inputs: { address: LineAddress; options: InputOptions; open: boolean }[]
  /** The outputs by their line or their light's name; undefined where it was let go. */
  readonly lit: Map<number | string, boolean | undefined>
  move(high: boolean): void
  lose(reason: string): void
  /** What a reading finds without the driver having told of it; undefined: it cannot be read. */
  found(high: boolean | undefined): void
  /** This output does no more what it is told. */
  break(line: number): void
  /** So many openings of this line fail. */
  refuse(line: number, times: number): void
}

export function createHandGpio(start: boolean | undefined = false): HandGpio {
  const inputs: HandGpio['inputs'] = []
  const lit: HandGpio['lit'] = new Map()
  const broken = new Set<number | string>()
  const refusals = new Map<number, number>()
  let level: boolean | undefined = start
  let tell = (_high: boolean): void => {}
  const keyOf = (address: OutputAddress): number | string => ('led' in address ? address.led : address.line)

  function mayOpen(line: number | string): void {
    const left = typeof line === 'number' ? (refusals.get(line) ?? 0) : 0
    if (left === 0) return
    refusals.set(Number(line), left - 1)
    throw new ConfigurationError('DRIVER_UNAVAILABLE', `GPIO${line} is in use`)
  }

  return {
    inputs,
    lit,
    async watchInput(address, options, onLevel) {
      mayOpen(address.line)
      const input = { address, options, open: true }
      inputs.push(input)
      tell = onLevel
      if (level !== undefined) onLevel(level)
      return {
        read: () => level,
        async close() {
          input.open = false
        },
      }
    },
    async openOutput(address) {
      const key = keyOf(address)
      mayOpen(key)
      lit.set(key, false)
      return {
        set: (on) => void lit.set(key, on),
        ok: () => !broken.has(key),
        async close() {
          lit.set(key, undefined)
        },
      }
    },
    move(high) {
      level = high
      tell(high)
    },
    lose(reason) {
      level = undefined
      for (const { options } of inputs) options.onLost?.(reason)
    },
    found(high) {
      level = high
    },
    break: (line) => void broken.add(line),
    refuse: (line, times) => void refusals.set(line, times),
  }
}
