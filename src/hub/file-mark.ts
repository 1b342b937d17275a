import { statSync } from 'node:fs'

/** What changes with a file, whether it was written over or put in the place of the former; the same for as long as there is none. */
export function fileMark(file: string): string {
  const { ino, size, mtimeMs, ctimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, size: 0, mtimeMs: 0, ctimeMs: 0 }
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`
}
