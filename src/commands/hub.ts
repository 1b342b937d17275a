import { createBrokerAccess } from '../agent/broker/access.ts'
import type { HubConfig } from '../config/config.ts'
import { loadHubConfig } from '../config/load.ts'
import { type HubSecrets, readHubSecrets } from '../config/secrets.ts'
import { readUsersFile } from '../hub/broker/users-file.ts'
import { createHub, type HubOptions } from '../hub/hub.ts'
import { lampTable } from '../lamps/patterns.ts'
import { createLog } from '../log.ts'
import { type Command, exitCodes } from './arguments.ts'
import { untilTold } from './until-told.ts'

/** `third-ring hub --config FILE`: the central side of one office. */
export const hub: Command = {
  name: 'hub',
  summary: 'run the central side of one office: broker, recorder, dashboard',
  options: { config: { type: 'string', value: 'FILE', required: true, description: 'the hub’s configuration (YAML)' } },
  async run(given, streams) {
    const config = loadHubConfig(given.text('config') ?? '')
    const { secrets, warnings } = readHubSecrets(config)
    const log = createLog({ level: config.log.level, terminal: streams.terminal })
    for (const warning of warnings) log.warn({}, warning)
    const { site, http, store, directory, warden } = config
    const kept = { ...(store === undefined ? {} : { store }), ...(directory === undefined ? {} : { directory }), ...(warden === undefined ? {} : { warden }) }
    const running = createHub({ site, http, broker: hubBroker(config, secrets, log), ...kept, lampTable, log })
    const { page } = await running.start()
    // Before anybody hears that it runs: whoever does may end it at once, and it must end in order.
    const told = untilTold()
    log.info({ page }, 'the hub runs')
    await told
    await running.stop()
    return exitCodes.done
  },
}

/** The broker inside the hub, or the way to the office’s: its files are read again before each attempt, so that a password is changed under a running hub. */
export function hubBroker({ broker, site }: HubConfig, secrets: HubSecrets, log: HubOptions['log']): HubOptions['broker'] {
  if (broker.embedded === undefined) {
    const { username = 'hub', profile = 'full', ...files } = broker
    return { profile, external: createBrokerAccess({ broker: { ...files, username } }, secrets, (fields, message) => log.warn(fields, message)) }
  }
  const { host, port, usersFile, homeAssistantPrefix } = broker.embedded
  const office = { site, ...(homeAssistantPrefix === undefined ? {} : { homeAssistantPrefix }) }
  // Without a users file the broker is open, which the configuration allows on loopback only.
  return { embedded: usersFile === undefined ? { host, port, open: true } : { host, port, credentials: readUsersFile(usersFile, office, log) } }
}
