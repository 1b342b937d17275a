import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addWorkingMinutes,
  isOpen,
  localDate,
  nextChange,
  nextMidnight,
  type OpenMinutes,
  type WorkingHours,
  workingMinutesBetween,
} from '../../src/desk/calendar.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The changes of Warsaw's clocks: the last Sundays of March and October at 01:00 UTC, from 2020 to 2030. */
function warsaw(): WorkingHours['zone'] {
  const changes: { from: number; offsetMinutes: number }[] = [{ from: Date.UTC(2019, 9, 27, 1), offsetMinutes: 60 }]
  for (let year = 2020; year <= 2030; year += 1) {
    for (const [month, offsetMinutes] of [
      [2, 120],
      [9, 60],
    ] as const) {
      const last = new Date(Date.UTC(year, month, 31))
      changes.push({ from: Date.UTC(year, month, 31 - last.getUTCDay(), 1), offsetMinutes })
    }
  }
  return changes
}

function hours(open: readonly OpenMinutes[], holidays: 'pl' | 'none' = 'pl', exceptions: WorkingHours['exceptions'] = {}): WorkingHours {
  return { zone: warsaw(), week: { mon: open, tue: open, wed: open, thu: open, fri: open, sat: [], sun: [] }, holidays, exceptions }
}
const office = hours([{ from: 450, to: 930 }])
const whole = [{ from: 0, to: 1440 }]
const always: WorkingHours = { ...hours(whole, 'none'), week: { mon: whole, tue: whole, wed: whole, thu: whole, fri: whole, sat: whole, sun: whole } }

const formatter = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Warsaw',
  hourCycle: 'h23',
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
/** What a clock in Warsaw shows, by the platform's own tables. */
function clockAt(wall: number): { date: string; weekday: string; minutes: number; text: string } {
  const parts = Object.fromEntries(formatter.formatToParts(wall).map(({ type, value }) => [type, value]))
  const date = `${parts['year']}-${parts['month']}-${parts['day']}`
  return {
    date,
    weekday: `${parts['weekday']}`,
    minutes: Number(parts['hour']) * 60 + Number(parts['minute']),
    text: `${date} ${parts['hour']}:${parts['minute']}:${parts['second']}`,
  }
}
/** A moment in Warsaw's summer (+02:00) or winter (+01:00). */
const moment = (text: string): number => Date.parse(text)
const anyWall = fc.integer({ min: Date.UTC(2020, 0, 2), max: Date.UTC(2030, 11, 30) })
/** Within two days of a change of the clocks. */
const nearChange = fc.tuple(fc.constantFrom(...warsaw().slice(1)), fc.integer({ min: -2 * day, max: 2 * day })).map(([{ from }, by]) => from + by)
const anyMoment = fc.oneof(anyWall, nearChange)

describe('the local day, beside the platform’s own calendar', () => {
  test('the date', () => {
    fc.assert(
      fc.property(anyMoment, (wall) => {
        expect(localDate(office, wall)).toBe(clockAt(wall).date)
      }),
      { numRuns: 2000 },
    )
  })

  test('the next midnight is midnight, tomorrow, and no more than 25 hours away', () => {
    fc.assert(
      fc.property(anyMoment, (wall) => {
        const next = nextMidnight(office, wall)
        expect(next).toBeGreaterThan(wall)
        expect(next - wall).toBeLessThanOrEqual(25 * hour)
        expect(clockAt(next).text.slice(11)).toBe('00:00:00')
        expect(clockAt(next - 1).date).toBe(clockAt(wall).date)
      }),
      { numRuns: 1000 },
    )
  })

  test('leap days, and the turn of years and centuries', () => {
    for (const date of ['2024-02-29', '2025-02-28', '2025-03-01', '2027-12-31', '2028-01-01', '2028-02-29', '2028-03-01']) {
      expect(localDate(office, moment(`${date}T12:00:00Z`))).toBe(date)
    }
    const utc: WorkingHours = { ...office, zone: [] }
    for (const date of ['1900-02-28', '1969-12-31', '1970-01-01', '2000-02-29', '2099-12-31', '2100-02-28', '2100-03-01', '2400-02-29']) {
      expect(localDate(utc, moment(`${date}T12:00:00Z`))).toBe(date)
    }
  })
})

