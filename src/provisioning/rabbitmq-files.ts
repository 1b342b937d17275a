import { createHash } from 'node:crypto'
import { type BrokerOffice, type OfficeFile, type OfficeUser, saltOf } from './broker-office.ts'
import { consumerLimits } from './limits.ts'
import { rabbitTopicPermissions } from './rabbitmq-permissions.ts'

const saltBytes = 4
/** In a cluster the queue of a consumer is on so many of its machines. */
const policyCopies = 2

/**
 * RabbitMQ's side of an office: users, permissions and policy as definitions, which it reads at each start (`rabbitmqctl import_definitions` puts them in force
 * at once), and its configuration with the MQTT plugin. Certificates lie beside them.
 */
export function rabbitmqFiles(office: BrokerOffice): readonly OfficeFile[] {
  return [
    { path: 'definitions.json', text: `${JSON.stringify(definitions(office), null, 2)}\n`, secret: true },
    { path: 'rabbitmq.conf', text: rabbitmqConf(office) },
    { path: 'enabled_plugins', text: '[rabbitmq_mqtt,rabbitmq_prometheus].\n' },
  ]
}

function definitions(office: BrokerOffice): object {
  const vhost = '/'
  return {
    vhosts: [{ name: vhost }],
    users: office.users.map((user) => ({
      name: user.name,
      password_hash: rabbitPasswordHash(office, user),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
      limits: {},
    })),
    permissions: office.users.map(({ name }) => ({ user: name, vhost, ...resourcePermissions(name) })),
    topic_permissions: office.users.map((user) => ({ user: user.name, vhost, exchange: 'amq.topic', ...rabbitTopicPermissions(user, office.rights) })),
    policies: [
      {
        vhost,
        name: 'mqtt-sessions',
        pattern: '^mqtt-subscription-.*qos1$',
        'apply-to': 'queues',
        definition: { 'ha-mode': 'exactly', 'ha-params': policyCopies, 'ha-sync-mode': 'automatic' },
        priority: 0,
      },
    ],
  }
}

/** SHA-256 with four bytes of salt in front (RabbitMQ, “Credentials and Passwords”). */
function rabbitPasswordHash(office: Pick<BrokerOffice, 'saltKey'>, { name, password }: Pick<OfficeUser, 'name' | 'password'>): string {
  const salt = saltOf(office, 'rabbitmq', name, password, saltBytes)
  return Buffer.concat([salt, createHash('sha256').update(salt).update(password, 'utf8').digest()]).toString('base64')
}

/**
 * The queues of a client are named after its id, which must be the user's name, or the name, a dot and more. `{username}` is not substituted in these
 * expressions, and an expression that is not closed would let usc-1 have the queues of usc-12.
 */
function resourcePermissions(name: string): { readonly configure: string; readonly write: string; readonly read: string } {
  const queues = `mqtt-subscription-${name}(\\.[A-Za-z0-9_-]+)?qos[01]`
  return { configure: `^${queues}$`, write: `^(amq\\.topic|${queues})$`, read: `^(amq\\.topic|${queues})$` }
}

function rabbitmqConf({ broker }: BrokerOffice): string {
  const file = (name: string) => `${broker.directory}/${name}`
  return [
    '# Written by `third-ring provision`: what is changed here by hand is lost with its next run. For RabbitMQ 3.10 with rabbitmq_mqtt.',
    `load_definitions = ${file('definitions.json')}`,
    'mqtt.allow_anonymous = false',
    'mqtt.vhost = /',
    'mqtt.exchange = amq.topic',
    '# MQTT over TLS for the desks, without TLS on this machine alone',
    `mqtt.listeners.ssl.default = ${broker.port}`,
    `mqtt.listeners.tcp.1 = 127.0.0.1:${broker.localPort}`,
    `ssl_options.cacertfile = ${file('ca.crt')}`,
    `ssl_options.certfile = ${file('server.crt')}`,
    `ssl_options.keyfile = ${file('server.key')}`,
    'ssl_options.verify = verify_none',
    'ssl_options.fail_if_no_peer_cert = false',
    '# sessions of consumers that are away (ms), and how much is on its way to one',
    `mqtt.subscription_ttl = ${consumerLimits.sessionDays * 86_400_000}`,
    `mqtt.prefetch = ${consumerLimits.inflightMessagesMax}`,
    'mqtt.durable_queue_type = classic',
    '# in a cluster, the lesser part stops instead of going its own way',
    'cluster_partition_handling = pause_minority',
    '',
  ].join('\n')
}
