import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import type { Bridge, BridgeStatus } from '../../src/bridge/bridge.ts'
import { createFrameReader, encodeAgentLine, encodeFrame, type Frame } from '../../src/bridge/frame.ts'
import { createBridge } from '../../src/bridge/link.ts'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import { openSerialPort } from '../../src/bridge/serial.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { pester } from '../firmware/pester.ts'
import { committedHex, compilerHere, firmwareDirectory } from '../firmware/programs.ts'
import { createStartedBridge, createWiredBridge } from '../firmware/wired-bridge.ts'
import { type Codec, startCodec } from './codec.ts'
import { makeFirmware, type Simavr, startSimavr } from './simavr.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const hexFile = join(firmwareDirectory, 'third-ring-bridge.hex')

describe('the committed program', () => {
  test('is what the sources make, byte by byte, wherever they are built', () => {
    const [one, other] = [makeFirmware(), makeFirmware()].map((build) => readFileSync(join(build, 'third-ring-bridge.hex'), 'utf8'))
    expect(other).toBe(one)
    const recorded = readFileSync(join(firmwareDirectory, 'toolchain.txt'), 'utf8').trim()
    if (compilerHere() === recorded) {
      expect(one).toBe(committedHex)
      return
    }
    console.warn(
      `THE COMMITTED PROGRAM WAS NOT COMPARED: it was built by ${recorded}, here is ${compilerHere()}. Its tests are run on the one just built instead.`,
    )
    const { status, stdout } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', 'test/firmware'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect([status, stdout]).toEqual([0, expect.stringContaining('the program just built')])
  }, 3_600_000)

  test('its pure parts hold where the clock begins anew after 49 days', () => {
    expect(makeFirmware('host-tests')).not.toBe('')
  })
})

describe('the lines of both sides', () => {
  let codec: Codec
  beforeAll(() => {
    codec = startCodec()
  })
  afterAll(() => codec.end())

  const field = fc.oneof(fc.constantFrom(0, 1, 9, 10, 65_535, 65_536, 4_294_967_295), fc.nat(100_000), fc.integer({ min: 0, max: 4_294_967_295 }))
  const frame = fc.record({ type: fc.constantFrom(...'HSANTLPQCXZ'), fields: fc.array(field, { maxLength: 5 }) })
  const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')
  const readHere = (bytes: Uint8Array): readonly Frame[] => {
    const frames: Frame[] = []
    createFrameReader(
      (one) => void frames.push(one),
      () => {},
    ).push(bytes)
    return frames
  }

  test('the microcontroller writes what the agent writes, and each reads the other', async () => {
    await fc.assert(
      fc.asyncProperty(frame, async (said) => {
        const written = await codec.encode(said)
        expect(written).toBe(encodeFrame(said))
        expect(readHere(bytesOf(written))).toEqual([said])
        expect(await codec.decode(bytesOf(encodeFrame(said)))).toEqual({ frames: [said], bad: 0 })
      }),
      { numRuns: 2000 },
    )
  }, 300_000)

  test('whatever comes, both find the same good lines in it', async () => {
    const whole = frame.map(encodeFrame)
    const piece = fc.oneof(
      whole,
      whole.map((text) => text.replace('\r', '')),
      fc.tuple(whole, fc.nat(70)).map(([text, length]) => text.slice(0, length)),
      fc
        .tuple(whole, fc.nat(60), fc.integer({ min: 0, max: 255 }))
        .map(([text, at, byte]) => text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1)),
      fc.constantFrom('$', '\r', '\n', '\r\n', '*', ',', '$$', '\0', 'A'.repeat(61), 'A'.repeat(62), 'A'.repeat(63), 'A'.repeat(70)),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes)),
    )
    let good = 0
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const bytes = bytesOf(pieces.join(''))
        const { frames } = await codec.decode(bytes)
        good += frames.length
        expect(frames).toEqual(readHere(bytes))
      }),
      { numRuns: 3000 },
    )
    expect(good).toBeGreaterThan(1000)
  }, 300_000)
})

