import { fileMark } from '../file-mark.ts'
import { type RotatingName, readRotating } from './secrets.ts'

/** A secret that may be changed while the program runs: as its file has it now, the new one first, then the one before if it is still there. */
export type RotatingSecret = () => readonly string[]

export interface RotatingOptions {
  readonly file: string
  readonly name: RotatingName
  /** As it was read at the start. */
  readonly values: readonly string[]
  /** Told once for each change of the file that cannot be used, in a sentence without a letter of the secret. */
  readonly onFault: (sentence: string) => void
}

/**
 * Looks at the file each time it is asked, and reads it when it has changed. A file that cannot be used (half written, gone for a moment) changes nothing:
 * what was good is used until there is something better.
 */
export function createRotating({ file, name, values, onFault }: RotatingOptions): RotatingSecret {
  let known = values
  let seen = fileMark(file)
  let told: string | undefined
  return () => {
    const mark = fileMark(file)
    if (mark === seen) return known
    seen = mark
    const reading = readRotating(file, name)
    if ('values' in reading) {
      known = reading.values
      told = undefined
    } else if (told !== reading.fault) {
      told = reading.fault
      onFault(reading.fault)
    }
    return known
  }
}

/** A secret of this desk that follows its file; without a file it stays as it is. */
export function rotating(
  name: RotatingName,
  file: string | undefined,
  values: readonly string[],
  warn: (fields: object, message: string) => void,
): RotatingSecret {
  if (file === undefined) return () => values
  return createRotating({ file, name, values, onFault: (fault) => warn({ fault }, 'a secret was changed and cannot be used; the former one is') })
}
