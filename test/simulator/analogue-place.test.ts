import { expect, onTestFinished, test } from 'vitest'
import { bridgeLineOf, createFrameReader, type StatusLine, statusBits } from '../../src/bridge/frame.ts'
import { createAnaloguePlace } from '../../src/simulator/analogue-place.ts'
import { createAnaloguePhone } from '../../src/simulator/phones/index.ts'

async function createDesk() {
  let now = 0
  const place = createAnaloguePlace({ now: () => now })
  onTestFinished(() => place.stop())
  const heard: StatusLine[] = []
  const reader = createFrameReader(
    (frame) => {
      const line = bridgeLineOf(frame)
      if (line?.type === 'S') heard.push(line)
    },
    () => {},
  )
  await place.openSerial('emulated', { onData: (bytes) => reader.push(bytes), onClose() {} })
  const server = { address: '127.0.0.1', port: 9 }
  const phone = createAnaloguePhone({ mac: '000b82000005', model: 'HT802', firmware: '1.0.10.6', server, line: place.line, after: place.after })
  const pass = (ms: number): void => {
    now += ms
    // Whatever is asked of it makes it live on up to now.
    place.after(0, () => {})
  }
  return { place, phone, heard, pass, last: () => read(heard.at(-1)) }
}

test('a process that was busy for eleven seconds has still let each burst ring, and the third is counted', async () => {
  const { phone, pass, last } = await createDesk()
  pass(3000)
  phone.ring({ number: '857654321' })
  pass(11_000)
  expect(last()).toMatchObject({ rings: 3, ringing: true, offHook: false })
})

test('handset, flash and seat reach the microcontroller', async () => {
  const { place, phone, pass, last } = await createDesk()
  place.seat(true)
  pass(3000)
  const id = phone.ring({})
  pass(2000)
  phone.answer(id)
  pass(2000)
  expect(last()).toMatchObject({ rings: 0, offHook: true, occupied: true, flashes: 0 })
  phone.hold(id)
  pass(2000)
  expect(last()).toMatchObject({ offHook: true, flashes: 1 })
  phone.hangUp(id)
  place.seat(false)
  pass(2000)
  expect(last()).toMatchObject({ offHook: false, occupied: false })
})

function read(line: StatusLine | undefined): object | undefined {
  if (line === undefined) return undefined
  const { bits, rings, flashes } = line
  const is = (bit: number): boolean => (bits & bit) !== 0
  return { ringing: is(statusBits.ringing), offHook: is(statusBits.offHook), occupied: is(statusBits.occupied), rings, flashes }
}
