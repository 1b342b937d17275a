import type { Bridge } from '../bridge/bridge.ts'
import { serialDevices } from '../bridge/fault-sentence.ts'
import { createBridge } from '../bridge/link.ts'
import { type OpenSerial, openSerialPort } from '../bridge/serial.ts'
import type { AgentConfig } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Clock, Emit } from './ports.ts'

/** One microcontroller a desk, shared by lamp, seat and analogue phone. That it goes and comes is a fact; what follows from it is the desk's to say. */
export function createDeskBridge(
  { bridge }: AgentConfig,
  flashing: boolean,
  clock: Clock,
  emit: Emit,
  options: { readonly log: Log; readonly openSerial?: OpenSerial },
): Bridge | undefined {
  if (bridge === undefined) return undefined
  const link = createBridge(bridge, { clock, open: options.openSerial ?? openSerialPort, log: options.log, steady: !flashing, devices: serialDevices })
  link.onLost((reason) => emit({ type: 'bridge.lost', reason }))
  link.onBack((firmware) => emit({ type: 'bridge.back', firmware }))
  return link
}
