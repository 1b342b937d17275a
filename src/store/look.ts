import { existsSync } from 'node:fs'
import type { StoredPast } from '../agent/ports.ts'
import { locationIn } from './database.ts'
import { readLog } from './log.ts'
import { type Mark, readMark } from './mark.ts'
import { keys } from './records.ts'
import { recoverFacts, recoverMemory } from './recovery.ts'

/** What a journal tells to somebody who only looks. */
export interface Seen {
  readonly past: StoredPast
  /** False where something is damaged or gone: what is not in `past` may have been so all the same. */
  readonly isWhole: boolean
  /** What a driver had remembered. */
  recall(key: string): unknown
}

/**
 * Looks into the store of a desk without taking it: it is not held, and nothing in it is written, repaired or removed, so that it may be read beside the agent
 * that has it, and after one that is dead. `none` where there is none. Never rejects for what the files hold.
 */
export async function lookInto(directory: string): Promise<Seen | 'none'> {
  if (!existsSync(locationIn(directory))) return 'none'
  const mark = await readMark(directory)
  // The last segment has all that is asked for here. Where it does not, it is damaged, or was only just being begun: then the others may know.
  const seen = await look(directory, mark, true)
  return seen?.isWhole === true ? seen : ((await look(directory, mark, false)) ?? seen ?? nothing)
}

const nothing: Seen = { past: { facts: [] }, isWhole: false, recall: () => undefined }

async function look(directory: string, mark: Mark | undefined, lastOnly: boolean): Promise<Seen | undefined> {
  try {
    const { database, damagedLines } = await readLog(locationIn(directory), { mark, lastOnly })
    const present = database.get(keys.present)
    const faults: string[] = []
    // A mark of another store than this says nothing of it.
    const ours = mark !== undefined && present?.endsWith(` ${mark.epoch}`) === true ? mark : undefined
    const { past, isWhole } = await recoverFacts(database, ours, (sentence) => faults.push(sentence))
    const memory = await recoverMemory(database, (sentence) => faults.push(sentence))
    await database.close()
    return { past, isWhole: isWhole && present !== undefined && damagedLines === 0, recall: (key) => memory.get(key) }
  } catch {
    return undefined
  }
}
