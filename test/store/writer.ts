import { performance } from 'node:perf_hooks'
import { openStore } from '../../src/store/store.ts'

/**
 * Writes steps as fast as it can until it is killed, and says after each what it was told is on the medium. Each step has one fact and as many
 * events as the last digit of its number says; every seventh has a checkpoint.
 */
const log = { info: () => {}, error: (_fields: object, message: string) => process.stderr.write(`${message}\n`) }
const store = await openStore({ directory: process.argv[2] ?? '', log, wall: () => 0, limits: { acknowledgeDelayMs: 1 } })
let sequence = store.lastSequence
let step = Number((store.past.facts.at(-1) ?? { at: 0 }).at || (store.past.checkpoint?.desk as { step: number } | undefined)?.step || 0)

async function write(): Promise<void> {
  for (;;) {
    step += 1
    const mine = step
    const events = Array.from({ length: mine % 4 }, () => {
      sequence += 1
      return { sequence, wall: 0, json: JSON.stringify({ step: mine }) }
    })
    const last = sequence
    const past =
      mine % 7 === 0
        ? { checkpoint: { desk: { step: mine }, wall: 0, bootId: 'b', bootMs: performance.now() } }
        : { facts: [{ type: 'tick' as const, at: mine }] }
    await store.append({ ...past, events })
    store.acknowledge(last)
    process.stdout.write(`${mine} ${last}\n`)
  }
}

await Promise.all(Array.from({ length: 5 }, write))
