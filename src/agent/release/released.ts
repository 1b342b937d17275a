import { ConfigurationError, messageOf } from '../../errors.ts'

/** One sentence for a technician, and whether it went well. */
export interface Released {
  readonly ok: boolean
  readonly sentence: string
}

/** In one line: whoever reads it reads a log. */
export function wordsOf(error: unknown): string {
  if (error instanceof ConfigurationError && error.faults.length > 0) return error.faults.join('; ')
  return messageOf(error).replace(/\s*\n\s*/g, ' ')
}
