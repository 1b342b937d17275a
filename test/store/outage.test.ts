import { describe, expect, test } from 'vitest'
import type { Loss, StoreStep } from '../../src/agent/ports.ts'
import type { JournalStore } from '../../src/store/store.ts'
import { event, fact, noon, open, scratch } from './fixture.ts'

const limits = { keepBytesMax: 5000, unsentBytesMax: 10_000 }
const large = 'x'.repeat(400)

/** Appends one event of some 450 characters after another. */
async function append(store: JournalStore, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) await store.append({ events: [event(store.lastSequence + 1, noon, large)] })
}

/** Tells of what is owed, as an agent does: at once, each as one event. */
async function tell(store: JournalStore): Promise<readonly Loss[]> {
  const told = store.owed()
  for (const tells of told) await store.append({ events: [event(store.lastSequence + 1, noon, large)], tells })
  return told
}

describe('an outage that lasts longer than there is room for', () => {
  test('costs the oldest events, and no more than must be', async () => {
    const store = await open(scratch(), { limits })
    await append(store, 100)
    expect(store.health().eventBytes).toBeLessThanOrEqual(10_000 + 500)
    expect(store.health().eventBytes).toBeGreaterThan(9000)
    const kept = (await store.eventsAfter(store.acknowledged, 1000)).map(({ sequence }) => sequence)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 100 - kept.length + 1 + index))
    expect([store.unsent, store.firstSequence, store.acknowledged]).toEqual([kept.length, kept[0], (kept[0] ?? 0) - 1])
  })

  test('takes acknowledged events first: while there are any, nothing unsent is given up', async () => {
    const store = await open(scratch(), { limits })
    await append(store, 11)
    store.acknowledge(11)
    await append(store, 20)
    expect(store.unsent).toBe(20)
    expect(store.firstSequence).toBeLessThanOrEqual(12)
    store.acknowledge(31)
    expect(store.owed()).toEqual([])
  })

  test('is told of once, as one loss, when the broker has half of what is kept; what tells of it costs nothing', async () => {
    const directory = scratch()
    const first = await open(directory, { limits })
    await append(first, 60)
    expect(await tell(first)).toEqual([])
    await first.close()

    const store = await open(directory, { limits })
    expect(store.health().inconsistencies).toBe(0)
    await append(store, 40)
    const gone = store.acknowledged
    store.acknowledge(store.acknowledged + 1)
    expect(await tell(store)).toEqual([])
    store.acknowledge(90)
    expect(await tell(store)).toEqual([{ cause: 'outage', epoch: store.epoch, count: gone, from: 1, to: gone }])
    expect(store.lastSequence).toBe(101)
    expect(await tell(store)).toEqual([])
    await store.append({ facts: [fact(1)] })
    expect((await store.eventsAfter(90, 100)).map(({ sequence }) => sequence)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101])
  })

  test('again and again: each event is either sent or told of, and the telling does not feed itself', async () => {
    const store = await open(scratch(), { limits })
    const [sent, told]: [Set<number>, Set<number>] = [new Set(), new Set()]
    let words = 0
    for (let round = 0; round < 12; round += 1) {
      await append(store, 37)
      for (const limit of [3, 1000]) {
        const events = await store.eventsAfter(store.acknowledged, limit)
        for (const { sequence, position } of events) {
          sent.add(sequence)
          store.acknowledge(position)
        }
        for (const { from = 0, to = 0, count } of await tell(store)) {
          words += 1
          expect(count).toBe(to - from + 1)
          for (let sequence = from; sequence <= to; sequence += 1) told.add(sequence)
        }
      }
    }
    expect(words).toBe(12)
    for (const { sequence } of await store.eventsAfter(store.acknowledged, 1000)) sent.add(sequence)
    const all = Array.from({ length: store.lastSequence }, (_, index) => index + 1)
    expect(all.filter((sequence) => sent.has(sequence) === told.has(sequence))).toEqual([])
  })

  test('leaves a bounded number of losses to be told of, however long it lasts', async () => {
    const directory = scratch()
    for (let life = 0; life < 5; life += 1) {
      const store = await open(directory, { limits })
      await append(store, 50)
      await store.close()
    }
    const store = await open(directory, { limits })
    store.acknowledge(250)
    expect(store.owed()).toEqual([{ cause: 'outage', epoch: store.epoch, count: expect.any(Number), from: 1, to: expect.any(Number) }])
    const step: StoreStep = { events: [event(251)], tells: store.owed()[0] as Loss }
    await store.append(step)
    expect(store.health().owed).toBe(0)
  })
})
