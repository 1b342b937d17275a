import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import { openSerialPort, type SerialConnection } from '../../src/bridge/serial.ts'
import { createYealinkPhone, type EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { freePort, site, token, type Watch, watch } from '../agent/desk-fixture.ts'
import { type Board, createBoard } from '../bridge/board.ts'
import { type Mosquitto, startMosquitto } from './mosquitto.ts'
import { createSerialCable } from './serial-cable.ts'

/**
 * Lamp and hold wait for neither disk nor broker. Nothing here measures a time: the disk answers nothing at all, or the broker is frozen, until the
 * test lets it go on, and by then the lamp has been lit and the call has been held.
 */
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'third-ring-slow-'))
const library = join(directory, 'slow-disk.so')

beforeAll(() => void execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, here('slow-disk.c'), '-ldl']))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** One desk: the compiled agent, a phone, a bridge at a serial cable, and a consumer at the broker. */
interface Place {
  readonly desk: Watch
  readonly phone: EmulatedPhone
  readonly board: Board
}

async function createPlace(broker: Mosquitto, environment: Readonly<Record<string, string>>): Promise<Place> {
  const own = mkdtempSync(join(tmpdir(), 'third-ring-slow-desk-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  const cable = createSerialCable()
  await cable.plug()
  const board = createBoard(createClock(undefined, 0), { resetsOnOpen: false })
  const boardPort = await attach(board, cable.boardEnd)
  const url = `http://127.0.0.1:${port}/yealink/${token}`
  const phone = createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl: url, username: 'admin', password: 'secret' })
  await phone.start()
  const file = (name: string, text: string): string => {
    writeFileSync(join(own, name), text, { mode: 0o600 })
    return join(own, name)
  }
  const config = {
    site,
    desk: 'usc-12',
    phone: { vendor: 'yealink', mac: '001565aabbcc', url: phone.url(), username: 'admin', passwordFile: file('password', 'secret') },
    listen: { host: '127.0.0.1', port, tokenFile: file('token', token) },
    admin: { host: '127.0.0.1', port: adminPort },
    bridge: { path: cable.agentEnd },
    seat: { driver: 'bridge' },
    lamp: { driver: 'bridge' },
    policy: { seatWarningMs: 200, seatGraceMs: 1000, holdConfirmMs: 10_000 },
    broker: { url: broker.url },
    store: { directory: join(own, 'store') },
  }
  const desk = await watch(broker.url, 'usc-12')
  const program = here('../../bin/third-ring.js')
  const agent = spawn(process.execPath, [program, 'agent', '--config', file('desk.yaml', JSON.stringify(config))], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  })
  onTestFinished(async () => {
    await killed(agent)
    await desk.end()
    await phone.stop()
    board.stop()
    await boardPort.close()
    await cable.remove()
    rmSync(own, { recursive: true, force: true })
  })
  board.see({ occupied: true })
  await expect.poll(() => desk.last('state')?.['phone']).toMatchObject({ reachable: true })
  await expect.poll(async () => (await healthOf(adminPort))['seatDriver']?.['heard']).toBe(1)
  await untilQuiet(desk, adminPort)
  return { desk, phone, board }
}

async function attach(board: Board, path: string): Promise<SerialConnection> {
  let wire: SerialConnection | undefined
  const port = await openSerialPort(path, { onData: (bytes) => wire?.write(Buffer.from(bytes).toString('latin1')), onClose() {} })
  wire = await board.open(path, { onData: (bytes) => port.write(Buffer.from(bytes).toString('latin1')), onClose() {} })
  return port
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  if (child.exitCode === null && child.kill('SIGKILL')) await exit
}

