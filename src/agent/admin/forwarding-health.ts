import type { Desk } from '../../desk/desk.ts'
import type { Lease } from '../../desk/lease.ts'
import type { ForwardKind, Policy } from '../../desk/policy.ts'
import { chainOf, isStale } from '../../desk/substitutes.ts'
import type { Millis } from '../../desk/time.ts'

/** What forwarding on absence stands on at this desk. No numbers, and nothing of the seat. */
export interface ForwardingHealth {
  /** The kinds that phone or exchange can be told. */
  readonly kinds: readonly ForwardKind[]
  /** Desks in the list, and those of them that say that they take calls now. */
  readonly substitutes: number
  readonly takeCalls: number
  /** Where the list is from; `null` where there is none. */
  readonly from: 'file' | 'directory' | null
  /** Of the hub's directory: its version, since when it was not heard of, and whether that is too long; `null` where it was never heard of. */
  readonly directory: { readonly version: number; readonly ageMs: Millis; readonly stale: boolean } | null
  /** Whether a warden answers for this desk; `null` until that is known. */
  readonly warden: boolean | null
  readonly lease: Lease['state'] | null
}

export function forwardingHealth(desk: Desk, policy: Policy): ForwardingHealth {
  const { phone, directory, warden, lease, substitutes, at } = desk
  const chain = chainOf(desk, policy)
  return {
    kinds: phone.canForward,
    substitutes: chain.length,
    takeCalls: chain.filter((each) => substitutes[each.desk]?.takesCalls === true).length,
    from: chain.length === 0 ? null : policy.substitutes.length > 0 ? 'file' : 'directory',
    directory: directory === undefined ? null : { version: directory.version, ageMs: Math.max(0, at - directory.seenAt), stale: isStale(desk, policy) },
    warden: warden?.answers ?? null,
    lease: lease?.state ?? null,
  }
}
