import { expect, test } from 'vitest'
import { againMaxMs } from '../../src/gpio/back-off.ts'
import type { RawListener } from '../../src/gpio/driver.ts'
import { keepOpen, lostAfterTries } from '../../src/gpio/keep-open.ts'
import { createHandClock } from './hand-clock.ts'

test('a level is told once, however often the driver says it', async () => {
  const line = await opened()
  for (const level of [true, true, false, false, true]) line.listener().level(level)
  expect(line.told).toEqual([true, false, true])
})

test('a line that cannot be opened at the start is an error, and is not tried again', async () => {
  const line = kept()
  line.fail(true)
  await expect(line.opening()).rejects.toThrow('in use')
  line.clock.pass(600_000)
  expect(line.attempts()).toBe(1)
})

test('what goes down is opened again, and its level told only if it is another one', async () => {
  const line = await opened()
  line.listener().level(true)
  line.listener().down('ended')
  expect(line.input.read()).toBeUndefined()
  await line.pass(1000)
  line.listener().level(true)
  expect(line.input.read()).toBe(true)
  expect(line.told).toEqual([true])
  line.listener().down('ended')
  await line.pass(2000)
  line.listener().level(false)
  expect(line.told).toEqual([true, false])
  expect(line.lost).toEqual([])
})

test('after tries in vain it is lost, said once; when it comes back its level is told anew', async () => {
  const line = await opened()
  line.listener().level(true)
  line.fail(true)
  line.listener().down('gone')
  for (const waitMs of [1000, 2000]) await line.pass(waitMs)
  expect(line.lost).toEqual([])
  await line.pass(4000)
  expect(line.attempts()).toBe(1 + lostAfterTries)
  expect(line.lost).toEqual(['in use'])
  for (let minutes = 0; minutes < 10; minutes++) await line.pass(againMaxMs)
  expect(line.lost).toHaveLength(1)
  line.fail(false)
  await line.pass(againMaxMs)
  line.listener().level(true)
  expect(line.told).toEqual([true, true])
  expect(line.input.read()).toBe(true)
})

test('the waits grow to a minute and begin again once it has stayed open', async () => {
  const line = await opened()
  line.fail(true)
  line.listener().down('gone')
  const before = line.attempts()
  await line.pass(1000 + 2000 + 4000 + 8000 + 16_000 + 32_000)
  expect(line.attempts() - before).toBe(6)
  await line.pass(againMaxMs - 1)
  expect(line.attempts() - before).toBe(6)
  line.fail(false)
  await line.pass(1)
  expect(line.attempts() - before).toBe(7)
  await line.pass(10_000)
  line.listener().down('gone')
  await line.pass(1000)
  expect(line.attempts() - before).toBe(8)
})

test('one that opens and dies at once does not begin again at the shortest wait', async () => {
  const line = await opened()
  for (const waitMs of [1000, 2000, 4000]) {
    line.listener().down('ended')
    await line.pass(waitMs - 1)
    const before = line.attempts()
    await line.pass(1)
    expect(line.attempts()).toBe(before + 1)
  }
  line.listener().down('ended')
  expect(line.lost).toEqual(['ended'])
})

test('closed, it says and tries nothing more, and what was open is closed', async () => {
  const line = await opened()
  await line.input.close()
  await line.input.close()
  line.listener().level(true)
  line.listener().down('ended')
  await line.pass(againMaxMs)
  expect([line.told, line.attempts(), line.closed(), line.clock.pending()]).toEqual([[], 1, 1, 0])
})

test('an opening that is late for the close is closed', async () => {
  const line = await opened()
  line.listener().down('ended')
  line.clock.pass(1000)
  await line.input.close()
  await settle()
  expect([line.attempts(), line.closed()]).toEqual([2, 1])
})

test('the listener of a line that went down is not heard any more', async () => {
  const line = await opened()
  const old = line.listener()
  old.down('ended')
  old.down('ended')
  await line.pass(1000)
  old.level(true)
  expect([line.told, line.attempts()]).toEqual([[], 2])
})

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function kept() {
  const clock = createHandClock()
  const [told, lost, faults]: [boolean[], string[], string[]] = [[], [], []]
  const listeners: RawListener[] = []
  let failing = false
  let closed = 0
  async function open(raw: RawListener) {
    let level: boolean | undefined
    const listener = {
      level(high: boolean) {
        level = high
        raw.level(high)
      },
      down: raw.down,
    }
    listeners.push(listener)
    if (failing) throw new Error('in use')
    return {
      read: () => level,
      async close() {
        closed += 1
      },
    }
  }
  const deps = {
    after: (ms: number, wake: () => void) => clock.wakeAt(clock.now() + ms, wake),
    onLevel: (high: boolean) => void told.push(high),
    onLost: (reason: string) => void lost.push(reason),
    fault: (reason: string) => void faults.push(reason),
  }
  return {
    clock,
    told,
    lost,
    faults,
    opening: () => keepOpen(open, deps),
    attempts: () => listeners.length,
    closed: () => closed,
    fail: (is: boolean) => {
      failing = is
    },
    listener: () => listeners.at(-1) as RawListener,
    /** From wake to wake, with time for what each has begun. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 500) {
        clock.pass(Math.min(500, left))
        await settle()
      }
    },
  }
}

async function opened() {
  const line = kept()
  return { ...line, input: await line.opening() }
}