describe('in simavr, through a real serial port and the link of the agent', () => {
  let board: Simavr
  const bridges: Bridge[] = []
  const log = { info: () => {}, warn: () => {} }
  function link(): Bridge {
    const bridge = createBridge({ path: board.path }, { clock: createClock(undefined, 0), open: openSerialPort, log, steady: false, devices: () => [] })
    bridges.push(bridge)
    return bridge
  }
  beforeAll(async () => {
    board = await startSimavr(hexFile)
  })
  afterEach(() => Promise.all(bridges.splice(0).map((bridge) => bridge.stop())))
  afterAll(() => board.end())

  test('a call goes its way, in the same words as in the other emulator', async () => {
    const bridge = link()
    const statuses: BridgeStatus[] = []
    const news: string[] = []
    bridge.onStatus((status, restarted) => {
      statuses.push(status)
      if (restarted) news.push('restarted')
      if (status.rings === 3) bridge.show('ring-overdue')
      if (status.offHook) bridge.show('callbacks')
    })
    bridge.onBack((firmware) => void news.push(`back ${firmware}`))
    bridge.onLost((fault) => void news.push(`lost ${fault}`))
    await bridge.start()
    board.go(...story.map(([atMs, pin, value]) => `@${atMs} ${pin} ${value}`), '@19000 reset')

    await expect.poll(() => statuses.at(-1)?.rings).toBe(3)
    await expect.poll(() => board.lamp()).toEqual({ left: 0.8, middle: 0.8, right: 0.8 })
    await expect.poll(() => board.lamp()).toEqual({ left: 0.2, middle: 0, right: 0 })
    await expect.poll(() => news).toEqual(['back 1.0.0', 'restarted'])
    expect(changesOf(statuses)).toEqual(toldByTheOther())
    // The seat once, three rings, each with its end, the handset, and a flash that puts nothing down.
    expect(changesOf(statuses).map(([, , rings, offHook, occupied, flashes]) => `${rings} ${offHook} ${occupied} ${flashes}`)).toEqual([
      ...['0 false true 0', '1 false true 0', '1 false true 0', '1 false true 0', '1 false true 0'],
      ...['2 false true 0', '2 false true 0', '3 false true 0', '3 false true 0', '0 true true 0', '0 true true 1'],
    ])
    await expect.poll(() => [board.lamp(), statuses.at(-1)?.occupied]).toEqual([{ left: 0.2, middle: 0, right: 0 }, true])
    expect(bridge.health()).toMatchObject({ connected: true, lostFrames: 0, unanswered: 0, restarts: 1 })
    // The reset may cut a line in two.
    expect(bridge.health().badFrames).toBeLessThanOrEqual(1)

    await bridge.stop()
    await expect.poll(() => board.lamp()).toEqual({ left: 0, middle: 0, right: 0 })
  })

  test('an agent that dies without a word leaves a lamp that goes dark by itself, after five of the microcontroller’s seconds', async () => {
    const cable = await openSerialPort(board.path, { onData() {}, onClose() {} })
    cable.write(encodeAgentLine({ type: 'L', sequence: 1, pattern: bridgePatterns.indexOf('callbacks'), steady: false, phaseMs: 0 }))
    await expect.poll(() => board.lamp()).toEqual({ left: 0.2, middle: 0, right: 0 })
    const litAtMs = board.lamps.at(-1)?.atMs ?? 0
    await expect.poll(() => board.lamp()).toEqual({ left: 0, middle: 0, right: 0 })
    const litMs = (board.lamps.at(-1)?.atMs ?? 0) - litAtMs
    await cable.close()
    // simavr's timer and its own count of cycles differ by half a percent.
    expect(litMs).toBeGreaterThan(4950)
    expect(litMs).toBeLessThan(5050)
  })

  test('a cable that is pulled is noticed at once', async () => {
    const bridge = link()
    const news: string[] = []
    bridge.onBack(() => void news.push('back'))
    bridge.onLost((fault) => void news.push(`lost ${fault}`))
    await bridge.start()
    await expect.poll(() => news).toEqual(['back'])
    await board.end()
    await expect.poll(() => news).toEqual(['back', 'lost unplugged'])
  })
})

/**
 * Somebody on the seat, whose contact bounces; three rings, of which the first is a double burst and the second lasts 2 s, with noise between them; the
 * handset up; a flash. In the microcontroller's own milliseconds; the link needs a moment to find the bridge.
 */
