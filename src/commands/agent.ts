import { startAgent } from '../agent/composition/compose.ts'
import { loadAgentConfig } from '../config/load.ts'
import { readAgentSecrets } from '../config/secrets.ts'
import { createLog } from '../log.ts'
import { tellServiceManager } from '../systemd/service.ts'
import { type Command, exitCodes } from './arguments.ts'
import { untilTold } from './until-told.ts'

/** `third-ring agent --config FILE`: the daemon beside one phone. */
export const agent: Command = {
  name: 'agent',
  summary: 'run the agent beside one phone',
  options: { config: { type: 'string', value: 'FILE', required: true, description: 'the desk’s configuration (YAML)' } },
  async run(given, streams) {
    const config = loadAgentConfig(given.text('config') ?? '')
    const { secrets, warnings } = readAgentSecrets(config)
    const log = createLog({ level: config.log.level, terminal: streams.terminal, desk: config.desk })
    for (const warning of warnings) log.warn({}, warning)
    // From now on: one that is told to end while it starts must put its lamp out as well.
    const told = untilTold()
    const running = await startAgent(config, secrets, { log, cameUpWithMachine: process.env['NOTIFY_SOCKET'] !== undefined })
    log.info({ listen: running.listenPort(), admin: running.adminPort() }, 'the agent runs')
    const service = tellServiceManager(process.env, running, (sentence) => log.error({}, sentence))
    const reason = await told
    // The lamp does not wait for systemd to be told.
    await Promise.all([running.stop(reason), service.stopping(reason)])
    return exitCodes.done
  },
}
