/** One thing that is wrong with a configuration: where, and a sentence that continues `path: `. */
export interface Fault {
  readonly path: string
  readonly sentence: string
}

/** Where a fault of the whole file is reported. */
export const wholeFile = 'configuration'

/** A file that is wrong from top to bottom is another kind of file; the first faults say so. */
const faultsMax = 100

export function faultLines(faults: readonly Fault[]): readonly string[] {
  const lines = faults.slice(0, faultsMax).map(({ path, sentence }) => `${path}: ${sentence}`)
  return faults.length > faultsMax ? [...lines, `${wholeFile}: has ${faults.length - faultsMax} more faults`] : lines
}

/** `substitutes`, `0`, `desk` → `substitutes[0].desk`. */
export function pathOf(keys: readonly (string | number)[]): string {
  const path = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return path === '' ? wholeFile : path.replace(/^\./, '')
}

const shownLengthMax = 40

/** A value as a person wrote it, short enough for a sentence. */
export function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a group of keys'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text
}
