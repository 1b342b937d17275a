import * as v from 'valibot'
import type { WallTime } from '../../desk/time.ts'
import { schemaVersion } from '../../mqtt/wire-form.ts'
import { readPayload } from './read-payload.ts'

/** What a desk of the chain says of itself, as far as that matters here. */
export interface NeighbourWord {
  readonly takesCalls: boolean
  /** When it was said, by the neighbour's clock; absent where that cannot be read. */
  readonly at?: WallTime
}

/**
 * Only what decides is asked for: a desk of another make, or another version of this one, may write the rest as it likes. A version that gives
 * `takesCalls` another meaning raises `v`, and is not believed.
 */
const said = v.object({ v: v.optional(v.literal(schemaVersion), schemaVersion), takesCalls: v.boolean(), at: v.optional(v.unknown()) })

/** A desk's presence; `undefined` for what says nothing that this desk understands. */
export function readNeighbourWord(payload: Buffer): NeighbourWord | undefined {
  const word = readPayload(said, payload)
  if (word === undefined) return undefined
  const at = typeof word.at === 'string' ? Date.parse(word.at) : word.at
  return { takesCalls: word.takesCalls, ...(typeof at === 'number' && Number.isFinite(at) ? { at } : {}) }
}
