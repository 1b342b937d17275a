import { afterEach, describe, expect, test } from 'vitest'
import { repairLimits } from '../../src/hub/limits.ts'
import { beginSequence, countEvent } from '../../src/hub/record/gaps.ts'
import { createRepair } from '../../src/hub/repair.ts'
import { type FakeDesk, type FakeDeskOptions, startFakeDesk } from './fake-desk.ts'
import { type RunningHub, startHub } from './fixture.ts'

/** The hub that asks for what it missed, and a desk over a real broker that loses events, lies, is late or says nothing. */
const undo: (() => unknown)[] = []
const patient = { timeout: 20_000 }

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** Waits that are long in an office are short here. */
const limits = { repairTickMs: 20, gapSettleMs: 200, replayRangeMax: 20, replayWaitMs: 1000, replayArrivalMs: 300, replayPaceMs: 10, repairFirstMs: 100 }
const settledMs = limits.gapSettleMs + 10 * limits.repairTickMs
const open = { embedded: { host: '127.0.0.1', port: 0, open: true } }

async function startOffice(overrides: Parameters<typeof startHub>[0] = {}): Promise<RunningHub> {
  const running = await startHub({ broker: open, limits, ...overrides })
  undo.push(() => running.stop())
  return running
}

async function startDesk({ urls }: RunningHub, options: FakeDeskOptions = {}): Promise<FakeDesk> {
  const desk = await startFakeDesk(urls.mqtt, options)
  undo.push(() => desk.stop())
  await desk.born()
  return desk
}

interface Shown {
  readonly desks: readonly { readonly id: string; readonly missing: number; readonly lost: number; readonly repeated: number; readonly availability: string }[]
  readonly log: readonly { readonly n: number; readonly type: string }[]
  readonly alarms: readonly { readonly kind: string; readonly desk: string; readonly detail: object }[]
}

const office = async ({ urls }: RunningHub) => (await (await fetch(`${urls.page}api/office`)).json()) as Shown
const figures = async (running: RunningHub) => {
  const desk = (await office(running)).desks.find(({ id }) => id === 'usc-12')
  return desk && { missing: desk.missing, lost: desk.lost }
}
/** The numbers of the record's events, in the record's order. */
const recorded = async ({ urls }: RunningHub, query = '') => {
  const text = await (await fetch(`${urls.page}api/events?desk=usc-12&limit=1000${query}`)).text()
  return text.split('\n').flatMap((line) => (line === '' ? [] : [Number((JSON.parse(line) as { id: string }).id.split('-').at(-1))]))
}
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

test.each([{ valueOf: 1, toString: 1 }, [[[]]], 'x', null, Number.MAX_VALUE, -1])(
  'a desk that says nonsense of what it keeps (%j) does not end the hub, and has all that was asked for given up',
  async (first) => {
    const ledger = [countEvent(countEvent(beginSequence('e', 1), 1).sequence, 5).sequence]
    const lost: unknown[] = []
    const desk = { id: 'usc-12', availability: 'online', ledger } as const
    const repair = createRepair({
      limits: repairLimits,
      desks: () => [desk],
      desk: () => desk,
      ask: async () => ({ ok: false, error: { code: 'NOT_KEPT', message: '' }, data: { first } }),
      overdue() {},
      lost: (...said) => void lost.push(said),
      settled() {},
      pause: async () => {},
    })
    repair.tick(0)
    repair.tick(repairLimits.gapSettleMs)
    await expect.poll(() => lost).toEqual([['usc-12', 'e', [2, 4]]])
  },
)

describe('a gap', () => {
  test('is found by itself, asked for and filled, in order, without being news on the page', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    // While it is away nothing is asked for: time to look.
    await desk.level('availability', 'offline')
    await desk.say()
    for (let n = 0; n < 3; n += 1) await desk.say('lost')
    await desk.say()
    expect(await figures(running)).toEqual({ missing: 3, lost: 0 })
    expect(await recorded(running)).toEqual([1])
    expect(await recorded(running, '&gaps=1')).toEqual([1, 5])
    await desk.level('availability', 'online')
    await expect.poll(() => figures(running), patient).toEqual({ missing: 0, lost: 0 })
    expect(await recorded(running)).toEqual(upTo(5))
    expect(desk.asked).toEqual([{ epoch: 'epoch-1', from: 2, to: 4 }])
    expect((await office(running)).log).toHaveLength(2)
  })

  test('behind the last event that came is found, too: the desk says how far it has counted', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    await desk.say()
    await desk.say('lost')
    await desk.born()
    await expect.poll(() => recorded(running), patient).toEqual([1, 2])
    expect(desk.asked).toEqual([{ epoch: 'epoch-1', from: 2, to: 2 }])
  })

  test('is no gap while its events are on their way', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    for (let n = 0; n < 20; n += 1) {
      await desk.say()
      await desk.born()
    }
    await new Promise((resolve) => setTimeout(resolve, settledMs))
    expect(desk.asked).toEqual([])
  })

  test('that is long is asked for in pieces, one after the other', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    await desk.say()
    for (let n = 0; n < limits.replayRangeMax + 10; n += 1) await desk.say('lost')
    await desk.say()
    await expect.poll(() => figures(running), patient).toEqual({ missing: 0, lost: 0 })
    expect(desk.asked.map(({ from, to }) => to - from + 1)).toEqual([limits.replayRangeMax, 10])
  })

  test('waits for a desk that is away, and is filled when it is back', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    await desk.say()
    await desk.say('lost')
    await desk.say()
    await desk.level('availability', 'offline')
    await new Promise((resolve) => setTimeout(resolve, settledMs))
    expect(desk.asked).toEqual([])
    await desk.level('availability', 'online')
    await expect.poll(() => recorded(running), patient).toEqual([1, 2, 3])
  })
})

