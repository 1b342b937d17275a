import { setTimeout as sleep } from 'node:timers/promises'
import type { LampConfig } from '../config/config.ts'
import type { Gpio } from '../gpio/port.ts'
import { closeLamp, lampOutputs, openLamp } from './gpio.ts'

/** What a dead agent left behind may hold the lines for a moment longer: so often, so far apart, they are asked for before it is an error. */
const triesMax = 6
const tryAgainMs = 500

export interface ReleaseDeps {
  readonly gpio: Gpio
}

/**
 * Puts the lamp out without an agent: what the unit runs when the agent has stopped, however it stopped. Answers with what was done, in one sentence.
 * Rejects with a `ConfigurationError` if the lamp's lines cannot be had.
 */
export async function releaseLamp(config: LampConfig, { gpio }: ReleaseDeps): Promise<string> {
  switch (config.driver) {
    case 'none':
      return 'This desk has no lamp.'
    case 'gpio':
      await darken(gpio, lampOutputs(config))
      return 'The lamp on this machine is dark.'
    case 'mqtt':
      return 'The lamp on the broker goes dark by itself: the broker says that this desk is offline.'
    case 'bridge':
      return 'The lamp on the bridge goes dark by itself, five seconds after the agent has fallen silent.'
    default:
      return config satisfies never
  }
}

async function darken(gpio: Gpio, outputs: ReturnType<typeof lampOutputs>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await closeLamp(await openLamp(gpio, outputs))
    } catch (error) {
      if (tries === triesMax) throw error
      await sleep(tryAgainMs)
    }
  }
}
