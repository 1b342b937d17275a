import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { createSeat } from '../../src/seats/index.ts'
import { seatLimits } from '../../src/seats/limits.ts'
import { readSeat } from '../../src/seats/reading.ts'
import { createHandClock } from '../gpio/hand-clock.ts'
import { createHandGpio } from '../gpio/hand-gpio.ts'
import { createHandLink } from '../lamps/link.ts'

const config = { driver: 'mqtt', topic: 'zigbee2mqtt/seat', path: '/presence', occupied: true } as const

describe('a report', () => {
  const cases: readonly (readonly [payload: string, path: string, occupied: string | number | boolean, expected: boolean | undefined])[] = [
    ['{"presence":true,"battery":97}', '/presence', true, true],
    ['{"presence":false}', '/presence', true, false],
    ['{"contact":false}', '/contact', false, true],
    ['{"presence":null}', '/presence', true, undefined],
    ['{"presence":"unavailable"}', '/presence', 'ON', undefined],
    ['{"battery":97}', '/presence', true, undefined],
    ['{"presence":{"now":true}}', '/presence', true, undefined],
    ['{"presence":{"now":true}}', '/presence/now', true, true],
    ['{"a/b":{"~c":[0,"in"]}}', '/a~1b/~0c/1', 'in', true],
    ['{"":"in"}', '/', 'in', true],
    ['{}', '/constructor/name', 'Object', undefined],
    ['ON', '', 'ON', true],
    ['OFF\n', '', 'ON', false],
    ['"ON"', '', 'ON', true],
    ['1', '', 1, true],
    ['1', '', '1', true],
    ['0', '', 1, false],
    ['true', '', true, true],
    ['ON', '', true, undefined],
    ['0', '', true, undefined],
    ['', '', 'ON', undefined],
    ['unknown', '', 'ON', undefined],
    ['ON', '/presence', 'ON', undefined],
    ['{"presence":tr', '/presence', true, undefined],
    ['[]', '', 'ON', undefined],
    ['null', '', true, undefined],
  ]
  test.each(cases)('%j at %j with %j as occupied is %j', (payload, path, occupied, expected) => {
    expect(readSeat(Buffer.from(payload), { path, occupied })).toBe(expected)
  })

  test('of stray bytes or of great length is not read', () => {
    expect(readSeat(Buffer.from([0xff, 0x00, 0xfe]), { path: '/presence', occupied: true })).toBeUndefined()
    expect(readSeat(Buffer.from(`{"presence":true,"x":"${'x'.repeat(20_000)}"}`), config)).toBeUndefined()
  })
})

test('every report is evidence, also if nothing has changed', async () => {
  const { link, facts, seat } = seatAt(config)
  await seat.start()
  for (const presence of [true, true, false]) link.deliver(config.topic, JSON.stringify({ presence }))
  link.deliver('zigbee2mqtt/other', '{"presence":true}')
  expect(facts).toEqual([
    { type: 'seat.seen', occupied: true },
    { type: 'seat.seen', occupied: true },
    { type: 'seat.seen', occupied: false },
  ])
})

test('a flood of reports is counted and not looked at, and the sensor is heard again when it is over', async () => {
  const { link, facts, seat, clock } = seatAt(config)
  await seat.start()
  for (let report = 0; report < 1000; report += 1) link.deliver(config.topic, JSON.stringify({ presence: report % 2 === 0 }))
  expect(facts).toHaveLength(seatLimits.reportBurst)
  expect(seat.health()).toMatchObject({ heard: 1, tooOften: 1000 - seatLimits.reportBurst })
  clock.pass(1000 / seatLimits.reportsPerSecond - 1)
  link.deliver(config.topic, '{"presence":true}')
  expect(facts).toHaveLength(seatLimits.reportBurst)
  clock.pass(1)
  link.deliver(config.topic, '{"presence":true}')
  expect(facts).toHaveLength(seatLimits.reportBurst + 1)
})

test('a retained message is no evidence', async () => {
  const { link, facts, seat } = seatAt(config)
  await seat.start()
  link.deliver(config.topic, '{"presence":false}', true)
  expect(facts).toEqual([])
  expect(seat.health()).toEqual({ heard: 0, retained: 1, unreadable: 0, tooOften: 0 })
})

test('what cannot be read is ignored, counted, and said once without its contents', async () => {
  const { link, facts, seat, warnings } = seatAt(config)
  await seat.start()
  link.deliver(config.topic, 'Jan Kowalski has left')
  link.deliver(config.topic, '{}')
  expect(facts).toEqual([])
  expect(seat.health()).toEqual({ heard: 0, retained: 0, unreadable: 2, tooOften: 0 })
  expect(warnings).toHaveLength(1)
  expect(JSON.stringify(warnings)).not.toContain('Kowalski')
})

test('when the link goes down nothing is known of the seat', async () => {
  const { link, facts, seat } = seatAt(config)
  await seat.start()
  link.lose()
  expect(facts).toEqual([{ type: 'seat.lost' }])
})

test('a stopped seat says nothing more', async () => {
  const { link, facts, seat } = seatAt(config)
  await seat.start()
  await seat.stop()
  await seat.stop()
  link.deliver(config.topic, '{"presence":false}')
  link.lose()
  expect(facts).toEqual([])
})

test('a desk without a sensor says nothing', async () => {
  const { link, facts, seat } = seatAt({ driver: 'none' })
  await seat.start()
  link.lose()
  await seat.stop()
  expect(facts).toEqual([])
  expect(seat.health()).toEqual({})
})

test('a driver that is not there is said plainly', () => {
  expect(() => seatAt({ driver: 'bridge' })).toThrow(ConfigurationError)
  expect(() => seatAt({ driver: 'bridge' })).toThrow(/bridge: is missing/)
})

function seatAt(seatConfig: Parameters<typeof createSeat>[0]) {
  const link = createHandLink()
  const clock = createHandClock()
  const facts: Fact[] = []
  const warnings: unknown[] = []
  const seat = createSeat(seatConfig, {
    link,
    gpio: createHandGpio(),
    clock,
    evidenceMaxAgeMs: 10_000,
    emit: (fact) => void facts.push(fact),
    log: { warn: (...said) => void warnings.push(said) },
  })
  return { link, facts, warnings, seat, clock }
}