const story = [
  [3000, 'seat', '1'],
  [3020, 'seat', '0'],
  [3060, 'seat', '1'],
  [3080, 'seat', '0'],
  [3100, 'seat', '1'],
  [4000, 'ring', '25 400'],
  [4600, 'ring', '25 400'],
  [7000, 'ring', '25 50'],
  [8000, 'ring', '200 300'],
  [9000, 'ring', '25 2000'],
  [14_000, 'ring', '25 1000'],
  [16_000, 'hook', '1'],
  [17_000, 'hook', '0'],
  [17_200, 'hook', '1'],
] as const

type Change = readonly [atMs: number, ringing: boolean, rings: number, offHook: boolean, occupied: boolean, flashes: number]

/** What was told of the story, each change once; times to 10 ms, since the two emulators count the cycles of a start differently. */
function changesOf(statuses: readonly BridgeStatus[]): Change[] {
  const changes: Change[] = []
  for (const { uptimeMs, ringing, rings, offHook, occupied, flashes } of statuses) {
    const [, ...last] = changes.at(-1) ?? [0, false, 0, false, false, 0]
    const now = [ringing, rings, offHook, occupied, flashes] as const
    if (now.some((value, index) => value !== last[index])) changes.push([Math.round(uptimeMs / 10) * 10, ...now])
    // After it, the microcontroller starts anew.
    if (flashes > 0) break
  }
  return changes
}

function toldByTheOther(): Change[] {
  const bridge = createWiredBridge({ hex: committedHex })
  for (const [atMs, pin, value] of story) {
    const [hz = 0, burstMs = 0] = value.split(' ').map(Number)
    bridge.at(atMs, () => (pin === 'ring' ? bridge.ring({ hz, cadence: [burstMs, 1000], bursts: 1 }) : bridge.set(pin, value === '1')))
  }
  bridge.advanceTo(18_000)
  return changesOf(
    bridge.statuses().map(({ bits, rings, flashes, uptimeMs }) => ({
      ringing: (bits & 1) !== 0,
      offHook: (bits & 2) !== 0,
      occupied: (bits & 4) !== 0,
      rings,
      flashes,
      uptimeMs,
    })),
  )
}

describe('for a long time', () => {
  test('an hour of whatever bytes and pins: it never stops answering, and never says anything that is no line', () => {
    const bridge = createStartedBridge({ hex: committedHex })
    pester(bridge, createRandom(3600), 3_600_000)
    expect([bridge.badLines(), bridge.watchdogResets()]).toEqual([0, 0])
  }, 5_400_000)

  /** A variable of the program, by its name, where it lies in memory. */
  function addressOf(build: string, name: string): number {
    const { stdout } = spawnSync('avr-nm', [join(build, 'third-ring-bridge.elf')], { encoding: 'utf8' })
    const [, address] = new RegExp(`^([0-9a-f]+) b ${name}$`, 'm').exec(stdout) ?? []
    if (address === undefined) throw new Error(`the program has no variable ${name}`)
    // The linker counts memory from 0x800000.
    return Number.parseInt(address, 16) & 0xffff
  }

  test('the numbers of its lines begin again after 65535, and its clock after 49 days: nobody notices', () => {
    const build = makeFirmware()
    const bridge = createStartedBridge({ hex: readFileSync(join(build, 'third-ring-bridge.hex'), 'utf8') })
    bridge.poke(addressOf(build, 'next_seq'), Uint8Array.of(0xf8, 0xff))
    bridge.poke(addressOf(build, 'elapsed_ms'), Uint8Array.of(0, 0xf0, 0xff, 0xff))
    bridge.pass(50)
    bridge.keepAlive()
    bridge.say('L', 4, 0, 0)
    bridge.set('seat', true)
    bridge.ring({ cadence: [1000, 2000], bursts: 3 })
    bridge.pass(10_000)
    const told = bridge.statuses().slice(1)
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => (65_528 + index) % 65_536))
    expect(told.at(0)?.uptimeMs).toBeGreaterThan(4_294_960_000)
    expect(told.at(-1)?.uptimeMs).toBeLessThan(7000)
    for (const [index, { atMs }] of told.entries()) if (index > 0) expect(atMs - (told[index - 1]?.atMs ?? 0)).toBeLessThan(1010)
    expect(bridge.status()).toMatchObject({ bits: 4, rings: 3 })
    expect([bridge.lamp().left, bridge.watchdogResets()]).toEqual([0.8, 0])
  })
})
