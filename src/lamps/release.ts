import { setTimeout as sleep } from 'node:timers/promises'
import type { GpioLampConfig } from '../config/config.ts'
import type { Gpio } from '../gpio/port.ts'
import { closeLamp, lampOutputs, openLamp } from './gpio.ts'

/** What a dead agent left behind may hold the lines for a moment longer: so often, so far apart, they are asked for before it is an error. */
const triesMax = 6
const tryAgainMs = 500

/**
 * Puts a lamp on this machine out without an agent: its outputs are opened, which makes them dark, and let go. Rejects with a `ConfigurationError` if they
 * cannot be had.
 */
export async function releaseLamp(config: GpioLampConfig, { gpio }: { readonly gpio: Gpio }): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await closeLamp(await openLamp(gpio, lampOutputs(config)))
    } catch (error) {
      if (tries === triesMax) throw error
      await sleep(tryAgainMs)
    }
  }
}
