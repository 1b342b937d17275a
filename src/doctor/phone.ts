import type { PhoneReading } from '../agent/ports.ts'
import type { AgentConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import { createMemory, type PhoneLog } from '../phones/driver.ts'
import { createPhone } from '../phones/index.ts'
import { type Check, fault, look, ok } from './check.ts'

const silent: PhoneLog = { debug() {}, info() {}, warn() {} }

/** Reads the phone once, as the agent would, and tells what it answered. Nothing is changed on it. */
export async function checkPhone(config: AgentConfig, secrets: Partial<AgentSecrets>): Promise<Check> {
  const { phone } = config
  if (phone.vendor === 'analogue' && phone.snmp === undefined) {
    if (config.listen.allow.length === 0 && config.bridge === undefined) return look('phone', 'it is known from its exchange alone: see exchange')
    return look('phone', 'an adapter without SNMP cannot be asked anything: run third-ring doctor --calibrate and lift the handset')
  }
  const driver = createPhone(phone, secrets, { emit: () => {}, log: silent, now: () => performance.now(), memory: createMemory() })
  try {
    return judge(await driver.read(), phone.vendor)
  } finally {
    await driver.stop()
  }
}

function judge({ reachable, fault: reason, model, firmware, dnd, forwarding = [] }: PhoneReading, vendor: string): Check {
  if (reason !== undefined || !reachable) return fault('phone', reason ?? 'not reachable')
  const on = forwarding.filter((each) => each.on).map(({ kind }) => kind)
  const told = [
    `${model ?? vendor} answers`,
    ...(firmware === undefined ? [] : [`firmware ${firmware}`]),
    ...(dnd === undefined ? [] : [`do-not-disturb ${dnd ? 'on' : 'off'}`]),
    ...(forwarding.length === 0 ? [] : [on.length === 0 ? 'no forwarding' : `forwarded (${on.join(', ')})`]),
  ]
  return ok('phone', told.join(', '))
}
