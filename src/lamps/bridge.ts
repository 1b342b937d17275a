import type { LampDriver } from '../agent/ports.ts'
import type { Bridge } from '../bridge/bridge.ts'

/**
 * The lamp on the microcontroller. The link sends the pattern, and again after each greeting; it must be stopped after this, so that `dark` goes out.
 */
export function createBridgeLamp(bridge: Bridge): LampDriver {
  let stopped = false
  return {
    async start() {},
    show(pattern) {
      if (!stopped) bridge.show(pattern)
    },
    ok: () => !stopped && bridge.health().connected,
    async stop() {
      stopped = true
      bridge.show('dark')
    },
  }
}
