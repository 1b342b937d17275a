import type { Forwarder, PhoneCapabilities, PhoneReading } from '../agent/ports.ts'
import type { Fact } from '../desk/event.ts'
import { polishNumbering } from '../desk/number.ts'
import { type ActionUrls, createActionUrls, type ToFacts } from './action-url.ts'
import { normalizeMac } from './call-ref.ts'
import { createMemory, type PhoneMemory, type PhoneOptions } from './driver.ts'
import type { ForwardDeps } from './forward-order.ts'
import { createHttpClient, type HttpClient } from './http-client.ts'
import { type PhoneLimits, phoneLimits } from './limits.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createReader, type Reader } from './reader.ts'

export interface FrameParts {
  readonly vendor: 'yealink' | 'grandstream'
  readonly toFacts: ToFacts
  /** Whether the phone wants HTTP's own login; another vendor has a way of its own. */
  readonly httpLogin: boolean
  readonly read: () => Promise<PhoneReading>
  /** Told of each event after its facts were emitted. */
  readonly onEvent: (facts: readonly Fact[]) => void
}

/** What every posting phone's driver has: ears, a voice, a regular look, and what it remembers. */
export interface Frame {
  readonly limits: PhoneLimits
  readonly memory: PhoneMemory
  readonly client: HttpClient
  readonly passwords: Passwords
  readonly urls: ActionUrls
  readonly reader: Reader
  /** What a forwarder of this phone is made with. */
  readonly forwardDeps: ForwardDeps
  start(capabilities: PhoneCapabilities): void
  stop(): void
  health(): Record<string, string | number | boolean>
}

export function createFrame(options: PhoneOptions, parts: FrameParts): Frame {
  const { emit, log, now, memory = createMemory() } = options
  const limits = { ...phoneLimits, ...options.limits }
  const passwords = createPasswords(options.passwords ?? (() => [options.password]))
  const client = createHttpClient({
    url: options.url,
    limits,
    memory,
    now,
    onRefused(reason, retryMs) {
      log.warn({ reason, retryMs }, 'the phone turned us down; nothing more is asked until the back-off is over')
      emit({ type: 'phone.refused', reason, retryMs })
    },
    ...(parts.httpLogin ? { credentials: { username: options.username, passwords } } : {}),
    ...(options.mac === undefined ? {} : { identity: normalizeMac(options.mac) ?? options.mac }),
  })
  const reader = createReader(parts.read, emit, limits)
  const urls = createActionUrls({
    vendor: parts.vendor,
    tokens: options.tokens ?? (() => [options.token]),
    toFacts: parts.toFacts,
    emit,
    onEvent,
    ...(options.mac === undefined ? {} : { mac: options.mac }),
    ...(options.onRefused === undefined ? {} : { onRefused: options.onRefused }),
  })

  function onEvent(facts: readonly Fact[]): void {
    if (facts.some(({ type }) => type === 'phone.restarted')) reader.soon(limits.readAfterStartMs)
    // It speaks, so it is there: whether it listens, too, is worth a look before its turn.
    else if (reader.reachable() === false) reader.soon(limits.lookAfterEventMs)
    parts.onEvent(facts)
  }

  return {
    limits,
    memory,
    client,
    passwords,
    urls,
    reader,
    forwardDeps: { emit, log, now, limits, numbering: options.numbering ?? polishNumbering },
    start(capabilities) {
      emit({ type: 'phone.capable', ...capabilities })
      reader.start()
    },
    stop() {
      reader.stop()
      client.stop()
    },
    health: () => ({ ...urls.counters, reachable: reader.reachable() ?? 'unknown', refused: client.refused() ?? false }),
  }
}

/** What a phone that takes commands can be told. */
export function capabilitiesOf(forwarder: Forwarder | undefined): PhoneCapabilities {
  return { hold: true, forward: forwarder?.kinds ?? [] }
}
