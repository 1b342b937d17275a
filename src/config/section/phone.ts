import { isIP } from 'node:net'
import * as v from 'valibot'
import type { PhoneConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { address, file, mac, text, url, whole } from '../values.ts'
import { patterns, snmp } from './adapter.ts'

/** The most ports that an adapter of this family has. */
const portsMax = 8

export const phone: v.GenericSchema<{ vendor: string }, PhoneConfig> = v.pipe(
  v.variant('vendor', [
    v.strictObject({
      vendor: v.pipe(v.picklist(['yealink', 'grandstream']), v.description('A desk telephone of this maker, which takes commands through its web interface.')),
      url: url('Where the phone takes commands: the address of its web interface.', ['http', 'https']),
      username: v.optional(text('The user of the web interface.'), 'admin'),
      passwordFile: file('The file with the password of that user; in a second line the one before, which is tried once where the phone refuses the new one.'),
      mac: v.exactOptional(mac('The MAC address of the phone, in any usual spelling. Another phone’s events are then refused.')),
      model: v.exactOptional(text('The model, such as T46U: looked up in the table of capabilities.')),
      warden: v.exactOptional(
        address('The machine that undoes our forwarding if this one dies; the phone is told to take commands from it, too. An addition to the contract.'),
      ),
    }),
    v.strictObject({
      vendor: v.pipe(v.literal('analogue'), v.description('A telephone behind an analogue adapter or on the line of the bridge. It takes no commands.')),
      mac: v.exactOptional(mac('The MAC address of the adapter. Log lines that name another one are then refused.')),
      model: v.exactOptional(text('The model of the adapter.')),
      port: v.optional(whole('The port of the adapter that this telephone is on, as printed on it.', 1, portsMax), 1),
      portInLog: v.exactOptional(whole('The number that the adapter’s log has for this port; left out, one less than `port`.', 0, portsMax)),
      patterns: v.optional(patterns, {}),
      snmp: v.exactOptional(snmp),
    }),
  ]),
  v.title('Telephone'),
  v.description('The telephone of this desk.'),
)

/** The address of the phone, where its URL says it; events come from there. */
export function addressesOfPhone(phone: WrittenAgent['phone']): readonly string[] {
  if (phone.vendor === 'analogue') return []
  const name = new URL(phone.url).hostname.replace(/^\[|\]$/g, '')
  if (name === 'localhost') return ['127.0.0.1', '::1']
  return isIP(name) === 0 ? [] : [name]
}

export const phoneRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'phone',
    reads: ['phone', 'listen.allow', 'bridge', 'sip'],
    broken: ({ phone, listen, bridge, sip }) =>
      phone.vendor === 'analogue' && bridge === undefined && sip === undefined && listen.allow?.length === 0
        ? 'is an analogue telephone of which nothing would ever be heard; configure bridge or sip, or write the address of its adapter into listen.allow'
        : undefined,
  },
]
