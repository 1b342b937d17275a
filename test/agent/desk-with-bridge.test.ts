import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { type Board, createBoard } from '../bridge/board.ts'
import { deskFiles, openBroker, startFrom, type Watch, watch } from './desk-fixture.ts'

describe('an agent with lamp and seat on the bridge, beside a phone', () => {
  let broker: Broker
  let desk: Watch & { end(): Promise<void> }
  let phone: EmulatedPhone
  let agent: RunningAgent
  let board: Board
  let admin: string
  let call: string

  const types = (): string[] => desk.types()
  const health = async (): Promise<Record<string, unknown>> => (await fetch(`${admin}/healthz`)).json() as Promise<Record<string, unknown>>

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    desk = await watch(opened.url, 'usc-12')
    const files = await deskFiles('usc-12', opened.url)
    phone = files.phone
    admin = `http://127.0.0.1:${files.adminPort}`
    board = createBoard(createClock(undefined, 0), { bootMs: 50 })
    const bridged = { seat: { driver: 'bridge' }, lamp: { driver: 'bridge' }, bridge: { path: '/dev/ttyUSB0', thresholds: { seatMs: 200 } } } as const
    agent = await startFrom(files.configFile, { openSerial: board.open }, bridged)
  })
  afterAll(async () => {
    await agent.stop('the test ends')
    board.stop()
    await phone.stop()
    await desk.end()
    await broker.stop()
  })

  test('it finds the bridge, tells it its thresholds, and says how it is', async () => {
    await expect.poll(async () => (await health())['bridge']).toMatchObject({ connected: true, fault: null, firmware: '1.2.3', connections: 1, restarts: 0 })
    await expect.poll(() => [...board.thresholds]).toEqual([[8, 200]])
    const metrics = await (await fetch(`${admin}/metrics`)).text()
    expect(metrics).toMatch(/# HELP third_ring_bridge_connected .+\n# TYPE third_ring_bridge_connected gauge\nthird_ring_bridge_connected 1\n/)
    expect(metrics).toMatch(/third_ring_bridge_frames_total [1-9]/)
    expect(types()).not.toContain('bridge.lost')
    expect(types()).not.toContain('bridge.back')
  })

  test('the lamp follows the ringing, and the seat that goes empty in the middle of the call puts it on hold, once', async () => {
    board.see({ occupied: true })
    await expect.poll(() => agent.desk().seat.occupied).toBe(true)
    call = phone.ring({ number: '857654321' })
    await expect.poll(() => board.lamp()).toBe('ring-first')
    phone.answer(call)
    await expect.poll(() => board.lamp()).toBe('dark')
    await expect.poll(types).toContain('call.answered')
    board.see({ occupied: false })
    await expect.poll(() => board.lamp()).toBe('hold-warning')
    await expect.poll(types).toContain('hold.forced')
    expect(phone.calls()).toMatchObject([{ state: 'held' }])
    expect(phone.commands.filter(({ request }) => request.includes('key='))).toHaveLength(1)
    board.see({ occupied: true })
    await expect.poll(() => agent.desk().seat.occupied).toBe(true)
    phone.resume(call)
    await expect.poll(types).toContain('call.resumed')
  })

  test('the cable is pulled while the seat is empty: said on the broker, the seat is unknown, and nothing is held for it', async () => {
    const commands = phone.commands.length
    board.see({ occupied: false })
    board.unplug()
    await expect.poll(types).toContain('bridge.lost')
    expect(desk.events().find(({ type }) => type === 'third-ring.bridge.lost')?.data).toEqual({ reason: 'unplugged' })
    expect(agent.desk().seat.occupied).toBeUndefined()
    expect((await health())['bridge']).toMatchObject({ connected: false, fault: 'unplugged' })
    // The phone's half goes on: a second caller waits and gives up. The verdict takes two seconds, in which a hold would have been due long ago.
    const second = phone.ring({ number: '600700800' })
    phone.callerGivesUp(second)
    await expect.poll(types).toContain('call.missed')
    expect(phone.calls()).toMatchObject([{ state: 'connected' }])
    expect(phone.commands.slice(commands).filter(({ request }) => request.includes('key='))).toEqual([])
    phone.remoteHangsUp(call)
    await expect.poll(types).toContain('call.ended')
  })

  test('plugged in again: said, and the lamp shows what is so now', async () => {
    await expect.poll(() => desk.last('state')?.['lamp']).toBe('callbacks')
    board.plug()
    await expect.poll(types, { timeout: 20_000 }).toContain('bridge.back')
    expect(desk.events().find(({ type }) => type === 'third-ring.bridge.back')?.data).toMatchObject({ firmware: '1.2.3' })
    await expect.poll(() => board.lamp()).toBe('callbacks')
    expect((await health())['bridge']).toMatchObject({ connected: true, fault: null, connections: 2, restarts: 1 })
    expect(types().filter((type) => type === 'bridge.lost')).toHaveLength(1)
  })

  test('the end of the agent is a dark lamp and a free port', async () => {
    await agent.stop('the end')
    expect(board.lamp()).toBe('dark')
    expect(board.isOpen()).toBe(false)
    expect(types().filter((type) => type.startsWith('bridge.'))).toEqual(['bridge.lost', 'bridge.back'])
  })
})
