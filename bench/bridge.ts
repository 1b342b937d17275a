/**
 * The bridge's real program in an emulated microcontroller: how long it takes from the line or the seat to the agent, and from the agent to the lamp, in
 * the microcontroller's own time. The floor is the cable alone: the same bytes at 115200 baud, and nothing that reads or writes them. Then what an idle
 * bridge says in a minute, and what its emulator costs.
 */
import { readFileSync } from 'node:fs'
import { type BridgeLine, bridgeLineOf, createFrameReader, encodeFrame, type StatusLine } from '../src/bridge/frame.ts'
import { createMicrocontroller, type Microcontroller } from '../src/simulator/microcontroller.ts'
import { createRandom } from '../src/simulator/random.ts'
import { printTable, quantile, ratio } from './figures.ts'

const tries = 200
const byteMs = 10_000 / 115_200
const hex = readFileSync(new URL('../firmware-bridge/third-ring-bridge.hex', import.meta.url), 'utf8')
const chance = createRandom(1)
/** Places in the protocol's table of patterns; steady ones, so that a change is a change at once. */
const patterns = [4, 13]
const offHook = 2
const occupied = 4

interface Board {
  readonly mcu: Microcontroller
  say(type: string, ...fields: number[]): number
  /** Lives on until a line is as wanted; the moment of its last byte. */
  until(wanted: (line: BridgeLine) => boolean): number
  rest(): void
}

function createBoard(): Board {
  const mcu = createMicrocontroller({ hex })
  let heard: { line: BridgeLine; atMs: number }[] = []
  const reader = createFrameReader(
    (frame) => {
      const line = bridgeLineOf(frame)
      if (line !== undefined) heard.push({ line, atMs: mcu.now() })
    },
    () => {
      throw new Error('the bridge said what is no line')
    },
  )
  mcu.onByte((byte) => reader.push(Uint8Array.of(byte)))
  let sequence = 0
  const say = (type: string, ...fields: number[]): number => {
    sequence = (sequence + 1) % 65_536
    mcu.write(Buffer.from(encodeFrame({ type, fields: [sequence, ...fields] })))
    return sequence
  }
  const ping = (): void => {
    say('P', Math.floor(mcu.now()) % 60_000)
    mcu.at(mcu.now() + 1000, ping)
  }
  mcu.advanceTo(500)
  ping()
  return {
    mcu,
    say,
    until(wanted) {
      const limitMs = mcu.now() + 3000
      for (;;) {
        const found = heard.find(({ line }) => wanted(line))
        heard = []
        if (found !== undefined) return found.atMs
        if (mcu.now() > limitMs) throw new Error('the bridge has not said what was awaited')
        mcu.advanceTo(mcu.now() + 1)
      }
    },
    rest() {
      mcu.advanceTo(mcu.now() + 20 + chance() * 40)
      heard = []
    },
  }
}

/** Many times; the samples in ms. */
function times(one: (board: Board, index: number) => number): number[] {
  const board = createBoard()
  return Array.from({ length: tries }, (_, index) => {
    board.rest()
    return one(board, index)
  })
}

const told = (bit: number, set: boolean) => (line: BridgeLine) => line.type === 'S' && ((line.bits & bit) !== 0) === set

function commandToLamp(board: Board, index: number, from: number = board.mcu.now()): number {
  const { mcu } = board
  const before = mcu.lamp()
  board.say('L', patterns[index % 2] ?? 0, 1, 0)
  for (;;) {
    mcu.advanceTo(mcu.now() + 0.01)
    const now = mcu.lamp()
    if (now.left !== before.left || now.right !== before.right) return mcu.now() - from
    if (mcu.now() - from > 1000) throw new Error('the lamp does not change')
  }
}

function commandToAnswer(board: Board, index: number): number {
  const from = board.mcu.now()
  const sequence = board.say('L', patterns[index % 2] ?? 0, 1, 0)
  return board.until((line) => line.type === 'A' && line.sequence === sequence) - from
}

