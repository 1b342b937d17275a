import type { Bridge } from '../bridge/bridge.ts'
import type { SeatConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { createBridgeSeat } from './bridge.ts'
import { createMqttSeat, type MqttSeatDeps } from './mqtt.ts'
import { createNoSeat } from './none.ts'
import type { Seat } from './seat.ts'

export interface SeatDeps extends MqttSeatDeps {
  /** The desk's microcontroller, where it has one. */
  readonly bridge?: Bridge | undefined
  /** The desk's clock, in milliseconds. */
  readonly now: () => number
}

/** The list of seats: one line a driver. Throws a `ConfigurationError` for a driver that this version does not bring. */
export function createSeat(config: SeatConfig, deps: SeatDeps): Seat {
  switch (config.driver) {
    case 'none':
      return createNoSeat()
    case 'mqtt':
      return createMqttSeat(config, deps)
    case 'bridge':
      if (deps.bridge === undefined) throw new ConfigurationError('CONFIG_INVALID', 'bridge: is missing: seat has the driver "bridge"')
      return createBridgeSeat({ bridge: deps.bridge, emit: deps.emit, now: deps.now })
    case 'gpio':
      throw new ConfigurationError(
        'DRIVER_UNAVAILABLE',
        `The seat driver "${config.driver}" is not part of this version: set seat.driver to mqtt, or to none for a desk without a sensor.`,
      )
    default:
      return config satisfies never
  }
}