describe('a desk that does not do as it should', () => {
  const once = async (running: RunningHub, first: FakeDesk['answer']) => {
    const desk = await startDesk(running)
    let asked = 0
    desk.answer = (replay) => {
      asked += 1
      return asked === 1 ? first(replay) : 'honest'
    }
    await desk.say()
    await desk.say('lost')
    await desk.say()
    return desk
  }

  test.each<[string, FakeDesk['answer']]>([
    ['says that it sent what it did not', ({ from, to }) => ({ ok: true, data: { from, to, sent: 1, next: null } })],
    ['answers without a word of what it did', () => ({ ok: true })],
    ['is busy', () => ({ ok: false, error: { code: 'BUSY', message: 'later' } })],
    ['does not know the command', () => ({ ok: false, error: { code: 'NOT_SERVED', message: 'no' } })],
    ['says that there never was such an event', () => ({ ok: false, error: { code: 'BAD_RANGE', message: 'no' }, data: { last: 1 } })],
  ])('%s is asked again, and nothing is given up', { timeout: 30_000 }, async (_, answer) => {
    const running = await startOffice()
    const desk = await once(running, answer)
    await expect.poll(() => recorded(running), patient).toEqual([1, 2, 3])
    expect(await figures(running)).toEqual({ missing: 0, lost: 0 })
    expect(desk.asked).toHaveLength(2)
  })

  test('sends other events than were asked for, or of other epochs: they are left alone', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await once(running, () => 'silence')
    const root = 'third-ring/v1/um-bialystok/usc-12/event/replay'
    const stranger = {
      specversion: '1.0',
      id: 'other-2',
      source: '/x/y',
      type: 'third-ring.call.missed',
      time: '2026-11-26T09:00:00Z',
      sequence: '000000000002',
    }
    await desk.client.publishAsync(root, JSON.stringify(stranger), { qos: 1 })
    await desk.client.publishAsync(root, JSON.stringify({ ...stranger, id: 'epoch-1-99', sequence: '000000000099' }), { qos: 1 })
    await desk.client.publishAsync(root, JSON.stringify({ ...stranger, id: 'epoch-1-1', sequence: '000000000002' }), { qos: 1 })
    expect(await recorded(running, '&gaps=1')).toEqual([1, 3])
  })

  test('says nothing at all: it is asked again, less and less often', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await once(running, () => 'silence')
    await expect.poll(() => recorded(running), patient).toEqual([1, 2, 3])
    expect(desk.asked).toHaveLength(2)
  })
})

describe('events that will never come', () => {
  test('are given up when the desk says that it does not keep them, and the office is told', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running, { keptFrom: () => 4 })
    await desk.say()
    for (let n = 0; n < 4; n += 1) await desk.say('lost')
    await desk.say()
    await expect.poll(() => figures(running), patient).toEqual({ missing: 0, lost: 2 })
    expect(await recorded(running)).toEqual([1, 4, 5, 6])
    await expect.poll(async () => (await office(running)).alarms).toMatchObject([{ kind: 'events.lost', desk: 'usc-12', detail: { count: 2 } }])
  })

  test('are given up when their epoch is gone', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    await desk.say()
    await desk.say('lost')
    await desk.say()
    await desk.stop()
    const other = await startDesk(running, { epoch: 'epoch-2', boot: 'boot-2' })
    await other.say()
    await expect.poll(() => figures(running), patient).toEqual({ missing: 0, lost: 1 })
    expect(other.asked).toEqual([{ epoch: 'epoch-1', from: 2, to: 2 }])
  })

  test('are given up where the desk has what is before and behind, and says so', { timeout: 30_000 }, async () => {
    const running = await startOffice()
    const desk = await startDesk(running)
    desk.answer = ({ from }) => ({ ok: true, data: { from, to: from - 1, sent: 0, next: null } })
    await desk.say()
    await desk.say('lost')
    await desk.say()
    await expect.poll(() => figures(running), patient).toEqual({ missing: 0, lost: 1 })
  })
})
