import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { locationIn } from '../../src/store/database.ts'
import { storeLimits } from '../../src/store/limits.ts'
import { lookInto, type Seen } from '../../src/store/look.ts'
import { keys } from '../../src/store/records.ts'
import { checkpoint, events, fact, open, scratch, spoil } from './fixture.ts'

/** Every file of a store with its bytes: what somebody who only looks must leave as it is. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(names.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name)).toString('base64')]))
}

async function seenIn(directory: string): Promise<Seen> {
  const seen = await lookInto(directory)
  if (seen === 'none') throw new Error('there is a store')
  return seen
}

/** A store with a checkpoint `mark`, two facts behind it and some events; in small segments if need be. */
async function written(segmentBytes: number = storeLimits.segmentBytes, rounds = 1): Promise<string> {
  const directory = scratch()
  const store = await open(directory, { limits: { segmentBytes } })
  for (let round = 0; round < rounds; round += 1) {
    await store.append({ checkpoint: checkpoint(`mark ${round}`), events: events(round * 5 + 1, round * 5 + 5) })
    await store.append({ facts: [fact(round * 10 + 1), fact(round * 10 + 2)] })
  }
  await store.remember('how it forwards', 'well')
  await store.close()
  return directory
}

test('where there is no store, there is none, and none is made', async () => {
  const directory = scratch()
  expect(await lookInto(join(directory, 'nowhere'))).toBe('none')
  expect(await lookInto(directory)).toBe('none')
  expect(readdirSync(directory)).toEqual([])
})

describe('a look', () => {
  test('finds the checkpoint, the facts behind it and what was remembered, and changes nothing', async () => {
    const directory = await written()
    writeFileSync(join(locationIn(directory), '00000009.tmp'), 'half a segment')
    const before = filesOf(directory)
    const seen = await seenIn(directory)
    expect([seen.past, seen.isWhole]).toEqual([{ checkpoint: checkpoint('mark 0'), facts: [fact(1), fact(2)] }, true])
    expect([seen.recall('how it forwards'), seen.recall('anything else')]).toEqual(['well', undefined])
    expect(filesOf(directory)).toEqual(before)
  })

  test('finds it also where the agent has it open and goes on writing to it', async () => {
    const directory = scratch()
    const store = await open(directory, { limits: { segmentBytes: 4096 } })
    for (let round = 0; round < 60; round += 1) {
      // The look and the write meet at a different point each time.
      const [seen] = await Promise.all([seenIn(directory), store.append({ checkpoint: checkpoint(`mark ${round}`), events: events(round + 1, round + 1) })])
      const before = round === 0 ? undefined : checkpoint(`mark ${round - 1}`)
      expect([before, checkpoint(`mark ${round}`)]).toContainEqual(seen.past.checkpoint)
    }
    expect((await seenIn(directory)).past.checkpoint).toEqual(checkpoint('mark 59'))
    await store.append({ facts: [fact(1)] })
    expect((await seenIn(directory)).past.facts).toEqual([fact(1)])
  })

  test('needs the last segment only, and the others where that one is not whole', async () => {
    const directory = await written(4096, 40)
    expect(readdirSync(locationIn(directory)).length).toBeGreaterThan(2)
    const { past } = await seenIn(directory)
    expect(past).toEqual({ checkpoint: checkpoint('mark 39'), facts: [fact(391), fact(392)] })
    // As the writer leaves it for a moment: the next segment has a name and nothing in it yet.
    writeFileSync(join(locationIn(directory), '00000999.log'), '')
    expect((await seenIn(directory)).past).toEqual(past)
  })
})

describe('what is not whole is said to be so', () => {
  test('the last segment is gone with all that is not an event', async () => {
    const directory = await written(4096, 40)
    const last = readdirSync(locationIn(directory)).sort().at(-1) ?? ''
    rmSync(join(locationIn(directory), last))
    const seen = await seenIn(directory)
    expect([seen.past.checkpoint, seen.isWhole]).toEqual([undefined, false])
  })

  test('the checkpoint cannot be read', async () => {
    const directory = await written()
    spoil(directory, keys.checkpoint)
    const seen = await seenIn(directory)
    expect([seen.past.checkpoint, seen.isWhole]).toEqual([undefined, false])
  })

  test('there is not one good line in it', async () => {
    const directory = await written()
    for (const name of readdirSync(locationIn(directory))) writeFileSync(join(locationIn(directory), name), Buffer.alloc(8192, 0x41))
    const seen = await seenIn(directory)
    expect([seen.past, seen.isWhole]).toEqual([{ facts: [] }, false])
  })
})

test('cut off anywhere, it shows what the next agent will find', async () => {
  const whole = await written(4096, 12)
  const last = readdirSync(locationIn(whole)).sort().at(-1) ?? ''
  const bytes = readFileSync(join(locationIn(whole), last))
  const end = bytes.findLastIndex((byte) => byte !== 0)
  const random = createRandom(7)
  const found = new Set<string>()
  for (let index = 0; index < 60; index += 1) {
    const directory = scratch()
    cpSync(whole, directory, { recursive: true })
    // A power cut takes the mark along half of the time: it is written without a flush.
    if (index % 2 === 0) rmSync(join(directory, 'journal.mark'))
    truncateSync(join(locationIn(directory), last), Math.floor(random() * end))
    const seen = await seenIn(directory)
    const store = await open(directory)
    expect(seen.past).toEqual(store.past)
    expect(seen.isWhole || store.health().inconsistencies > 0 || store.past.checkpoint === undefined).toBe(true)
    found.add(JSON.stringify(seen.past.checkpoint?.desk))
    await store.close()
  }
  expect(found.size).toBeGreaterThan(2)
}, 60_000)
