import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { hubLimits } from '../limits.ts'

const script = 'require(process.argv[1]).ClassicLevel.repair(process.argv[2]).catch((error) => { console.error(String(error.message)); process.exit(1) })'

/**
 * Repairs the database as far as LevelDB can, in a process of its own: where a flipped bit has put the keys of a block out of order, an assertion ends the
 * process that repairs (leveldb, table_builder.cc), and a hub that repaired it itself would end so at each start. Rejects if it was not repaired.
 */
export function repairDatabase(location: string): Promise<void> {
  const library = createRequire(import.meta.url).resolve('classic-level')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', script, library, location], { timeout: hubLimits.recordRepairMs }, (error, _, said) => {
      if (error === null) resolve()
      else reject(new Error(said.trim().split('\n')[0] || error.message))
    })
  })
}

/** Whether there are tables and nothing that names them: LevelDB would begin a new database in their place, and say nothing. */
export async function lacksItsHead(location: string): Promise<boolean> {
  const names = await readdir(location).catch(() => [] as string[])
  return !names.includes('CURRENT') && names.some((name) => /^\d+\.(ldb|log)$/.test(name))
}
