import { pbkdf2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { packetBytesMax } from '../mqtt/limits.ts'
import { type BrokerOffice, type OfficeFile, type OfficeUser, saltOf } from './broker-office.ts'
import { consumerLimits, mosquittoLimits } from './limits.ts'
import { mosquittoAccessList } from './mosquitto-access-list.ts'

const saltBytes = 12
const hashBytes = 64

/** A line of mosquitto's file of passwords: `$7$` is PBKDF2 with SHA-512 (mosquitto 2.0, password_mosq.c). */
function mosquittoPasswordLine(office: Pick<BrokerOffice, 'saltKey'>, { name, password }: Pick<OfficeUser, 'name' | 'password'>): string {
  const salt = saltOf(office, 'mosquitto', name, password, saltBytes)
  const hash = pbkdf2Sync(password, salt, mosquittoLimits.hashIterations, hashBytes, 'sha512')
  return `${name}:$7$${mosquittoLimits.hashIterations}$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** The broker's folder but for its certificates, as it will lie in `broker.directory`. */
export function mosquittoFiles(office: BrokerOffice): readonly OfficeFile[] {
  return [
    { path: 'mosquitto.conf', text: mosquittoConf(office) },
    { path: 'acl', text: mosquittoAccessList(office.users, office.rights), secret: true },
    { path: 'passwords', text: `${office.users.map((user) => mosquittoPasswordLine(office, user)).join('\n')}\n`, secret: true },
    { path: 'guard', text: unit('mosquitto-guard'), executable: true },
    { path: 'third-ring.conf', text: dropIn(office) },
  ]
}

function unit(name: string): string {
  return readFileSync(new URL(`../../systemd/${name}`, import.meta.url), 'utf8')
}

/** systemd's drop-in for Debian's own unit, which keeps everything else of it. */
function dropIn({ broker }: BrokerOffice): string {
  return unit('mosquitto-third-ring.conf').replaceAll('/etc/mosquitto/third-ring', broker.directory).replaceAll('/var/lib/mosquitto', broker.data)
}

function mosquittoConf({ broker }: BrokerOffice): string {
  const file = (name: string) => `${broker.directory}/${name}`
  const limits = mosquittoLimits
  const tls = [`certfile ${file('server.crt')}`, `keyfile ${file('server.key')}`, 'tls_version tlsv1.2']
  const webSocket =
    broker.websocketPort === undefined
      ? []
      : [
          '# MQTT over WebSocket, for a reverse proxy on this machine that adds TLS. Without socket_domain the address is ignored and',
          '# the listener is open to the network (mosquitto issues 2085, 3045).',
          `listener ${broker.websocketPort} 127.0.0.1`,
          'protocol websockets',
          'socket_domain ipv4',
          'use_username_as_clientid true',
          '',
        ]
  return [
    '# Written by `third-ring provision`: what is changed here by hand is lost with its next run.',
    '# The whole configuration: third-ring.conf, a drop-in of the unit, starts mosquitto with it in place of Debian’s own.',
    `user ${broker.runsAs}`,
    'per_listener_settings false',
    'allow_anonymous false',
    `password_file ${file('passwords')}`,
    `acl_file ${file('acl')}`,
    '',
    'persistence true',
    `persistence_location ${broker.data}/`,
    `autosave_interval ${limits.autosaveSeconds}`,
    `persistent_client_expiration ${consumerLimits.sessionDays}d`,
    `max_queued_messages ${limits.queuedMessagesMax}`,
    `max_queued_bytes ${limits.queuedBytesMax}`,
    `max_inflight_messages ${consumerLimits.inflightMessagesMax}`,
    `max_packet_size ${packetBytesMax}`,
    `max_keepalive ${limits.keepaliveSecondsMax}`,
    'set_tcp_nodelay true',
    '',
    '# For the journal. Not stdout: mosquitto leaves that in a buffer.',
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type notice',
    '',
    '# Desks with a password. The client id is the user name, whatever the client says: nobody can throw another one off.',
    `listener ${broker.port}`,
    ...tls,
    'use_username_as_clientid true',
    '',
    '# Desks with a certificate: its common name is the user name. A certificate of the list crl.pem is refused.',
    `listener ${broker.certificatePort}`,
    ...tls,
    `cafile ${file('ca.crt')}`,
    `crlfile ${file('crl.pem')}`,
    'require_certificate true',
    'use_identity_as_username true',
    'use_username_as_clientid true',
    '',
    '# The hub and tools on this machine, by password; unencrypted, and not reached from anywhere else.',
    `listener ${broker.localPort} 127.0.0.1`,
    '',
    ...webSocket,
  ].join('\n')
}
