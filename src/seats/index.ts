import type { SeatConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { createGpioSeat, type GpioSeatDeps } from './gpio.ts'
import { createMqttSeat, type MqttSeatDeps } from './mqtt.ts'
import { createNoSeat } from './none.ts'
import type { Seat } from './seat.ts'

/** The list of seats: one line a driver. Throws a `ConfigurationError` for a driver that this version does not bring. */
export function createSeat(config: SeatConfig, deps: MqttSeatDeps & GpioSeatDeps): Seat {
  switch (config.driver) {
    case 'none':
      return createNoSeat()
    case 'mqtt':
      return createMqttSeat(config, deps)
    case 'gpio':
      return createGpioSeat(config, deps)
    case 'bridge':
      throw new ConfigurationError(
        'DRIVER_UNAVAILABLE',
        `The seat driver "${config.driver}" is not part of this version: set seat.driver to mqtt, or to none for a desk without a sensor.`,
      )
    default:
      return config satisfies never
  }
}
