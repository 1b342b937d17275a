import { readBrokerFiles } from '../../config/broker-files.ts'
import type { BrokerConfig } from '../../config/config.ts'
import { rotating } from '../../config/rotating.ts'
import type { AgentSecrets } from '../../config/secrets.ts'
import { messageOf } from '../../errors.ts'
import type { BrokerAccess } from '../../mqtt/connection/connection.ts'

type BrokerSecrets = Pick<AgentSecrets, 'brokerPassword' | 'older'>
/** A desk's configuration, or a hub's with a broker elsewhere: where the broker is and which files open it. */
type WithBroker = { readonly broker: Omit<BrokerConfig, 'profile'> }
type Warn = (fields: object, message: string) => void

/** TLS is as the files say; there is no switch to leave it unchecked. Throws `SECRET_UNREADABLE`. */
export function brokerAccess({ broker }: WithBroker, [password, olderPassword]: readonly string[]): BrokerAccess {
  return {
    url: broker.url,
    username: broker.username,
    ...(password === undefined ? {} : { password }),
    ...(olderPassword === undefined ? {} : { olderPassword }),
    ...readBrokerFiles(broker),
  }
}

/**
 * The same, read anew before each attempt to connect, so that passwords and certificates are changed under a running agent or hub. Throws now for what
 * cannot be read now; later, what cannot be read is told once and the former is used.
 */
export function createBrokerAccess(config: WithBroker, secrets: BrokerSecrets, warn: Warn): () => BrokerAccess {
  const passwords = rotating('brokerPassword', config.broker.passwordFile, passwordsOf(secrets), warn)
  let known = brokerAccess(config, passwords())
  let told = ''
  return () => {
    try {
      known = brokerAccess(config, passwords())
      told = ''
    } catch (error) {
      const fault = messageOf(error)
      if (fault !== told) warn({ fault }, 'a file for the broker cannot be read; what it held before is used')
      told = fault
    }
    return known
  }
}

/** The new password and the one before. */
export function passwordsOf({ brokerPassword, older }: BrokerSecrets): readonly string[] {
  return [brokerPassword, older?.brokerPassword].flatMap((each) => each ?? [])
}
