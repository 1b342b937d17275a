import * as v from 'valibot'
import type { WrittenAgent, WrittenHub } from '../config.ts'
import type { Rule } from '../rule.ts'
import { file, text, url } from '../values.ts'

export const brokerSchemes = ['mqtt', 'mqtts', 'ws', 'wss'] as const

const brokerProfile = v.pipe(
  v.picklist(['full', 'events']),
  v.description(
    '`events`: a broker that keeps no retained messages for wildcard subscribers (RabbitMQ). Nothing is retained there; the desk says its levels again ' +
      'whenever the hub asks for them. An addition to the contract.',
  ),
)

/** The same file for a desk's broker and for a hub's. */
export const brokerPasswordFile: ReturnType<typeof file> = file(
  'The file with the password of that user; in a second line the one before, which is tried where the broker refuses the new one.',
)

export const broker: v.GenericSchema<object, WrittenAgent['broker']> = v.pipe(
  v.strictObject({
    url: url('The broker: mqtts:// or wss:// where the network is not this machine’s own.', brokerSchemes),
    profile: v.optional(brokerProfile, 'full'),
    username: v.exactOptional(text('The user, which is also the client id. Left out: the desk’s name.')),
    passwordFile: v.exactOptional(brokerPasswordFile),
    caFile: v.exactOptional(file('The certificate of the authority that vouches for the broker; left out, the system’s authorities.')),
    certFile: v.exactOptional(file('The certificate of this desk, where the broker asks for one. An addition to the contract.')),
    keyFile: v.exactOptional(file('The private key that belongs to it. An addition to the contract.')),
  }),
  v.title('Broker'),
  v.description('The MQTT broker of the office.'),
)

export function isEncrypted(url: string): boolean {
  return /^(mqtts|wss):/.test(url)
}

/** What a certificate and its files ask of the rest: the same of an agent's broker and of a hub's. */
function fileRules<Written extends WrittenAgent | WrittenHub>(): readonly Rule<Written>[] {
  const encryptedOnly = (['caFile', 'certFile', 'keyFile'] as const).map(
    (key): Rule<Written> => ({
      path: `broker.${key}`,
      reads: ['broker.url', `broker.${key}`],
      broken: ({ broker }) =>
        broker?.[key] === undefined || broker.url === undefined || isEncrypted(broker.url)
          ? undefined
          : 'needs a broker.url that begins with mqtts:// or wss://; with this one nothing is encrypted',
    }),
  )
  const together: Rule<Written> = {
    path: 'broker.keyFile',
    reads: ['broker.certFile', 'broker.keyFile'],
    broken: ({ broker }) =>
      (broker?.certFile === undefined) === (broker?.keyFile === undefined) ? undefined : 'and broker.certFile are given together or not at all',
  }
  return [...encryptedOnly, together]
}

export const brokerRules: readonly Rule<WrittenAgent>[] = fileRules()

export const hubBrokerFileRules: readonly Rule<WrittenHub>[] = fileRules()
