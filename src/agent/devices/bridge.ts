import type { Bridge } from '../../bridge/bridge.ts'
import { serialDevices } from '../../bridge/fault-sentence.ts'
import { createBridge } from '../../bridge/link.ts'
import { type OpenSerial, openSerialPort } from '../../bridge/serial.ts'
import type { AgentConfig } from '../../config/config.ts'
import type { Log } from '../../log.ts'
import type { Clock, Emit } from '../ports.ts'

interface BridgeDeps {
  readonly flashing: boolean
  readonly clock: Clock
  readonly emit: Emit
  readonly log: Log
  /** Real serial ports if left out. */
  readonly openSerial: OpenSerial | undefined
}

/** One microcontroller a desk, shared by lamp, seat and analogue phone. That it goes and comes is a fact; what follows from it is the desk's to say. */
export function createDeskBridge({ bridge }: AgentConfig, { flashing, clock, emit, log, openSerial = openSerialPort }: BridgeDeps): Bridge | undefined {
  if (bridge === undefined) return undefined
  const link = createBridge(bridge, { clock, open: openSerial, log, steady: !flashing, devices: serialDevices })
  link.onLost((reason) => emit({ type: 'bridge.lost', reason }))
  link.onBack((firmware) => emit({ type: 'bridge.back', firmware }))
  return link
}
