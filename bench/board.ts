/** The bridge's real program on the far end of a serial cable, in real time: `board.ts DEVICE`. Says, once a second, how many bytes have gone each way. */
import { readFileSync } from 'node:fs'
import { SerialPort } from 'serialport'
import { createMicrocontroller } from '../src/simulator/microcontroller.ts'

const stepMs = 20
const board = createMicrocontroller({ hex: readFileSync(new URL('../firmware-bridge/third-ring-bridge.hex', import.meta.url), 'utf8') })
const port = new SerialPort({ path: process.argv[2] ?? '', baudRate: 115_200 })
const bytes = { said: 0, heard: 0 }
const startedMs = performance.now()

port.on('data', (data: Buffer) => {
  bytes.heard += data.length
  board.write(data)
})
board.onByte((byte) => {
  bytes.said += 1
  port.write(Uint8Array.of(byte))
})
setInterval(() => board.advanceTo(performance.now() - startedMs), stepMs)
setInterval(() => process.stdout.write(`${JSON.stringify(bytes)}\n`), 1000)
