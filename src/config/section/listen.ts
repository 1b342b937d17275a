import * as v from 'valibot'
import type { WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { address, file, host, listMax, port } from '../values.ts'
import { addressesOfPhone } from './phone.ts'

export const listen: v.GenericSchema<object, WrittenAgent['listen']> = v.pipe(
  v.strictObject({
    host: host('The address of this machine that the phone reaches.'),
    port: v.optional(port('The port for the events of the phone.'), 8787),
    tokenFile: file(
      'The file with the token of this desk: at least 16 letters, digits, - or _. It is part of every URL that the phone calls. In a second line the one ' +
        'before, which is good as well.',
    ),
    allow: v.exactOptional(
      v.pipe(
        v.array(address('The address of one machine.')),
        v.description('Who may send events: addresses, never a wildcard. Left out, the address in `phone.url`.'),
        v.maxLength(listMax),
      ),
    ),
    syslogPort: v.optional(port('The UDP port for the syslog of an analogue adapter.'), 5514),
  }),
  v.title('Listener'),
  v.description('Where the phone posts its events.'),
)

export const listenRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'listen.allow',
    reads: ['listen.allow', 'phone'],
    broken: ({ listen, phone }) => {
      if (listen.allow !== undefined || addressesOfPhone(phone).length > 0) return undefined
      const reason = phone.vendor === 'analogue' ? 'an analogue telephone has no URL' : 'phone.url names the phone instead of giving its address'
      return `is missing: ${reason}; write the address that events come from, or [] if none do`
    },
  },
]
