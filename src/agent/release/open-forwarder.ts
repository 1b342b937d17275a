import type { AgentConfig, ForwardWay } from '../../config/config.ts'
import { readPhonePassword, readSipPassword } from '../../config/secrets.ts'
import { forwardWayOf } from '../../phones/forward-way.ts'
import { createForwarder } from '../../phones/forwarder.ts'
import { createExchangeForwarder } from '../../sip/codes/exchange-forwarder.ts'
import { unforeseeable } from '../../sip/random.ts'
import { monotonicMs, thisMachine } from '../clock.ts'
import type { Forwarder } from '../ports.ts'

/** A hand on the phone or on the exchange, and how it lets go. */
export type OpenForwarder = Forwarder & { stop(): Promise<void> }

/**
 * What the agent tells this desk's forwarding by, without a running desk: made of the configuration and the one secret that it takes. `undefined` where
 * there is no way to tell it. Throws `SECRET_UNREADABLE`.
 */
export function openForwarder(config: AgentConfig, recall: (key: string) => unknown): OpenForwarder | undefined {
  const forwardBy = forwardWayOf(config)
  return forwardBy === 'exchange' ? openExchange(config) : openPhone(config, forwardBy, recall)
}

/** All of an order within the time of a release: an exchange that would take longer is hung up on, and what came of it is not known. */
const releaseLimits = { hintMs: 1000, codeAnswerMs: 2000, codeHangUpMs: 4500, goodbyeMs: 500 } as const

function openExchange(config: AgentConfig): OpenForwarder | undefined {
  const { sip } = config
  if (sip === undefined) return undefined
  const { sipPassword, older } = readSipPassword(config)
  const passwords = [sipPassword, older?.sipPassword].flatMap((each) => each ?? [])
  return createExchangeForwarder(sip, () => passwords, {
    emit() {},
    clock: { now: monotonicMs, after: thisMachine.after },
    random: unforeseeable,
    log: { debug() {}, warn() {} },
    limits: releaseLimits,
  })
}

function openPhone(config: AgentConfig, by: ForwardWay, recall: (key: string) => unknown): OpenForwarder | undefined {
  const { phone, numbers } = config
  if (phone.vendor === 'analogue') return undefined
  const secrets = readPhonePassword(config)
  const passwords = [secrets.phonePassword, secrets.older?.phonePassword].flatMap((each) => each ?? [])
  const { vendor, url, username, mac } = phone
  const access = { vendor, by, url, username, passwords: () => passwords, numbering: numbers, ...(mac === undefined ? {} : { mac }) }
  return createForwarder(access, {
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
  })
}
