import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { between, createRandom } from '../../src/simulator/random.ts'
import { readMark } from '../../src/store/mark.ts'
import { openStore } from '../../src/store/store.ts'
import { checkpoint, event, fact, keptLog, noon, open, scratch } from './fixture.ts'

const lastSequence = 180
const acknowledged = 70
const facts = 12
/** Small pieces, so that there are several. */
const limits = { segmentBytes: 16_384 }

/** A store of several tables and a log, left by its program either in order or in the middle of its work. */
async function filled(left: 'closed' | 'killed'): Promise<{ directory: string; epoch: string }> {
  const directory = scratch()
  let epoch = ''
  for (let life = 0; life < 4; life += 1) {
    const store = await open(directory, { limits: { ...limits, markDelayMs: 0, acknowledgeDelayMs: 1 } })
    epoch = store.epoch
    for (let sequence = store.lastSequence + 1; sequence <= ((life + 1) * lastSequence) / 4; sequence += 1) {
      await store.append({ events: [event(sequence, noon, `${sequence * 7919}`.repeat(20))] })
    }
    store.acknowledge(Math.min(acknowledged, store.lastSequence))
    if (life === 1) await store.append({ facts: [fact(0)], checkpoint: checkpoint('two') })
    if (life > 1) for (let at = 1; at <= facts / 2; at += 1) await store.append({ facts: [fact((life - 2) * (facts / 2) + at)] })
    if (life < 3) await store.close()
    else await expect.poll(() => readMark(directory)).toMatchObject({ position: lastSequence, acknowledged })
    if (life < 3) continue
    if (left === 'closed') await store.close()
    // What a program that is killed now leaves: all that it wrote, and none of it put in order.
    const copy = scratch()
    cpSync(directory, copy, { recursive: true })
    return { directory: copy, epoch }
  }
  return { directory, epoch }
}

type Random = () => number
type Damage = (file: string, random: Random) => void

/** A whole number from the one to the other, both included. */
const whole = (random: Random, from: number, to: number) => Math.floor(between(random, from, to + 1))

const damages: Readonly<Record<string, Damage>> = {
  'a few bits flipped': (file, random) =>
    change(file, (bytes) => {
      for (let flip = whole(random, 1, 4); flip > 0; flip -= 1) {
        const at = whole(random, 0, bytes.length - 1)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << whole(random, 0, 7))
      }
    }),
  'cut off': (file, random) => truncateSync(file, whole(random, 0, Math.max(0, statSync(file).size - 1))),
  'a stretch of zeroes': (file, random) =>
    change(file, (bytes) => {
      const from = whole(random, 0, bytes.length - 1)
      bytes.fill(0, from, Math.min(bytes.length, from + whole(random, 1, 4096)))
    }),
  gone: (file) => rmSync(file),
}

function change(file: string, damage: (bytes: Buffer) => void): void {
  const bytes = readFileSync(file)
  if (bytes.length > 0) damage(bytes)
  writeFileSync(file, bytes)
}

const filesIn = (directory: string) => [join(directory, 'journal.mark'), ...readdirSync(join(directory, 'log')).map((name) => join(directory, 'log', name))]

/** What was lost, by what the store gives back. */
async function openDamaged(directory: string) {
  const log = keptLog()
  const store = await openStore({ directory, log, wall: () => noon, limits })
  const kept = (await store.eventsAfter(0, 10_000)).map(({ json }) => json)
  return { store, log, kept }
}

const original = new Map(Array.from({ length: lastSequence }, (_, index) => [event(index + 1, noon, `${(index + 1) * 7919}`.repeat(20)).json, index + 1]))

describe.each(['closed', 'killed'] as const)('a store that was %s, damaged at random', (left) => {
  test.each(Object.keys(damages))('%s: opens, keeps what is good, and says what is lost, never more', { timeout: 300_000 }, async (name) => {
    const { directory: pristine, epoch } = await filled(left)
    const files = filesIn(pristine)
    for (let seed = 0; seed < (name === 'gone' ? 1 : 15) * files.length; seed += 1) {
      const random = createRandom(seed)
      const directory = scratch()
      cpSync(pristine, directory, { recursive: true })
      const file = (files[seed % files.length] ?? '').replace(pristine, directory)
      damages[name]?.(file, random)
      const where = `seed ${seed}, ${file.replace(directory, '')}`

      const { store, log, kept } = await openDamaged(directory)
      const numbers = kept.map((json) => original.get(json))
      expect(numbers, where).toEqual([...numbers].sort((one = 0, other = 0) => one - other))
      expect(numbers, where).not.toContain(undefined)
      const unsent = new Set(numbers.filter((number = 0) => number > acknowledged))
      const missing = lastSequence - acknowledged - unsent.size
      const loss = store.owed().find((each) => each.epoch === epoch)
      // Exactly: word of a loss where something unsent is gone, with the right number where one is given.
      if (missing > 0) expect(loss?.count ?? missing, `${where}: ${JSON.stringify(store.owed())}`).toBe(missing)
      if (missing > 0) expect(loss, where).toBeDefined()
      if (missing > 0) expect(store.epoch, where).not.toBe(epoch)
      expect(store.epoch === epoch, where).toBe(loss === undefined)
      if (store.epoch === epoch) expect(store.lastSequence, where).toBe(lastSequence)
      else expect(store.lastSequence, where).toBe(0)
      const past = store.past.checkpoint === undefined ? 0 : 1 + store.past.facts.length
      if (past < 1 + facts) expect(store.owed().length, where).toBeGreaterThan(0)
      if (missing > 0 || past < 1 + facts) expect(log.errors.length, where).toBeGreaterThan(0)
      // An epoch ends without anything unsent being gone only where the end of the numbers is in doubt.
      if (missing === 0 && loss !== undefined) expect(log.errors.join(), where).toMatch(/damaged|not as it was left/)

      await store.append({ events: [event(store.lastSequence + 1)], facts: [fact(99)] })
      await store.close()
      const again = await openDamaged(directory)
      expect(again.log.errors, where).toEqual([])
      expect(again.kept.length, where).toBe(kept.length + 1)
      expect(again.store.epoch, where).toBe(store.epoch)
      await again.store.close()
      rmSync(directory, { recursive: true })
    }
  })
})
