import { performance } from 'node:perf_hooks'
import type { Bridge } from '../bridge/bridge.ts'
import type { AgentConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import type { Log } from '../log.ts'
import { createAnalogue } from '../phones/analogue/driver.ts'
import { analogueLimits } from '../phones/analogue/limits.ts'
import type { PhoneMemory, PostingPhone } from '../phones/driver.ts'
import { phoneDrivers } from '../phones/index.ts'
import type { JournalStore } from '../store/store.ts'
import type { Clock, Emit } from './ports.ts'

interface PhoneDeps {
  readonly emit: Emit
  readonly log: Log
  readonly store: JournalStore
  readonly clock: Clock
  /** Its line detector counts the rings of an analogue phone. */
  readonly bridge: Bridge | undefined
}

/** The driver of this desk's telephone. */
export function createDeskPhone(config: AgentConfig, secrets: AgentSecrets, deps: PhoneDeps): PostingPhone {
  const { phone } = config
  const { emit, log, store, bridge, clock } = deps
  if (phone.vendor === 'analogue') {
    return createAnalogue({
      phone,
      emit,
      log,
      now: clock.now,
      wakeAt: clock.wakeAt,
      limits: { ringOverMs: config.bridge?.thresholds?.ringOverMs ?? analogueLimits.ringOverMs },
      ...(bridge === undefined ? {} : { bridge }),
      ...(config.listen.allow.length === 0 ? {} : { syslog: { host: config.listen.host, port: config.listen.syslogPort, allow: config.listen.allow } }),
      ...(phone.snmp === undefined ? {} : { snmp: { ...phone.snmp, community: secrets.snmpCommunity ?? '' } }),
    })
  }
  return phoneDrivers[phone.vendor]({
    url: phone.url,
    username: phone.username,
    password: secrets.phonePassword ?? '',
    token: secrets.token,
    emit,
    log,
    now: () => performance.now(),
    memory: memoryIn(store),
    ...(phone.mac === undefined ? {} : { mac: phone.mac }),
    ...(phone.model === undefined ? {} : { model: phone.model }),
  })
}

/** What a driver has learnt is in the desk's own store; where that takes nothing, it is learnt anew. */
function memoryIn(store: JournalStore): PhoneMemory {
  return {
    recall(key) {
      const value = store.recall(key)
      return typeof value === 'string' ? value : undefined
    },
    remember: (key, value) => void store.remember(key, value).catch(() => {}),
  }
}
