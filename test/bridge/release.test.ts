import { expect, test } from 'vitest'
import { encodeBridgeLine } from '../../src/bridge/frame.ts'
import { releaseBridge, releaseMaxMs } from '../../src/bridge/release.ts'
import { createBoard } from './board.ts'
import { createVirtualTime } from './virtual-time.ts'

const path = '/dev/ttyUSB0'

test('puts the lamp out, waits for the word that it is, and lets go of the port', async () => {
  const time = createVirtualTime()
  const board = createBoard(time.clock, { resetsOnOpen: false })
  const release = releaseBridge(path, { clock: time.clock, open: board.open })
  await time.pass(0)
  expect(await release).toEqual({ dark: true, kept: false, sentence: 'The bridge at /dev/ttyUSB0 has put its lamp out' })
  expect(board.lamp()).toBe('dark')
  expect(board.isOpen()).toBe(false)
  board.stop()
  expect(time.pending()).toBe(0)
})

test('says it again while a board starts anew', async () => {
  const time = createVirtualTime()
  const board = createBoard(time.clock, { bootMs: 1600 })
  const release = releaseBridge(path, { clock: time.clock, open: board.open })
  await time.pass(releaseMaxMs)
  expect(await release).toMatchObject({ dark: true })
})

test('the answer to somebody else’s command is none', async () => {
  const time = createVirtualTime()
  const board = createBoard(time.clock, { resetsOnOpen: false })
  board.faults.deaf = true
  const release = releaseBridge(path, { clock: time.clock, open: board.open })
  await time.pass(100)
  board.say(encodeBridgeLine({ type: 'A', sequence: 17 }))
  await time.pass(releaseMaxMs)
  expect(await release).toMatchObject({ dark: false })
})

test.each([
  ['Error Resource temporarily unavailable Cannot lock port', 'is used by another program'],
  ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'is not there'],
  ['Error: Permission denied, cannot open /dev/ttyUSB0', 'may not be opened by this user'],
])('%s: says so, and that the lamp goes out by itself', async (reason, sentence) => {
  const time = createVirtualTime()
  const board = createBoard(time.clock)
  board.faults.cannotOpen = reason
  const { dark, kept, sentence: said } = await releaseBridge(path, { clock: time.clock, open: board.open })
  expect([dark, kept]).toEqual([false, reason.includes('lock')])
  expect(said).toContain(sentence)
  expect(said).toContain('within five seconds')
})

test('gives up after two seconds, and says that the lamp goes out by itself', async () => {
  const time = createVirtualTime()
  const board = createBoard(time.clock, { resetsOnOpen: false })
  board.faults.deaf = true
  const release = releaseBridge(path, { clock: time.clock, open: board.open })
  await time.pass(releaseMaxMs)
  const { dark, sentence } = await release
  expect(dark).toBe(false)
  expect(sentence).toMatch(/not answered within 2 s; its own dead-man/)
  expect(board.isOpen()).toBe(false)
})
