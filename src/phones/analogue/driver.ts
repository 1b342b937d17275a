import type { Clock, Emit, Forwarder, PhoneCapabilities, PhoneReading } from '../../agent/ports.ts'
import type { Bridge, BridgeFault, BridgeStatus } from '../../bridge/bridge.ts'
import type { AnaloguePhoneConfig } from '../../config/config.ts'
import type { CallRef, HoldOutcome } from '../../desk/event.ts'
import type { PhoneLog, PostingPhone } from '../driver.ts'
import { type Evidence, fuse, lineDue } from './fusion.ts'
import { createHookReadBack, type HookReadBack } from './hook-read-back.ts'
import { type AnalogueLimits, analogueLimits } from './limits.ts'
import { unknownLine } from './line.ts'
import { createWordParser, type LogLine } from './syslog.ts'
import { createSyslogListener } from './syslog-listener.ts'

export interface AnalogueOptions {
  readonly phone: Pick<AnaloguePhoneConfig, 'mac' | 'model' | 'port' | 'portInLog' | 'patterns'>
  /** Where the adapter sends its log, and who may; left out where nobody may. */
  readonly syslog?: { readonly host: string; readonly port: number; readonly allow: readonly string[] }
  /** The microcontroller on the line, where there is one; somebody else starts and stops it. */
  readonly bridge?: Pick<Bridge, 'onStatus' | 'onLost'>
  /** The exchange, which sees the telephone from the other side; somebody else starts and stops it. */
  readonly sight?: { onTells(listener: (tells: boolean, reason?: string) => void): void }
  /** The exchange's: an adapter cannot be told. */
  readonly forwarder?: Forwarder
  readonly snmp?: { readonly address: string; readonly port: number; readonly community: string }
  readonly emit: Emit
  readonly log: PhoneLog
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  /** How it waits for what it owes, by that same clock; the machine's timers if left out. */
  readonly wakeAt?: Clock['wakeAt']
  /** A way to hold beside the adapter: the exchange's. Whether the call is held, only the adapter's log can say. */
  readonly hold?: (ref: CallRef, attempt: 1 | 2) => Promise<HoldOutcome>
  readonly limits?: Partial<AnalogueLimits>
}

export interface AnaloguePhone extends PostingPhone {
  /** The UDP port on which the adapter's log is listened to. */
  syslogPort(): number | undefined
}

/**
 * A telephone behind an analogue adapter. It takes no commands, so that nothing here speaks to it, and forwarding is the exchange's. Three sources tell
 * of it: the bridge on its line, the adapter's log, and the adapter's SNMP. `fusion.ts` makes one line of what they say. Where none of them is there, or
 * none is heard, the exchange's word serves for whether the telephone is there, as far as an exchange knows.
 */
