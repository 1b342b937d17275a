import type { AgentConfig, ForwardingConfig } from '../config/config.ts'
import { readPhonePassword } from '../config/secrets.ts'
import { createPhone } from '../phones/index.ts'
import { monotonicMs } from './clock.ts'
import type { Forwarder, PhoneDriver } from './ports.ts'

/** By what this desk's forwarding is told: the office's choice, or the phone's own way. `undefined` where there is none. */
export function forwarderOf(
  { by }: ForwardingConfig,
  ways: { readonly phone: Pick<PhoneDriver, 'forwarder'>; readonly exchange?: Forwarder },
): Forwarder | undefined {
  if (by === 'none') return undefined
  return by === 'exchange' ? ways.exchange : ways.phone.forwarder
}

/**
 * The same without a running desk: what the agent would tell the phone with, made of the configuration and the one secret that it takes. Throws
 * `SECRET_UNREADABLE`.
 */
export function openForwarder(config: AgentConfig, recall: (key: string) => unknown): Forwarder | undefined {
  const secrets = readPhonePassword(config)
  const passwords = [secrets.phonePassword, secrets.older?.phonePassword].flatMap((each) => each ?? [])
  const quiet = { debug() {}, info() {}, warn() {} }
  const remembered = (key: string): string | undefined => {
    const value = recall(key)
    return typeof value === 'string' ? value : undefined
  }
  const phone = createPhone(config.phone, secrets, {
    emit() {},
    log: quiet,
    now: monotonicMs,
    memory: { recall: remembered, remember() {} },
    passwords: () => passwords,
  })
  return forwarderOf(config.forwarding, { phone })
}
