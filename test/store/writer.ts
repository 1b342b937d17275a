import { openSync, writeSync } from 'node:fs'
import type { Database } from '../../src/store/database.ts'
import { openStore } from '../../src/store/store.ts'

/**
 * Writes steps as fast as it can until it is killed, and says after each what it was told is on the medium: the step and the last event. Each step has one
 * fact and as many events as the last digit of its number says; every seventh has a checkpoint. `writer.ts DIRECTORY` and further words:
 *
 * - `unacknowledged`: all stays unsent
 * - `trims`: little is kept of what was sent
 * - `unsynced`: a fault planted on purpose, nothing is flushed
 * - `steps=N`: ends in order after so many
 * - `marker=FILE`: says it there, instead of on its output
 */
const [directory = '', ...words] = process.argv.slice(2)
const word = (name: string): string | undefined => words.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
const stepsMax = Number(word('steps') ?? Number.POSITIVE_INFINITY)
const marker = word('marker')
const file = marker === undefined ? undefined : openSync(marker, 'w')
const say = (line: string): unknown => (file === undefined ? process.stdout.write(line) : writeSync(file, line))

const limits = { acknowledgeDelayMs: 1, segmentBytes: 32_768, ...(words.includes('trims') ? { keepBytesMax: 20_000 } : {}) }
const wrap = (database: Database): Database => ({ ...database, batch: (operations) => database.batch(operations, { sync: !words.includes('unsynced') }) })
const log = { info: () => {}, error: (_fields: object, message: string) => process.stderr.write(`${message}\n`) }
const store = await openStore({ directory, log, wall: () => 0, limits, wrap })
let sequence = store.lastSequence
let step = Number((store.past.facts.at(-1) ?? { at: 0 }).at || (store.past.checkpoint?.desk as { step: number } | undefined)?.step || 0)
const last = step + stepsMax

async function write(): Promise<void> {
  while (step < last) {
    step += 1
    const mine = step
    const events = Array.from({ length: mine % 4 }, () => {
      sequence += 1
      return { sequence, wall: 0, json: JSON.stringify({ step: mine, sequence, padding: 'x'.repeat(200) }) }
    })
    const through = sequence
    const past = mine % 7 === 0 ? { checkpoint: { desk: { step: mine }, wall: 0, bootId: 'b', bootMs: 0 } } : { facts: [{ type: 'tick' as const, at: mine }] }
    await store.append({ ...past, events })
    if (!words.includes('unacknowledged')) store.acknowledge(through)
    say(`${mine} ${through}\n`)
  }
}

await Promise.all(Array.from({ length: 5 }, write))
await store.close()
