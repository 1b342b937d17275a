import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JournalStore } from '../../src/store/store.ts'
import { checkpoint, event, events, fact, open, scratch } from './fixture.ts'

const writer = join(import.meta.dirname, 'writer.ts')

/** Lets the writer write, kills it in the middle, and gives back the last step and the last event that it was told are safe. */
async function writeAndDie(directory: string, lines: number): Promise<{ step: number; sequence: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
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
