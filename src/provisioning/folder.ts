import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import type { OfficeFile } from './broker-office.ts'

/** The folder of an office: what is there stays, what has changed is written as a whole, and a secret is its owner's alone. */
export interface Folder {
  readonly path: string
  /** `undefined` where there is no such file. */
  read(file: string): string | undefined
  /** Whether it was written: a file that is as it should be keeps its time. */
  write(file: OfficeFile): boolean
  /** How many files were written. */
  written(): number
}

const modes = { secret: 0o600, executable: 0o755, public: 0o644, folder: 0o700 } as const

export function createFolder(path: string): Folder {
  let written = 0
  return {
    path,
    read: (file) => reading(join(path, file), () => readFileSync(join(path, file), 'utf8')),
    write(file) {
      const target = join(path, file.path)
      const mode = file.secret ? modes.secret : file.executable ? modes.executable : modes.public
      const before = reading(target, () => readFileSync(target, 'utf8'))
      if (before === file.text && (process.platform === 'win32' || (statSync(target).mode & 0o777) === mode)) return false
      reading(target, () => replace(target, file.text, mode))
      written += 1
      return true
    },
    written: () => written,
  }
}

/** Written beside and then put in its place: whoever reads it has the old one or the new one, and a power cut leaves one of the two. */
function replace(target: string, text: string, mode: number): void {
  mkdirSync(dirname(target), { recursive: true, mode: modes.folder })
  const beside = `${target}.new`
  const handle = openSync(beside, 'w', mode)
  try {
    chmodSync(beside, mode)
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(beside, target)
}

function reading<Value>(target: string, action: () => Value): Value | undefined {
  try {
    return action()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === undefined) throw error
    throw new ConfigurationError(
      'OUTPUT_FAILED',
      `${target} cannot be read or written (${code}): look at its owner and at the space on the disk, or choose another --out`,
    )
  }
}
