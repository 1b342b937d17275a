import type { Emit, Forwarder, PhoneDriver } from '../agent/ports.ts'
import type { ForwardWay } from '../config/config.ts'
import type { Numbering } from '../desk/number.ts'
import type { ReceivedRequest } from '../http/listener.ts'
import type { PhoneLimits } from './limits.ts'
import type { RefusalReason } from './refusals.ts'

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
  /** Where the password may change while the agent runs: as it is now, and the one before if that is still worth a try. */
  readonly passwords?: () => readonly string[]
  /** The secret part of the phone's action URLs. */
  readonly token: string
  /** The same for the token: each of them is good. */
  readonly tokens?: () => readonly string[]
  /** In any usual spelling; left out where the office has not said which phone it is. */
  readonly mac?: string
  readonly model?: string
  readonly emit: Emit
  readonly log: PhoneLog
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  readonly memory?: PhoneMemory
  /** Presses a key by a second way, where the first was shut; only a Yealink has one. */
  readonly pressKey?: (key: string) => Promise<'done' | 'refused' | 'unclear' | 'unsent'>
  /** Told of each post that was not believed, or is to be doubted. */
  readonly onRefused?: (reason: RefusalReason) => void
  /** By which way it is forwarded; what the phone does best by itself if left out. */
  readonly forwardBy?: ForwardWay
  /** The forwarder of a way that is not the phone's own: the exchange's. */
  readonly forwarder?: Forwarder
  /** How the office writes numbers: a phone may show a target in another spelling than it was told. Poland's if left out. */
  readonly numbering?: Numbering
  readonly limits?: Partial<PhoneLimits>
}

/** A phone that posts to the agent's listener and takes commands over HTTP. */
export interface PostingPhone extends PhoneDriver {
  receive(request: ReceivedRequest): 200 | 403 | 404
  /** Whether a request that was turned away for its address is this desk's phone by what it says of itself. Nothing else follows from it. */
  recognises(request: ReceivedRequest): boolean
}

export function createMemory(): PhoneMemory {
  const values = new Map<string, string>()
  return { recall: (key) => values.get(key), remember: (key, value) => void values.set(key, value) }
}

/** A model or firmware as part of a memory's key: short, and of plain letters, whatever the phone says. */
export function keyPart(text: string | undefined): string {
  const plain = (text ?? '').replace(/[^\w.-]/g, '').slice(0, 32)
  return plain === '' ? 'unknown' : plain
}
