import type { AgentConfig, SipConfig } from '../../config/config.ts'
import { rotating } from '../../config/rotating.ts'
import type { AgentSecrets } from '../../config/secrets.ts'
import { addressesOfPhone } from '../../config/section/phone.ts'
import type { Desk } from '../../desk/desk.ts'
import type { CallRef, HoldOutcome } from '../../desk/event.ts'
import type { Log } from '../../log.ts'
import { createKeyPress, type KeyPressed } from '../../sip/action-uri-notify.ts'
import { createCodeDialler } from '../../sip/codes/code-dialler.ts'
import { createExchangeForwarder, type ExchangeForwarder } from '../../sip/codes/exchange-forwarder.ts'
import { createHoldCode } from '../../sip/codes/hold-code.ts'
import { createPing, type Ping } from '../../sip/options-ping.ts'
import type { SipStack, SipStackOptions } from '../../sip/ports.ts'
import { createBothPasswords, withBothPasswords } from '../../sip/stack/both-passwords.ts'
import { createSipStack } from '../../sip/stack/stack.ts'
import { createOwnCalls } from '../../sip/watch/own-calls.ts'
import { createRegistrationWatch } from '../../sip/watch/registration.ts'
import type { Subscription, SubscriptionHealth } from '../../sip/watch/subscription.ts'
import { createWatch, type Watch, type WatchHealth } from '../../sip/watch/watch.ts'
import type { Part } from '../parts.ts'
import type { Clock, Emit } from '../ports.ts'

/** A phone is asked whether it is there less often than the exchange: nothing depends on it. */
const phonePingMs = 60_000

export interface SipDeps {
  readonly desk: () => Desk
  readonly emit: Emit
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>
  readonly random: () => number
  readonly log: Log
}

/** How the second source fares. Levels and counters; no numbers of anybody. */
export interface SipHealth {
  /** Whether the exchange answers; `null` until that is known. */
  readonly exchange: boolean | null
  /** Whether the phone's own SIP stack answers; `null` where it is not asked, or not known. */
  readonly phone: boolean | null
  readonly watch: WatchHealth
  /** Of the subscription by which the telephone's registration is known; `null` where the telephone says it by itself. */
  readonly registration: SubscriptionHealth | null
  /** Calls that the exchange shows; `null` while nothing is known of it. */
  readonly calls: number | null
  readonly forwarder: Readonly<Record<string, string | number | boolean>>
  readonly stack: Readonly<Record<string, string | number | boolean>>
}

export interface DeskSip extends Part {
  /** Whether the exchange tells of this desk's calls; told when it changes. */
  onTells(listener: (tells: boolean, reason?: string) => void): void
  /** Tells the exchange to forward; `kinds` is empty where it has no codes for it. */
  readonly forwarder: ExchangeForwarder
  /** Only with `sip.holdCode`. */
  readonly hold?: (ref: CallRef, attempt: 1 | 2) => Promise<HoldOutcome>
  /** Only with `sip.actionUriNotify`. */
  readonly pressKey?: (key: string) => Promise<KeyPressed>
  health(): SipHealth
}

