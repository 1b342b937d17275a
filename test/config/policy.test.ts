import { describe, expect, test } from 'vitest'
import { loadAgentConfig } from '../../src/config/load.ts'
import { policyFrom } from '../../src/config/policy.ts'
import { zoneTable } from '../../src/config/zone.ts'
import { isOpen } from '../../src/desk/calendar.ts'
import { policyDefaults } from '../../src/desk/policy.ts'
import { smallest, temporaryDirectory } from './temporary.ts'

const directory = temporaryDirectory()
const at = (text: string) => Date.parse(text)

function policyOf(lines = '') {
  return policyFrom(loadAgentConfig(directory.write('a.yaml', smallest + lines), {}))
}

describe('the table of a zone', () => {
  test('has the changes of Warsaw, to the minute', () => {
    expect(zoneTable('Europe/Warsaw', 2026, 2026)).toEqual([
      { from: at('2026-01-01T00:00Z'), offsetMinutes: 60 },
      { from: at('2026-03-29T01:00Z'), offsetMinutes: 120 },
      { from: at('2026-10-25T01:00Z'), offsetMinutes: 60 },
    ])
  })

  test('has one row for a zone that never changes', () => {
    expect(zoneTable('UTC', 2020, 2060)).toEqual([{ from: at('2020-01-01T00:00Z'), offsetMinutes: 0 }])
    expect(zoneTable('Asia/Kathmandu', 2026, 2026)).toEqual([{ from: at('2026-01-01T00:00Z'), offsetMinutes: 345 }])
  })

  test('knows changes of half an hour, the south, and two changes a month apart', () => {
    expect(zoneTable('Australia/Lord_Howe', 2026, 2026).map(({ offsetMinutes }) => offsetMinutes)).toEqual([660, 630, 660])
    const morocco = zoneTable('Africa/Casablanca', 2024, 2024)
    expect(morocco.map(({ offsetMinutes }) => offsetMinutes)).toEqual([60, 0, 60])
    expect(morocco[1]?.from).toBe(at('2024-03-10T02:00Z'))
  })

  test('agrees with Intl at every hour of the two nights and at noon of every day', () => {
    const table = zoneTable('Europe/Warsaw', 2026, 2027)
    const shown = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Warsaw', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    const hour = 3_600_000
    for (let wall = at('2026-01-01T00:00Z'); wall < at('2028-01-01T00:00Z'); wall += hour * 7) {
      const offset = table.findLast(({ from }) => from <= wall)?.offsetMinutes ?? Number.NaN
      expect(new Date(wall + offset * 60_000).toISOString().slice(11, 16)).toBe(shown.format(wall))
    }
  })
})

describe('the policy of a desk', () => {
  test('has the contract’s numbers unless the desk says otherwise', () => {
    const { workingHours, numbers, substitutes, ...rest } = policyOf('policy: { flashing: false }\nsubstitutes: [{ desk: usc-14, number: 6014 }]\n')
    expect(rest).toEqual({ ...policyDefaults, flashing: false, desk: 'usc-12' })
    expect(policyOf('forwarding: { remoteNumber: "6999" }\n').remoteNumber).toBe('6999')
    expect(numbers.countryCode).toBe('48')
    expect(substitutes).toEqual([{ desk: 'usc-14', number: '6014' }])
    expect(workingHours.holidays).toBe('pl')
    expect(workingHours.week.mon).toEqual([{ from: 450, to: 930 }])
    expect(workingHours.week.sun).toEqual([])
  })

  test.each([
    ['ringPeriodMs: 6000', 1000],
    ['ringPeriodMs: 5000', 1000],
    ['ringPeriodMs: 500', 100],
    ['ringPeriodMs: 2', 1],
    ['ringPeriodMs: 500, ringBurstMs: 400', 400],
  ])('%s: a ring sounds for %i ms', (numbers, burstMs) => {
    expect(policyOf(`policy: { ${numbers} }\n`).ringBurstMs).toBe(burstMs)
  })

  test('opens the office by local time, in winter and in summer', () => {
    const { workingHours } = policyOf()
    const open = (text: string) => isOpen(workingHours, at(text))
    // Monday 2026-11-23 and Monday 2026-07-06: 07:30 is 06:30Z and 05:30Z.
    expect([open('2026-11-23T06:29:59Z'), open('2026-11-23T06:30:00Z'), open('2026-11-23T14:29:59Z'), open('2026-11-23T14:30:00Z')]).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect([open('2026-07-06T05:29:59Z'), open('2026-07-06T05:30:00Z')]).toEqual([false, true])
    // 2026-11-11 is a holiday, 2026-11-22 a Sunday.
    expect([open('2026-11-11T10:00:00Z'), open('2026-11-22T10:00:00Z')]).toEqual([false, false])
  })

  test('takes exceptions, and hours until midnight', () => {
    const { workingHours } = policyOf('policy: { workingHours: { exceptions: { 2026-12-05: ["08:00-12:00", "13:00-24:00"], 2026-11-23: [] } } }\n')
    expect(workingHours.exceptions).toEqual({
      '2026-12-05': [
        { from: 480, to: 720 },
        { from: 780, to: 1440 },
      ],
      '2026-11-23': [],
    })
    expect(isOpen(workingHours, at('2026-12-05T22:59:59Z'))).toBe(true)
    expect(isOpen(workingHours, at('2026-11-23T10:00:00Z'))).toBe(false)
  })

  test('is always open where the desk says so', () => {
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ')
    const { workingHours } = policyOf(`policy: { workingHours: { holidays: none, week: { ${days} } } }\n`)
    for (let wall = at('2026-10-24T00:00Z'); wall < at('2026-11-13T00:00Z'); wall += 1_799_999) expect(isOpen(workingHours, wall)).toBe(true)
  })
})
