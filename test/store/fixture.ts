import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Checkpoint, OutboxEvent, StoredEvent } from '../../src/agent/ports.ts'
import type { Event } from '../../src/desk/event.ts'
import { type Database, locationIn } from '../../src/store/database.ts'
import { storeLimits } from '../../src/store/limits.ts'
import { openLog } from '../../src/store/log.ts'
import { type JournalStore, openStore, type StoreLog, type StoreOptions } from '../../src/store/store.ts'

/** A directory that is gone when the test is over. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface KeptLog extends StoreLog {
  readonly errors: string[]
  readonly infos: string[]
}

export function keptLog(): KeptLog {
  const errors: string[] = []
  const infos: string[] = []
  return { errors, infos, error: (_fields, message) => errors.push(message), info: (_fields, message) => infos.push(message) }
}

/** A store that is closed when the test is over, if it is not before. */
export async function open(directory: string, options: Partial<StoreOptions> = {}): Promise<JournalStore> {
  const store = await openStore({ directory, log: keptLog(), wall: () => noon, ...options })
  onTestFinished(() => store.close())
  return store
}

export const noon = Date.UTC(2026, 10, 23, 12)

export function event(sequence: number, wall: number = noon, padding = ''): OutboxEvent {
  return { sequence, wall, json: JSON.stringify({ id: `e-${sequence}`, note: 'żółw "quoted"\n', padding }) }
}

/** The same as a store gives it back. */
export function stored(sequence: number, position: number = sequence, wall: number = noon): StoredEvent {
  return { position, ...event(sequence, wall) }
}

export function events(from: number, to: number, wall: number = noon): readonly OutboxEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index, wall))
}

export function fact(at: number): Event {
  return { type: 'call.delivered', ref: { phoneId: String(at), remote: '+48858696001' }, at }
}

export function checkpoint(mark: string): Checkpoint {
  return { desk: { mark }, wall: noon, bootId: 'boot-1', bootMs: 5 }
}

/** Changes the database of a closed store behind its back. */
export async function meddle(directory: string, change: (database: Database) => Promise<void>): Promise<void> {
  const { database } = await openLog(locationIn(directory), storeLimits)
  await change(database)
  await database.close()
}

/** Damages the last line of a closed store's log that writes this record: one bit of it, if nothing else is said. */
export function spoil(directory: string, key: string, damage: (line: Buffer) => unknown = (line) => line.writeUInt8(line.readUInt8(12) ^ 1, 12)): void {
  const names = readdirSync(locationIn(directory)).sort().reverse()
  for (const name of names) {
    const bytes = readFileSync(join(locationIn(directory), name))
    const at = bytes.lastIndexOf(` put ${key} `)
    if (at === -1) continue
    damage(bytes.subarray(at - 8, bytes.indexOf('\n', at)))
    writeFileSync(join(locationIn(directory), name), bytes)
    return
  }
  throw new Error(`no line writes ${key}`)
}

/** A medium that can be made to take nothing, as a card that is full: from the beginning, or as soon as the test says so. */
export function breakable(code = 'ENOSPC', broken = false) {
  const state = { broken, opened: 0 }
  const wrap = (level: Database): Database => {
    state.opened += 1
    return new Proxy(level, {
      get(target, name) {
        if (name === 'batch' && state.broken) return () => Promise.reject(Object.assign(new Error('IO error: No space left on device'), { code }))
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  return { state, wrap }
}
