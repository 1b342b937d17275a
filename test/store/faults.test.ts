import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { readMark } from '../../src/store/mark.ts'
import { keys, put } from '../../src/store/records.ts'
import { openStore } from '../../src/store/store.ts'
import { breakable, checkpoint, event, events, fact, keptLog, meddle, noon, open, scratch, spoil, stored } from './fixture.ts'

async function refusal(directory: string): Promise<ConfigurationError> {
  const error = await openStore({ directory, log: keptLog(), wall: () => noon }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigurationError)
  return error as ConfigurationError
}

/** The present epoch of a store that is closed. */
async function epochOf(directory: string): Promise<string> {
  return (await readMark(directory))?.epoch ?? 'no mark'
}

describe('a store that cannot be had', () => {
  test('because another process has it: the error says so and what to do', async () => {
    const directory = scratch()
    await open(directory)
    const error = await refusal(directory)
    expect(error.code).toBe('STORE_FAILED')
    expect(error.message).toContain('in use by another process')
    expect(error.message).toContain('store.directory')
  })

  test('because its place is no directory', async () => {
    const file = join(scratch(), 'file')
    writeFileSync(file, '')
    const error = await refusal(join(file, 'store'))
    expect(error.code).toBe('STORE_FAILED')
    expect(error.message).toContain('ENOTDIR')
    expect(error.message).toContain("that the agent's user may write")
  })

  test('because a newer program wrote it; it can be had by that one afterwards', async () => {
    const directory = scratch()
    await (await open(directory)).close()
    await meddle(directory, (database) => database.batch([put(keys.format, '3')]))
    expect((await refusal(directory)).message).toContain('another version of this program')
    await meddle(directory, (database) => database.batch([put(keys.format, '2')]))
    await open(directory)
  })
})

