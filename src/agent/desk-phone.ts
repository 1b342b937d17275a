import type { Bridge } from '../bridge/bridge.ts'
import type { AgentConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import type { Log } from '../log.ts'
import { analogueLimits } from '../phones/analogue/limits.ts'
import type { PhoneMemory, PostingPhone } from '../phones/driver.ts'
import { createPhone } from '../phones/index.ts'
import type { RefusalReason } from '../phones/refusals.ts'
import type { JournalStore } from '../store/store.ts'
import type { Clock, Emit } from './ports.ts'

interface PhoneDeps {
  readonly emit: Emit
  readonly log: Log
  readonly store: JournalStore
  readonly clock: Clock
  /** Its line detector counts the rings of an analogue phone. */
  readonly bridge: Bridge | undefined
  readonly onRefused: (reason: RefusalReason) => void
}

/** The driver of this desk's telephone, with what the desk has around it. */
export function createDeskPhone(config: AgentConfig, secrets: AgentSecrets, { emit, log, store, bridge, clock, onRefused }: PhoneDeps): PostingPhone {
  const { host, syslogPort, allow } = config.listen
  return createPhone(config.phone, secrets, {
    emit,
    log,
    now: clock.now,
    onRefused,
    wakeAt: clock.wakeAt,
    memory: memoryIn(store),
    limits: { ringOverMs: config.bridge?.thresholds?.ringOverMs ?? analogueLimits.ringOverMs },
    ...(bridge === undefined ? {} : { bridge }),
    ...(allow.length === 0 ? {} : { syslog: { host, port: syslogPort, allow } }),
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
