import * as v from 'valibot'
import { type BridgeThreshold, type BridgeThresholds, bridgeThresholds, thresholdOf } from '../bridge-thresholds.ts'
import type { BridgeConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { file, whole } from '../values.ts'

const thresholds: v.GenericSchema<object, BridgeThresholds> = v.pipe(
  v.strictObject(
    Object.fromEntries(
      bridgeThresholds.map(({ name, factory, min, max, meaning }) => [name, v.exactOptional(whole(`${meaning} The firmware’s own: ${factory}.`, min, max))]),
    ),
  ),
  v.description('The numbers by which the microcontroller judges line and seat; it is told after each of its starts. An addition to the contract.'),
)

export const bridge: v.GenericSchema<object, BridgeConfig> = v.pipe(
  v.strictObject({
    path: file('The serial device; a path below /dev/serial/by-id stays the same when other devices come and go.'),
    thresholds: v.exactOptional(thresholds),
  }),
  v.title('Bridge'),
  v.description('The microcontroller with lamp, seat contact and line detector, on a serial line.'),
)

function ascending(low: BridgeThreshold, high: BridgeThreshold): Rule<WrittenAgent> {
  return {
    path: `bridge.thresholds.${low}`,
    reads: [`bridge.thresholds.${low}`, `bridge.thresholds.${high}`],
    broken({ bridge }) {
      const limit = thresholdOf(high, bridge?.thresholds)
      return thresholdOf(low, bridge?.thresholds) < limit ? undefined : `must be less than bridge.thresholds.${high}, which is ${limit}`
    },
  }
}

export const bridgeRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'bridge',
    reads: ['bridge', 'seat', 'lamp'],
    broken: ({ bridge, seat, lamp }) =>
      bridge === undefined && (seat.driver === 'bridge' || lamp.driver === 'bridge') ? 'is missing: seat or lamp has the driver "bridge"' : undefined,
  },
  ascending('flashMinMs', 'onHookMs'),
  ascending('ringHzMin', 'ringHzMax'),
]