describe('a damaged store', () => {
  async function filled(): Promise<string> {
    const directory = scratch()
    const store = await open(directory)
    await store.append({ checkpoint: checkpoint('start'), events: events(1, 4) })
    for (let at = 1; at <= 5; at += 1) await store.append({ facts: [fact(at)], events: [event(at + 4)] })
    store.acknowledge(2)
    await store.close()
    return directory
  }

  test('with a lost event keeps the others, gives no number twice, and owes word of it', async () => {
    const directory = await filled()
    const epoch = await epochOf(directory)
    await meddle(directory, (database) => database.batch([{ type: 'del', key: keys.event(6) }]))
    const log = keptLog()
    const store = await open(directory, { log })
    expect(log.errors).toHaveLength(1)
    expect(store.health().inconsistencies).toBe(1)
    expect((await store.eventsAfter(store.acknowledged, 100)).map(({ sequence }) => sequence)).toEqual([3, 4, 5, 7, 8, 9])
    expect(store.lastSequence).toBe(0)
    expect(store.unsent).toBe(6)
    expect(store.owed()).toEqual([{ cause: 'damaged', epoch, count: 1, from: 6, to: 6 }])
  })

  test('with its last event unreadable begins anew, in this life and once', async () => {
    const directory = await filled()
    spoil(directory, keys.event(9))
    const store = await open(directory)
    expect(store.health().inconsistencies).toBe(2)
    expect(store.lastSequence).toBe(0)
    expect((await store.eventsAfter(7, 100)).map(({ sequence }) => sequence)).toEqual([8])
    await store.close()
    const again = await open(directory)
    expect([again.epoch, again.lastSequence, again.health().inconsistencies]).toEqual([store.epoch, 0, 0])
    await again.append({ events: [event(1)] })
    expect(await again.eventsAfter(8, 9)).toEqual([stored(1, 10)])
  })

  test('with an unsent event cut short leaves it out', async () => {
    const directory = await filled()
    spoil(directory, keys.event(7), (line) => line.fill('}', line.length - 20))
    expect((await (await open(directory)).eventsAfter(5, 100)).map(({ sequence }) => sequence)).toEqual([6, 8, 9])
  })

  test('with a digit changed in an event does not send what was never said', async () => {
    const directory = await filled()
    spoil(directory, keys.event(7), (line) => line.write('e-8', line.indexOf('e-7')))
    expect((await (await open(directory)).eventsAfter(5, 100)).map(({ sequence }) => sequence)).toEqual([6, 8, 9])
  })

  test('with an event gone that the broker has goes on in the same epoch: nobody misses it', async () => {
    const directory = await filled()
    const epoch = await epochOf(directory)
    spoil(directory, keys.event(1))
    spoil(directory, keys.event(2))
    const store = await open(directory)
    expect([store.epoch, store.lastSequence, store.owed()]).toEqual([epoch, 9, []])
    expect((await store.eventsOf(epoch, 1, 100)).map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6, 7, 8, 9])
  })

  test('with a fault in its facts keeps those before the fault, and numbers on from there', async () => {
    const directory = await filled()
    spoil(directory, keys.fact(3))
    const store = await open(directory)
    expect(store.past).toEqual({ checkpoint: checkpoint('start'), facts: [fact(1)] })
    expect(store.health().inconsistencies).toBe(2)
    expect(store.owed()).toEqual([{ cause: 'damaged' }])
    await store.append({ facts: [fact(33)] })
    await store.close()
    const again = await open(directory)
    expect(again.past.facts).toEqual([fact(1), fact(33)])
    expect(again.health().inconsistencies).toBe(0)
  })

  test('without a readable checkpoint knows nothing of its facts, which rest on it', async () => {
    const directory = await filled()
    spoil(directory, keys.checkpoint)
    const store = await open(directory)
    expect(store.past).toEqual({ facts: [] })
    expect(store.lastSequence).toBe(9)
  })

  test('that has lost its name in two of three places still knows it', async () => {
    const places = [
      (directory: string) => meddle(directory, (database) => database.batch([keys.present, keys.epoch(0)].map((key) => ({ type: 'del', key })))),
      async (directory: string) => {
        await meddle(directory, (database) => database.batch([{ type: 'del', key: keys.present }]))
        rmSync(join(directory, 'journal.mark'))
      },
      async (directory: string) => {
        await meddle(directory, (database) => database.batch([{ type: 'del', key: keys.epoch(0) }]))
        writeFileSync(join(directory, 'journal.mark'), Buffer.alloc(256))
      },
    ]
    for (const lose of places) {
      const directory = await filled()
      const epoch = await epochOf(directory)
      await lose(directory)
      const store = await open(directory)
      expect([store.epoch, store.lastSequence, store.owed()]).toEqual([epoch, 9, []])
    }
  })

  test('that has lost its name everywhere sends what it has under the old one, numbers from 1 under a new one, and keeps its past', async () => {
    const directory = await filled()
    await meddle(directory, (database) => database.batch([keys.present, keys.epoch(0)].map((key) => ({ type: 'del', key }))))
    rmSync(join(directory, 'journal.mark'))
    const store = await open(directory)
    expect([store.firstSequence, store.lastSequence, store.unsent]).toEqual([1, 0, 7])
    expect(store.owed()).toEqual([{ cause: 'damaged' }])
    expect(store.past.facts).toHaveLength(5)
    await store.append({ events: [event(1)] })
    expect((await store.eventsAfter(store.acknowledged, 9)).map(({ json }) => json)).toEqual([...events(3, 9), event(1)].map(({ json }) => json))
    await store.close()
    const again = await open(directory)
    expect(again.epoch).toBe(store.epoch)
    expect([again.firstSequence, again.lastSequence]).toEqual([1, 1])
  })

  test('of which nothing but the mark is left begins anew and says what is gone', async () => {
    const directory = await filled()
    const epoch = await epochOf(directory)
    rmSync(join(directory, 'log'), { recursive: true })
    const store = await open(directory)
    expect(store.epoch).not.toBe(epoch)
    expect([store.lastSequence, store.unsent, store.past]).toEqual([0, 0, { facts: [] }])
    expect(store.owed()).toEqual([{ cause: 'damaged', epoch, count: 7, from: 3, to: 9 }])
    await store.append({ events: [event(1)] })
    await store.close()
    const again = await open(directory)
    expect([again.epoch, again.lastSequence, again.health().inconsistencies]).toEqual([store.epoch, 1, 0])
    expect(await again.eventsAfter(again.acknowledged, 9)).toEqual([stored(1, 10)])
  })

  test('with directories where its files should be does not keep the desk from starting', async () => {
    const directory = await filled()
    for (const name of readdirSync(join(directory, 'log'))) {
      rmSync(join(directory, 'log', name))
      mkdirSync(join(directory, 'log', name))
    }
    rmSync(join(directory, 'journal.mark'))
    mkdirSync(join(directory, 'journal.mark'))
    const store = await open(directory)
    await store.append({ events: [event(1)] })
    await store.close()
    expect((await open(directory)).lastSequence).toBe(1)
  })

  test('full of zeroes, as after a power cut on a poor card, does not keep the desk from starting', async () => {
    const directory = await filled()
    for (const name of readdirSync(join(directory, 'log'))) writeFileSync(join(directory, 'log', name), Buffer.alloc(4096))
    const store = await open(directory)
    expect(store.owed()).toMatchObject([{ cause: 'damaged', count: 7, from: 3, to: 9 }])
    await store.append({ events: [event(store.lastSequence + 1)] })
  })

  test('with an event that goes bad while it is open sends the others, and owes word of that one', async () => {
    const directory = await filled()
    const log = keptLog()
    const store = await open(directory, { log, limits: { segmentBytes: 65_536 } })
    spoil(directory, keys.event(6))
    expect((await store.eventsAfter(2, 100)).map(({ sequence }) => sequence)).toEqual([3, 4, 5, 7, 8, 9])
    expect(await store.eventsAfter(5, 1)).toEqual([stored(7)])
    await expect.poll(() => store.owed()).toEqual([{ cause: 'damaged', epoch: store.epoch, count: 1, from: 6, to: 6 }])
    expect(log.errors).toHaveLength(1)
  })
})

