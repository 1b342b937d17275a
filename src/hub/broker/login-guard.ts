import { type Bucket, leftNow } from '../../token-bucket.ts'
import type { BrokerUser } from './acl.ts'

export interface LoginLimits {
  /** Wrong passwords of one address: so many at once, then so many a second. */
  readonly loginFailureBurst: number
  readonly loginFailuresPerSecond: number
  /** Passwords that are worked out at a time. Each keeps a processor busy for tens of milliseconds; the disk uses the same few threads. */
  readonly derivationsMax: number
  readonly addressesMax: number
}

export interface LoginAttempt {
  readonly address: string
  /** Whether who asks has gone; nobody works for nobody. */
  readonly gone: () => boolean
  readonly check: () => BrokerUser | undefined | Promise<BrokerUser | undefined>
}

/** Stands before the passwords: a flood of wrong ones must neither find a right one nor keep the machine busy. */
export interface LoginGuard {
  /** Whose login it is; `undefined` if nobody's; `slowed` if nobody looked, because too many from this address were wrong. */
  attempt(attempt: LoginAttempt): Promise<BrokerUser | undefined | 'slowed'>
}

/**
 * One attempt after the other, few at a time, in the order in which they came. An address that was wrong too often is not looked at until time has
 * passed; that a good password comes from it, too, is the price, and a desk tries again by itself.
 */
export function createLoginGuard(limits: LoginLimits, now: () => number): LoginGuard {
  const failures = new Map<string, Bucket>()
  const pace = { burst: limits.loginFailureBurst, perSecond: limits.loginFailuresPerSecond }
  const waiting: (() => void)[] = []
  let running = 0

  const leftOf = (address: string): number => leftNow(failures.get(address), now(), pace)

  function noteFailure(address: string): void {
    const left = leftOf(address) - 1
    failures.delete(address)
    failures.set(address, { left, atMs: now() })
    const [oldest] = failures.keys()
    if (failures.size > limits.addressesMax && oldest !== undefined) failures.delete(oldest)
  }

  async function turn(): Promise<void> {
    if (running >= limits.derivationsMax) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
  }

  /** The place goes to who waits longest. */
  function pass(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    async attempt({ address, gone, check }) {
      await turn()
      try {
        if (gone()) return undefined
        if (leftOf(address) < 1) return 'slowed'
        const user = await check()
        if (user === undefined) noteFailure(address)
        return user
      } finally {
        pass()
      }
    },
  }
}