/** All that this desk does over SIP, on one socket; `undefined` where the section is not there. */
export function createDeskSip(config: AgentConfig, secrets: Pick<AgentSecrets, 'sipPassword' | 'older'>, deps: SipDeps): DeskSip | undefined {
  const { sip, phone } = config
  if (sip === undefined) return undefined
  const { desk, emit, random, log } = deps
  const clock = stackClock(deps.clock)
  const warn = (fields: object, message: string): void => log.warn(fields, message)
  const values = rotating(
    'sipPassword',
    sip.passwordFile,
    [secrets.sipPassword, secrets.older?.sipPassword].flatMap((each) => each ?? []),
    warn,
  )
  const passwords = createBothPasswords(values)
  const phoneHost = sip.transport === 'udp' ? addressesOfPhone(phone)[0] : undefined
  const stack = withBothPasswords(
    createSipStack({
      ...stackOptions(sip),
      password: passwords.current,
      ...(phoneHost === undefined ? {} : { allow: [phoneHost] }),
      clock,
      random,
      log,
    }),
    passwords,
  )
  const own = createOwnCalls(clock)
  const known = { stack, clock, random, own, user: sip.user, domain: sip.domain ?? sip.server }
  const listeners: ((tells: boolean, reason?: string) => void)[] = []
  const tellAll = (tells: boolean, reason?: string): void => {
    for (const listener of listeners) listener(tells, reason)
  }
  const watch = createWatch({ ...known, watched: sip.watch ?? sip.user, holdSemantics: sip.holdSemantics, desk, emit, onTells: tellAll, log })
  const onRegistered = (registered: boolean): void => emit({ type: 'phone.registered', registered })
  // A desk phone says it by itself; of others only the exchange can.
  const registration = phone.vendor === 'analogue' ? createRegistrationWatch({ ...known, watched: sip.watch ?? sip.user, onRegistered }) : undefined
  // Not before the exchange has let the first subscription in: a wrong password is tried once.
  listeners.push((tells) => {
    if (tells) registration?.start()
  })
  const restart = (reason: string): void => {
    watch.restart(reason)
    registration?.restart(reason)
  }
  const ping = createPing({ ...known, onDeaf: () => restart('the exchange does not answer any more') })
  const phonePing = phoneHost === undefined ? undefined : createPing({ ...known, next: { host: phoneHost, port: 5060 }, everyMs: phonePingMs })
  const forwarder = createExchangeForwarder(sip, () => [], { emit, clock, random, log, stack, own })
  stack.onLost((reason) => restart(`the connection to the exchange is lost: ${reason}`))
  return {
    onTells: (listener) => void listeners.push(listener),
    forwarder,
    ...(sip.holdCode === undefined ? {} : { hold: createHoldCode(createCodeDialler(known), sip.holdCode) }),
    ...(sip.actionUriNotify && phoneHost !== undefined ? { pressKey: createKeyPress(stack, random, { user: sip.user, host: phoneHost }) } : {}),
    async start() {
      await stack.start()
      for (const each of [watch, ping, phonePing, forwarder]) each?.start()
    },
    async stop() {
      ping.stop()
      phonePing?.stop()
      await Promise.all([watch.stop(), registration?.stop(), forwarder.stop()])
      await stack.stop()
    },
    health: () => healthOf({ stack, watch, registration, ping, phonePing, forwarder }),
  }
}

/** The agent's clock as a stack wants it. */
export function stackClock({ now, wakeAt }: Pick<Clock, 'now' | 'wakeAt'>): SipStackOptions['clock'] {
  return { now, after: (delayMs, then) => wakeAt(now() + delayMs, then) }
}

function stackOptions(sip: SipConfig): Pick<SipStackOptions, 'server' | 'transport' | 'local' | 'user' | 'userAgent'> {
  const { server, port, transport, localHost, localPort, user } = sip
  return {
    server: { host: server, port },
    transport,
    local: { port: localPort, ...(localHost === undefined ? {} : { host: localHost }) },
    user,
    userAgent: 'third-ring',
  }
}

interface Told {
  readonly stack: SipStack
  readonly watch: Watch
  readonly registration: Pick<Subscription, 'health'> | undefined
  readonly ping: Ping
  readonly phonePing: Ping | undefined
  readonly forwarder: ExchangeForwarder
}

function healthOf({ stack, watch, registration, ping, phonePing, forwarder }: Told): SipHealth {
  return {
    exchange: ping.isAlive() ?? null,
    phone: phonePing?.isAlive() ?? null,
    watch: watch.health(),
    registration: registration?.health() ?? null,
    calls: watch.calls() ?? null,
    forwarder: forwarder.health(),
    stack: stack.health(),
  }
}