describe('working hours', () => {
  test('open as the platform’s clock says, on any moment without holidays', () => {
    const plain = hours([{ from: 450, to: 930 }], 'none')
    fc.assert(
      fc.property(anyMoment, (wall) => {
        const { weekday, minutes } = clockAt(wall)
        expect(isOpen(plain, wall)).toBe(weekday !== 'Sat' && weekday !== 'Sun' && minutes >= 450 && minutes < 930)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['2026-11-23T07:29:59.999+01:00', false],
    ['2026-11-23T07:30:00+01:00', true],
    ['2026-11-23T15:29:59.999+01:00', true],
    ['2026-11-23T15:30:00+01:00', false],
    ['2026-11-22T10:00:00+01:00', false],
  ])('%s: open %s', (text, open) => {
    expect(isOpen(office, moment(text))).toBe(open)
  })

  test('each weekday has its own hours', () => {
    const monday: WorkingHours = { ...office, week: { ...office.week, mon: [{ from: 480, to: 1020 }] } }
    expect(isOpen(monday, moment('2026-11-23T16:30:00+01:00'))).toBe(true)
    expect(isOpen(monday, moment('2026-11-24T16:30:00+01:00'))).toBe(false)
    expect(isOpen(monday, moment('2026-11-23T07:30:00+01:00'))).toBe(false)
  })

  test('exceptions come before the week and before the holidays', () => {
    const own = hours([{ from: 450, to: 930 }], 'pl', { '2026-12-05': [{ from: 480, to: 720 }], '2026-12-07': [], '2026-12-25': [{ from: 600, to: 660 }] })
    expect(isOpen(own, moment('2026-12-05T08:00:00+01:00'))).toBe(true)
    expect(isOpen(own, moment('2026-12-05T12:00:00+01:00'))).toBe(false)
    expect(isOpen(own, moment('2026-12-07T10:00:00+01:00'))).toBe(false)
    expect(isOpen(own, moment('2026-12-25T10:30:00+01:00'))).toBe(true)
  })

  test('the next opening or closing', () => {
    expect(nextChange(office, moment('2026-11-20T15:29:59.999+01:00'))).toBe(moment('2026-11-20T15:30:00+01:00'))
    expect(nextChange(office, moment('2026-11-20T15:30:00+01:00'))).toBe(moment('2026-11-23T07:30:00+01:00'))
    expect(nextChange(office, moment('2026-12-23T15:30:00+01:00'))).toBe(moment('2026-12-28T07:30:00+01:00'))
    expect(nextChange(hours([]), moment('2026-11-23T10:00:00+01:00'))).toBeUndefined()
  })
})

describe('the days off in Poland', () => {
  const daysOff: Record<number, readonly string[]> = {
    2024: ['01-01', '01-06', '03-31', '04-01', '05-01', '05-03', '05-19', '05-30', '08-15', '11-01', '11-11', '12-25', '12-26'],
    2025: ['01-01', '01-06', '04-20', '04-21', '05-01', '05-03', '06-08', '06-19', '08-15', '11-01', '11-11', '12-24', '12-25', '12-26'],
    2026: ['01-01', '01-06', '04-05', '04-06', '05-01', '05-03', '05-24', '06-04', '08-15', '11-01', '11-11', '12-24', '12-25', '12-26'],
    2027: ['01-01', '01-06', '03-28', '03-29', '05-01', '05-03', '05-16', '05-27', '08-15', '11-01', '11-11', '12-24', '12-25', '12-26'],
    2030: ['01-01', '01-06', '04-21', '04-22', '05-01', '05-03', '06-09', '06-20', '08-15', '11-01', '11-11', '12-24', '12-25', '12-26'],
  }

  test.each(Object.entries(daysOff))('in %s', (year, dates) => {
    const closed: string[] = []
    const everyDay: WorkingHours = { ...always, holidays: 'pl' }
    for (let noon = Date.UTC(Number(year), 0, 1, 11); noon < Date.UTC(Number(year) + 1, 0, 1); noon += day) {
      if (!isOpen(everyDay, noon)) closed.push(localDate(everyDay, noon).slice(5))
    }
    expect(closed).toEqual(dates)
  })

  test('an office without holidays has none', () => {
    expect(isOpen(always, moment('2026-12-25T12:00:00+01:00'))).toBe(true)
  })

  test.each([
    [1943, '04-25'],
    [1954, '04-18'],
    [1981, '04-19'],
    [2008, '03-23'],
    [2038, '04-25'],
    [2049, '04-18'],
  ])('Easter of %i, among the rare ones', (year, date) => {
    const everyDay: WorkingHours = { ...always, zone: [], holidays: 'pl' }
    expect(isOpen(everyDay, moment(`${year}-${date}T12:00:00Z`))).toBe(false)
    expect(isOpen(everyDay, moment(`${year}-${date}T12:00:00Z`) + day)).toBe(false)
    expect(isOpen(everyDay, moment(`${year}-${date}T12:00:00Z`) - day)).toBe(true)
  })
})

describe('the two nights on which clocks change', () => {
  const spring = ['2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'] as const
  const autumn = ['2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00'] as const

  test.each([
    ['in spring', spring, 23],
    ['in autumn', autumn, 25],
  ])('%s the day has %s hours', (_, [from, to], length) => {
    expect(nextMidnight(always, moment(from))).toBe(moment(to))
    expect(workingMinutesBetween(always, moment(from), moment(to))).toBe(length * 60)
  })

  test('an office that works through the night works the hour that comes twice once from its first, and not the hour that is skipped', () => {
    const night = (from: number, to: number): WorkingHours => ({ ...hours([], 'none'), week: { ...always.week, sun: [{ from, to }] } })
    const edges = (open: WorkingHours, after: string): string[] => {
      const first = nextChange(open, moment(after)) ?? 0
      return [first, nextChange(open, first) ?? 0].map((edge) => new Date(edge).toISOString().slice(11, 16))
    }
    // 02:30 summer time is 00:30 UTC; 03:30 winter time is 02:30 UTC.
    expect(edges({ ...night(150, 210), week: { ...night(150, 210).week, sat: [], mon: [] } }, '2026-10-24T23:59:00Z')).toEqual(['00:30', '02:30'])
    expect(workingMinutesBetween({ ...night(120, 180), week: { ...office.week, sun: [{ from: 120, to: 180 }] } }, moment(spring[0]), moment(spring[1]))).toBe(0)
    expect(workingMinutesBetween({ ...night(120, 180), week: { ...office.week, sun: [{ from: 120, to: 180 }] } }, moment(autumn[0]), moment(autumn[1]))).toBe(
      120,
    )
  })

  test('a working day over the weekend of a change keeps the hour on the wall', () => {
    expect(addWorkingMinutes(office, moment('2026-10-23T10:00:00+02:00'), 480)).toBe(moment('2026-10-26T10:00:00+01:00'))
    expect(addWorkingMinutes(office, moment('2026-03-27T10:00:00+01:00'), 480)).toBe(moment('2026-03-30T10:00:00+02:00'))
  })
})

describe('working minutes', () => {
  test.each([
    ['2026-11-23T09:00:00+01:00', 480, '2026-11-24T09:00:00+01:00'],
    ['2026-11-23T07:30:00+01:00', 480, '2026-11-23T15:30:00+01:00'],
    ['2026-11-23T06:00:00+01:00', 60, '2026-11-23T08:30:00+01:00'],
    ['2026-11-23T15:30:00+01:00', 1, '2026-11-24T07:31:00+01:00'],
    ['2026-11-23T15:29:30+01:00', 1, '2026-11-24T07:30:30+01:00'],
    ['2026-11-20T15:00:00+01:00', 60, '2026-11-23T08:00:00+01:00'],
    ['2026-12-23T15:00:00+01:00', 60, '2026-12-28T08:00:00+01:00'],
    ['2026-11-23T09:00:00+01:00', 0, '2026-11-23T09:00:00+01:00'],
  ])('%s and %i more is %s', (from, minutes, to) => {
    expect(addWorkingMinutes(office, moment(from), minutes)).toBe(moment(to))
  })

  test('a lunch break is not worked', () => {
    const split = hours([
      { from: 450, to: 720 },
      { from: 750, to: 930 },
    ])
    expect(addWorkingMinutes(split, moment('2026-11-23T11:50:00+01:00'), 20)).toBe(moment('2026-11-23T12:40:00+01:00'))
    expect(workingMinutesBetween(split, moment('2026-11-23T11:50:00+01:00'), moment('2026-11-23T12:40:00+01:00'))).toBe(20)
  })

  test('an office that never opens has no deadline', () => {
    expect(addWorkingMinutes(hours([]), moment('2026-11-23T09:00:00+01:00'), 1)).toBeUndefined()
  })

  test('what is added is what lies between', () => {
    fc.assert(
      fc.property(anyMoment, fc.integer({ min: 0, max: 5000 }), (from, minutes) => {
        const to = addWorkingMinutes(office, from, minutes) ?? 0
        expect(workingMinutesBetween(office, from, to)).toBe(minutes)
        if (minutes > 0) expect(workingMinutesBetween(office, from, to - 1)).toBe(minutes - 1)
      }),
      { numRuns: 500 },
    )
  })
})