describe('a store that is opened on a medium that takes nothing', () => {
  const retry = { retryFirstMs: 20, retryMaxMs: 20 }

  async function filled(): Promise<string> {
    const directory = scratch()
    const store = await open(directory)
    await store.append({ checkpoint: checkpoint('start'), events: events(1, 4) })
    store.acknowledge(2)
    await store.append({ facts: [fact(1)], events: [event(5)] })
    await store.close()
    return directory
  }

  test('has its past, its epoch and its numbers; what comes waits, and follows when the medium takes it', async () => {
    const directory = await filled()
    const epoch = await epochOf(directory)
    const { state, wrap } = breakable('EROFS', true)
    const log = keptLog()
    const store = await open(directory, { wrap, log, limits: { retryFirstMs: 300, retryMaxMs: 300 } })
    expect([store.epoch, store.lastSequence, store.unsent, store.past.facts]).toEqual([epoch, 5, 3, [fact(1)]])
    expect(store.past.checkpoint).toEqual(checkpoint('start'))
    expect(store.health().fault).toContain('No space left')
    const waiting = store.append({ facts: [fact(2)], events: [event(6)] })
    // What is there can be read for a while: the ids of commands that were taken are in it.
    for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate)
    expect(await store.eventsOf(epoch, 4, 2)).toEqual([stored(4), stored(5)])
    await expect.poll(() => state.opened).toBeGreaterThan(3)
    expect(store.lastSequence).toBe(5)
    state.broken = false
    await waiting
    expect([store.health().fault, store.lastSequence]).toEqual([undefined, 6])
    expect([log.errors.length, log.infos.length]).toEqual([1, 1])
    await store.close()
    const again = await open(directory)
    expect([again.epoch, again.past.facts, again.owed(), again.health().inconsistencies]).toEqual([epoch, [fact(1), fact(2)], [], 0])
    expect((await again.eventsAfter(2, 9)).map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6])
  })

  test('and ends before the medium takes anything has changed nothing', async () => {
    const directory = await filled()
    const mark = await readMark(directory)
    const store = await open(directory, { wrap: breakable('ENOSPC', true).wrap, limits: { ...retry, markDelayMs: 1 } })
    const refused = expect(store.append({ events: [event(6)] })).rejects.toThrow('closed before')
    await store.close()
    await refused
    expect(await readMark(directory)).toEqual(mark)
    const again = await open(directory)
    expect([again.epoch, again.lastSequence, again.owed()]).toEqual([mark?.epoch, 5, []])
  })

  test.each([
    ['and is mended in this life', false],
    ['and is mended in the next', true],
  ])('damaged %s: the loss is told once, and no number is given twice', async (_name, endsBefore) => {
    const directory = await filled()
    const epoch = await epochOf(directory)
    spoil(directory, keys.event(5))
    const { state, wrap } = breakable('EIO', true)
    let store = await open(directory, { wrap, limits: retry })
    const loss = { cause: 'damaged', epoch, count: 1, from: 5, to: 5 }
    expect([store.owed(), store.lastSequence]).toEqual([[loss], 0])
    if (endsBefore) await store.close()
    state.broken = false
    if (endsBefore) store = await open(directory, { wrap, limits: retry })
    expect([store.owed(), store.epoch === epoch]).toEqual([[loss], false])
    await store.append({ events: [event(1)], tells: store.owed()[0] as never })
    const present = store.epoch
    await store.close()
    const again = await open(directory)
    expect([again.epoch, again.lastSequence, again.owed(), again.health().inconsistencies]).toEqual([present, 1, [], 0])
    // What was good in the same batch as the lost event stays good.
    expect(again.past.facts).toEqual([fact(1)])
    expect((await again.eventsAfter(2, 9)).map(({ sequence }) => sequence)).toEqual([3, 4, 1])
  })

  test('because it may not be written is a fault of whoever set it up', async () => {
    const directory = await filled()
    await expect(open(directory, { wrap: breakable('EACCES', true).wrap })).rejects.toThrow(/cannot be opened .*may write/)
    // It is let go of.
    expect((await open(directory)).lastSequence).toBe(5)
  })
})

