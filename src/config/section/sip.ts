import * as v from 'valibot'
import type { SipConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { dialled, file, host, port, text, whole } from '../values.ts'
import { addressesOfPhone } from './phone.ts'

export const sip: v.GenericSchema<object, SipConfig> = v.pipe(
  v.strictObject({
    server: host('The exchange (or the phone) that is asked about calls.'),
    port: v.optional(whole('Its port.', 1, 65_535), 5060),
    transport: v.optional(v.pipe(v.picklist(['udp', 'tcp']), v.description('How to reach it.')), 'udp'),
    user: text('The SIP user of this desk.'),
    passwordFile: v.exactOptional(file('The file with the SIP password of that user.')),
    watch: v.exactOptional(text('The extension whose calls are watched; left out, `user`.')),
    holdSemantics: v.optional(
      v.pipe(v.picklist(['ignore', 'local']), v.description('What `+sip.rendering=no` means: nothing certain, or that this desk holds the call (FreeSWITCH).')),
      'ignore',
    ),
    forwardOn: v.exactOptional(dialled('The feature code before the number of the substitute, such as *72.')),
    forwardOff: v.exactOptional(dialled('The feature code that ends forwarding, such as *73.')),
    forwardNoAnswerOn: v.exactOptional(dialled('The same for calls that ring in vain, such as *92.')),
    forwardNoAnswerOff: v.exactOptional(dialled('The feature code that ends that, such as *93.')),
    forwardHint: v.exactOptional(
      dialled('The extension whose state says whether the desk is forwarded at the exchange, such as *96101. Without it nothing there is read back or seen.'),
    ),
    holdCode: v.exactOptional(dialled('A feature code by which the exchange holds the call of this desk’s telephone, for an adapter that cannot be told.')),
    actionUriNotify: v.optional(
      v.pipe(
        v.boolean(),
        v.description(
          'Press the hold key of a Yealink by SIP NOTIFY where it does not take the command over HTTP; the phone must have remote control enabled.',
        ),
      ),
      false,
    ),
    localHost: v.exactOptional(host('This machine’s address towards the server; left out, the one that leads there.')),
    localPort: v.optional(port('The port of this machine that answers come to; 0: any free one.'), 0),
    domain: v.exactOptional(host('The domain in the user’s address; left out, the server.')),
  }),
  v.title('SIP'),
  v.description('A second source for the state of calls, and feature codes of the exchange. Its keys are an addition to the contract.'),
)

export const sipRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'sip.forwardOff',
    reads: ['sip'],
    broken: ({ sip }) =>
      (sip?.forwardOn === undefined) === (sip?.forwardOff === undefined) ? undefined : 'and sip.forwardOn are given together or not at all',
  },
  {
    path: 'sip.forwardNoAnswerOff',
    reads: ['sip'],
    broken: ({ sip }) =>
      (sip?.forwardNoAnswerOn === undefined) === (sip?.forwardNoAnswerOff === undefined)
        ? undefined
        : 'and sip.forwardNoAnswerOn are given together or not at all',
  },
  {
    path: 'sip.actionUriNotify',
    reads: ['sip', 'phone'],
    broken: ({ sip, phone }) => {
      if (sip?.actionUriNotify !== true) return undefined
      if (phone.vendor !== 'yealink') return 'is for a Yealink: no other phone knows that event'
      if (sip.transport !== 'udp') return 'needs sip.transport udp: the phone is spoken to directly'
      return addressesOfPhone(phone).length === 0 ? 'needs the address of the phone in phone.url, not its name' : undefined
    },
  },
  {
    path: 'sip.holdCode',
    reads: ['sip', 'phone'],
    broken: ({ sip, phone }) =>
      sip?.holdCode !== undefined && phone.vendor !== 'analogue' ? 'is for an analogue telephone; a desk phone is told by itself' : undefined,
  },
]
