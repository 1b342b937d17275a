import { type Call, isEngaged } from './call.ts'
import type { Desk } from './desk.ts'
import type { Event } from './event.ts'

/** A person declares an absence, or its end. It is newer than an order not to forward. */
export function recordAbsence(desk: Desk, { on, until, kind }: Extract<Event, { type: 'command.absence' }>): Desk {
  if (!on) return { ...desk, absence: undefined }
  const absence = { since: desk.at, ...(until === undefined ? {} : { until }), ...(kind === undefined ? {} : { kind }) }
  return desk.ordered?.on === false ? { ...withoutOrder(desk), absence } : { ...desk, absence }
}

/** A person orders forwarding now, or none. What was changed at the phone before is no reason against it any more. */
export function recordOrder(desk: Desk, { on, target, forMs }: Extract<Event, { type: 'command.forward' }>): Desk {
  const { cover: _, ...rest } = desk
  return { ...rest, ordered: { on, since: desk.at, ...(target === undefined ? {} : { target }), ...(forMs === undefined ? {} : { forMs }) } }
}

/** A break ends when somebody is back, and so does what was ordered; that nobody is to be taken for away is over when they were seen to be there. */
export function recordReturn(before: Desk, recorded: Desk): Desk {
  const after = recordCallWork(before, recorded)
  const isSeated = after.seat.occupied === true && before.seat.occupied !== true
  const isBack = isSeated || (after.seat.workedAt !== undefined && after.seat.workedAt !== before.seat.workedAt)
  if (!isBack) return after
  const back = after.absence?.kind === 'lunch' ? { ...after, absence: undefined } : after
  return back.ordered !== undefined && (back.ordered.on || isSeated) ? withoutOrder(back) : back
}

/** Who answers or dials works at the phone; a code for the exchange may have been dialled by a machine. */
function recordCallWork(before: Desk, after: Desk): Desk {
  if (after.calls === before.calls) return after
  const isTaken = (call: Call): boolean =>
    isEngaged(call) && !/^[*#]/.test(call.ref.remote ?? '') && !before.calls.some(({ id, state }) => id === call.id && state !== 'alerting')
  return after.calls.some(isTaken) ? { ...after, seat: { ...after.seat, workedAt: after.at } } : after
}

export function seenOf({ takesCalls, standsInFor }: Extract<Event, { type: 'substitute.seen' }>): Desk['substitutes'][string] {
  return { takesCalls, ...(standsInFor === undefined ? {} : { standsInFor }) }
}

export function withoutOrder({ ordered: _, ...desk }: Desk): Desk {
  return desk
}
