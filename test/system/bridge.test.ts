import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import type { Bridge } from '../../src/bridge/bridge.ts'
import { createBridge } from '../../src/bridge/link.ts'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import { releaseBridge } from '../../src/bridge/release.ts'
import { openSerialPort, type SerialConnection } from '../../src/bridge/serial.ts'
import { type Board, createBoard } from '../bridge/board.ts'
import { createSerialCable, type SerialCable } from './serial-cable.ts'

/** The link over the real `serialport` and the kernel's own terminals; only the microcontroller at the other end is on paper. */

const clock = createClock(undefined, 0)
let cable: SerialCable
let board: Board
let boardPort: SerialConnection | undefined
let stops: (() => Promise<void>)[]

beforeEach(async () => {
  stops = []
  cable = createSerialCable()
  await cable.plug()
  board = createBoard(clock, { resetsOnOpen: false })
  await attachBoard()
})
afterEach(async () => {
  for (const stop of stops) await stop()
  board.stop()
  await boardPort?.close()
  await cable.remove()
})

/** The board's own end of the cable. */
async function attachBoard(): Promise<void> {
  let wire: SerialConnection | undefined
  const port = await openSerialPort(cable.boardEnd, { onData: (bytes) => wire?.write(Buffer.from(bytes).toString('latin1')), onClose() {} })
  const listeners = { onData: (bytes: Uint8Array) => port.write(Buffer.from(bytes).toString('latin1')), onClose() {} }
  wire = await board.open(cable.boardEnd, listeners)
  boardPort = {
    write: port.write,
    async close() {
      await wire?.close()
      await port.close()
    },
  }
}

function bridgeAt(path: string): { bridge: Bridge; news: string[]; said: string[] } {
  const news: string[] = []
  const said: string[] = []
  const log = { info() {}, warn: (_: object, sentence: string) => void said.push(sentence) }
  const bridge = createBridge({ path, thresholds: { seatMs: 150 } }, { clock, open: openSerialPort, log, steady: false, devices: () => [] })
  bridge.onLost((fault) => void news.push(`lost ${fault}`))
  bridge.onBack((firmware) => void news.push(`back ${firmware}`))
  stops.push(() => bridge.stop())
  return { bridge, news, said }
}

/** Each once: a command whose answer is late is said again, under its number. */
function patterns(): unknown[] {
  const lines = board.heard.flatMap((line) => (line.type === 'L' ? [`${line.sequence} ${bridgePatterns[line.pattern]}`] : []))
  return lines.filter((line, index) => line !== lines[index - 1]).map((line) => line.split(' ')[1])
}

test('it is found, told its thresholds, lights the lamp and says how things are', async () => {
  const { bridge, news } = bridgeAt(cable.agentEnd)
  const rings: number[] = []
  bridge.onStatus((status) => void rings.push(status.rings))
  bridge.show('ring-first')
  await bridge.start()
  await expect.poll(() => news).toEqual(['back 1.2.3'])
  await expect.poll(() => board.lamp()).toBe('ring-first')
  await expect.poll(() => board.thresholds.get(8)).toBe(150)
  board.see({ ringing: true, rings: 3 })
  await expect.poll(() => rings.at(-1)).toBe(3)
  for (const pattern of bridgePatterns) bridge.show(pattern)
  await expect.poll(() => board.lamp()).toBe(bridgePatterns.at(-1))
  expect(bridge.health()).toMatchObject({ badFrames: 0, lostFrames: 0, unanswered: 0, refused: 0 })
  bridge.show('callbacks')
  await expect.poll(() => board.lamp()).toBe('callbacks')
  await bridge.stop()
  expect(board.lamp()).toBe('dark')
})

test('pulled in the middle of a line and plugged in again: nothing is glued together, and nothing old is sent', async () => {
  const { bridge, news, said } = bridgeAt(cable.agentEnd)
  bridge.show('ring-first')
  await bridge.start()
  await expect.poll(() => board.lamp()).toBe('ring-first')
  await expect.poll(() => bridge.health().frames).toBeGreaterThan(3)
  boardPort?.write('$S,77,12')
  await boardPort?.close()
  await cable.unplug()
  await expect.poll(() => news).toEqual(['back 1.2.3', 'lost unplugged'])
  for (const pattern of ['ring-second', 'ring-warning', 'ring-overdue', 'callbacks'] as const) bridge.show(pattern)
  await cable.plug()
  await attachBoard()
  await expect.poll(() => news).toEqual(['back 1.2.3', 'lost unplugged', 'back 1.2.3'])
  await expect.poll(() => board.lamp()).toBe('callbacks')
  expect(patterns()).toEqual(['ring-first', 'callbacks'])
  expect(bridge.health()).toMatchObject({ connected: true, connections: 2, badFrames: 0 })
  expect(said[0]).toContain('its cable was pulled')
})

test('an end that falls silent while the cable stays in is noticed', async () => {
  const { bridge, news } = bridgeAt(cable.agentEnd)
  await bridge.start()
  await expect.poll(() => news).toEqual(['back 1.2.3'])
  board.faults.silent = true
  await expect.poll(() => news).toEqual(['back 1.2.3', 'lost silent'])
  board.faults.silent = false
  await expect.poll(() => news).toEqual(['back 1.2.3', 'lost silent', 'back 1.2.3'])
})

test('another device that talks another language is garbage', async () => {
  board.faults.garble = (text) => text.replaceAll('$', '#')
  const { bridge, news } = bridgeAt(cable.agentEnd)
  await bridge.start()
  await expect.poll(() => news).toEqual(['lost garbage'])
})

test('a port that another program has is said to be so, and taken when it is free', async () => {
  const first = bridgeAt(cable.agentEnd)
  await first.bridge.start()
  await expect.poll(() => first.news).toEqual(['back 1.2.3'])
  const second = bridgeAt(cable.agentEnd)
  await second.bridge.start()
  await expect.poll(() => second.news).toEqual(['lost absent'])
  expect(second.said).toEqual([expect.stringContaining('is used by another program')])
  expect(await releaseBridge(cable.agentEnd)).toMatchObject({ dark: false, sentence: expect.stringContaining('is used by another program') })
  expect(first.bridge.health()).toMatchObject({ connected: true })
  await first.bridge.stop()
  await expect.poll(() => second.news).toEqual(['lost absent', 'back 1.2.3'])
})

test('no device at all: said, and tried again', async () => {
  const { bridge, news, said } = bridgeAt('/dev/serial/by-id/usb-nobody')
  await bridge.start()
  await expect.poll(() => news).toEqual(['lost absent'])
  expect(said).toEqual([expect.stringContaining('There is no bridge at /dev/serial/by-id/usb-nobody')])
})

test('what is no serial device is said to be none', async () => {
  const { bridge, said } = bridgeAt('/dev/null')
  await bridge.start()
  await expect.poll(() => said).toEqual([expect.stringContaining('/dev/null cannot be opened')])
})

test('release puts the lamp out, and says so where nobody answers', async () => {
  expect(await releaseBridge(cable.agentEnd)).toMatchObject({ dark: true })
  expect(board.lamp()).toBe('dark')
  board.faults.deaf = true
  expect(await releaseBridge(cable.agentEnd)).toMatchObject({ dark: false, sentence: expect.stringContaining('within five seconds') })
})
