import { statSync } from 'node:fs'

/**
 * What changes with a file, whether it was written over or put in the place of the former; the same for as long as there is none. Never throws: of a file
 * that cannot be looked at (a failing card, a folder that was shut) why that is so is all that can be known.
 */
export function fileMark(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file)
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  }
}
