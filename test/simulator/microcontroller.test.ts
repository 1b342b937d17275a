import { expect, test } from 'vitest'
import { createMicrocontroller } from '../../src/simulator/microcontroller.ts'
import { createMicrocontrollerSerial } from '../../src/simulator/microcontroller-serial.ts'
import { ringEdges } from '../../src/simulator/ringing.ts'
import { committedHex } from '../firmware/programs.ts'

const listeners = () => {
  const heard: number[] = []
  const closed: string[] = []
  return { heard, closed, onData: (bytes: Uint8Array) => void heard.push(...bytes), onClose: (reason: string) => void closed.push(reason) }
}

test('its time is exact, and goes on only when it is told to', () => {
  const board = createMicrocontroller({ hex: committedHex })
  board.advanceTo(1000)
  expect(board.now()).toBeGreaterThanOrEqual(1000)
  expect(board.now()).toBeLessThan(1000.001)
  board.advanceTo(500)
  expect(board.now()).toBeLessThan(1000.001)
})

test('what is to be done at a moment is done then, in order, also if it is said late', () => {
  const board = createMicrocontroller({ hex: committedHex })
  const done: [string, number][] = []
  const note = (name: string) => () => void done.push([name, Math.round(board.now() * 100) / 100])
  board.at(7.25, note('second'))
  board.at(3, note('first'))
  board.at(7.25, () => {
    note('third')()
    board.at(board.now() + 0.5, note('fourth'))
  })
  board.advanceTo(10)
  board.at(4, note('late'))
  board.advanceTo(10.01)
  expect(done).toEqual([
    ['first', 3],
    ['second', 7.25],
    ['third', 7.25],
    ['fourth', 7.75],
    ['late', 10],
  ])
})

test('two microcontrollers with the same story say the same to the last byte', () => {
  const [one, other] = [1, 2].map(() => {
    const board = createMicrocontroller({ hex: committedHex })
    const bytes: [number, number][] = []
    board.onByte((byte, atMs) => void bytes.push([byte, atMs]))
    board.ring({ cadence: [1000, 1000] })
    board.at(700, () => board.set('seat', true))
    board.advanceTo(5000)
    return bytes
  })
  expect(one?.length).toBeGreaterThan(200)
  expect(one).toEqual(other)
})

test('without power nothing is said, and time goes on; with it again, it starts', () => {
  const board = createMicrocontroller({ hex: committedHex })
  const said: number[] = []
  board.onByte((_, atMs) => void said.push(atMs))
  board.advanceTo(500)
  const before = said.length
  board.setPower(false)
  board.write(Uint8Array.of(36, 10))
  board.advanceTo(5000)
  expect([said.length, board.now()]).toEqual([before, 5000])
  board.setPower(true)
  board.advanceTo(5500)
  expect(said.length).toBeGreaterThan(before)
})

test('a line rings with its frequency within each burst, and not in between', () => {
  const edges = [...ringEdges({ hz: 25, cadence: [100, 900], bursts: 2 })]
  expect(edges.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 60, 80, 100, 1000, 1020, 1040, 1060, 1080, 1100])
  expect(edges.map(({ low }) => low)).toEqual(Array.from({ length: 6 }, () => [true, false]).flat())
  expect([...ringEdges({ hz: 25, fullWave: true, cadence: [100, 900], bursts: 1 })]).toHaveLength(10)
  expect(() => [...ringEdges({ cadence: [], bursts: 1 })]).toThrow('a cadence has')
})

test('as a serial device it can be opened once at a time, and each opening resets it', async () => {
  const board = createMicrocontroller({ hex: committedHex })
  const serial = createMicrocontrollerSerial(board)
  board.advanceTo(100)
  const first = listeners()
  const connection = await serial.open('/dev/ttyUSB0', first)
  await expect(serial.open('/dev/ttyUSB0', listeners())).rejects.toThrow('Cannot lock port')
  board.advanceTo(110)
  expect(String.fromCharCode(...first.heard)).toMatch(/^\$H,1,10000,2\*[0-9A-F]{4}\r\n$/)
  await connection.close()
  board.advanceTo(3000)
  expect(first.closed).toEqual([])
  const second = listeners()
  await serial.open('/dev/ttyUSB0', second)
  board.advanceTo(3010)
  expect(second.heard[0]).toBe(36)
  const heard = first.heard.length
  serial.unplug()
  expect([first.closed, second.closed, first.heard.length]).toEqual([[], ['the device is gone'], heard])
  await expect(serial.open('/dev/ttyUSB0', listeners())).rejects.toThrow('No such file or directory')
})
