import { readFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { messageOf } from '../errors.ts'
import type { HubLog } from './log.ts'

/** A small value that outlives the hub. */
export interface KeptFile<Value> {
  /** `undefined` where there is none, or none that can be read. */
  read(): Value | undefined
  /** Returns at once; what is written while the medium works is written afterwards, the last of it. */
  write(value: Value): void
  /** Resolves when what was written last is on the medium, or could not be. */
  settled(): Promise<void>
}

/** Written beside and put in its place: a power cut leaves the old one or the new one. A medium that takes nothing is told of once and stops nobody. */
export function createKeptFile<Value>(path: string, schema: v.GenericSchema<unknown, Value>, log: HubLog): KeptFile<Value> {
  let waiting: { readonly value: Value } | undefined
  let writing: Promise<void> | undefined
  let told = false

  function tell(error: unknown): void {
    if (!told) log.warn({ path, fault: messageOf(error) }, 'a file of the hub could not be read or written')
    told = true
  }

  async function writeAll(): Promise<void> {
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined
      try {
        await replace(path, JSON.stringify(next.value))
        told = false
      } catch (error) {
        tell(error)
      }
    }
    writing = undefined
  }

  return {
    read() {
      try {
        const result = v.safeParse(schema, JSON.parse(readFileSync(path, 'utf8')))
        if (result.success) return result.output
        tell('it is not what the hub writes')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') tell(error)
      }
      return undefined
    },
    write(value) {
      waiting = { value }
      writing ??= writeAll()
    },
    settled: () => writing ?? Promise.resolve(),
  }
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = `${path}.new`
  const handle = await open(beside, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(beside, path)
}
