import { cpSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { describe, expect, test } from 'vitest'
import { createLosses } from '../../src/store/losses.ts'
import { keys, rangeOf } from '../../src/store/records.ts'
import { checkpoint, event, events, fact, meddle, noon, open, scratch, spoil, stored } from './fixture.ts'

async function epochRecords(directory: string): Promise<number> {
  let count = 0
  await meddle(directory, async (database) => {
    for await (const _ of database.iterator(rangeOf('epoch'))) count += 1
  })
  return count
}

/** A store of three epochs: 1 to 5 without 3, 1 to 4 without 2, and two of the present one. */
async function threeEpochs() {
  const directory = scratch()
  const names: string[] = []
  const first = await open(directory)
  await first.append({ events: events(1, 5) })
  first.acknowledge(1)
  await first.close()
  spoil(directory, keys.event(3))
  const second = await open(directory)
  await second.append({ events: events(1, 4) })
  await second.close()
  spoil(directory, keys.event(7))
  const third = await open(directory)
  await third.append({ events: events(1, 2) })
  names.push(first.epoch, second.epoch, third.epoch)
  return { directory, names, store: third }
}

describe('after a loss', () => {
  test('a new epoch begins, and what was unsent of those before goes first, in order, as it was', async () => {
    const { names, store } = await threeEpochs()
    expect(new Set(names).size).toBe(3)
    expect(await store.eventsAfter(store.acknowledged, 100)).toEqual([
      ...[stored(2), stored(4), stored(5)],
      ...[stored(1, 6), stored(3, 8), stored(4, 9)],
      ...[stored(1, 10), stored(2, 11)],
    ])
    expect([store.firstSequence, store.lastSequence, store.unsent]).toEqual([1, 2, 8])
    store.acknowledge(4)
    expect(store.unsent).toBe(6)
    store.acknowledge(11)
    expect(store.unsent).toBe(0)
  })

  test('each epoch that is still kept can be read again by its own numbers', async () => {
    const { directory, names, store } = await threeEpochs()
    await store.close()
    const again = await open(directory)
    const numbers = async (name: string, from: number, limit: number) => (await again.eventsOf(name, from, limit)).map(({ sequence }) => sequence)
    const [first = '', second = '', third = ''] = names
    expect(await numbers(first, 1, 100)).toEqual([1, 2, 4, 5])
    expect(await numbers(second, 2, 100)).toEqual([3, 4])
    expect(await numbers(second, 1, 2)).toEqual([1, 3])
    expect(await numbers(third, 0, 100)).toEqual([1, 2])
    expect(await numbers(third, 3, 100)).toEqual([])
    expect(await numbers('another desk’s', 1, 100)).toEqual([])
    expect(again.health().inconsistencies).toBe(0)
  })

  test('an epoch of which nothing is kept any more is forgotten', async () => {
    const { directory, names, store } = await threeEpochs()
    store.acknowledge(11)
    await store.close()
    const trimming = await open(directory, { wall: () => noon + 31 * 86_400_000 })
    await trimming.append({ facts: [fact(1)] })
    expect(trimming.firstSequence).toBe(2)
    await trimming.close()
    expect(await epochRecords(directory)).toBe(3)
    const again = await open(directory)
    expect([again.epoch, again.firstSequence, again.lastSequence]).toEqual([names[2], 2, 2])
    await again.close()
    expect(await epochRecords(directory)).toBe(1)
  })

  test('word of it is owed over restarts until a step tells it, and not after', async () => {
    const { directory, names, store } = await threeEpochs()
    const [first, second] = names
    const owed = [
      { cause: 'damaged', epoch: first, count: 1, from: 3, to: 3 },
      { cause: 'damaged', epoch: second, count: 1, from: 2, to: 2 },
    ]
    const sorted = (losses: readonly { epoch?: string }[]) => owed.map(({ epoch }) => losses.find((loss) => loss.epoch === epoch))
    expect(sorted(store.owed())).toEqual(owed)
    const [told] = store.owed()
    const telling = store.append({ events: [event(3)], ...(told === undefined ? {} : { tells: told }) })
    expect(store.owed()).toHaveLength(1)
    await telling
    await store.close()
    const again = await open(directory)
    expect(again.owed()).toHaveLength(1)
    expect(again.owed()).not.toContainEqual(told)
  })
})

test('two losses of one cause and epoch are told as one; what is not known of one is not known of both', () => {
  const losses = createLosses([{ cause: 'outage', epoch: 'e', count: 2, from: 1, to: 2 }])
  losses.withMore([{ cause: 'outage', epoch: 'e', count: 3, from: 3, to: 5 }]).written()
  expect(losses.all()).toEqual([{ cause: 'outage', epoch: 'e', count: 5, from: 1, to: 5 }])
  losses.withMore([{ cause: 'outage', epoch: 'e' }]).written()
  expect(losses.all()).toEqual([{ cause: 'outage', epoch: 'e', from: 1, to: 5 }])
})

describe('a store of format 1', () => {
  const name = '0f3a4b5c-0000-4000-8000-000000000000'
  const number = (key: string, value: number) => `${key}!${String(value).padStart(12, '0')}`

  /** As the first version of this program left it. */
  async function older(change: (level: ClassicLevel) => Promise<void> = async () => {}): Promise<string> {
    const directory = scratch()
    const level = new ClassicLevel(join(directory, 'journal'))
    await level.open()
    for (const each of events(3, 1500)) await level.put(number('event', each.sequence), `${each.sequence} ${each.wall} ${each.json}`)
    await level.put('checkpoint', JSON.stringify({ factsThrough: 7, checkpoint: checkpoint('seven') }))
    await level.put(number('fact', 8), `8 ${JSON.stringify(fact(8))}`)
    await level.put('memory!hold/T46U', '{"key":"HOLD"}')
    await level.put('meta!acknowledged', '5')
    await level.put('meta!epoch', name)
    await level.put('meta!format', '1')
    await change(level)
    await level.close()
    return directory
  }

  test('opens as it was left, under its own name, with nothing lost', async () => {
    const directory = await older()
    for (let opening = 0; opening < 2; opening += 1) {
      const store = await open(directory)
      expect([store.epoch, store.firstSequence, store.lastSequence, store.acknowledged]).toEqual([name, 3, 1500, 5])
      expect(store.past).toEqual({ checkpoint: checkpoint('seven'), facts: [fact(8)] })
      expect(store.recall('hold/T46U')).toEqual({ key: 'HOLD' })
      expect([store.health().inconsistencies, store.owed()]).toEqual([0, []])
      expect(await store.eventsAfter(5, 2)).toEqual([stored(6), stored(7)])
      await store.close()
    }
  })

  test('is gone when the new one is there, and only then', async () => {
    const directory = await older()
    cpSync(join(directory, 'journal'), join(directory, 'kept'), { recursive: true })
    await (await open(directory)).close()
    expect(existsSync(join(directory, 'journal'))).toBe(false)
    // Cut off while the new one was made, and while the old one was removed.
    cpSync(join(directory, 'kept'), join(directory, 'journal'), { recursive: true })
    renameSync(join(directory, 'log'), join(directory, 'log.tmp'))
    for (let opening = 0; opening < 2; opening += 1) {
      const store = await open(directory)
      expect([store.epoch, store.lastSequence, store.unsent, store.owed()]).toEqual([name, 1500, 1495, []])
      await store.close()
      mkdirSync(join(directory, 'journal'))
      writeFileSync(join(directory, 'journal', 'CURRENT'), 'half of it is gone')
    }
  })

  test('with a gap that was never told of begins a new epoch and tells', async () => {
    const directory = await older(async (level) => {
      await level.del(number('event', 9))
      await level.put('meta!last', '1500')
    })
    const store = await open(directory)
    expect(store.owed()).toEqual([{ cause: 'damaged', epoch: name, count: 1, from: 9, to: 9 }])
    expect(store.lastSequence).toBe(0)
  })
})
