import type { Emit, PhoneDriver } from '../agent/ports.ts'
import type { ReceivedRequest } from '../http/listener.ts'
import type { HttpClientLimits } from './http-client.ts'

export interface PhoneLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** What a driver learns about a kind of phone and should know again after a restart; kept by the composition root. */
export interface PhoneMemory {
  recall(key: string): string | undefined
  remember(key: string, value: string): void
}

export interface PhoneOptions {
  /** Where the phone takes commands: `http://10.20.30.40`. */
  readonly url: string
  readonly username: string
  readonly password: string
  readonly token: string
  readonly mac?: string
  readonly model?: string
  readonly emit: Emit
  readonly log: PhoneLog
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  readonly memory?: PhoneMemory
  readonly limits?: Partial<HttpClientLimits>
  /** How often the phone is read when nothing happens. */
  readonly readEveryMs?: number
}

/** A phone that posts to the agent's listener and takes commands over HTTP. */
export interface PostingPhone extends PhoneDriver {
  receive(request: ReceivedRequest): 200 | 403 | 404
}

/** How often a phone is read when nothing happens: its forwarding and do-not-disturb may be set on its keys without a word. */
export const readEveryMs = 300_000
/** A phone that cannot be reached is asked again after this, twice as long each time, up to the regular reading. */
export const unreachableRetryMs = 5000

export function createMemory(): PhoneMemory {
  const values = new Map<string, string>()
  return { recall: (key) => values.get(key), remember: (key, value) => void values.set(key, value) }
}
