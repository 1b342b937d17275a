import { expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { policyDefaults } from '../../src/desk/policy.ts'
import { createGpioSeat, evidenceEveryMs } from '../../src/seats/gpio.ts'
import { createHandClock } from '../gpio/hand-clock.ts'
import { createHandGpio } from '../gpio/hand-gpio.ts'

const config = { driver: 'gpio', line: 17, occupied: 'low', debounceMs: 100 } as const
const seen = (occupied: boolean): Fact => ({ type: 'seat.seen', occupied })

test.each([
  ['low', false, true],
  ['low', true, false],
  ['high', true, true],
  ['high', false, false],
] as const)('where %s means occupied, a contact that is high=%j says occupied=%j at the start', async (occupied, high, expected) => {
  const desk = await seatAt({ ...config, occupied }, high)
  expect(desk.facts).toEqual([])
  desk.clock.pass(100)
  expect(desk.facts).toEqual([seen(expected)])
})

test('somebody who stands up is told of once the contact is steady, and a bouncing one only then', async () => {
  const desk = await seatAt(config)
  desk.clock.pass(100)
  for (const high of [true, false, true, false, true]) {
    desk.gpio.move(high)
    desk.clock.pass(20)
  }
  expect(desk.facts).toEqual([seen(true)])
  desk.clock.pass(80)
  expect(desk.facts).toEqual([seen(true), seen(false)])
})

test('a steady contact is fresh evidence, told again before it would be too old', async () => {
  const desk = await seatAt(config)
  desk.clock.pass(100)
  desk.clock.pass(60_000)
  expect(desk.facts).toEqual(Array(1 + 60_000 / evidenceEveryMs).fill(seen(true)))
  expect(evidenceEveryMs * 3).toBeLessThanOrEqual(policyDefaults.seatEvidenceMaxAgeMs)
})

test.each([
  [60_000, 3000],
  [1500, 500],
  [100, 250],
])('where evidence is too old after %i ms it is told every %i ms', async (evidenceMaxAgeMs, everyMs) => {
  const desk = await seatAt(config, false, evidenceMaxAgeMs)
  desk.clock.pass(100)
  desk.clock.pass(everyMs * 20)
  expect(desk.facts).toHaveLength(21)
})

test('a line that cannot be read is no evidence', async () => {
  const desk = await seatAt(config)
  desk.clock.pass(100)
  desk.gpio.found(undefined)
  desk.clock.pass(60_000)
  expect(desk.facts).toEqual([seen(true)])
})

test('a contact that is not steady at the moment is no evidence', async () => {
  const desk = await seatAt(config)
  desk.clock.pass(evidenceEveryMs - 10)
  desk.gpio.move(true)
  desk.clock.pass(20)
  desk.gpio.move(false)
  desk.clock.pass(100)
  expect(desk.facts).toEqual([seen(true)])
})

test('an edge that the driver missed is found at the next reading, and must be steady, too', async () => {
  const desk = await seatAt(config)
  desk.clock.pass(100)
  desk.gpio.found(true)
  desk.clock.pass(evidenceEveryMs - 100)
  expect(desk.facts).toEqual([seen(true)])
  desk.clock.pass(100)
  expect(desk.facts).toEqual([seen(true), seen(false)])
})

test('when the line is lost nothing is known of the seat; back again it is told anew', async () => {
  const desk = await seatAt(config)
  desk.clock.pass(100)
  desk.gpio.lose('gone')
  expect(desk.facts).toEqual([seen(true), { type: 'seat.lost' }])
  desk.clock.pass(60_000)
  expect(desk.facts).toHaveLength(2)
  desk.gpio.move(false)
  desk.clock.pass(100)
  expect(desk.facts).toEqual([seen(true), { type: 'seat.lost' }, seen(true)])
  expect(desk.seat.health()).toEqual({ heard: 1, lost: 1 })
})

test('stopped, it says nothing more, keeps no timer, and lets the line go', async () => {
  const desk = await seatAt(config)
  await desk.seat.stop()
  await desk.seat.stop()
  desk.gpio.move(true)
  desk.gpio.lose('gone')
  desk.clock.pass(60_000)
  expect(desk.facts).toEqual([])
  expect(desk.clock.pending()).toBe(0)
  expect(desk.gpio.inputs.map(({ open }) => open)).toEqual([false])
})

test('the line is asked for as configured, once', async () => {
  const desk = await seatAt({ ...config, chip: 'pinctrl-rp1', bias: 'pull-up' })
  await desk.seat.start()
  expect(desk.gpio.inputs).toEqual([
    { address: { line: 17, chip: 'pinctrl-rp1' }, options: { debounceMs: 100, bias: 'pull-up', onLost: expect.any(Function) }, open: true },
  ])
  const plain = await seatAt(config)
  expect(plain.gpio.inputs[0]?.address).toEqual({ line: 17 })
  expect(plain.gpio.inputs[0]?.options).not.toHaveProperty('bias')
})

test('a line that cannot be had is an error at the start', async () => {
  const gpio = createHandGpio()
  gpio.refuse(17, 1)
  const clock = createHandClock()
  await expect(createGpioSeat(config, { gpio, clock, evidenceMaxAgeMs: 10_000, emit: () => expect.unreachable() }).start()).rejects.toThrow('in use')
  expect(clock.pending()).toBe(0)
})

async function seatAt(seatConfig: Parameters<typeof createGpioSeat>[0], high = false, evidenceMaxAgeMs = policyDefaults.seatEvidenceMaxAgeMs) {
  const [gpio, clock, facts] = [createHandGpio(high), createHandClock(), [] as Fact[]]
  const seat = createGpioSeat(seatConfig, { gpio, clock, evidenceMaxAgeMs, emit: (fact) => void facts.push(fact) })
  await seat.start()
  return { gpio, clock, facts, seat }
}
