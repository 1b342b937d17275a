import type { LampDriver } from '../agent/ports.ts'
import type { Bridge } from '../bridge/bridge.ts'
import type { LampConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { createBridgeLamp } from './bridge.ts'
import { createGpioLamp, type GpioLampDeps } from './gpio.ts'
import { createMqttLamp, type MqttLampDeps } from './mqtt.ts'
import { createNoLamp } from './none.ts'

export interface LampDeps extends MqttLampDeps, GpioLampDeps {
  /** The desk's microcontroller, where it has one. */
  readonly bridge?: Bridge | undefined
}

/** The list of lamps: one line a driver. */
export function createLamp(config: LampConfig, deps: LampDeps): LampDriver {
  switch (config.driver) {
    case 'none':
      return createNoLamp()
    case 'mqtt':
      return createMqttLamp(config.topic, deps)
    case 'gpio':
      return createGpioLamp(config, deps)
    case 'bridge':
      if (deps.bridge === undefined) throw new ConfigurationError('CONFIG_INVALID', 'bridge: is missing: lamp has the driver "bridge"')
      return createBridgeLamp(deps.bridge)
    default:
      return config satisfies never
  }
}