function seatToLine(board: Board, index: number): number {
  const from = board.mcu.now()
  board.mcu.set('seat', index % 2 === 0)
  return board.until(told(occupied, index % 2 === 0)) - from
}

function hookToLine(board: Board): number {
  const from = board.mcu.now()
  board.mcu.set('hook', true)
  const atMs = board.until(told(offHook, true))
  board.mcu.set('hook', false)
  board.until(told(offHook, false))
  return atMs - from
}

function ringToLine(board: Board): number {
  const from = board.mcu.now()
  const stop = board.mcu.ring({ cadence: [1000, 1000], bursts: 1 })
  const atMs = board.until((line) => line.type === 'S' && line.rings > 0)
  answerRing(board, stop)
  return atMs - from
}

/** The whole way, with an agent between that needs no time. */
function ringToLamp(board: Board, index: number): number {
  const from = board.mcu.now()
  const stop = board.mcu.ring({ cadence: [1000, 1000], bursts: 1 })
  board.until((line) => line.type === 'S' && line.rings > 0)
  const ms = commandToLamp(board, index, from)
  answerRing(board, stop)
  return ms
}

/** So that the next ring is the first of a call again. */
function answerRing({ mcu, until }: Board, stop: () => void): void {
  stop()
  mcu.set('hook', true)
  until(told(offHook, true))
  mcu.set('hook', false)
  until(told(offHook, false))
}

/** `floorMs` is what neither the cable nor the threshold leaves to anybody. */
function row(name: string, samples: readonly number[], floorMs: number): string[] {
  const figures = [quantile(samples, 0.5), quantile(samples, 0.99), Math.max(...samples)]
  return [name, ...figures.map((ms) => `${ms.toFixed(2)} ms`), `${floorMs.toFixed(2)} ms`, ratio(quantile(samples, 0.5), floorMs)]
}

const commandBytes = encodeFrame({ type: 'L', fields: [100, 13, 1, 0] }).length
const answerBytes = encodeFrame({ type: 'A', fields: [100] }).length
const status: Omit<StatusLine, 'type'> = { sequence: 500, uptimeMs: 60_000, bits: 4, rings: 0, flashes: 0 }
const statusBytes = encodeFrame({ type: 'S', fields: Object.values(status) }).length

printTable(
  `In the microcontroller's time, ${tries} of each at random moments:`,
  ['', 'p50', 'p99', 'longest', 'floor', 'p50 by floor'],
  [
    row('command sent → lamp', times(commandToLamp), commandBytes * byteMs),
    row('command sent → answer', times(commandToAnswer), (commandBytes + answerBytes) * byteMs),
    row('seat contact → line, with its 100 ms', times(seatToLine), 100 + statusBytes * byteMs),
    row('handset up → line, with its 60 ms', times(hookToLine), 60 + statusBytes * byteMs),
    row('ring begins (25 Hz) → line, with its 4 pulses and 100 ms', times(ringToLine), 120 + statusBytes * byteMs),
    row('ring begins (25 Hz) → line → lamp', times(ringToLamp), 120 + (statusBytes + commandBytes) * byteMs),
  ],
)

const idle = createBoard()
let bytes = 0
idle.mcu.onByte(() => {
  bytes += 1
})
const before = process.cpuUsage()
idle.mcu.advanceTo(idle.mcu.now() + 60_000)
const { user, system } = process.cpuUsage(before)
printTable(
  'An idle minute, with a ping each second:',
  ['', ''],
  [
    ['bytes from the bridge', String(bytes)],
    ['part of what the cable could carry', `${((bytes * byteMs * 100) / 60_000).toFixed(2)} %`],
    ['processor time of the emulator', `${((user + system) / 1000).toFixed(0)} ms, ${((user + system) / 600_000).toFixed(1)} % of a core in real time`],
  ],
)
