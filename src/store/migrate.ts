import { ConfigurationError } from '../errors.ts'
import type { Database, Operation } from './database.ts'
import { keys, parseJson, put, rangeOf, storeFormat, twelveDigits, unseal } from './records.ts'

/** Records that are rewritten with one flush. */
const recordsPerBatch = 512

/**
 * Brings a store that an earlier version wrote to the present format. It may be cut off anywhere: the format is written last, and what was rewritten
 * already is left alone the next time. Rejects with STORE_FAILED for a store of a later version.
 */
export async function migrate(database: Database): Promise<void> {
  const format = await formatOf(database)
  if (format > storeFormat) {
    throw new ConfigurationError(
      'STORE_FAILED',
      `The store was written by another version of this program (format ${format}; this version knows ${storeFormat}). ` +
        'Install that version, or set store.directory to a new directory.',
    )
  }
  if (format === 1) await migrateFrom1(database)
}

/** A format that cannot be read is taken for the present one: what is not of it is found out record by record. */
async function formatOf(database: Database): Promise<number> {
  const written = await database.get(keys.format)
  if (written === '1') return 1
  const format = Number(unseal(keys.format, written ?? ''))
  return Number.isSafeInteger(format) && format > 0 ? format : storeFormat
}

async function migrateFrom1(database: Database): Promise<void> {
  const batch: Operation[] = []
  for (const kind of ['event', 'fact', 'memory'] as const) {
    for await (const [key, value] of database.iterator(rangeOf(kind))) {
      batch.push(...rewritten(key, value))
      if (batch.length >= recordsPerBatch) await database.batch(batch.splice(0), { sync: true })
    }
  }
  for (const key of [keys.checkpoint, keys.acknowledged]) {
    const value = await database.get(key)
    if (value !== undefined) batch.push(...rewritten(key, value))
  }
  const epoch = await database.get(keys.present)
  if (epoch !== undefined && /^[0-9a-f-]{36}$/.test(epoch)) batch.push(put(keys.epoch(0), epoch), put(keys.present, `0 ${epoch}`))
  // Every store of format 1 that was damaged kept this number, so that none was given again: now the place of what is gone says so.
  batch.push({ type: 'del', key: 'meta!last' }, put(keys.format, String(storeFormat)))
  await database.batch(batch, { sync: true })
}

/** A record of format 1 that cannot be read is left as it is: it will not be readable later either, and be found out. */
function rewritten(key: string, value: string): readonly Operation[] {
  if (unseal(key, value) !== undefined) return []
  const [, number, body] = /^(?:event|fact)!/.test(key) ? (/^(\d+) (.*)$/s.exec(value) ?? []) : []
  if (body !== undefined && key.endsWith(`!${twelveDigits(Number(number))}`)) return [put(key, body)]
  if (key.startsWith('memory!') || key.startsWith('meta!')) return [put(key, value)]
  return key === keys.checkpoint && parseJson(value) !== undefined ? [put(key, value)] : []
}
