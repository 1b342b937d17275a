import type { AgentConfig } from '../config/config.ts'
import { readPhonePassword } from '../config/secrets.ts'
import { forwardWayOf } from '../phones/forward-way.ts'
import { createPhone } from '../phones/index.ts'
import { monotonicMs } from './clock.ts'
import type { Forwarder } from './ports.ts'

/**
 * What the agent tells this desk's forwarding by, without a running desk: made of the configuration and the one secret that it takes. `undefined` where
 * there is no way to tell it. Throws `SECRET_UNREADABLE`.
 */
export function openForwarder(config: AgentConfig, recall: (key: string) => unknown): Forwarder | undefined {
  const secrets = readPhonePassword(config)
  const passwords = [secrets.phonePassword, secrets.older?.phonePassword].flatMap((each) => each ?? [])
  const phone = createPhone(config.phone, secrets, {
    emit() {},
    log: { debug() {}, info() {}, warn() {} },
    now: monotonicMs,
    memory: {
      recall(key) {
        const value = recall(key)
        return typeof value === 'string' ? value : undefined
      },
      remember() {},
    },
    passwords: () => passwords,
    forwardBy: forwardWayOf(config),
    numbering: config.numbers,
  })
  return phone.forwarder
}
