import * as v from 'valibot'
import { policyDefaults } from '../../desk/policy.ts'
import type { WorkingHoursConfig, WrittenAgent, WrittenPolicy } from '../config.ts'
import type { Rule } from '../rule.ts'
import { dialled, spans, text, whole } from '../values.ts'

/**
 * The office's numbers (contract §2, table "Policy"). The defaults have their one home in the core (`policyDefaults`); here are their meaning, as a
 * technician reads it, and the bounds beyond which a value is a slip of the pen.
 */
const minuteMs = 60_000
const hourMs = 3_600_000
const emergencyNumbersMax = 32
const exceptionsMax = 1000

/** A length of time with its default; 1 ms is allowed, for tests and demonstrations. */
function duration(key: DurationKey, max: number, description: string) {
  return v.optional(whole(description, 1, max), policyDefaults[key])
}
type Defaults = typeof policyDefaults
type DurationKey = { [Key in keyof Defaults]: Defaults[Key] extends number ? Key : never }[keyof Defaults]

function count(key: DurationKey, min: number, max: number, description: string) {
  return v.optional(whole(description, min, max), policyDefaults[key])
}

const officeDay = ['07:30-15:30']

function weekday(name: string, hours: readonly string[]) {
  return v.optional(spans(`The hours of a ${name}; an empty list is a day on which the office is closed.`), [...hours])
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Whether the text is a day of the calendar: 2026-02-30 is none. */
export function isDate(text: string): boolean {
  const wall = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(text)
}

const week = v.pipe(
  v.strictObject({
    mon: weekday('Monday', officeDay),
    tue: weekday('Tuesday', officeDay),
    wed: weekday('Wednesday', officeDay),
    thu: weekday('Thursday', officeDay),
    fri: weekday('Friday', officeDay),
    sat: weekday('Saturday', []),
    sun: weekday('Sunday', []),
  }),
  v.description('The hours of each day of the week. A day that is left out keeps its default.'),
)

const exceptions = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'must be a day such as 2026-12-24'), v.check(isDate, 'is no day of the calendar')),
    spans('The hours of this day; an empty list: closed.'),
  ),
  v.description('Days with hours of their own, by date: an empty list is a closed day. They go before the week and before the holidays.'),
  v.maxEntries(exceptionsMax),
)

const workingHours: v.GenericSchema<object, WorkingHoursConfig> = v.pipe(
  v.strictObject({
    timezone: v.optional(
      v.pipe(text('The time zone in which the office lives, by its IANA name.'), v.check(isTimeZone, 'must be an IANA time zone such as Europe/Warsaw')),
      'Europe/Warsaw',
    ),
    week: v.optional(week, {}),
    holidays: v.optional(
      v.pipe(v.picklist(['pl', 'none']), v.description('`pl`: closed on the days off of the Polish act of 18 January 1951. `none`: no holidays.')),
      'pl',
    ),
    exceptions: v.optional(exceptions, {}),
  }),
  v.title('Working hours'),
  v.description('When the office works: for absence and for the deadlines of callbacks. `["00:00-24:00"]` on seven days with `holidays: none` means always.'),
)

