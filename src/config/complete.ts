import { dirname, join, resolve } from 'node:path'
import { policyDefaults } from '../desk/policy.ts'
import type { Millis } from '../desk/time.ts'
import type { AgentConfig, HubConfig, WrittenAgent, WrittenHub } from './config.ts'
import { locateFile, type Surroundings } from './files.ts'
import type { OfficeConfig } from './office.ts'
import { addressesOfPhone } from './section/phone.ts'

/** Adds the defaults that depend on other keys or on the place of the file, makes every file absolute, and freezes all of it. */
export function completeAgent(written: WrittenAgent, configFile: string, surroundings: Surroundings): AgentConfig {
  const { listen, policy, broker, store } = written
  const complete: AgentConfig = {
    ...written,
    listen: { ...listen, allow: listen.allow ?? addressesOfPhone(written.phone) },
    policy: { ...policy, ringBurstMs: policy.ringBurstMs ?? burstOf(policy.ringPeriodMs) },
    broker: { ...broker, username: broker.username ?? written.desk },
    store: { directory: store?.directory ?? surroundings.STATE_DIRECTORY ?? join('var', written.desk) },
  }
  return freeze(withFiles(complete, configFile, surroundings))
}

/** Where nothing is said of the silence between two rings, it is four times as long as a ring, as in Poland, or longer. */
function burstOf(ringPeriodMs: Millis): Millis {
  const { ringBurstMs, ringPeriodMs: usual } = policyDefaults
  return Math.min(ringBurstMs, Math.ceil((ringPeriodMs * ringBurstMs) / usual))
}

export function completeHub(written: WrittenHub, configFile: string, surroundings: Surroundings): HubConfig {
  const { embedded, url, ...login } = written.broker ?? {}
  const directory = written.store?.directory ?? surroundings.STATE_DIRECTORY
  const complete: HubConfig = {
    ...written,
    broker: url === undefined ? { embedded: embedded ?? { host: '127.0.0.1', port: 1883 } } : { url, ...login },
    ...(directory === undefined ? {} : { store: { directory } }),
  }
  return freeze(withFiles(complete, configFile, surroundings))
}

/** The keys that all agents share stay as they were written: their files lie beside each agent. */
export function completeOffice({ agent, ...written }: OfficeConfig, configFile: string, surroundings: Surroundings): OfficeConfig {
  const { broker, ...rest } = written
  return freeze({ ...withFiles(rest, configFile, surroundings), broker, agent })
}

/** Every key whose name ends in `File` is a file; `directory` is a place to write to. */
export function withFiles<Value>(value: Value, configFile: string, surroundings: Surroundings, key = ''): Value {
  if (typeof value === 'string') {
    if (key.endsWith('File')) return locateFile(value, configFile, surroundings) as Value
    return (key === 'directory' ? resolve(dirname(resolve(configFile)), value) : value) as Value
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withFiles(each, configFile, surroundings, name)])) as Value
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}
