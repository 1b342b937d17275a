import { dayEndOf } from './calendar.ts'
import { instantOf, trustedWall } from './clock.ts'
import type { Desk } from './desk.ts'
import { type Effect, type LampPattern, notice } from './effect.ts'
import type { Policy } from './policy.ts'
import { isLeftSet } from './record-day-end.ts'
import { foreignKind } from './record-forwarding.ts'
import type { Judge } from './rules/rule.ts'
import { ahead, earliest, type Instant } from './time.ts'

/**
 * Asks once, at the end of the working day, whether what a person left set on the phone is meant (procedure §4.8, 33). It only asks: what a person set is
 * never touched. No sentence of the office's card: a judge beside the rules, as the report is.
 */
export const askAtDayEnd: Judge = {
  judge(before: Desk, { dayEnd, phone, forwarding }: Desk): readonly Effect[] {
    if (dayEnd?.askedUntil === undefined || dayEnd.date === before.dayEnd?.date) return []
    const kind = foreignKind(forwarding)
    return [notice('day-end.asked', { dnd: phone.dnd === true, ...(kind === undefined ? {} : { kind }) })]
  },

  due(desk: Desk, { workingHours }: Policy): Instant | undefined {
    const wall = isLeftSet(desk) ? trustedWall(desk) : undefined
    const end = wall === undefined ? undefined : dayEndOf(workingHours, wall)
    return earliest([instantOf(desk, end?.at), desk.dayEnd?.askedUntil].map((instant) => ahead(instant, desk.at)))
  },

  lamp(desk: Desk): LampPattern | undefined {
    return isLeftSet(desk) && desk.at < (desk.dayEnd?.askedUntil ?? desk.at) ? 'day-end' : undefined
  },
}
