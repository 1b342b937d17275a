import type { Forwarder } from '../agent/ports.ts'
import type { ForwardWay, PhoneConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import { type AnalogueOptions, createAnalogue } from './analogue/driver.ts'
import type { PhoneOptions, PostingPhone } from './driver.ts'
import { createGrandstream } from './grandstream/driver.ts'
import { createYealink } from './yealink/driver.ts'

/** The desk phones that we can sit beside: one line a vendor. */
export const phoneDrivers: Readonly<Record<'yealink' | 'grandstream', (options: PhoneOptions) => PostingPhone>> = {
  yealink: createYealink,
  grandstream: createGrandstream,
}

/**
 * What any phone needs, and what only one behind an adapter has: the wires and the adapter's log. `forwardBy` is the way that `forwardWayOf` names; where
 * that is the exchange, its forwarder comes in here and is the phone's.
 */
export type PhoneDeps = Pick<PhoneOptions, 'emit' | 'log' | 'now' | 'memory' | 'onRefused' | 'passwords' | 'tokens' | 'numbering' | 'pressKey'> &
  Pick<AnalogueOptions, 'wakeAt' | 'bridge' | 'sight' | 'syslog' | 'limits' | 'hold'> & { readonly forwardBy?: ForwardWay; readonly exchange?: Forwarder }

/** The driver of a desk's telephone, whatever kind it is. */
export function createPhone(phone: PhoneConfig, secrets: Partial<AgentSecrets>, deps: PhoneDeps): PostingPhone {
  const { memory, wakeAt, bridge, sight, syslog, limits, passwords, tokens, onRefused, forwardBy, exchange, numbering, hold, pressKey, ...shared } = deps
  const outside = forwardBy === 'exchange' && exchange !== undefined ? { forwarder: exchange } : {}
  if (phone.vendor === 'analogue') {
    return createAnalogue({
      ...shared,
      ...outside,
      phone,
      ...(wakeAt === undefined ? {} : { wakeAt }),
      ...(bridge === undefined ? {} : { bridge }),
      ...(sight === undefined ? {} : { sight }),
      ...(syslog === undefined ? {} : { syslog }),
      ...(limits === undefined ? {} : { limits }),
      ...(hold === undefined ? {} : { hold }),
      ...(phone.snmp === undefined ? {} : { snmp: { ...phone.snmp, community: secrets.snmpCommunity ?? '' } }),
    })
  }
  return phoneDrivers[phone.vendor]({
    ...shared,
    ...outside,
    ...(forwardBy === undefined ? {} : { forwardBy }),
    ...(numbering === undefined ? {} : { numbering }),
    url: phone.url,
    username: phone.username,
    password: secrets.phonePassword ?? '',
    token: secrets.token ?? '',
    ...(passwords === undefined ? {} : { passwords }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(memory === undefined ? {} : { memory }),
    ...(onRefused === undefined ? {} : { onRefused }),
    ...(pressKey === undefined ? {} : { pressKey }),
    ...(phone.mac === undefined ? {} : { mac: phone.mac }),
    ...(phone.model === undefined ? {} : { model: phone.model }),
  })
}
