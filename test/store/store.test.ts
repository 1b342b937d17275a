import { describe, expect, test } from 'vitest'
import { checkpoint, event, events, fact, noon, open, scratch, stored } from './fixture.ts'

describe('a new store', () => {
  test('has a name of its own, no past and nothing to send', async () => {
    const [one, other] = [await open(scratch()), await open(scratch())]
    expect(one.epoch).toMatch(/^[0-9a-f-]{36}$/)
    expect(one.epoch).not.toBe(other.epoch)
    expect(one.past).toEqual({ facts: [] })
    expect([one.firstSequence, one.lastSequence, one.acknowledged]).toEqual([1, 0, 0])
    expect(await one.eventsAfter(0, 10)).toEqual([])
  })
})

describe('a store that is opened again', () => {
  test('knows its name, its facts in order, its events and how far they were acknowledged', async () => {
    const directory = scratch()
    const before = await open(directory)
    await before.append({ facts: [fact(1), fact(2)], events: [event(1), event(2)] })
    await before.append({ facts: [fact(3)], events: [event(3)] })
    before.acknowledge(2)
    await before.close()

    const after = await open(directory)
    expect(after.epoch).toBe(before.epoch)
    expect(after.past).toEqual({ facts: [fact(1), fact(2), fact(3)] })
    expect([after.firstSequence, after.lastSequence, after.acknowledged]).toEqual([1, 3, 2])
    expect(await after.eventsAfter(2, 10)).toEqual([stored(3)])
    expect(after.health()).toMatchObject({ unsent: 1, inconsistencies: 0 })
  })

  test('goes on from the checkpoint: facts before it and with it are gone', async () => {
    const directory = scratch()
    const before = await open(directory)
    await before.append({ facts: [fact(1), fact(2)] })
    await before.append({ facts: [fact(3)], checkpoint: checkpoint('first') })
    await before.append({ facts: [fact(4)] })
    await before.append({ checkpoint: checkpoint('second') })
    await before.append({ facts: [fact(5), fact(6)] })
    await before.close()

    const after = await open(directory)
    expect(after.past).toEqual({ checkpoint: checkpoint('second'), facts: [fact(5), fact(6)] })
    await after.append({ facts: [fact(7)] })
    await after.append({ checkpoint: checkpoint('third') })
    await after.close()
    expect((await open(directory)).past).toEqual({ checkpoint: checkpoint('third'), facts: [] })
  })

  test('numbers its events on, however often it is opened', async () => {
    const directory = scratch()
    for (let round = 0; round < 5; round += 1) {
      const store = await open(directory)
      expect(store.lastSequence).toBe(round * 2)
      await store.append({ events: events(round * 2 + 1, round * 2 + 2) })
      await store.close()
    }
    expect((await (await open(directory)).eventsAfter(0, 100)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('remembers what a driver wanted to know', async () => {
    const directory = scratch()
    const before = await open(directory)
    expect(before.recall('hold/T46U/108')).toBeUndefined()
    const written = before.remember('hold/T46U/108', { key: 'HOLD' })
    expect(before.recall('hold/T46U/108')).toEqual({ key: 'HOLD' })
    await written
    await before.remember('hold/T46U/108', { key: 'F_HOLD' })
    await before.close()
    expect((await open(directory)).recall('hold/T46U/108')).toEqual({ key: 'F_HOLD' })
  })

  test('has in it all that was under way when it was closed', async () => {
    const directory = scratch()
    const before = await open(directory)
    const steps = events(1, 200).map((each) => before.append({ events: [each] }))
    await before.close()
    await Promise.all(steps)
    expect((await open(directory)).lastSequence).toBe(200)
  })
})

describe('events', () => {
  test('are read in order, a few at a time, as the same text each time', async () => {
    const store = await open(scratch())
    await store.append({ events: events(1, 120) })
    expect(await store.eventsAfter(0, 3)).toEqual([stored(1), stored(2), stored(3)])
    expect(await store.eventsAfter(99, 2)).toEqual([stored(100), stored(101)])
    expect(await store.eventsAfter(118, 32)).toEqual([stored(119), stored(120)])
    expect(await store.eventsAfter(120, 32)).toEqual([])
  })

  test('are not to be seen before they are on the medium', async () => {
    const store = await open(scratch())
    const written = store.append({ events: [event(1)] })
    expect(store.lastSequence).toBe(0)
    await written
    expect(store.lastSequence).toBe(1)
    expect(await store.eventsAfter(0, 1)).toHaveLength(1)
  })

  test('must be numbered without a gap, and acknowledged after they were written', async () => {
    const store = await open(scratch())
    await store.append({ events: [event(1)] })
    expect(() => store.append({ events: [event(3)] })).toThrow('event 3 does not follow 1')
    expect(() => store.append({ events: [event(1)] })).toThrow('event 1 does not follow 1')
    expect(() => store.acknowledge(2)).toThrow('before it was written')
  })
})

describe('group commit', () => {
  test('writes steps that arrive during a flush together, in order, and keeps each whole', async () => {
    const directory = scratch()
    const store = await open(directory)
    const done: number[] = []
    const steps: Promise<void>[] = []
    for (let burst = 0; burst < 50; burst += 1) {
      for (let index = burst * 10; index < burst * 10 + 10; index += 1) {
        const step = store.append({ facts: [fact(index)], events: [event(index + 1)] })
        steps.push(step.then(() => void done.push(index)))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(steps)
    expect(done).toEqual(steps.map((_, index) => index))
    const { steps: written, batches } = store.health()
    expect(written).toBe(500)
    expect(batches).toBeGreaterThan(1)
    expect(batches).toBeLessThan(100)
    await store.close()
    const { past, lastSequence } = await open(directory)
    expect(past.facts.map(({ at }) => at)).toEqual(done)
    expect(lastSequence).toBe(500)
  })
})

describe('acknowledgements', () => {
  test('go along with the next step', async () => {
    const directory = scratch()
    const store = await open(directory, { limits: { acknowledgeDelayMs: 60_000 } })
    await store.append({ events: events(1, 5) })
    store.acknowledge(4)
    await store.append({ facts: [fact(1)] })
    expect(store.health().batches).toBe(2)
    await store.close()
    expect((await open(directory)).acknowledged).toBe(4)
  })

  test('are written by themselves after a while, many with one flush', async () => {
    const store = await open(scratch(), { limits: { acknowledgeDelayMs: 20 } })
    await store.append({ events: events(1, 50) })
    for (let sequence = 1; sequence <= 50; sequence += 1) store.acknowledge(sequence)
    await expect.poll(() => store.health().batches).toBe(2)
    expect(store.acknowledged).toBe(50)
  })
})

describe('events that were acknowledged', () => {
  const day = 86_400_000

  test('are kept for thirty days, then trimmed a few at a time, but never the newest', async () => {
    const directory = scratch()
    let now = noon
    const store = await open(directory, { wall: () => now, limits: { trimPerBatchMax: 8 } })
    await store.append({ events: events(1, 20, noon) })
    await store.append({ events: events(21, 30, noon + 10 * day) })
    store.acknowledge(30)
    now = noon + 30 * day
    await store.append({ facts: [fact(1)] })
    expect(store.firstSequence).toBe(1)
    now += 1
    await store.append({ facts: [fact(2)] })
    expect(store.firstSequence).toBe(9)
    await store.append({ facts: [fact(3)] })
    await store.append({ facts: [fact(4)] })
    await store.append({ facts: [fact(5)] })
    expect(store.firstSequence).toBe(21)
    expect((await store.eventsAfter(0, 1))[0]?.sequence).toBe(21)
    now = noon + 1000 * day
    for (let step = 0; step < 5; step += 1) await store.append({ facts: [fact(6)] })
    expect(store.firstSequence).toBe(30)
    await store.close()
    const again = await open(directory)
    expect([again.firstSequence, again.lastSequence, again.acknowledged]).toEqual([30, 30, 30])
    expect(again.health().inconsistencies).toBe(0)
  })

  test('are trimmed when they take too much room', async () => {
    const store = await open(scratch(), { limits: { keepBytesMax: 10_000 } })
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      await store.append({ events: [event(sequence, noon, 'x'.repeat(900))] })
      store.acknowledge(sequence)
    }
    await store.append({ facts: [fact(1)] })
    expect(store.health().eventBytes).toBeLessThanOrEqual(10_000)
    expect(store.health().eventBytes).toBeGreaterThan(8000)
    expect(await store.eventsAfter(0, 100)).toHaveLength(store.lastSequence - store.firstSequence + 1)
  })

  test('stay while nobody knows what time it is', async () => {
    const store = await open(scratch(), { wall: () => undefined })
    await store.append({ events: events(1, 9, 0) })
    store.acknowledge(9)
    await store.append({ facts: [fact(1)] })
    expect(store.firstSequence).toBe(1)
  })

  test('make way; those that were not acknowledged never do', async () => {
    const store = await open(scratch(), { limits: { keepBytesMax: 500, keepMs: 1 }, wall: () => noon + day })
    await store.append({ events: events(1, 60) })
    store.acknowledge(10)
    for (let step = 0; step < 5; step += 1) await store.append({ facts: [fact(step)] })
    expect(store.firstSequence).toBe(11)
    expect(await store.eventsAfter(0, 100)).toHaveLength(50)
  })
})
