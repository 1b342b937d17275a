import { type Call, isLive } from '../../desk/call.ts'
import type { Desk } from '../../desk/desk.ts'
import type { CallRef, Fact } from '../../desk/event.ts'
import { goesElsewhere } from '../../desk/record-forwarding.ts'
import type { Instant, Millis } from '../../desk/time.ts'
import { isSameNumber, type Party } from '../../phones/call-ref.ts'

/** What the exchange would have the desk know. It is said only if the two still disagree when the phone has had its time. */
export interface Claim {
  /** The same for as long as it is the same claim. */
  readonly key: string
  readonly facts: readonly Fact[]
  /** Something that was overtaken may yet come and say more. */
  readonly notBefore?: Instant
}

/** How near to one another a dialog and a call must have begun to be one: action URLs are posted one after the other, and again. */
const nearMs: Millis = 10_000

export const refOf = (remote: Party | undefined): CallRef => remote ?? {}

/**
 * A proxy shows the substitute's answer as the desk's own (reference/sip.md §5, 302 at Kamailio). So while calls are sent on, only the phone can say that
 * it was answered here.
 */
export const isSentOn = ({ forwarding }: Desk): boolean => goesElsewhere(forwarding)

/** What the exchange's `confirmed` says of a call that rings at the desk. Somebody has answered: nobody is owed a call. */
export function answered(call: Call, desk: Desk): Claim {
  if (isSentOn(desk)) return ended(call, 'diverted')
  return { key: `established ${call.id}`, facts: [{ type: 'call.established', ref: call.ref }] }
}

export function ended(call: Call, cause: 'unknown' | 'diverted'): Claim {
  return { key: `cleared ${call.id} ${cause}`, facts: [{ type: 'call.cleared', ref: call.ref, cause }] }
}

/** `undefined`: one of the two does not say who it is. */
export function isSameParty(call: Call, remote: Party | undefined): boolean | undefined {
  const own = call.ref.remote ?? call.remote.number
  if (remote === undefined) return undefined
  if ('withheld' in remote) return own === undefined && call.remote.withheld ? true : own !== undefined ? false : undefined
  return own === undefined ? undefined : isSameNumber(own, remote.remote)
}

export function liveCalls(desk: Desk): readonly Call[] {
  return desk.calls.filter(isLive)
}

export function isNear(call: Call, at: Instant): boolean {
  return Math.abs(call.startedAt - at) <= nearMs
}
