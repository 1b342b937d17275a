import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hubLimits } from '../../src/hub/limits.ts'
import { type FakeDesk, startFakeDesk } from './fake-desk.ts'
import { type RunningHub, startHub } from './fixture.ts'

/** What a program reads of the hub: the record, the metrics, the health; also over the hub's own restart. */
let directory: string
let running: RunningHub
let desk: FakeDesk
const limits = { repairTickMs: 20, gapSettleMs: 200, replayArrivalMs: 300, replayPaceMs: 10, repairFirstMs: 100 }
const start = (port = 0, brokerPort = 0) =>
  startHub({ http: { host: '127.0.0.1', port }, broker: { embedded: { host: '127.0.0.1', port: brokerPort, open: true } }, store: { directory }, limits })

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'third-ring-hub-'))
  running = await start()
  desk = await startFakeDesk(running.urls.mqtt)
  await desk.born()
  await desk.say('sent', 'call.missed', { call: 'c1', direction: 'in', cause: 'cancelled', caller: 'ABCDEFGHIJ', number: '=1+1' })
  await desk.say('sent', 'call.answered', { call: 'c2', direction: 'in', inRule: true, strict: true })
})
afterEach(async () => {
  await desk.stop()
  await running.stop()
  rmSync(directory, { recursive: true, force: true })
})

const get = (path: string) => fetch(`${running.urls.page}${path}`)

describe('the record over HTTP', () => {
  test('is one JSON object a line, as the desk said it, without what nobody else may see', async () => {
    const response = await get('api/events?desk=usc-12')
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    const lines = (await response.text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 'epoch-1-1', desk: 'usc-12', type: 'third-ring.call.missed', time: '2026-11-26T09:00:00.000Z', data: { call: 'c1', cause: 'cancelled' } },
      { id: 'epoch-1-2', type: 'third-ring.call.answered', data: { inRule: true } },
    ])
    expect(lines.join()).not.toMatch(/ABCDEFGHIJ|caller|number/)
  })

  test('goes on behind an event, and ends', async () => {
    const first = await (await get('api/events?desk=usc-12&limit=1&format=json')).json()
    const { events } = first as { events: { id: string }[] }
    expect(events.map(({ id }) => id)).toEqual(['epoch-1-1'])
    expect(await (await get(`api/events?desk=usc-12&after=${events[0]?.id}&format=json`)).json()).toMatchObject({ events: [{ id: 'epoch-1-2' }] })
    expect(await (await get('api/events?desk=usc-12&after=epoch-1-2')).text()).toBe('')
  })

  test('is a table for a spreadsheet', async () => {
    const response = await get('api/events?desk=usc-12&format=csv')
    expect(response.headers.get('content-type')).toContain('text/csv')
    const [head, first] = (await response.text()).split('\r\n')
    expect(head).toBe('id,desk,type,time,clock,receivedAt,data')
    expect(first).toMatch(/^epoch-1-1,usc-12,third-ring\.call\.missed,2026-11-26T09:00:00\.000Z,,[^,]+,"\{""call"":""c1""/)
  })

  test.each([
    ['desk=', 400, 'BAD_QUERY'],
    ['desk=../x', 400, 'BAD_QUERY'],
    ['desk=usc-12&limit=0', 400, 'BAD_QUERY'],
    [`desk=usc-12&limit=${hubLimits.recordPageMax + 1}`, 400, 'BAD_QUERY'],
    ['desk=usc-12&after=x', 400, 'BAD_QUERY'],
    ['desk=usc-12&format=xml', 400, 'BAD_QUERY'],
    ['desk=usc-12&gaps=2', 400, 'BAD_QUERY'],
    ['desk=nobody', 404, 'UNKNOWN_DESK'],
    ['desk=usc-12&after=other-1', 410, 'UNKNOWN_EVENT'],
    ['desk=usc-12&after=%00-1&limit=__proto__', 400, 'BAD_QUERY'],
  ])('%s is answered %i', async (query, status, code) => {
    const response = await get(`api/events?${query}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ ok: false, error: { code } })
  })
})

describe('after the hub’s own restart', () => {
  test('it knows what it has, asks for what was said meanwhile, and for what the desk said before it ever met it', { timeout: 40_000 }, async () => {
    const { port } = new URL(running.urls.page)
    const brokerPort = Number(new URL(running.urls.mqtt).port)
    await desk.stop()
    await running.stop()
    running = await start(Number(port), brokerPort)
    // The desk has gone on for three events; the broker acknowledged them and died.
    desk = await startFakeDesk(running.urls.mqtt, { last: 5 })
    const newcomer = await startFakeDesk(running.urls.mqtt, { id: 'kan-07', epoch: 'epoch-9', last: 3 })
    for (const each of [desk, newcomer]) await each.born()
    const recorded = async (id: string) => ((await (await get(`api/events?desk=${id}`)).text()).match(/"id":"[^"]*-(\d+)"/g) ?? []).length
    await expect.poll(() => recorded('usc-12'), { timeout: 20_000 }).toBe(5)
    expect(desk.asked).toEqual([{ epoch: 'epoch-1', from: 3, to: 5 }])
    await expect.poll(() => recorded('kan-07'), { timeout: 20_000 }).toBe(3)
    await newcomer.stop()
  })

  test('an event that the embedded broker has acknowledged is in the record', { timeout: 40_000 }, async () => {
    for (let n = 3; n <= 40; n += 1) await desk.say()
    // No time for anything else: what was acknowledged must be there now.
    const copy = await (await get('api/events?desk=usc-12&limit=1000&format=json')).json()
    expect((copy as { events: unknown[] }).events).toHaveLength(40)
  })
})

test('the office for Prometheus: every series under its head, and the counts as they are', async () => {
  const response = await get('metrics')
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  const text = await response.text()
  expect(text).toContain('third_ring_desk_calls_answered_total{desk="usc-12",in_rule="yes"} 1')
  expect(text).toContain('third_ring_desk_calls_missed_total{desk="usc-12"} 1')
  expect(text).toContain('third_ring_hub_events_recorded_total 2')
  expect(text).toContain('third_ring_hub_desks{availability="online"} 1')
  const names = text.split('\n').flatMap((line) => /^([a-z_]+)(?:\{|\s)/.exec(line)?.[1] ?? [])
  expect(names.filter((name) => !text.includes(`# HELP ${name} `) || !text.includes(`# TYPE ${name} `))).toEqual([])
})

test('a desk whose calls go elsewhere only while its line is busy is none that is forwarded', async () => {
  const figure = async (kind: string) => {
    const forwarding = { state: 'on', kind, owner: 'foreign', target: 'usc-14', until: null, lease: null }
    await desk.level('state', { v: 1, at: new Date().toISOString(), phone: { reachable: true }, calls: [], forwarding })
    return () => get('metrics').then(async (answer) => /third_ring_desk_forwarded\{desk="usc-12"\} (\d)/.exec(await answer.text())?.[1])
  }
  await expect.poll(await figure('always')).toBe('1')
  await expect.poll(await figure('busy')).toBe('0')
})

test('the health of the hub says how the record stands', async () => {
  await expect
    .poll(async () => (await get('healthz')).json())
    .toMatchObject({ ok: true, record: { durable: true, written: 2 }, events: { missing: 0, lost: 0 }, alarms: [] })
})
