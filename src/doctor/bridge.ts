import { createClock } from '../agent/clock.ts'
import type { BridgeStatus } from '../bridge/bridge.ts'
import { serialDevices } from '../bridge/fault-sentence.ts'
import { createBridge } from '../bridge/link.ts'
import { type OpenSerial, openSerialPort } from '../bridge/serial.ts'
import type { AgentConfig } from '../config/config.ts'
import { analogueLimits } from '../phones/analogue/limits.ts'
import { type Check, doctorLimits, fault, notFitted, ok } from './check.ts'

/** Opens the bridge, waits for its first good status that it can answer for, and lets it go with its lamp dark. */
export async function checkBridge({ bridge: config, seat }: AgentConfig, open: OpenSerial = openSerialPort): Promise<readonly Check[]> {
  if (config === undefined) return [notFitted('bridge', 'none is configured')]
  let said = ''
  const note = (_fields: object, message: string): void => {
    said = message
  }
  const bridge = createBridge(config, { clock: createClock(undefined, 0), open, log: { info() {}, warn: note }, steady: false, devices: serialDevices })
  let timer: NodeJS.Timeout | undefined
  const status = new Promise<BridgeStatus | undefined>((resolve) => {
    // Opening the port has reset it: what it says at first of the handset and the seat it cannot know yet.
    bridge.onStatus((heard) => {
      if (heard.uptimeMs >= analogueLimits.bridgeSettleMs) resolve(heard)
    })
    bridge.onLost(() => resolve(undefined))
    timer = setTimeout(() => resolve(undefined), doctorLimits.bridgeMs)
  })
  await bridge.start()
  const seen = await status
  clearTimeout(timer)
  const { firmware = 'unknown', fault: reason } = bridge.health()
  await bridge.stop()
  if (seen === undefined) return [fault('bridge', said === '' ? `${config.path}: ${reason ?? 'no good line was heard'}` : said)]
  const line = `the handset is ${seen.offHook ? 'up' : 'down'}, ${seen.ringing ? 'it rings' : 'it does not ring'}`
  const checks = [ok('bridge', `${config.path} answers, firmware ${firmware}; ${line}: is that so?`)]
  return seat.driver === 'bridge' ? [...checks, ok('seat', `the contact says ${seen.occupied ? 'occupied' : 'empty'}: is that so?`)] : checks
}
