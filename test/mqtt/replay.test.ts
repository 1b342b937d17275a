import { describe, expect, onTestFinished, test } from 'vitest'
import type { Outcome } from '../../src/mqtt/connection/publisher.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { createReplay } from '../../src/mqtt/link/replay.ts'
import { base, type MemoryStore, memoryStore, now, olderEpoch, ownEpoch, startBroker, startLink, type TestBroker } from './fixture.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => index + from)

/** A replay whose broker answers when the test says so, and whose live events wait when the test says so. */
function replayOf(events: number, limits = {}) {
  const store = memoryStore()
  store.add(events)
  const sent: number[] = []
  const answers: ((outcome: Outcome) => void)[] = []
  const state = { idle: true, begun: 0 }
  const replay = createReplay({
    store,
    send: ({ sequence }, done) => {
      sent.push(sequence)
      answers.push(done)
    },
    isIdle: () => state.idle,
    window: 4,
    limits: { ...linkLimits, ...limits },
  })
  onTestFinished(() => replay.stop())
  const run = (from: number, to: number, epoch = ownEpoch) =>
    replay.run({ epoch, from, to }, () => {
      state.begun += 1
    })
  /** Answers everything until the replay has its answer. */
  const acknowledgeAll = async (running: Promise<unknown>) => {
    let over = false
    void running.then(() => {
      over = true
    })
    while (!over) {
      answers.shift()?.('acknowledged')
      await settled()
    }
  }
  return { store, sent, answers, state, replay, run, acknowledgeAll }
}

