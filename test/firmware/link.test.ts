import { describe, expect, test } from 'vitest'
import type { BridgeStatus } from '../../src/bridge/bridge.ts'
import { createBridge } from '../../src/bridge/link.ts'
import type { BridgeThresholds } from '../../src/config/bridge-thresholds.ts'
import { createMicrocontroller } from '../../src/simulator/microcontroller.ts'
import { createMicrocontrollerSerial } from '../../src/simulator/microcontroller-serial.ts'
import { createVirtualTime } from '../bridge/virtual-time.ts'
import { programs } from './programs.ts'

/** Agent and microcontroller live on in turns of so many ms. */
const turnMs = 5

/** The agent's own link, and the real program at the other end of it. */
function desk(hex: string, thresholds: BridgeThresholds = {}) {
  const time = createVirtualTime()
  const board = createMicrocontroller({ hex })
  const serial = createMicrocontrollerSerial(board)
  const log = { info: () => {}, warn: () => {} }
  const bridge = createBridge({ path: '/dev/ttyUSB0', thresholds }, { clock: time.clock, open: serial.open, log, steady: false, devices: () => [] })
  const statuses: (BridgeStatus & { readonly restarted: boolean })[] = []
  const news: string[] = []
  bridge.onStatus((status, restarted) => void statuses.push({ ...status, restarted }))
  bridge.onLost((fault) => void news.push(`lost ${fault}`))
  bridge.onBack((firmware) => void news.push(`back ${firmware}`))
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += turnMs) {
      await time.pass(turnMs)
      board.advanceTo(board.now() + turnMs)
    }
  }
  return { board, serial, bridge, statuses, news, pass, status: () => statuses.at(-1) }
}

describe.each(programs())('$name', { timeout: 120_000 }, ({ hex }) => {
  test('they find each other, and a call goes its way: rings counted, the lamp shown, the handset lifted, nothing lost', async () => {
    const { board, bridge, status, news, pass } = desk(hex)
    await bridge.start()
    await pass(1000)
    expect(news).toEqual(['back 1.0.0'])
    expect(bridge.health()).toMatchObject({ connected: true, firmware: '1.0.0', resetCause: 2 })
    board.set('seat', true)
    const stop = board.ring({ cadence: [1000, 4000] })
    await pass(10_300)
    expect(status()).toMatchObject({ ringing: true, rings: 3, offHook: false, occupied: true })
    bridge.show('ring-overdue')
    await pass(50)
    expect(board.lamp()).toEqual({ left: 0.8, middle: 0.8, right: 0.8 })
    stop()
    board.set('hook', true)
    bridge.show('dark')
    await pass(400)
    expect(status()).toMatchObject({ ringing: false, rings: 0, offHook: true })
    expect(board.lamp()).toEqual({ left: 0, middle: 0, right: 0 })
    await pass(20_000)
    expect(bridge.health()).toMatchObject({ badFrames: 0, lostFrames: 0, refused: 0, unanswered: 0, restarts: 0, connections: 1 })
  })

  test('thresholds of the configuration reach it, also after it has started anew', async () => {
    const { board, bridge, status, pass } = desk(hex, { seatMs: 600 })
    await bridge.start()
    await pass(1000)
    for (const again of [1, 2]) {
      board.set('seat', true)
      await pass(500)
      expect([again, status()?.occupied]).toEqual([again, false])
      await pass(300)
      expect([again, status()?.occupied]).toEqual([again, true])
      board.set('seat', false)
      await pass(1000)
      board.reset()
      await pass(2000)
    }
    expect(bridge.health()).toMatchObject({ refused: 0, restarts: 2 })
  })

  test('a program that hung: its start is seen, and the lamp shows again what it shall', async () => {
    const { board, bridge, statuses, pass } = desk(hex)
    await bridge.start()
    bridge.show('ring-overdue')
    await pass(1500)
    board.hang()
    await pass(2500)
    expect(statuses.filter(({ restarted }) => restarted)).toHaveLength(1)
    expect(bridge.health()).toMatchObject({ connected: true, restarts: 1 })
    expect(board.lamp().left).toBe(0.8)
  })

  test('the cable is pulled and put in again: lost, dark, back, and the lamp as it shall be now', async () => {
    const { board, serial, bridge, news, pass } = desk(hex)
    await bridge.start()
    bridge.show('ring-overdue')
    await pass(15_000)
    serial.unplug()
    bridge.show('callbacks')
    await pass(3000)
    expect(news).toEqual(['back 1.0.0', 'lost unplugged'])
    expect(board.lamp().left).toBe(0)
    serial.plug()
    await pass(10_000)
    expect(news).toEqual(['back 1.0.0', 'lost unplugged', 'back 1.0.0'])
    expect(board.lamp()).toEqual({ left: 0.2, middle: 0, right: 0 })
  })

  test('an agent that stops leaves a dark lamp', async () => {
    const { board, bridge, pass } = desk(hex)
    await bridge.start()
    bridge.show('ring-overdue')
    await pass(1500)
    const stopped = bridge.stop()
    await pass(100)
    await stopped
    expect(board.lamp()).toEqual({ left: 0, middle: 0, right: 0 })
  })
})
