import * as v from 'valibot'
import type { WardenConfig } from '../config.ts'
import { file, whole } from '../values.ts'

export const warden: v.GenericSchema<object, WardenConfig> = v.pipe(
  v.strictObject({
    graceMs: v.optional(whole('How long an agent may be away before its phone is freed: longer than a restart of its machine.', 1000, 3_600_000), 180_000),
    phonesFile: file('The file with the phones that the warden can reach, and how.'),
  }),
  v.title('Warden'),
  v.description('Undoes the forwarding of a desk whose agent is dead. An addition to the contract.'),
)
