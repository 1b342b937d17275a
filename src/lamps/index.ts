import type { LampDriver } from '../agent/ports.ts'
import type { LampConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { createGpioLamp, type GpioLampDeps } from './gpio.ts'
import { createMqttLamp, type MqttLampDeps } from './mqtt.ts'
import { createNoLamp } from './none.ts'

/** The list of lamps: one line a driver. Throws a `ConfigurationError` for a driver that this version does not bring. */
export function createLamp(config: LampConfig, deps: MqttLampDeps & GpioLampDeps): LampDriver {
  switch (config.driver) {
    case 'none':
      return createNoLamp()
    case 'mqtt':
      return createMqttLamp(config.topic, deps)
    case 'gpio':
      return createGpioLamp(config, deps)
    case 'bridge':
      throw new ConfigurationError(
        'DRIVER_UNAVAILABLE',
        `The lamp driver "${config.driver}" is not part of this version: set lamp.driver to mqtt, or to none for a desk without a lamp.`,
      )
    default:
      return config satisfies never
  }
}
