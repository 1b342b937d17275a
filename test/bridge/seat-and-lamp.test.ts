import { expect, test } from 'vitest'
import { createBridge } from '../../src/bridge/link.ts'
import type { Fact } from '../../src/desk/event.ts'
import { policyDefaults } from '../../src/desk/policy.ts'
import { createBridgeLamp } from '../../src/lamps/bridge.ts'
import { createBridgeSeat, evidenceEveryMs, settleMs } from '../../src/seats/bridge.ts'
import { createBoard } from './board.ts'
import { createVirtualTime } from './virtual-time.ts'

async function deskAt({ evidenceMaxAgeMs = policyDefaults.seatEvidenceMaxAgeMs, ...options }: { resetsOnOpen?: boolean; evidenceMaxAgeMs?: number } = {}) {
  const time = createVirtualTime()
  const board = createBoard(time.clock, { bootMs: 1500, ...options })
  const bridge = createBridge(
    { path: '/dev/ttyUSB0' },
    { clock: time.clock, open: board.open, log: { info() {}, warn() {} }, steady: false, devices: () => [] },
  )
  const facts: (Fact & { at: number })[] = []
  const seat = createBridgeSeat({ bridge, emit: (fact) => void facts.push({ ...fact, at: time.clock.now() }), now: time.clock.now, evidenceMaxAgeMs })
  const lamp = createBridgeLamp(bridge)
  await bridge.start()
  await lamp.start()
  await seat.start()
  return { time, board, bridge, seat, lamp, facts }
}

test('evidence comes at each change at once, and else at least every two seconds', async () => {
  const { time, board, facts } = await deskAt()
  await time.pass(20_000)
  const gaps = facts.slice(1).map(({ at }, index) => at - (facts[index]?.at ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2000)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(evidenceEveryMs)
  const before = facts.length
  await time.pass(137)
  board.see({ occupied: true })
  board.see({ occupied: false })
  expect(facts.slice(before).map(({ type, at, ...rest }) => ({ type, at, ...rest }))).toEqual([
    { type: 'seat.seen', occupied: true, at: 20_137 },
    { type: 'seat.seen', occupied: false, at: 20_137 },
  ])
})

test('an office that wants fresher evidence has every line of the bridge as one', async () => {
  const { time, facts } = await deskAt({ evidenceMaxAgeMs: 1500 })
  await time.pass(20_000)
  const gaps = facts.slice(1).map(({ at }, index) => at - (facts[index]?.at ?? 0))
  expect(gaps.length).toBeGreaterThan(10)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1000)
})

test('a ringing line does not make a flood of evidence', async () => {
  const { time, board, facts } = await deskAt()
  await time.pass(5100)
  const before = facts.length
  for (let burst = 0; burst < 40; burst += 1) {
    board.see({ ringing: burst % 2 === 0, rings: burst })
    await time.pass(100)
  }
  expect(facts.length - before).toBeLessThanOrEqual(3)
})

test('a microcontroller that has just started is not believed about the seat for its first second', async () => {
  const { time, board, facts } = await deskAt()
  board.see({ occupied: true })
  await time.pass(10_000)
  board.see({ occupied: false })
  board.reboot()
  await time.pass(1500 + settleMs - 1)
  board.see({ occupied: true })
  await time.pass(2000)
  expect(facts.map((fact) => (fact.type === 'seat.seen' ? fact.occupied : fact.type)).filter((one, index, all) => one !== all[index - 1])).toEqual([
    true,
    false,
    true,
  ])
  const after = facts.filter(({ at }) => at > 10_000)
  expect(after[0]?.at).toBeGreaterThanOrEqual(10_000 + 1500 + settleMs)
})

test('when the bridge is lost nothing is known of the seat, once; when it is back its first word counts', async () => {
  const { time, board, facts } = await deskAt()
  await time.pass(10_000)
  board.unplug()
  expect(facts.at(-1)).toMatchObject({ type: 'seat.lost' })
  await time.pass(30_000)
  expect(facts.filter(({ type }) => type === 'seat.lost')).toHaveLength(1)
  board.plug()
  await time.pass(70_000)
  expect(facts.at(-1)).toMatchObject({ type: 'seat.seen', occupied: false })
})

test('a connection that was lost for a moment only: the first word after it counts, however soon it comes', async () => {
  const { time, board, facts } = await deskAt({ resetsOnOpen: false })
  await time.pass(21_000)
  board.drop()
  await time.pass(1100)
  board.status()
  board.status()
  expect(facts.slice(-3).map(({ type, at }) => [type, at])).toEqual([
    ['seat.seen', 21_000],
    ['seat.lost', 21_000],
    ['seat.seen', 22_100],
  ])
})

test('a stopped seat says nothing more', async () => {
  const { time, board, seat, facts } = await deskAt()
  await time.pass(10_000)
  await seat.stop()
  const before = facts.length
  board.see({ occupied: true })
  board.unplug()
  expect(facts).toHaveLength(before)
  expect(seat.health()).toEqual({ heard: 1 })
})

test('the lamp shows what it is given, and its last word is dark', async () => {
  const { time, board, bridge, lamp } = await deskAt()
  lamp.show('ring-first')
  await time.pass(3000)
  expect(board.lamp()).toBe('ring-first')
  await lamp.stop()
  expect(board.lamp()).toBe('dark')
  lamp.show('ring-second')
  const stopped = bridge.stop()
  await time.pass(0)
  await stopped
  expect(board.lamp()).toBe('dark')
})
