import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { locationIn } from './database.ts'
import type { StoreLimits } from './limits.ts'
import type { Operation } from './lines.ts'
import { openLog } from './log.ts'
import { keys, put, storeFormat } from './records.ts'

/** Records that are written with one flush. */
const recordsPerBatch = 512

/**
 * Brings a store of format 1 to the present one. That was a LevelDB in `journal`, which this program still knows how to read, and nothing else of it. The
 * new log is made beside it and takes its place at once; the old one is removed last, so that it may all be cut off anywhere.
 */
export async function migrate(directory: string, limits: Pick<StoreLimits, 'segmentBytes'>): Promise<void> {
  const older = join(directory, 'journal')
  if (!existsSync(older)) return
  if (!existsSync(locationIn(directory))) {
    const made = join(directory, 'log.tmp')
    await rm(made, { recursive: true, force: true })
    await copy(older, made, limits)
    await rename(made, locationIn(directory))
  }
  await rm(older, { recursive: true, force: true })
}

async function copy(from: string, to: string, limits: Pick<StoreLimits, 'segmentBytes'>): Promise<void> {
  // Loaded only where there is such a store.
  const { ClassicLevel } = await import('classic-level')
  const level = new ClassicLevel(from, { createIfMissing: false })
  await level.open()
  const { database } = await openLog(to, limits)
  try {
    let batch: Operation[] = [put(keys.format, String(storeFormat))]
    for await (const [key, value] of level.iterator()) {
      batch.push(...rewritten(key, value))
      if (batch.length < recordsPerBatch) continue
      await database.batch(batch)
      batch = []
    }
    if (batch.length > 0) await database.batch(batch)
  } finally {
    await database.close()
    await level.close()
  }
}

/**
 * A record of format 1: `event!…` held `7 1763802012345 {…}`, `fact!…` held `42 {…}`, each with its number, and `meta!epoch` the one name that there was.
 * One that is not so is left out, and will be missed.
 */
function rewritten(key: string, value: string): readonly Operation[] {
  if (key === keys.checkpoint || key === keys.acknowledged) return [put(key, value)]
  if (key.startsWith('memory!')) return [put(keys.memory(key.slice('memory!'.length)), value)]
  if (key === 'meta!epoch' && /^[0-9a-f-]{36}$/.test(value)) return [put(keys.epoch(0), value), put(keys.present, `0 ${value}`)]
  const [, kind, digits] = /^(event|fact)!(\d{12})$/.exec(key) ?? []
  const [, number, body] = /^(\d+) (.*)$/s.exec(value) ?? []
  const isWhole = kind !== undefined && body !== undefined && Number(digits) === Number(number)
  return isWhole ? [put(key, body)] : []
}
