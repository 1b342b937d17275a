import type { PhoneConfig } from '../config/config.ts'
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

/** What any phone needs, and what only one behind an adapter has: the wires and the adapter's log. */
export type PhoneDeps = Pick<PhoneOptions, 'emit' | 'log' | 'now' | 'memory' | 'onRefused' | 'passwords' | 'tokens'> &
  Pick<AnalogueOptions, 'wakeAt' | 'bridge' | 'syslog' | 'limits'>

/** The driver of a desk's telephone, whatever kind it is. */
export function createPhone(phone: PhoneConfig, secrets: Partial<AgentSecrets>, deps: PhoneDeps): PostingPhone {
  const { memory, wakeAt, bridge, syslog, limits, passwords, tokens, onRefused, ...shared } = deps
  if (phone.vendor === 'analogue') {
    return createAnalogue({
      ...shared,
      phone,
      ...(wakeAt === undefined ? {} : { wakeAt }),
      ...(bridge === undefined ? {} : { bridge }),
      ...(syslog === undefined ? {} : { syslog }),
      ...(limits === undefined ? {} : { limits }),
      ...(phone.snmp === undefined ? {} : { snmp: { ...phone.snmp, community: secrets.snmpCommunity ?? '' } }),
    })
  }
  return phoneDrivers[phone.vendor]({
    ...shared,
    url: phone.url,
    username: phone.username,
    password: secrets.phonePassword ?? '',
    token: secrets.token ?? '',
    ...(passwords === undefined ? {} : { passwords }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(memory === undefined ? {} : { memory }),
    ...(onRefused === undefined ? {} : { onRefused }),
    ...(phone.mac === undefined ? {} : { mac: phone.mac }),
    ...(phone.model === undefined ? {} : { model: phone.model }),
  })
}