/** The section `policy`. */
export const policy: v.GenericSchema<object, WrittenPolicy> = v.pipe(
  v.strictObject({
    ringPeriodMs: duration('ringPeriodMs', minuteMs, 'From one ring to the next, where rings are derived from time (Poland: 1 s on, 4 s off).'),
    ringBurstMs: v.exactOptional(
      whole(
        'How long one ring sounds; for the strict reading of III.1. If left out, a fifth of `ringPeriodMs`, a second at most. An addition to the contract.',
        1,
        minuteMs,
      ),
    ),
    warnAtRing: count('warnAtRing', 1, 20, 'The warning of the lamp begins with this ring; the rule is broken when the next would begin.'),
    seatWarningMs: duration('seatWarningMs', 10 * minuteMs, 'Empty seat in a call: from here to the warning before the hold. Less than `seatGraceMs`.'),
    seatGraceMs: duration('seatGraceMs', 10 * minuteMs, 'Empty seat in a call: from here to the hold.'),
    seatEvidenceMaxAgeMs: duration('seatEvidenceMaxAgeMs', 10 * minuteMs, 'Evidence of the seat older than this never moves a call.'),
    holdConfirmMs: duration('holdConfirmMs', minuteMs, 'How long the phone may take to say that the call is held.'),
    longHoldMs: duration('longHoldMs', hourMs, 'A caller on hold: the reminder, and each time again. Less than `overdueHoldMs`.'),
    overdueHoldMs: duration('overdueHoldMs', 4 * hourMs, 'A caller on hold: overdue.'),
    absenceMs: duration('absenceMs', 12 * hourMs, 'An empty seat for this long is a longer absence.'),
    forwardKind: v.optional(
      v.pipe(
        v.picklist(['no-answer', 'always']),
        v.description('When the substitute gets the call: after the desk has rung in vain, or at once. `always` only with a warden.'),
      ),
      policyDefaults.forwardKind,
    ),
    leaseMs: duration('leaseMs', 24 * hourMs, 'No forwarding of ours outlives its lease.'),
    leaseRenewMs: duration('leaseRenewMs', 24 * hourMs, 'How often the lease is renewed. Less than `leaseMs`.'),
    hangUpWindowMs: count('hangUpWindowMs', 0, minuteMs, 'The two signs of the end of a call closer together than this leave open who hung up first.'),
    workingHours: v.optional(workingHours, {}),
    callbackDueWorkingMinutes: count('callbackDueWorkingMinutes', 1, 14_400, 'A missed caller is called back within so many minutes of working time.'),
    promiseWindowMinutes: count('promiseWindowMinutes', 0, 1440, 'A promise is kept within plus or minus so many minutes.'),
    phoneSilentWorkingMinutes: count(
      'phoneSilentWorkingMinutes',
      1,
      14_400,
      'A phone that can be reached and has posted nothing for so many minutes of working time is reported as silent. An addition to the contract.',
    ),
    emergencyNumbers: v.optional(
      v.pipe(
        v.array(dialled('An emergency number.')),
        v.description('Calls with these numbers are never touched.'),
        v.minLength(1, 'must name at least one number, such as "112"'),
        v.maxLength(emergencyNumbersMax),
      ),
      [...policyDefaults.emergencyNumbers],
    ),
    mobility: v.optional(
      v.pipe(
        v.picklist(['fixed', 'headset', 'standing']),
        v.description('How the clerk works: only calls at a `fixed` desk are put on hold, the others are reminded.'),
      ),
      policyDefaults.mobility,
    ),
    flashing: v.optional(v.pipe(v.boolean(), v.description('`false`: steady light only.')), policyDefaults.flashing),
  }),
  v.title('Policy'),
  v.description('The numbers of the procedure; each may be left out.'),
)

type Length = 'seatWarningMs' | 'seatGraceMs' | 'longHoldMs' | 'overdueHoldMs' | 'leaseRenewMs' | 'leaseMs' | 'ringBurstMs' | 'ringPeriodMs'

function ascending(low: Length, high: Length): Rule<WrittenAgent> {
  return {
    path: `policy.${low}`,
    reads: [`policy.${low}`, `policy.${high}`],
    broken: ({ policy: { [low]: lower, [high]: upper } }) =>
      lower === undefined || upper === undefined || lower < upper ? undefined : `must be less than policy.${high}, which is ${upper}`,
  }
}

export const policyRules: readonly Rule<WrittenAgent>[] = [
  ascending('seatWarningMs', 'seatGraceMs'),
  ascending('longHoldMs', 'overdueHoldMs'),
  ascending('leaseRenewMs', 'leaseMs'),
  ascending('ringBurstMs', 'ringPeriodMs'),
  {
    path: 'policy.forwardKind',
    reads: ['policy.forwardKind', 'phone.warden', 'phone.vendor', 'forwarding.by'],
    // Where the exchange is told, as ever of an analogue telephone, the phone has nobody to let in: the hub says whether its warden answers for the desk.
    broken: ({ policy, phone, forwarding }) =>
      policy.forwardKind === 'always' && phone.vendor !== 'analogue' && forwarding.by !== 'exchange' && phone.warden === undefined
        ? 'must be no-answer unless phone.warden names the machine that undoes the forwarding if this one dies'
        : undefined,
  },
]
