import type { Emit, Forwarder } from '../agent/ports.ts'
import type { ForwardWay, PhoneConfig } from '../config/config.ts'
import { type Numbering, polishNumbering } from '../desk/number.ts'
import { normalizeMac } from './call-ref.ts'
import { createMemory, type PhoneLog, type PhoneMemory } from './driver.ts'
import { createOrderedForwarder, type ForwardPort } from './forward-order.ts'
import { portBy } from './forward-way.ts'
import { grandstreamPorts } from './grandstream/forwarding.ts'
import { createOwnDialling } from './grandstream/own-dialling.ts'
import { createSession } from './grandstream/session.ts'
import { createValues } from './grandstream/values.ts'
import { createHttpClient, type HttpClient } from './http-client.ts'
import { type PhoneLimits, phoneLimits } from './limits.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { yealinkPorts } from './yealink/forwarding.ts'
import { createSettings } from './yealink/settings.ts'

/** How a phone is reached by somebody who has nothing else of its desk: no listener, no journal, no agent. */
export interface PhoneAccess {
  readonly vendor: PhoneConfig['vendor']
  /** By which way it is told; `forwardWayOf` says it of a desk. */
  readonly by: ForwardWay
  /** `http://10.20.30.40` */
  readonly url: string
  readonly username: string
  /** The one in use and, while it is being changed, the one before. */
  readonly passwords: () => readonly string[]
  readonly mac?: string
  /** How the office writes numbers: Poland's if left out. */
  readonly numbering?: Numbering
}

export interface ForwarderDeps {
  readonly emit: Emit
  readonly log: PhoneLog
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  /** What a driver has learnt of this phone, such as its certificate; found out anew if left out. */
  readonly memory?: PhoneMemory
  readonly limits?: Partial<PhoneLimits>
}

/** A forwarder with a connection of its own, which it gives back at the end. */
export interface StandaloneForwarder extends Forwarder {
  /** The errand is done, and the next one is not soon: gives back what the phone has but one of, such as its web session. Within `goodbyeMs`. */
  leave(): Promise<void>
  /** Takes leave, and is at an end. Idempotent. What is under way ends as `unreachable`. */
  stop(): Promise<void>
}

/** One vendor's hand on the wire. */
interface Hand {
  /** `undefined` where the way that was chosen is not one of this vendor's own. */
  readonly port: ForwardPort | undefined
  /** Takes leave of the phone where it has let somebody in. */
  leave(): Promise<void>
}

/**
 * The same hand that the agent has, for `release` and for the warden: it reads, undoes what is ours and reads back, by the phone's address and a password
 * alone. `undefined` where the phone has no such way of its own: the exchange's forwarder is in `src/sip/codes`.
 */
export function createForwarder(access: PhoneAccess, { emit, log, now, memory, ...deps }: ForwarderDeps): StandaloneForwarder | undefined {
  const make = hands[access.vendor]
  if (make === undefined) return undefined
  const limits = { ...phoneLimits, ...deps.limits }
  const passwords = createPasswords(access.passwords)
  const client = createHttpClient({
    url: access.url,
    limits,
    now,
    onRefused(reason, retryMs) {
      log.warn({ reason, retryMs }, 'the phone turned us down; nothing more is asked until the back-off is over')
      emit({ type: 'phone.refused', reason, retryMs })
    },
    // The other vendor has a login of its own.
    ...(access.vendor === 'yealink' ? { credentials: { username: access.username, passwords } } : {}),
    ...(memory === undefined ? {} : { memory }),
    ...(access.mac === undefined ? {} : { identity: normalizeMac(access.mac) ?? access.mac }),
  })
  const { port, leave } = make({ access, client, passwords, now, limits, memory: memory ?? createMemory() })
  if (port === undefined) return undefined
  const forwarder = createOrderedForwarder(port, { emit, log, now, limits, numbering: access.numbering ?? polishNumbering })
  return {
    kinds: forwarder.kinds,
    forward: forwarder.forward,
    look: forwarder.look,
    leave,
    async stop() {
      await leave()
      client.stop()
      await forwarder.settled()
    },
  }
}

interface Parts {
  readonly now: () => number
  readonly limits: PhoneLimits
  readonly access: PhoneAccess
  readonly client: HttpClient
  readonly passwords: Passwords
  readonly memory: PhoneMemory
}

/** What each vendor's ways are made of, where there is no driver. */
const hands: Readonly<Record<PhoneConfig['vendor'], ((parts: Parts) => Hand) | undefined>> = {
  yealink: ({ access: { by }, client }) => ({ port: portBy(by, yealinkPorts, { client, settings: createSettings(client) }), leave: async () => {} }),
  grandstream: ({ access: { by, url, username }, client, passwords, memory, now, limits }) => {
    const session = createSession({ client, url, username, passwords, memory, goodbyeMs: limits.goodbyeMs })
    const values = createValues(session, memory, url)
    // Nobody here would hear the phone's word, and for undoing it is not needed: an empty target is proof enough.
    const proven = (): boolean => false
    return { port: portBy(by, grandstreamPorts, { session, values, dialling: createOwnDialling(now, limits), proven }), leave: session.leave }
  },
  analogue: undefined,
}