export function createAnalogue(options: AnalogueOptions): AnaloguePhone {
  const { phone, emit, log, now, bridge, wakeAt = wakeBy(now) } = options
  const limits = { ...analogueLimits, ...options.limits }
  const parser = createWordParser(phone.patterns, limits)
  const capabilities: PhoneCapabilities = { hold: options.hold !== undefined, forward: options.forwarder?.kinds ?? [] }
  const portInLog = phone.portInLog ?? phone.port - 1
  const counts = { words: 0, unmatched: 0, otherPort: 0, portless: 0, flashes: 0 }
  const listener = options.syslog === undefined ? undefined : createSyslogListener({ ...options.syslog, ...macOf(phone), limits, now, log, onLine })
  const readBack: HookReadBack | undefined =
    options.snmp === undefined
      ? undefined
      : createHookReadBack({ ...options.snmp, adapterPort: phone.port, limits, now, tell: (evidence) => take(evidence), isSilent, changed: assess })
  const isListenedTo = bridge !== undefined || listener !== undefined || readBack !== undefined
  const state: State = {
    line: unknownLine,
    ...(phone.model === undefined ? {} : { model: phone.model }),
  }
  let reachable: boolean | undefined
  let running = false
  let cancelWake = (): void => {}
  let cancelSight = (): void => {}

  function take(evidence: Evidence): void {
    if (!running) return
    const { line, facts } = fuse(state.line, evidence, now(), limits)
    state.line = line
    for (const fact of facts) emit(fact)
    if (evidence.source === 'bridge' && facts.length > 0) emit({ type: 'phone.heard' })
    schedule()
  }

  function schedule(): void {
    cancelWake()
    const due = lineDue(state.line)
    cancelWake = running && due !== undefined ? wakeAt(due, () => take({ source: 'time' })) : () => {}
  }

  function onLine({ text, model, firmware }: LogLine): void {
    state.lineAt = now()
    describe(model, firmware)
    assess()
    const word = parser.parse(text, now())
    if (word === undefined) {
      counts.unmatched += 1
    } else if (word.portInLog !== undefined && word.portInLog !== portInLog) {
      counts.otherPort += 1
    } else if (word.portInLog === undefined && counts.otherPort > 0) {
      // An adapter with two telephones: a word that names no port may be about either.
      counts.portless += 1
    } else {
      counts.words += 1
      state.wordAt = now()
      if (word.word === 'flash') counts.flashes += 1
      take({ source: 'syslog', word })
      emit({ type: 'phone.heard' })
    }
  }

  function describe(model: string | undefined, firmware: string | undefined): void {
    if (model === undefined || (model === state.model && (firmware ?? state.firmware) === state.firmware)) return
    Object.assign(state, { model, ...(firmware === undefined ? {} : { firmware }) })
    emit({ type: 'phone.described', model, ...(state.firmware === undefined ? {} : { firmware: state.firmware }) })
  }

  function onStatus(status: BridgeStatus, restarted: boolean): void {
    state.bridge = 'alive'
    assess()
    take({ source: 'bridge', status, restarted })
  }

  function onLost(fault: BridgeFault): void {
    state.bridge = fault
    assess()
    take({ source: 'bridge', lost: true })
    if (running) readBack?.soon()
  }

  function onTells(tells: boolean, reason?: string): void {
    state.sight = { tells, at: now(), ...(reason === undefined ? {} : { reason }) }
    waitForSight(now() + limits.sightLostMs)
  }

  function waitForSight(until: number): void {
    cancelSight()
    const isOver = state.sight?.tells !== false || now() >= until
    cancelSight = running && !isOver ? wakeAt(until, () => waitForSight(until)) : () => {}
    assess()
  }

  /** Whether nobody who sees the line has said anything for a while. */
  function isSilent(): boolean {
    return state.bridge !== 'alive' && (state.wordAt === undefined || now() - state.wordAt >= limits.snmpEveryMs)
  }

  /** The telephone is there as long as anybody who can see it is heard. A log that is silent says nothing: nobody may be telephoning. */
  function assess(): void {
    const next = isReachable()
    if (!running || next === reachable || next === undefined) return
    reachable = next
    const fault = faultNow()
    emit({
      type: 'phone.reachable',
      reachable: next,
      ...(next || fault === undefined ? {} : { reason: fault }),
      ...(isListenedTo ? {} : { by: 'exchange' as const }),
    })
  }

  function isReachable(): boolean | undefined {
    const heard = state.lineAt !== undefined && now() - state.lineAt < limits.logAliveMs
    if (state.bridge === 'alive' || readBack?.answers() === true || heard) return true
    if (readBack?.answers() === false) return false
    return state.sight === undefined ? (state.bridge === undefined ? undefined : false) : isSeen(state.sight)
  }

  /** By the exchange; not known while a subscription may only be made anew. */
  function isSeen({ tells, at }: NonNullable<State['sight']>): boolean | undefined {
    if (tells) return true
    return now() - at < limits.sightLostMs ? undefined : false
  }

  function faultNow(): string | undefined {
    const lost = state.bridge === undefined || state.bridge === 'alive' ? undefined : `the bridge on the line is not heard (${state.bridge})`
    const unseen = state.sight?.tells !== false ? undefined : `the exchange does not tell of it (${state.sight.reason ?? 'no reason given'})`
    return [lost, readBack?.fault(), unseen].filter((each) => each !== undefined).join('; ') || undefined
  }

  async function read(): Promise<PhoneReading> {
    await readBack?.read()
    const { model, firmware } = state
    const fault = faultNow() ?? (isReachable() === undefined ? 'nothing has been heard of the adapter yet: does it send its log to this machine?' : undefined)
    return {
      reachable: isReachable() ?? false,
      ...(model === undefined ? {} : { model }),
      ...(firmware === undefined ? {} : { firmware }),
      ...(fault === undefined ? {} : { fault }),
    }
  }

  bridge?.onStatus(onStatus)
  bridge?.onLost(onLost)
  options.sight?.onTells(onTells)

  return {
    vendor: 'analogue',
    capabilities,
    ...(options.forwarder === undefined ? {} : { forwarder: options.forwarder }),
    receive: () => 404,
    recognises: () => false,
    syslogPort: () => listener?.port,
    async start() {
      running = true
      emit({ type: 'phone.capable', ...capabilities })
      await listener?.start()
      assess()
      readBack?.start()
    },
    async stop() {
      running = false
      cancelWake()
      cancelSight()
      await readBack?.stop()
      await listener?.stop()
    },
    // The adapter has no such command, and none is ever sent to it.
    hold: options.hold ?? (async () => 'unsupported'),
    read,
    health: () => ({
      ...counts,
      ...prefixed(listener?.counters ?? {}),
      hook: state.line.hook ?? 'unknown',
      bridge: bridge === undefined ? 'none' : (state.bridge ?? 'unknown'),
      exchange: options.sight === undefined ? 'none' : (state.sight?.tells ?? 'unknown'),
      snmp: readBack === undefined ? 'none' : (readBack.answers() ?? 'unknown'),
      reachable: reachable ?? 'unknown',
    }),
  }
}

/** What is known now, and by whom. */
interface State {
  line: typeof unknownLine
  bridge?: 'alive' | BridgeFault
  sight?: { readonly tells: boolean; readonly at: number; readonly reason?: string }
  lineAt?: number
  wordAt?: number
  model?: string
  firmware?: string
}

function macOf({ mac }: { readonly mac?: string }): { readonly mac?: string } {
  return mac === undefined ? {} : { mac }
}

/** `syslogTaken`, `syslogStranger`, … */
function prefixed(counters: object): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).map(([name, count]) => [`syslog${name.charAt(0).toUpperCase()}${name.slice(1)}`, Number(count)]))
}

/** The machine's timers. One that wakes early finds nothing due, and the driver asks for another. */
function wakeBy(now: () => number): Clock['wakeAt'] {
  return (instant, wake) => {
    const timer = setTimeout(wake, Math.max(1, instant - now()))
    return () => clearTimeout(timer)
  }
}
