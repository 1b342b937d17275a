import assert from 'node:assert'
import type { WorkingHours } from '../desk/calendar.ts'
import type { WallTime } from '../desk/time.ts'

const minuteMs = 60_000
/** No zone changes its offset twice within a week, so that probes this far apart miss no change. */
const probeMs = 7 * 86_400_000

/**
 * The offset changes of an IANA time zone from the start of one year to the end of another, as plain data for the core. They come from the
 * system's own zone data through Intl; each is found by halving the time between two probes, exact to the minute.
 */
export function zoneTable(timeZone: string, fromYear: number, toYear: number): WorkingHours['zone'] {
  assert(fromYear <= toYear)
  const offsetAt = offsets(timeZone)
  const start = Date.UTC(fromYear, 0, 1)
  const end = Date.UTC(toYear + 1, 0, 1)
  const table = [{ from: start, offsetMinutes: offsetAt(start) }]
  for (let at = start; at < end; at += probeMs) {
    const next = Math.min(at + probeMs, end)
    if (offsetAt(at) === offsetAt(next)) continue
    const from = changeBetween(offsetAt, at, next)
    table.push({ from, offsetMinutes: offsetAt(from) })
  }
  return table
}

/** The first minute with the later offset. */
function changeBetween(offsetAt: (wall: WallTime) => number, early: WallTime, late: WallTime): WallTime {
  const before = offsetAt(early)
  let low = early
  let high = late
  while (high - low > minuteMs) {
    const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}

/** The zone's offset from UTC, in minutes: what its clocks show, read as UTC, less the instant itself. */
function offsets(timeZone: string): (wall: WallTime) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (wall) => {
    const parts = new Map(format.formatToParts(wall).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    return Math.round((local - wall) / minuteMs)
  }
}
