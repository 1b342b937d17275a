import type { Emit } from '../agent/ports.ts'
import type { Bridge } from '../bridge/bridge.ts'
import { evidenceEvery } from './evidence.ts'
import type { Seat } from './seat.ts'

/**
 * The bridge says each second, and at each change of the line, how things are. The desk is told of a change of the seat at once, else with the first line
 * after so long, which makes it each two seconds: fresh evidence, no flood. An office that wants it fresher gets each line, one a second.
 */
export const evidenceEveryMs = 1500
/** A microcontroller that has just started has not watched its contact for long enough: what it says of the seat is no evidence yet. */
export const settleMs = 1000

export interface BridgeSeatDeps {
  readonly bridge: Bridge
  readonly emit: Emit
  readonly now: () => number
  /** Policy `seatEvidenceMaxAgeMs`. */
  readonly evidenceMaxAgeMs: number
}

/** The contact on the microcontroller. Its debounce is there (`bridge.thresholds.seatMs`); when the bridge is lost, nothing is known of the seat. */
export function createBridgeSeat({ bridge, emit, now, evidenceMaxAgeMs }: BridgeSeatDeps): Seat {
  const everyMs = evidenceEvery(evidenceEveryMs, evidenceMaxAgeMs)
  let state: 'new' | 'running' | 'stopped' = 'new'
  let told: { readonly occupied: boolean; readonly at: number } | undefined
  const counts = { heard: 0 }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      bridge.onStatus(({ occupied, uptimeMs }) => {
        if (state !== 'running' || uptimeMs < settleMs) return
        const at = now()
        if (told?.occupied === occupied && at - told.at < everyMs) return
        told = { occupied, at }
        counts.heard = 1
        emit({ type: 'seat.seen', occupied })
      })
      bridge.onLost(() => {
        told = undefined
        if (state === 'running') emit({ type: 'seat.lost' })
      })
    },
    async stop() {
      state = 'stopped'
    },
    health: () => ({ ...counts }),
  }
}
