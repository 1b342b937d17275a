import type { AgentConfig } from '../../config/config.ts'
import type { AgentSecrets } from '../../config/secrets.ts'
import type { Desk } from '../../desk/desk.ts'
import type { Policy } from '../../desk/policy.ts'
import type { Millis } from '../../desk/time.ts'
import type { Log } from '../../log.ts'
import { createBrokerLink, type MqttBrokerLink } from '../../mqtt/link/broker-link.ts'
import type { Refusals } from '../devices/refusals.ts'
import type { Clock, Emit, Store } from '../ports.ts'
import { createBrokerAccess } from './access.ts'
import { obey } from './commands.ts'

interface LinkDeps {
  readonly policy: Policy
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly emit: Emit
  readonly desk: () => Desk
  readonly refusals: Refusals
  /** How long the machine has run, where the agent came up with it: then the first connection waits for a moment of its own. */
  readonly upMs: Millis | undefined
}

/** The desk's line to its broker: what a command asks goes to the desk, and what became of it into the journal; what is one too many is only counted. */
export function createDeskLink(
  config: AgentConfig,
  secrets: AgentSecrets,
  { policy, log, store, clock, emit, desk, refusals, upMs }: LinkDeps,
): MqttBrokerLink {
  return createBrokerLink({
    site: config.site,
    desk: config.desk,
    access: createBrokerAccess(config, secrets, (fields, message) => log.warn(fields, message)),
    ...(upMs === undefined ? {} : { upMs }),
    profile: config.broker.profile,
    store,
    clock,
    random: Math.random,
    log,
    onCommand: (command) => obey(command, { desk: desk(), wall: clock.wall(), policy }, emit),
    onJudged: (judged) => emit({ type: 'command.answered', ...judged }),
    onTurnedAway: () => refusals.count('commands, more than a desk takes at once'),
    onThrownOff: () => refusals.count('another client under the name of this desk has thrown it off the broker'),
  })
}
