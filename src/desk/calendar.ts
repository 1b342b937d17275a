import type { WallTime } from './time.ts'

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** Minutes since local midnight, from inclusive, to exclusive; 0–1440. */
export interface OpenMinutes {
  readonly from: number
  readonly to: number
}

/** When the office works. Plain data: the time zone is a table of its changes, so that the core needs no other calendar than arithmetic. */
export interface WorkingHours {
  /** The offset from UTC in minutes from each instant on, ascending; the first also holds for all time before it. */
  readonly zone: readonly { readonly from: WallTime; readonly offsetMinutes: number }[]
  readonly week: Readonly<Record<Weekday, readonly OpenMinutes[]>>
  /** `pl`: the days off of the Polish act of 18 January 1951; `none`. */
  readonly holidays: 'pl' | 'none'
  /** Local days (`2026-12-24`) with hours of their own; an empty list is a closed day. */
  readonly exceptions: Readonly<Record<string, readonly OpenMinutes[]>>
}

const minuteMs = 60_000
const dayMs = 86_400_000
/** An office that is closed for longer than this has no next working minute. */
const daysAheadMax = 400

/** A day of the calendar, counted from 1970-01-01, and the civil date of it. */
interface Day {
  readonly number: number
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Hinnant's civil-from-days: exact for every day of the Gregorian calendar, without a table. */
function dayOf(number: number): Day {
  const shifted = number + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { number, year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Hinnant's days-from-civil, the inverse. */
function dayNumber(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Easter Sunday by the anonymous Gregorian algorithm (Meeus). */
function easterDay(year: number): number {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114
  return dayNumber(year, Math.floor(f / 31), (f % 31) + 1)
}

/** The fixed days off in Poland, as month × 100 + day; Christmas Eve since 2025. */
const polishFixedDays = new Set([101, 106, 501, 503, 815, 1101, 1111, 1225, 1226])
/** Easter Sunday and Monday, Pentecost, Corpus Christi: days after Easter. */
const polishMovableDays = new Set([0, 1, 49, 60])

/** Whether the day is a day off in Poland (act of 18 January 1951 on days off, as amended in 2024). */
function isPolishHoliday({ number, year, month, day }: Day): boolean {
  const date = month * 100 + day
  return polishFixedDays.has(date) || (date === 1224 && year >= 2025) || polishMovableDays.has(number - easterDay(year))
}

/** The offset in force, found by halving: the table spans decades, and every deadline of a callback asks. */
function offsetMs({ zone }: WorkingHours, wall: WallTime): number {
  let low = 0
  let high = zone.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((zone[middle]?.from ?? Number.POSITIVE_INFINITY) <= wall) low = middle
    else high = middle
  }
  return (zone[low]?.offsetMinutes ?? 0) * minuteMs
}

/**
 * The instant at which local clocks showed this many milliseconds since 1970; in the hour that comes twice, the first time; in the hour that is skipped,
 * the moment of the skip.
 */
function wallOfLocal(hours: WorkingHours, local: number): WallTime {
  const early = local - offsetMs(hours, local - dayMs)
  const late = local - offsetMs(hours, local + dayMs)
  if (offsetMs(hours, early) === local - early) return early
  return offsetMs(hours, late) === local - late ? late : (hours.zone.find(({ from }) => from > late)?.from ?? late)
}

function dateText({ year, month, day }: Day): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

function openMinutesOf(hours: WorkingHours, day: Day): readonly OpenMinutes[] {
  const exception = hours.exceptions[dateText(day)]
  if (exception !== undefined) return exception
  if (hours.holidays === 'pl' && isPolishHoliday(day)) return []
  // 1970-01-01 was a Thursday.
  const weekday = weekdays[(((day.number + 3) % 7) + 7) % 7]
  return weekday === undefined ? [] : hours.week[weekday]
}

/** The spans of one local day in which the office works, as wall times. */
function openSpans(hours: WorkingHours, day: Day): { from: WallTime; to: WallTime }[] {
  const midnight = day.number * dayMs
  return openMinutesOf(hours, day).map(({ from, to }) => ({
    from: wallOfLocal(hours, midnight + from * minuteMs),
    to: wallOfLocal(hours, midnight + to * minuteMs),
  }))
}

function localDay(hours: WorkingHours, wall: WallTime): Day {
  return dayOf(Math.floor((wall + offsetMs(hours, wall)) / dayMs))
}

/** Whether the office works at this moment. */
export function isOpen(hours: WorkingHours, wall: WallTime): boolean {
  return openSpans(hours, localDay(hours, wall)).some(({ from, to }) => from <= wall && wall < to)
}

/** Whether there is no moment at which the office is closed. */
export function isAlwaysOpen({ week, holidays, exceptions }: WorkingHours): boolean {
  const isWhole = (spans: readonly OpenMinutes[]): boolean => spans.some(({ from, to }) => from === 0 && to === dayMs / minuteMs)
  return holidays === 'none' && [...Object.values(week), ...Object.values(exceptions)].every(isWhole)
}

/** The next moment at which the office opens or closes, within the days the calendar looks ahead. */
export function nextChange(hours: WorkingHours, wall: WallTime): WallTime | undefined {
  const today = localDay(hours, wall).number
  for (let ahead = 0; ahead <= daysAheadMax; ahead += 1) {
    const spans = openSpans(hours, dayOf(today + ahead))
    const next = Math.min(...spans.flatMap(({ from, to }) => [from, to]).filter((edge) => edge > wall))
    if (next !== Number.POSITIVE_INFINITY) return next
  }
  return undefined
}

/** The moment by which so many working minutes have passed since the given one; `undefined` if the office does not open long enough. */
export function addWorkingMinutes(hours: WorkingHours, wall: WallTime, minutes: number): WallTime | undefined {
  const today = localDay(hours, wall).number
  let leftMs = minutes * minuteMs
  for (let ahead = 0; ahead <= daysAheadMax; ahead += 1) {
    for (const { from, to } of openSpans(hours, dayOf(today + ahead))) {
      const start = Math.max(from, wall)
      if (to <= start) continue
      if (start + leftMs <= to) return start + leftMs
      leftMs -= to - start
    }
  }
  return undefined
}

/** The working minutes between two moments, rounded down; at most what the calendar looks ahead. */
export function workingMinutesBetween(hours: WorkingHours, from: WallTime, to: WallTime): number {
  return Math.floor(workingMsBetween(hours, from, to) / minuteMs)
}

/** The same in milliseconds. */
export function workingMsBetween(hours: WorkingHours, from: WallTime, to: WallTime): number {
  const first = localDay(hours, from).number
  const last = Math.min(localDay(hours, to).number, first + daysAheadMax)
  let ms = 0
  for (let number = first; number <= last; number += 1) {
    for (const span of openSpans(hours, dayOf(number))) ms += Math.max(0, Math.min(span.to, to) - Math.max(span.from, from))
  }
  return ms
}

/** When the working day in which this moment is ends for good, and which day that is; `undefined` on a day off, and where the next day goes on at once. */
export function dayEndOf(hours: WorkingHours, wall: WallTime): { readonly date: string; readonly at: WallTime } | undefined {
  const day = localDay(hours, wall)
  const at = Math.max(...openSpans(hours, day).map(({ to }) => to))
  return at === Number.NEGATIVE_INFINITY || isOpen(hours, at) ? undefined : { date: dateText(day), at }
}

/** The working time of the whole local day in which this moment is, and … */
export function workingMsOfDay(hours: WorkingHours, wall: WallTime): number {
  return openSpans(hours, localDay(hours, wall)).reduce((ms, { from, to }) => ms + to - from, 0)
}

/** … of that day so far. */
export function workedMsOfDay(hours: WorkingHours, wall: WallTime): number {
  return openSpans(hours, localDay(hours, wall)).reduce((ms, { from, to }) => ms + Math.max(0, Math.min(to, wall) - from), 0)
}

/** The local date, as `2026-11-22`. */
export function localDate(hours: WorkingHours, wall: WallTime): string {
  return dateText(localDay(hours, wall))
}

/** The next local midnight. */
export function nextMidnight(hours: WorkingHours, wall: WallTime): WallTime {
  return wallOfLocal(hours, (localDay(hours, wall).number + 1) * dayMs)
}
