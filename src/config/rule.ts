import { type Fault, wholeFile } from './fault.ts'

/**
 * A rule between keys, which no schema of one key can say. It is asked only if none of the keys it names has a fault of its own, so that it may
 * trust what it reads. It answers with the sentence of the fault.
 */
export interface Rule<Written> {
  /** Where the fault is reported. */
  readonly path: string
  /** The keys (or sections) it reads. */
  readonly reads: readonly string[]
  readonly broken: (written: Written) => string | undefined
}

/** The faults between keys; `blocked` are the paths whose values cannot be trusted. */
export function ruleFaults<Written>(rules: readonly Rule<Written>[], written: Written, blocked: readonly string[]): readonly Fault[] {
  const touches = (key: string) => blocked.some((path) => path === wholeFile || isWithin(path, key) || isWithin(key, path))
  return rules.flatMap((rule) => {
    if (rule.reads.some(touches)) return []
    const sentence = rule.broken(written)
    return sentence === undefined ? [] : [{ path: rule.path, sentence }]
  })
}

/** Whether the path is the key itself or below it. */
function isWithin(path: string, key: string): boolean {
  return path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)
}
