import * as v from 'valibot'
import { count } from '../../mqtt/wire-form.ts'
import { namePattern } from '../../name-form.ts'
import type { KeptWard } from './ward.ts'

/** `warden.json`: what the warden must know after a restart of the hub. No number is in it. */
const desk = v.pipe(v.string(), v.regex(namePattern))
const text = v.pipe(v.string(), v.maxLength(160))
const wall = v.pipe(v.number(), v.finite())
const lease = v.object({
  state: v.picklist(['asked', 'held', 'releasing', 'unknown']),
  kind: v.picklist(['no-answer', 'always']),
  target: v.nullable(text),
  until: v.nullable(wall),
  order: v.exactOptional(count),
})
const task = v.object({
  state: v.picklist(['undone', 'foreign', 'unconfirmed']),
  cause: v.picklist(['agent-gone', 'lease-over']),
  reason: v.picklist(['agent-gone', 'lease-over', 'found-free', 'not-shown', 'unclaimed']),
  since: wall,
  began: wall,
  lease,
  nextAt: wall,
  tries: wall,
  blind: wall,
  done: v.literal(true),
})

export const keptSchema: v.GenericSchema<unknown, readonly [string, KeptWard][]> = v.array(
  v.tuple([desk, v.object({ lease: v.exactOptional(lease), settled: v.exactOptional(text), task: v.exactOptional(task) })]),
)