describe('a replay', () => {
  test('sends the events that were asked for, in order, few at once, and then says what it has done', async () => {
    const { sent, run, acknowledgeAll, state, answers } = replayOf(100)
    const running = run(11, 90)
    await settled()
    expect(sent).toEqual([11, 12, 13, 14])
    answers.shift()?.('acknowledged')
    await settled()
    expect(sent).toHaveLength(5)
    await acknowledgeAll(running)
    expect(sent).toEqual(upTo(90, 11))
    expect(await running).toEqual({ ok: true, data: { from: 11, to: 90, sent: 80, next: null } })
    expect(state.begun).toBe(1)
  })

  test('gives no answer before the broker has all of it', async () => {
    const { run, answers } = replayOf(2)
    let answered = false
    const running = run(1, 2).then(() => {
      answered = true
    })
    await settled()
    answers[0]?.('acknowledged')
    await settled()
    expect(answered).toBe(false)
    answers[1]?.('acknowledged')
    await running
  })

  test('stops after so many for one command and names where to go on; what does not exist is not asked for again', async () => {
    const { run, acknowledgeAll, sent } = replayOf(50, { replayEventsMax: 20, replayReadEvents: 8 })
    const first = run(1, 1000)
    await acknowledgeAll(first)
    expect(await first).toEqual({ ok: true, data: { from: 1, to: 20, sent: 20, next: 21 } })
    for (const from of [21, 41]) {
      const next = run(from, 1000)
      await acknowledgeAll(next)
      expect(await next).toMatchObject({ data: { next: from === 21 ? 41 : null } })
    }
    expect(sent).toEqual(upTo(50))
  })

  test('a last event that just fits leaves nothing over', async () => {
    const { run, acknowledgeAll } = replayOf(20, { replayEventsMax: 20 })
    const running = run(1, 500)
    await acknowledgeAll(running)
    expect(await running).toMatchObject({ data: { sent: 20, next: null } })
  })

  test('waits while live events wait, also in the middle', async () => {
    const { run, sent, state, replay, answers, acknowledgeAll } = replayOf(10)
    state.idle = false
    const running = run(1, 10)
    await settled()
    expect(sent).toEqual([])
    state.idle = true
    replay.wake()
    await settled()
    expect(sent).toEqual([1, 2, 3, 4])
    state.idle = false
    for (const answer of answers.splice(0)) answer('acknowledged')
    await settled()
    expect(sent).toHaveLength(4)
    state.idle = true
    replay.wake()
    await acknowledgeAll(running)
    expect(sent).toEqual(upTo(10))
  })

  test('of an epoch before the present store is given as far as it is kept', async () => {
    const { run, acknowledgeAll } = replayOf(5)
    const running = run(2, 100, olderEpoch)
    await acknowledgeAll(running)
    expect(await running).toEqual({ ok: true, data: { from: 2, to: 3, sent: 2, next: null } })
    expect(await run(4, 9, olderEpoch)).toMatchObject({ error: { code: 'BAD_RANGE' } })
  })

  test('is refused where there is nothing to send, and the answer says what there is', async () => {
    const { run, store, state } = replayOf(10)
    expect(await run(5, 4)).toMatchObject({ ok: false, error: { code: 'BAD_RANGE' } })
    expect(await run(11, 20)).toMatchObject({ ok: false, error: { code: 'BAD_RANGE' }, data: { last: 10 } })
    expect(await run(1, 2, 'no-such-epoch')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_EPOCH' } })
    store.forgetBefore(7)
    expect(await run(6, 8)).toMatchObject({ ok: false, error: { code: 'NOT_KEPT', message: expect.stringContaining('7') as string }, data: { first: 7 } })
    expect(state.begun).toBe(0)
  })

  test('is refused while another one runs, and no longer', async () => {
    const { run, acknowledgeAll } = replayOf(10)
    const first = run(1, 10)
    expect(await run(1, 10)).toMatchObject({ ok: false, error: { code: 'BUSY' } })
    await acknowledgeAll(first)
    const third = run(10, 10)
    await acknowledgeAll(third)
    expect(await third).toMatchObject({ ok: true })
  })

  test('a store that cannot be read now is not taken for one that has nothing', async () => {
    const { run, store, acknowledgeAll } = replayOf(40, { replayReadEvents: 8 })
    const read = store.eventsOf
    store.eventsOf = async () => []
    expect(await run(1, 40)).toMatchObject({ error: { code: 'NOT_READABLE' } })
    store.eventsOf = async (epoch, from, limit) => (from > 8 ? [] : read(epoch, from, limit))
    const running = run(1, 40)
    await acknowledgeAll(running)
    expect(await running).toMatchObject({ ok: true, data: { to: 8, sent: 8, next: 9 } })
  })

  test('ends without an answer when its connection does', async () => {
    const { run, replay, sent } = replayOf(10)
    const running = run(1, 10)
    await settled()
    replay.stop()
    expect(await running).toBeUndefined()
    expect(sent).toHaveLength(4)
  })

  test('says so where the broker does not let it through', async () => {
    const { run, answers } = replayOf(10)
    const running = run(1, 10)
    await settled()
    for (const answer of answers.splice(0)) answer('refused')
    expect(await running).toMatchObject({ ok: false, error: { code: 'NOT_PUBLISHED' } })
  })
})

describe('over the broker', () => {
  const ask = (broker: TestBroker, id: string, from: number, to: number) =>
    broker.publish(`${base}/command/replay`, JSON.stringify({ id, expires: now + 5000, epoch: ownEpoch, from, to }))
  const replies = (broker: TestBroker) => broker.on(`${base}/reply`).map((text) => JSON.parse(text) as { id: string; data?: unknown })

  async function deskWith(events: number, broker: TestBroker, store: MemoryStore = memoryStore()) {
    store.add(events)
    const judged: object[] = []
    const link = startLink(broker.url, { store, onJudged: (each) => judged.push(each) })
    await expect.poll(() => link.announced()).toBe(1)
    return { store, link, judged }
  }

  test('the same bytes come on event/replay and not on event, then the answer', async () => {
    const broker = await startBroker()
    const { store, judged } = await deskWith(200, broker)
    await expect.poll(() => store.acknowledged).toBe(200)
    await ask(broker, 'r1', 101, 200)
    await expect.poll(() => replies(broker)).toEqual([{ id: 'r1', ok: true, data: { from: 101, to: 200, sent: 100, next: null } }])
    expect(broker.on(`${base}/event/replay`)).toEqual(broker.on(`${base}/event`).slice(100))
    expect(broker.on(`${base}/event`)).toHaveLength(200)
    expect(broker.heard.at(-1)?.topic).toBe(`${base}/reply`)
    expect(judged).toEqual([{ command: 'replay', id: 'r1' }])
  })

  test('a live event is not kept waiting by a long replay', async () => {
    const broker = await startBroker()
    const { store, link } = await deskWith(900, broker)
    await expect.poll(() => store.acknowledged).toBe(900)
    let [replayed, before] = [0, 0]
    broker.aedes.on('publish', ({ topic }) => {
      if (topic === `${base}/event` && replayed > 0) before = replayed
      if (topic !== `${base}/event/replay`) return
      replayed += 1
      if (replayed !== 50) return
      store.add(1)
      link.wake()
    })
    await ask(broker, 'r1', 1, 900)
    await expect.poll(() => replies(broker)).toMatchObject([{ id: 'r1', data: { sent: 900 } }])
    // What was on its way already, and nothing of the hundreds that were still to come.
    expect(before).toBeGreaterThanOrEqual(50)
    expect(before).toBeLessThanOrEqual(50 + 2 * linkLimits.replayWindow)
  })

  test('a lost connection ends it without half an answer, and it can be asked for again', async () => {
    const broker = await startBroker({
      authorizePublish: (_client, packet, done) => void setTimeout(done, packet.topic.endsWith('/replay') ? 30 : 0, null),
    })
    const { link } = await deskWith(50, broker)
    await ask(broker, 'r1', 1, 50)
    await expect.poll(() => link.counters().commandsTaken).toBe(1)
    await ask(broker, 'r2', 1, 50)
    await expect.poll(() => replies(broker)).toMatchObject([{ id: 'r2', error: { code: 'BUSY' } }])
    expect(broker.on(`${base}/event/replay`).length).toBeLessThan(50)
    await broker.stop()
    const again = await startBroker({}, broker.port)
    await expect.poll(() => link.announced()).toBe(2)
    await ask(again, 'r3', 1, 50)
    await expect.poll(() => replies(again)).toMatchObject([{ id: 'r3', ok: true, data: { sent: 50 } }])
  })
})
