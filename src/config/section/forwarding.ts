import * as v from 'valibot'
import { isEmergency } from '../../desk/number.ts'
import { type ForwardingConfig, forwardWays, forwardWaysOf, type WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { dialled } from '../values.ts'

export const forwarding: v.GenericSchema<object, ForwardingConfig> = v.pipe(
  v.strictObject({
    by: v.exactOptional(
      v.pipe(
        v.picklist(forwardWays),
        v.description(
          'How the phone’s forwarding is set: `phone` (Yealink’s Action URI), `star-codes` (dialled by a Grandstream), `configuration` (its settings), ' +
            '`exchange` (feature codes over `sip`), `none`. Left out: what fits the phone.',
        ),
      ),
    ),
    remoteNumber: v.exactOptional(dialled('Where a clerk is reached who works elsewhere (`absence.set` with `kind: remote`).')),
  }),
  v.title('Forwarding'),
  v.description('By which way calls are forwarded on a longer absence. An addition to the contract.'),
)

export const forwardingRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'forwarding.by',
    reads: ['forwarding.by', 'phone.vendor'],
    broken({ forwarding: { by }, phone: { vendor } }) {
      const ways = forwardWaysOf(vendor)
      return by === undefined || ways.includes(by) ? undefined : `must be one of ${ways.join(', ')} for this phone`
    },
  },
  {
    path: 'forwarding.by',
    reads: ['forwarding', 'sip'],
    broken: ({ forwarding, sip }) =>
      forwarding.by === 'exchange' && sip?.forwardOn === undefined && sip?.forwardNoAnswerOn === undefined
        ? 'is exchange, which needs its feature codes: sip.forwardOn and sip.forwardOff, or sip.forwardNoAnswerOn and sip.forwardNoAnswerOff'
        : undefined,
  },
  {
    path: 'forwarding.remoteNumber',
    reads: ['forwarding.remoteNumber', 'policy.emergencyNumbers', 'numbers'],
    broken: ({ forwarding: { remoteNumber }, policy: { emergencyNumbers }, numbers }) =>
      isEmergency(remoteNumber, emergencyNumbers, numbers) ? `must not send calls to ${remoteNumber}, which is an emergency number` : undefined,
  },
]
