import type { OfficeConfig } from '../config/office.ts'
import { wardenPhonesName } from './warden-file.ts'

/** The hub's configuration, for a hub on the machine of the broker; with the file of its directory, where there is one. */
export function hubFile({ site, broker, homeAssistant, phone }: OfficeConfig, directory?: string): string {
  const heading = ['# The hub, written by `third-ring provision`: what is changed here by hand is lost with its next run.']
  const external = [
    '# On another machine than the broker write',
    `#   url: mqtts://${broker.host}:${broker.port}`,
    '#   caFile: office-ca.pem',
    'broker:',
    `  url: mqtt://127.0.0.1:${broker.localPort}`,
    '  username: hub',
    '  passwordFile: hub-broker.password',
    // RabbitMQ keeps no retained message for whoever asks by a wildcard.
    ...(broker.kind === 'rabbitmq' ? ['  profile: events'] : []),
  ]
  const prefix = homeAssistant === undefined ? [] : [`    homeAssistantPrefix: ${JSON.stringify(homeAssistant.prefix)}`]
  const embedded = ['broker:', '  embedded:', '    host: 0.0.0.0', `    port: ${broker.port}`, '    usersFile: users', ...prefix]
  const warden = phone.warden === undefined ? [] : ['warden:', `  phonesFile: ${wardenPhonesName}`]
  const named = [...(directory === undefined ? [] : [`directory: ${directory}`]), ...warden]
  return [...heading, '', `site: ${site}`, ...named, ...(broker.kind === 'embedded' ? embedded : external), ''].join('\n')
}