describe('a medium that takes nothing', () => {
  /** A database whose writes fail while `broken` is set, as a file's do on a full or read-only card. */
  test('keeps steps waiting in order and writes them when it takes them again; says so twice, not each time', async () => {
    const { state, wrap } = breakable()
    const log = keptLog()
    const directory = scratch()
    const store = await open(directory, { wrap, log, limits: { retryFirstMs: 5, retryMaxMs: 10 } })
    await store.append({ events: [event(1)] })
    state.broken = true
    const done: number[] = []
    const waiting = [2, 3, 4].map((sequence) => store.append({ facts: [fact(sequence)], events: [event(sequence)] }).then(() => done.push(sequence)))
    await expect.poll(() => state.opened).toBeGreaterThan(3)
    expect(done).toEqual([])
    expect(store.health()).toMatchObject({ fault: 'IO error: No space left on device', unsent: 1 })
    expect(store.lastSequence).toBe(1)
    state.broken = false
    await Promise.all(waiting)
    expect(done).toEqual([2, 3, 4])
    expect(store.health().fault).toBeUndefined()
    expect([log.errors.length, log.infos.length]).toEqual([1, 1])
    await store.close()
    const again = await open(directory)
    expect(again.lastSequence).toBe(4)
    expect(again.past.facts).toHaveLength(3)
  })

  test('turns steps down once too much is waiting, and their numbers are free again', async () => {
    const { state, wrap } = breakable()
    const directory = scratch()
    const store = await open(directory, { wrap, limits: { retryFirstMs: 5, retryMaxMs: 10, pendingBytesMax: 100 } })
    state.broken = true
    expect(store.takes()).toBe(true)
    const first = store.append({ facts: [fact(1)], events: [event(1)] })
    expect(store.takes()).toBe(false)
    await expect(store.append({ facts: [fact(2)], events: [event(2)] })).rejects.toThrow('too much is waiting')
    state.broken = false
    await first
    await store.append({ facts: [fact(3)], events: [event(2)] })
    await store.close()
    const again = await open(directory)
    expect(again.past.facts).toEqual([fact(1), fact(3)])
    expect((await again.eventsAfter(0, 9)).map(({ sequence }) => sequence)).toEqual([1, 2])
    expect(again.health().inconsistencies).toBe(0)
  })

  test('does not hold up the end: what it does not take is given up', async () => {
    const { state, wrap } = breakable()
    const store = await open(scratch(), { wrap, limits: { retryFirstMs: 60_000 } })
    state.broken = true
    const step = store.append({ events: [event(1)] })
    const refused = expect(step).rejects.toThrow('closed before the step could be written')
    await expect.poll(() => store.health().fault).toBeDefined()
    await store.close()
    await refused
  })
})
