import * as v from 'valibot'
import { isLoopback } from '../../loopback.ts'
import type { WrittenHub, WrittenHubBroker } from '../config.ts'
import type { Rule } from '../rule.ts'
import { file, host, port, text, topic, url } from '../values.ts'
import { brokerPasswordFile, brokerSchemes, hubBrokerFileRules } from './broker.ts'

export const hubBroker: v.GenericSchema<object, WrittenHubBroker> = v.pipe(
  v.strictObject({
    embedded: v.exactOptional(
      v.pipe(
        v.strictObject({
          host: v.optional(host('The address to listen on.'), '127.0.0.1'),
          port: v.optional(port('The port for MQTT over TCP.'), 1883),
          usersFile: v.exactOptional(
            file('The users and their password hashes, read again when it changes. Needed when the broker is reached from other machines.'),
          ),
          homeAssistantPrefix: v.exactOptional(
            topic('Home Assistant’s discovery prefix, below which desks may announce themselves; left out, they may not. An addition to the contract.'),
          ),
        }),
        v.description('A broker inside the hub, for one office.'),
      ),
    ),
    url: v.exactOptional(url('The broker that the office has.', brokerSchemes)),
    username: v.exactOptional(text('The hub’s user at that broker.')),
    passwordFile: v.exactOptional(brokerPasswordFile),
    caFile: v.exactOptional(file('The certificate of the authority that vouches for that broker; left out, the system’s authorities.')),
    certFile: v.exactOptional(file('The certificate of the hub, where that broker asks for one.')),
    keyFile: v.exactOptional(file('The private key that belongs to it.')),
    profile: v.exactOptional(
      v.pipe(
        v.picklist(['full', 'events']),
        v.description('`events`: a broker that keeps no retained messages for whoever subscribes later (RabbitMQ); the hub asks every desk anew. Else `full`.'),
      ),
    ),
  }),
  v.title('Broker'),
  v.description('Either `embedded`, or `url` and what belongs to it. Left out: embedded, on this machine only.'),
)

export const hubBrokerRules: readonly Rule<WrittenHub>[] = [
  {
    path: 'broker',
    reads: ['broker'],
    broken: ({ broker }) =>
      broker !== undefined && (broker.embedded === undefined) === (broker.url === undefined) ? 'needs either embedded or url, and not both' : undefined,
  },
  {
    path: 'broker.embedded',
    reads: ['broker'],
    broken: ({ broker }) => {
      const others = Object.keys(broker ?? {}).filter((key) => key !== 'embedded' && key !== 'url')
      return broker?.embedded !== undefined && others.length > 0 ? `stands alone: ${others.join(', ')} belongs to a broker with a url` : undefined
    },
  },
  {
    path: 'broker.embedded.usersFile',
    reads: ['broker'],
    broken: ({ broker }) =>
      broker?.embedded !== undefined && broker.embedded.usersFile === undefined && !isLoopback(broker.embedded.host)
        ? 'is missing: a broker that other machines reach must know its users'
        : undefined,
  },
  ...hubBrokerFileRules,
]
