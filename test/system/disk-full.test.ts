import { mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { deskFiles, openBroker, startFrom, type Watch, watch } from '../agent/desk-fixture.ts'
import { event, events, fact, open } from '../store/fixture.ts'
import { makeImage, mountImage, run, workplace } from './media/disk.ts'

const retry = { retryFirstMs: 20, retryMaxMs: 100 }

/** A small real file system of its own. */
function smallDisk() {
  const directory = workplace()
  const image = join(directory, 'disk.img')
  const path = join(directory, 'disk')
  makeImage(image, 8)
  let disk = mountImage(image, path)
  return {
    path,
    store: join(path, 'store'),
    /** Leaves not one block. */
    fill(): void {
      for (let bytes = statfsSync(path).bsize * statfsSync(path).bavail; bytes > 0; bytes = Math.floor(bytes / 2)) {
        try {
          writeFileSync(join(path, `ballast-${bytes}`), Buffer.alloc(bytes))
        } catch (error) {
          expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
        }
      }
    },
    free: () => run('/bin/sh', '-c', `rm ${path}/ballast-*`),
    /** What ext4 does with a card that fails (mount option errors=remount-ro): from now on nothing is written. */
    makeReadOnly: () => run('/usr/bin/mount', '-o', 'remount,abort', path),
    /** What a person does then; possible only if nobody holds a file of it open. */
    async mountAgain(): Promise<void> {
      await expect.poll(() => attempt(disk.unmount)).toBe(true)
      disk = mountImage(image, path)
    },
  }
}

/** Of the first segment of a store. */
function bytesUsed(directory: string): number {
  const [name = ''] = readdirSync(join(directory, 'log'))
  return readFileSync(join(directory, 'log', name)).lastIndexOf('\n')
}

function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

describe('a store whose disk is full', () => {
  test('writes all that has waited, in order, as soon as there is room; filled and freed again and again', async () => {
    const disk = smallDisk()
    const store = await open(disk.store, { limits: { ...retry, segmentBytes: 32_768 } })
    const random = createRandom(3)
    const steps: Promise<void>[] = []
    let sequence = 0
    const write = (count: number) => {
      for (let index = 0; index < count; index += 1) {
        sequence += 1
        steps.push(store.append({ facts: [fact(sequence)], events: [event(sequence, 0, 'x'.repeat(300))] }))
      }
    }
    for (let round = 0; round < 5; round += 1) {
      write(20 + Math.floor(random() * 100))
      await Promise.all(steps)
      disk.fill()
      write(400)
      await expect.poll(() => store.health().fault).toContain('ENOSPC')
      expect(store.lastSequence).toBeLessThan(sequence)
      disk.free()
      await Promise.all(steps)
      expect(store.health().fault).toBeUndefined()
      expect(store.lastSequence).toBe(sequence)
    }
    await store.close()
    const again = await open(disk.store)
    expect([again.epoch, again.lastSequence, again.health().inconsistencies, again.owed()]).toEqual([store.epoch, sequence, 0, []])
    expect((await again.eventsAfter(0, 10_000)).map((each) => each.sequence)).toEqual(Array.from({ length: sequence }, (_, index) => index + 1))
    expect(again.past.facts.map(({ at }) => at)).toEqual(Array.from({ length: sequence }, (_, index) => index + 1))
  })

  test('and whose process then dies has lost nothing that was promised', async () => {
    const disk = smallDisk()
    const store = await open(disk.store, { limits: { ...retry, segmentBytes: 32_768 } })
    await store.append({ events: events(1, 50) })
    disk.fill()
    const promised = new Set<number>()
    const given = Array.from({ length: 600 }, (_, index) => index + 51).map((sequence) =>
      store.append({ events: [event(sequence, 0, 'x'.repeat(300))] }).then(
        () => promised.add(sequence),
        () => {},
      ),
    )
    await expect.poll(() => store.health().fault).toContain('ENOSPC')
    await store.close()
    await Promise.all(given)
    disk.free()
    const again = await open(disk.store)
    expect(promised.size).toBeLessThan(600)
    expect(again.lastSequence).toBeGreaterThanOrEqual(Math.max(50, ...promised))
    expect([again.epoch, again.health().inconsistencies, again.owed()]).toEqual([store.epoch, 0, []])
  })

  test('is opened with all that is in it, although there is no room for a word more', async () => {
    const disk = smallDisk()
    const limits = { ...retry, segmentBytes: 32_768 }
    const before = await open(disk.store, { limits })
    // To the last bytes of the room that it has in advance, so that the next word needs more.
    await before.append({ events: [event(1)] })
    const empty = bytesUsed(disk.store)
    await before.append({ events: [event(2)] })
    const used = bytesUsed(disk.store)
    await before.append({ events: [event(3, 0, 'x'.repeat(limits.segmentBytes - used - (used - empty) - 30))] })
    await before.close()
    disk.fill()
    const store = await open(disk.store, { limits })
    expect(store.health().fault).toContain('ENOSPC')
    expect([store.epoch, store.lastSequence]).toEqual([before.epoch, 3])
    const waiting = Array.from({ length: 100 }, (_, index) => store.append({ facts: [fact(index)], events: [event(index + 4, 0, 'x'.repeat(300))] }))
    disk.free()
    await Promise.all(waiting)
    expect((await store.eventsAfter(0, 1000)).map((each) => each.sequence)).toEqual(Array.from({ length: 103 }, (_, index) => index + 1))
  })

  test('cannot be begun: whoever starts the agent is told why', async () => {
    const disk = smallDisk()
    mkdirSync(disk.store)
    disk.fill()
    await expect(open(disk.store)).rejects.toThrow(/cannot be opened \(ENOSPC.*with some room/)
    disk.free()
    expect((await open(disk.store)).lastSequence).toBe(0)
  })
})

test('a store on a card that is read-only is opened and read, lets go of the card, and goes on when it can be written', async () => {
  const disk = smallDisk()
  const before = await open(disk.store)
  await before.append({ facts: [fact(1)], events: events(1, 10) })
  await before.close()
  disk.makeReadOnly()
  const store = await open(disk.store, { limits: retry })
  expect([store.epoch, store.lastSequence, store.past.facts]).toEqual([before.epoch, 10, [fact(1)]])
  expect(store.health().fault).toContain('EROFS')
  const waiting = store.append({ facts: [fact(2)], events: [event(11)] })
  expect(await store.eventsOf(before.epoch, 10, 1)).toHaveLength(1)
  await disk.mountAgain()
  await waiting
  expect(store.health().fault).toBeUndefined()
  await store.close()
  const again = await open(disk.store)
  expect([again.epoch, again.lastSequence, again.past.facts, again.owed()]).toEqual([before.epoch, 11, [fact(1), fact(2)], []])
})

test('a store whose disk has become read-only lets go of it, and goes on when it can be written again', async () => {
  const disk = smallDisk()
  const store = await open(disk.store, { limits: retry })
  await store.append({ events: events(1, 10) })
  disk.makeReadOnly()
  const waiting = store.append({ events: [event(11)] })
  await expect.poll(() => store.health().fault).toContain('EROFS')
  await disk.mountAgain()
  await waiting
  expect(store.health().fault).toBeUndefined()
  expect((await store.eventsAfter(0, 100)).map((each) => each.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  await store.close()
  expect((await open(disk.store)).owed()).toEqual([])
})

describe('an agent', () => {
  /** A real agent with its store on a small disk, a phone, and a lamp at the broker. */
  async function deskOn(store: string, ready = (seen: Watch) => expect.poll(() => seen.last('state')?.['phone']).toMatchObject({ reachable: true })) {
    const { broker, url } = await openBroker()
    const seen = await watch(url, 'usc-7')
    const lamp = await watchLamp(url)
    const { configFile, phone, adminPort } = await deskFiles('usc-7', url)
    const agent = await startFrom(configFile, {}, { store: { directory: store }, lamp: { driver: 'mqtt', topic: 'lamps/usc-7' } })
    onTestFinished(async () => {
      await agent.stop('the test is over')
      await phone.stop()
      await lamp.end()
      await seen.end()
      await broker.stop()
    })
    const healthz = async () => (await (await fetch(`http://127.0.0.1:${adminPort}/healthz`)).json()) as { ok: boolean; store: { fault?: string } }
    const metrics = async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
    await ready(seen)
    return { seen, lamp, phone, healthz, metrics }
  }

  async function watchLamp(url: string) {
    const mqtt = (await import('mqtt')).default
    const client = await mqtt.connectAsync(url, { clientId: 'lamp', reconnectPeriod: 100 }, true)
    const shown: string[] = []
    client.on('message', (_, payload) => shown.push((JSON.parse(payload.toString()) as { pattern: string }).pattern))
    await client.subscribeAsync('lamps/usc-7', { qos: 1 })
    return { shown, end: () => client.endAsync() }
  }

  function gapsIn(seen: Watch): readonly number[] {
    const numbers = new Set(seen.events().map(({ sequence }) => Number(sequence)))
    return Array.from({ length: Math.max(...numbers) }, (_, index) => index + 1).filter((number) => !numbers.has(number))
  }

  test('whose card has become read-only: the lamp goes on, the fault is shown, and every event arrives in the end', async () => {
    const disk = smallDisk()
    const { seen, lamp, phone, healthz, metrics } = await deskOn(disk.store)
    expect(await healthz()).toMatchObject({ ok: true })
    disk.makeReadOnly()
    const before = seen.events().length
    const call = phone.ring({ number: '600700800' })
    await expect.poll(() => lamp.shown.at(-1)).toBe('ring-first')
    await expect.poll(async () => (await healthz()).store.fault).toContain('EROFS')
    expect(await healthz()).toMatchObject({ ok: false })
    expect(await metrics()).toMatch(/^third_ring_store_ok 0$/m)
    phone.answer(call)
    await expect.poll(() => lamp.shown.at(-1)).toBe('dark')
    phone.remoteHangsUp(call)
    expect(seen.events()).toHaveLength(before)
    await disk.mountAgain()
    await expect.poll(() => seen.types()).toEqual(expect.arrayContaining(['call.alerting', 'call.answered', 'call.ended']))
    expect(gapsIn(seen)).toEqual([])
    expect(seen.types()).not.toContain('journal.incomplete')
    await expect.poll(async () => (await healthz()).ok).toBe(true)
    expect(await metrics()).toMatch(/^third_ring_store_ok 1$/m)
  })

  test('that starts on a read-only card: the lamp works at once, and every event arrives in the end, under the numbers that follow', async () => {
    const disk = smallDisk()
    const past = await open(disk.store)
    await past.append({ events: [cloudEvent(1), cloudEvent(2)] })
    await past.close()
    disk.makeReadOnly()
    const { seen, lamp, phone, healthz } = await deskOn(disk.store, (seen) => expect.poll(() => seen.messages.at(-1)?.payload).toBeDefined())
    const call = phone.ring({ number: '600700800' })
    await expect.poll(() => lamp.shown.at(-1)).toBe('ring-first')
    expect((await healthz()).store.fault).toContain('EROFS')
    phone.answer(call)
    await expect.poll(() => lamp.shown.at(-1)).toBe('dark')
    phone.remoteHangsUp(call)
    expect(seen.events().filter(({ id }) => !id.startsWith(past.epoch))).toEqual([])
    await disk.mountAgain()
    await expect
      .poll(() => seen.types(), { timeout: 90_000 })
      .toEqual(expect.arrayContaining(['agent.started', 'call.alerting', 'call.answered', 'call.ended']))
    expect(gapsIn(seen)).toEqual([])
    expect(seen.events().every(({ id }) => id.startsWith(past.epoch))).toBe(true)
    expect(seen.types()).not.toContain('journal.incomplete')
    await expect.poll(async () => (await healthz()).ok).toBe(true)

    function cloudEvent(sequence: number) {
      const json = JSON.stringify({ specversion: '1.0', id: `${past.epoch}-${sequence}`, type: 'third-ring.clock.stepped', sequence, data: {} })
      return { sequence, wall: Date.now(), json }
    }
  })

  test('whose disk is full: the lamp goes on, and no event is missing when there is room again', async () => {
    const disk = smallDisk()
    await fillSegment(disk.store)
    const { seen, lamp, phone, healthz } = await deskOn(disk.store)
    disk.fill()
    const calls = [1, 2, 3, 4, 5, 6, 7, 8]
    for (const call of calls) {
      const shown = lamp.shown.length
      const ringing = phone.ring({ number: `60070080${call}` })
      await expect.poll(() => lamp.shown.slice(shown)).toContain('ring-first')
      phone.answer(ringing)
      phone.remoteHangsUp(ringing)
      await expect.poll(() => lamp.shown.at(-1)).toBe('dark')
    }
    expect((await healthz()).store.fault).toContain('ENOSPC')
    disk.free()
    await expect.poll(() => seen.types().filter((type) => type === 'call.ended').length, { timeout: 90_000 }).toBe(calls.length)
    expect(gapsIn(seen)).toEqual([])
    expect(seen.types()).not.toContain('journal.incomplete')
  })

  /** Leaves little of the room that a store has in advance. */
  async function fillSegment(directory: string): Promise<void> {
    const store = await open(directory)
    while (bytesUsed(directory) < 1_048_576 - 6000) await store.remember('ballast', 'x'.repeat(2000))
    await store.close()
  }
})
