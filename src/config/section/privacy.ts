import * as v from 'valibot'
import type { PrivacyConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { file } from '../values.ts'

export const privacy: v.GenericSchema<object, PrivacyConfig> = v.pipe(
  v.strictObject({
    callerReference: v.optional(
      v.pipe(v.picklist(['off', 'hmac']), v.description('`hmac`: events carry a keyed reference, by which a caller’s calls can be told to belong together.')),
      'off',
    ),
    keyFile: v.exactOptional(file('The file with the key: at least 32 characters, the same for the whole office.')),
  }),
  v.title('Privacy'),
  v.description('What leaves the desk about callers; numbers and names never do.'),
)

export const privacyRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'privacy.keyFile',
    reads: ['privacy'],
    broken: ({ privacy }) => (privacy.callerReference === 'hmac' && privacy.keyFile === undefined ? 'is missing: callerReference is hmac' : undefined),
  },
]
