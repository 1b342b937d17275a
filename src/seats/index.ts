import type { Bridge } from '../bridge/bridge.ts'
import type { SeatConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { createBridgeSeat } from './bridge.ts'
import { createGpioSeat, type GpioSeatDeps } from './gpio.ts'
import { createMqttSeat, type MqttSeatDeps } from './mqtt.ts'
import { createNoSeat } from './none.ts'
import type { Seat } from './seat.ts'

export interface SeatDeps extends MqttSeatDeps, GpioSeatDeps {
  /** The desk's microcontroller, where it has one. */
  readonly bridge?: Bridge | undefined
}

/** The list of seats: one line a driver. */
export function createSeat(config: SeatConfig, deps: SeatDeps): Seat {
  switch (config.driver) {
    case 'none':
      return createNoSeat()
    case 'mqtt':
      return createMqttSeat(config, deps)
    case 'gpio':
      return createGpioSeat(config, deps)
    case 'bridge':
      if (deps.bridge === undefined) throw new ConfigurationError('CONFIG_INVALID', 'bridge: is missing: seat has the driver "bridge"')
      return createBridgeSeat({ bridge: deps.bridge, emit: deps.emit, now: deps.clock.now, evidenceMaxAgeMs: deps.evidenceMaxAgeMs })
    default:
      return config satisfies never
  }
}
