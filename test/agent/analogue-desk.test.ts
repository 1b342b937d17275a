import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/agent/clock.ts'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { createAnaloguePhone, type EmulatedAdapter } from '../../src/simulator/phones/index.ts'
import { type Board, createBoard } from '../bridge/board.ts'
import { freeUdpPort, openBroker, site, startFrom, token, type Watch, watch } from './desk-fixture.ts'

const number = '0857221122'

describe('an agent beside an analogue telephone: adapter, bridge, lamp and seat', () => {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-analogue-'))
  let broker: Broker
  let desk: Watch & { end(): Promise<void> }
  let phone: EmulatedAdapter
  let agent: RunningAgent
  let board: Board
  let admin: string

  const types = (): string[] => desk.types()
  const dataOf = (type: string): Record<string, unknown> => desk.events().findLast((event) => event.type === `third-ring.${type}`)?.data ?? {}
  const health = async (): Promise<Record<string, Record<string, unknown>>> =>
    (await fetch(`${admin}/healthz`)).json() as Promise<Record<string, Record<string, unknown>>>

  beforeAll(async () => {
    const opened = await openBroker()
    broker = opened.broker
    desk = await watch(opened.url, 'usc-16')
    writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
    const syslogPort = await freeUdpPort()
    const lines = [
      `site: ${site}`,
      'desk: usc-16',
      'phone: { vendor: analogue, mac: "00:0b:82:dd:ee:ff" }',
      `listen: { host: 127.0.0.1, port: 0, tokenFile: token, allow: [127.0.0.1], syslogPort: ${syslogPort} }`,
      'admin: { host: 127.0.0.1, port: 0 }',
      'bridge: { path: /dev/ttyUSB0 }',
      'seat: { driver: bridge }',
      'lamp: { driver: bridge }',
      'policy: { seatWarningMs: 300, seatGraceMs: 600 }',
      `broker: { url: "${opened.url}" }`,
      'store: { directory: store }',
    ]
    writeFileSync(join(directory, 'desk.yaml'), `${lines.join('\n')}\n`)
    board = createBoard(createClock(undefined, 0), { bootMs: 50, resetsOnOpen: false })
    let rings = 0
    phone = createAnaloguePhone({
      mac: '000b82ddeeff',
      model: 'HT802',
      firmware: '1.0.10.6',
      server: { address: '127.0.0.1', port: syslogPort },
      cadence: { onMs: 50, offMs: 150 },
      line: {
        ring(on) {
          if (on) rings += 1
          board.see({ ringing: on, rings })
        },
        hook(off) {
          rings = 0
          board.see({ offHook: off, ringing: false, rings })
        },
        flash: () => {},
      },
    })
    await phone.start()
    agent = await startFrom(join(directory, 'desk.yaml'), { openSerial: board.open })
    admin = `http://127.0.0.1:${agent.adminPort()}`
    board.see({ occupied: true })
  }, 30_000)
  afterAll(async () => {
    await agent.stop('the test ends')
    board.stop()
    await phone.stop()
    await desk.end()
    await broker.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test('rings are counted on the line, and the lamp follows them', async () => {
    await expect.poll(async () => (await health())['phoneDriver']?.['hook'], { timeout: 15_000 }).toBe('on')
    await expect.poll(() => desk.last('about')).toMatchObject({ capabilities: { hold: false, forward: false, lamp: true, seat: true } })
    const id = phone.ring({ number })
    await expect.poll(() => desk.events().filter(({ type }) => type === 'third-ring.call.ring').length).toBeGreaterThanOrEqual(3)
    expect(dataOf('call.ring')['ringSource']).toBe('counted')
    phone.answer(id)
    await expect.poll(types).toContain('call.answered')
    expect(dataOf('call.answered')).toMatchObject({ ringSource: 'counted' })
    expect(types().filter((type) => type === 'call.alerting')).toHaveLength(1)
    expect(JSON.stringify(desk.messages)).not.toContain(number.slice(1))
  }, 40_000)

  test('leaving cannot be helped by a hold: the lamp says so for as long as the chair is empty, and nothing is pretended', async () => {
    board.see({ occupied: false })
    await expect.poll(board.lamp).toBe('hold-unconfirmed')
    expect(dataOf('hold.warned')).toMatchObject({ remindOnly: 'not-capable' })
    board.see({ occupied: true })
    await expect.poll(board.lamp).toBe('dark')
    expect(types()).not.toContain('hold.forced')
    expect(types()).not.toContain('hold.unconfirmed')
  })

  test('who hung up first comes from the adapter’s log', async () => {
    phone.remoteHangsUp(phone.calls()[0]?.id ?? '')
    await expect.poll(() => dataOf('call.hung-up-first')).toMatchObject({ by: 'remote', evidence: 'bye' })
    phone.putDownHandset()
    await expect.poll(async () => (await health())['phoneDriver']).toMatchObject({ hook: 'on', unmatched: 0, syslogStranger: 0 })
  })

  test('without the bridge the log goes on telling, and the loss is said', async () => {
    board.unplug()
    await expect.poll(types, { timeout: 15_000 }).toContain('bridge.lost')
    phone.callerGivesUp(phone.ring({ number }))
    await expect.poll(types).toContain('call.missed')
    expect(dataOf('call.missed')).toMatchObject({ cause: 'missed' })
  }, 40_000)
})
