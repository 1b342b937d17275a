import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { keys } from '../../src/store/records.ts'
import type { JournalStore } from '../../src/store/store.ts'
import { checkpoint, event, events, fact, open, scratch, spoil } from './fixture.ts'

const writer = join(import.meta.dirname, 'writer.ts')

/** Lets the writer write, kills it in the middle, and gives back the last step and the last event that it was told are safe. */
async function writeAndDie(directory: string, lines: number, ...words: readonly string[]): Promise<{ step: number; sequence: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, directory, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text
    if (heard.split('\n').length > lines) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.on('close', resolve))
  expect(child.signalCode).toBe('SIGKILL')
  const told = heard
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').map(Number))
  return { step: Math.max(...told.map(([step = 0]) => step)), sequence: Math.max(...told.map(([, sequence = 0]) => sequence)) }
}

/** Takes so many of the bytes that were written last off a log. */
function cutOff(directory: string, bytes: number): void {
  const log = join(directory, 'log')
  const file = join(log, readdirSync(log).sort().at(-1) ?? 'no log')
  truncateSync(file, Math.max(0, readFileSync(file).lastIndexOf('\n') + 1 - bytes))
}

/** The steps that the store has, and a check that each is whole: all its events and its fact or checkpoint, or nothing of it. */
async function stepsIn(store: JournalStore): Promise<number> {
  const stored = (store.past.checkpoint?.desk as { step: number } | undefined)?.step ?? 0
  const steps = store.past.facts.map(({ at }) => at)
  expect(steps).toEqual(steps.map((_, index) => stored + index + 1))
  const last = steps.at(-1) ?? stored
  const kept = (await store.eventsAfter(0, 1_000_000)).map(({ json }) => (JSON.parse(json) as { step: number }).step)
  const expected = Array.from({ length: last }, (_, index) => index + 1).flatMap((step) => Array.from({ length: step % 4 }, () => step))
  expect(kept).toEqual(expected)
  return last
}

describe('killed in the middle of writing', () => {
  test('twenty times over: all that was promised is there, in order, and no step in part', { timeout: 60_000 }, async () => {
    const directory = scratch()
    for (let round = 0; round < 20; round += 1) {
      const promised = await writeAndDie(directory, 5 + round * 7)
      const store = await open(directory)
      expect(store.health().inconsistencies).toBe(0)
      expect(await stepsIn(store)).toBeGreaterThanOrEqual(promised.step)
      expect(store.lastSequence).toBeGreaterThanOrEqual(promised.sequence)
      expect(store.acknowledged).toBeLessThanOrEqual(store.lastSequence)
      await store.close()
    }
  })

  test('and damaged in between: each life has an epoch of its own, and what is missing is what was damaged', { timeout: 120_000 }, async () => {
    const directory = scratch()
    const random = createRandom(1)
    const spoiled: { epoch: string; sequence: number }[] = []
    const epochs: string[] = []
    for (let life = 0; life < 8; life += 1) {
      await writeAndDie(directory, 10 + life * 5, 'unacknowledged')
      const store = await open(directory)
      if (epochs.at(-1) !== store.epoch) epochs.push(store.epoch)
      const sequence = 1 + Math.floor(random() * (store.lastSequence - 1))
      // Of the present epoch: the last with this number.
      const victim = (await store.eventsAfter(0, 100_000)).findLast((each) => each.sequence === sequence)
      await store.close()
      spoil(directory, keys.event(victim?.position ?? 0))
      spoiled.push({ epoch: store.epoch, sequence })
    }
    const store = await open(directory)
    const kept = await Promise.all(epochs.map((epoch) => store.eventsOf(epoch, 1, 100_000)))
    expect(await store.eventsAfter(0, 1_000_000)).toEqual(kept.flat())
    for (const [index, epoch] of epochs.entries()) {
      const mine = spoiled.filter((each) => each.epoch === epoch).map((each) => each.sequence)
      const numbers = kept[index]?.map((each) => each.sequence) ?? []
      const all = Array.from({ length: Math.max(...numbers, ...mine) }, (_, at) => at + 1)
      expect(all.filter((number) => !numbers.includes(number))).toEqual(mine)
      expect(store.owed().find((loss) => loss.epoch === epoch)).toEqual({ cause: 'damaged', epoch, count: 1, from: mine[0], to: mine[0] })
    }
    expect([epochs.length, store.owed().length]).toEqual([8, 8])
  })

  test('a journal cut off anywhere still opens, as it was after some step', async () => {
    for (let cut = 1; cut < 400; cut += 23) {
      const directory = scratch()
      const before = await open(directory)
      for (let step = 1; step <= 6; step += 1) await before.append({ facts: [fact(step)], events: events(step * 2 - 1, step * 2) })
      await before.append({ checkpoint: checkpoint('six'), events: [event(13)] })
      await before.close()
      rmSync(join(directory, 'journal.mark'))
      cutOff(directory, cut)

      const after = await open(directory)
      expect(after.health().inconsistencies).toBe(0)
      const steps = after.past.facts.length
      const whole = after.past.checkpoint === undefined ? steps * 2 : 13
      expect([after.lastSequence, steps]).toEqual([whole, after.past.checkpoint === undefined ? whole / 2 : 0])
      await after.close()
    }
  })
})