const healthOf = async (adminPort: number): Promise<Record<string, Record<string, unknown>>> =>
  (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json() as Promise<Record<string, Record<string, unknown>>>

/** All that was said at the start has arrived, and nothing of it is on its way to the disk. */
async function untilQuiet(desk: Watch, adminPort: number): Promise<void> {
  await expect
    .poll(async () => {
      const { store, agent } = await healthOf(adminPort)
      return [store?.['unsent'], store?.['pendingBytes'], agent?.['unwritten'], Number(desk.last('state')?.['sequence']) - desk.events().length]
    })
    .toEqual([0, 0, 0, 0])
}

/** A caller rings, the clerk answers and walks away: the lamp is lit, and the phone holds the call. */
async function ringAnswerAndLeave({ phone, board }: Place): Promise<void> {
  const id = phone.ring({ number: '857654321' })
  await expect.poll(board.lamp).toBe('ring-first')
  phone.answer(id)
  await expect.poll(board.lamp).toBe('dark')
  const before = board.heard.length
  // The warning lasts no longer than until the hold: what is looked for is that it was lit.
  const lit = () => board.heard.slice(before).flatMap((line) => (line.type === 'L' ? [bridgePatterns[line.pattern]] : []))
  board.see({ occupied: false })
  await expect.poll(lit).toContain('hold-warning')
  await expect.poll(() => phone.calls()).toMatchObject([{ state: 'held' }])
  board.see({ occupied: true })
  phone.resume(id)
  phone.hangUp(id)
  await expect.poll(board.lamp).toBe('dark')
}

const story = ['call.alerting', 'call.ring', 'call.answered', 'hold.warned', 'hold.forced', 'call.held', 'call.resumed', 'call.ended']
const wanted = (types: readonly string[]): string[] => types.filter((type) => story.includes(type))
const rounds = 3

/** Each of the calls with all that belongs to it, in order, and no number left out or given twice. */
async function expectStories(desk: Watch): Promise<void> {
  await expect.poll(() => desk.types().filter((type) => type === 'call.ended').length).toBe(rounds)
  const sorted = [...Array(rounds)].flatMap(() => story).sort()
  const distinct = [...new Map(desk.events().map((event) => [event.id, event])).values()]
  expect(wanted(distinct.map(({ type }) => type.replace('third-ring.', ''))).sort()).toEqual(sorted)
  expect(distinct.map(({ sequence }) => Number(sequence))).toEqual(distinct.map((_, index) => index + 1))
}

describe('a disk that takes nothing', () => {
  test('holds up no lamp and no hold, call after call; what happened is told when it is on the disk, and not before', async () => {
    const gate = join(directory, 'gate')
    const broker = await startMosquitto()
    const place = await createPlace(broker, { LD_PRELOAD: library, FSYNC_GATE: gate })
    const before = place.desk.events().length
    writeFileSync(gate, '')
    for (let round = 0; round < rounds; round += 1) {
      await ringAnswerAndLeave(place)
      expect(existsSync(`${gate}.waiting`), 'a write waits for the disk').toBe(true)
      expect(place.desk.events()).toHaveLength(before)
    }
    // The broker is told how the desk stands, as ever: a level promises nothing.
    expect(place.desk.messages.some(({ topic, payload }) => topic === 'state' && payload.includes('"lamp":"hold-warning"'))).toBe(true)
    expect(place.desk.events()).toHaveLength(before)
    rmSync(gate)
    await expectStories(place.desk)
  })

  test('lets the lamp be lit before the event is told, every time', async () => {
    const gate = join(directory, 'gate-of-each')
    const broker = await startMosquitto()
    const place = await createPlace(broker, { LD_PRELOAD: library, FSYNC_GATE: gate })
    const { desk, phone, board } = place
    const alerted = (): number => desk.types().filter((type) => type === 'call.alerting').length
    for (let round = 0; round < 5; round += 1) {
      writeFileSync(gate, '')
      const id = phone.ring({ number: '857654321' })
      await expect.poll(board.lamp).toBe('ring-first')
      await expect.poll(() => existsSync(`${gate}.waiting`)).toBe(true)
      expect(alerted()).toBe(round)
      rmSync(gate)
      await expect.poll(alerted).toBe(round + 1)
      phone.answer(id)
      phone.hangUp(id)
      await expect.poll(board.lamp).toBe('dark')
    }
  })
})

describe('a broker that is frozen', () => {
  test('holds up no lamp and no hold, call after call; what happened is told when it thaws', async () => {
    const broker = await startMosquitto()
    const place = await createPlace(broker, {})
    const before = place.desk.events().length
    broker.freeze()
    for (let round = 0; round < rounds; round += 1) await ringAnswerAndLeave(place)
    expect(place.desk.events()).toHaveLength(before)
    broker.thaw()
    await expectStories(place.desk)
  })
})
