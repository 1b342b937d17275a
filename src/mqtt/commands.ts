import * as v from 'valibot'
import type { Clock } from '../agent/ports.ts'
import type { Instant, WallTime } from '../desk/time.ts'
import type { LinkLimits } from './limits.ts'
import { isoTime } from './messages.ts'

const id = v.pipe(v.string(), v.maxLength(32))
const deskId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))
const sequence = v.pipe(v.number(), v.integer(), v.minValue(1))

/** What each command of contract §4 says besides `id` and `expires`. Further fields are ignored. */
export const commandSchemas = {
  hold: v.object({ call: v.exactOptional(id) }),
  replay: v.object({ epoch: v.string(), from: sequence, to: sequence }),
  'lamp.test': v.object({}),
  'forward.set': v.object({ target: v.exactOptional(deskId) }),
  'forward.clear': v.object({}),
  'absence.set': v.object({ until: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())) }),
  'absence.clear': v.object({}),
  'callback.promise': v.object({ call: v.exactOptional(id), callback: v.exactOptional(id), promisedAt: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())) }),
  'callback.done': v.object({ callback: id, by: v.exactOptional(deskId) }),
  freeze: v.object({}),
  unfreeze: v.object({}),
  identify: v.object({}),
} as const satisfies Readonly<Record<string, v.GenericSchema>>
