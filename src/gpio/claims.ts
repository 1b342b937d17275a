import { unavailable } from './chips.ts'

/** The lines and lights that this process has open. The kernel lets sysfs open a line twice, and the two then turn one another's line round. */
export interface Claims {
  /** Throws a `ConfigurationError` if it is taken; the returned function gives it back. */
  take(key: string, name: string): () => void
  size(): number
}

export function createClaims(): Claims {
  const taken = new Set<string>()
  return {
    take(key, name) {
      if (taken.has(key)) throw unavailable(`${name} is asked for twice by this configuration: give the seat and each lamp a line of its own.`)
      taken.add(key)
      return () => void taken.delete(key)
    },
    size: () => taken.size,
  }
}
