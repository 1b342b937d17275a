import type { Desk, Seat } from './desk.ts'
import { limits } from './policy.ts'

const minuteMs = 60_000

/** One report of the sensor. Only what the rules need now is kept: since when, last seen, and whether somebody was seen to leave. */
export function recordSeat(desk: Desk, occupied: boolean): Desk {
  const { at, seat } = desk
  if (seat.occupied === occupied) return { ...desk, seat: { ...seat, seenAt: at } }
  const { leftAt: _, ...rest } = seat
  const changes = countChange(seat, at)
  const flapping = changes.count > limits.seatChangesPerMinuteMax
  const left = seat.occupied === true && !occupied
  const plausible = seat.plausible && !flapping
  return {
    ...desk,
    seat: {
      ...rest,
      occupied,
      since: at,
      seenAt: at,
      changes,
      plausible,
      agreements: plausible === seat.plausible ? seat.agreements : 0,
      ...(left ? { leftAt: at } : {}),
    },
  }
}

/** The sensor is gone: nothing is known, and nothing is done for it. */
export function loseSeat(desk: Desk): Desk {
  const { leftAt: _, ...rest } = desk.seat
  return { ...desk, seat: { ...rest, occupied: undefined, since: desk.at } }
}

/**
 * Somebody worked at the phone. A seat that says "empty" meanwhile is wrong; one that says so again and again is not believed, until it has agreed
 * as often (procedure §4.8, 13): judged by contradiction, never by time alone.
 */
export function recordWork(before: Desk): Desk {
  const desk = { ...before, seat: { ...before.seat, workedAt: before.at } }
  const { seat } = desk
  if (seat.occupied === undefined) return desk
  if (!seat.plausible) {
    const agreements = seat.occupied ? seat.agreements + 1 : 0
    const believed = agreements >= limits.seatContradictionsMax
    return { ...desk, seat: believed ? { ...seat, plausible: true, contradictions: 0, agreements: 0 } : { ...seat, agreements } }
  }
  if (seat.occupied) return seat.contradictions === 0 ? desk : { ...desk, seat: { ...seat, contradictions: 0 } }
  const contradictions = seat.contradictions + 1
  return { ...desk, seat: { ...seat, contradictions, plausible: contradictions < limits.seatContradictionsMax, agreements: 0 } }
}

function countChange(seat: Seat, at: number): Seat['changes'] {
  return at - seat.changes.from >= minuteMs ? { from: at, count: 1 } : { from: seat.changes.from, count: seat.changes.count + 1 }
}
