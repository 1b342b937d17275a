import type { Bridge } from '../../bridge/bridge.ts'
import type { AgentConfig } from '../../config/config.ts'
import { rotating } from '../../config/rotating.ts'
import type { AgentSecrets } from '../../config/secrets.ts'
import type { Log } from '../../log.ts'
import { analogueLimits } from '../../phones/analogue/limits.ts'
import type { PhoneMemory, PostingPhone } from '../../phones/driver.ts'
import { forwardWayOf } from '../../phones/forward-way.ts'
import { createPhone } from '../../phones/index.ts'
import type { RefusalReason } from '../../phones/refusals.ts'
import type { JournalStore } from '../../store/store.ts'
import type { Clock, Emit } from '../ports.ts'
import type { DeskSip } from './sip.ts'

interface PhoneDeps {
  readonly emit: Emit
  readonly log: Log
  readonly store: JournalStore
  readonly clock: Clock
  /** Its line detector counts the rings of an analogue phone. */
  readonly bridge: Bridge | undefined
  readonly onRefused: (reason: RefusalReason) => void
  /** Forwards by the exchange's feature codes where the desk has chosen that way, and does what else the phone itself cannot. */
  readonly sip: DeskSip | undefined
}

/** The driver of this desk's telephone, with what the desk has around it. */
export function createDeskPhone(config: AgentConfig, secrets: AgentSecrets, deps: PhoneDeps): PostingPhone {
  const { emit, log, store, bridge, clock, onRefused, sip } = deps
  const { host, syslogPort, allow, tokenFile } = config.listen
  const passwordFile = config.phone.vendor === 'analogue' ? undefined : config.phone.passwordFile
  const warn = (fields: object, message: string): void => log.warn(fields, message)
  const both = (value: string | undefined, older: string | undefined): readonly string[] => [value, older].flatMap((each) => each ?? [])
  return createPhone(config.phone, secrets, {
    emit,
    log,
    now: clock.now,
    onRefused,
    forwardBy: forwardWayOf(config),
    numbering: config.numbers,
    ...(sip === undefined ? {} : { exchange: sip.forwarder, sight: sip }),
    ...(sip?.hold === undefined ? {} : { hold: sip.hold }),
    ...(sip?.pressKey === undefined ? {} : { pressKey: sip.pressKey }),
    wakeAt: clock.wakeAt,
    memory: memoryIn(store),
    passwords: rotating('phonePassword', passwordFile, both(secrets.phonePassword, secrets.older?.phonePassword), warn),
    tokens: rotating('token', tokenFile, both(secrets.token, secrets.older?.token), warn),
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
