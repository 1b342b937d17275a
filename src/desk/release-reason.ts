import { absenceOf } from './absence.ts'
import { isOpen } from './calendar.ts'
import { trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { forwardOf } from './forward.ts'
import type { Lease, ReleaseReason } from './lease.ts'
import type { Policy } from './policy.ts'
import { hasForeign } from './record-forwarding.ts'

/** Why a forwarding of ours is undone now, in one word for the notice. */
export function releaseReason(desk: Desk, lease: Lease, policy: Policy): ReleaseReason {
  if (desk.shell.stopping !== undefined) return 'stopping'
  if (desk.frozen) return 'frozen'
  if (desk.ordered?.on === false) return 'ordered'
  if (hasForeign(desk.forwarding)) return 'by-hand'
  const wish = forwardOf(desk, policy)
  if (wish.state === 'on') return wish.target !== lease.target ? 'another-substitute' : wish.kind !== lease.kind ? 'another-kind' : 'lease-over'
  if (desk.ordered?.on || absenceOf(desk, policy) !== undefined) return 'nobody-takes-calls'
  if (lease.state === 'unknown' && lease.why !== 'by-warden') return 'restarted'
  const wall = trustedWall(desk)
  return wall !== undefined && !isOpen(policy.workingHours, wall) ? 'office-closed' : 'returned'
}
