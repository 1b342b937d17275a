import { readBrokerFiles } from '../config/broker-files.ts'
import type { HubConfig } from '../config/config.ts'
import { loadHubConfig } from '../config/load.ts'
import { readHubSecrets } from '../config/secrets.ts'
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
    const { site, http, store } = config
    const running = createHub({ site, http, broker: brokerOf(config, secrets.brokerPassword, log), ...(store === undefined ? {} : { store }), lampTable, log })
    const { page } = await running.start()
    // Before anybody hears that it runs: whoever does may end it at once, and it must end in order.
    const told = untilTold()
    log.info({ page }, 'the hub runs')
    await told
    await running.stop()
    return exitCodes.done
  },
}

function brokerOf({ broker, site }: HubConfig, password: string | undefined, log: HubOptions['log']): HubOptions['broker'] {
  if (broker.embedded === undefined) {
    const { url, username, profile = 'full' } = broker
    return {
      profile,
      external: {
        url,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...readBrokerFiles(broker),
      },
    }
  }
  const { host, port, usersFile, homeAssistantPrefix } = broker.embedded
  const office = { site, ...(homeAssistantPrefix === undefined ? {} : { homeAssistantPrefix }) }
  // Without a users file the broker is open, which the configuration allows on loopback only.
  return { embedded: usersFile === undefined ? { host, port, open: true } : { host, port, credentials: readUsersFile(usersFile, office, log) } }
}
