import { onTestFinished } from 'vitest'
import type { BridgeFault, BridgeStatus } from '../../src/bridge/bridge.ts'
import type { Fact } from '../../src/desk/event.ts'
import { type AnalogueOptions, type AnaloguePhone, createAnalogue } from '../../src/phones/analogue/driver.ts'
import type { AnalogueLimits } from '../../src/phones/analogue/limits.ts'
import { type AnaloguePhoneOptions, createAnaloguePhone, type EmulatedAdapter } from '../../src/simulator/phones/index.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { sentence } from './bench.ts'

const adapterMac = '000b82ddeeff'
export const community = 'read-only-community'

export interface AnalogueBenchOptions {
  /** Whether a bridge is on the line. */
  readonly bridge?: boolean
  /** Whether an exchange is asked, and what is said of it by `sight`. */
  readonly sight?: true
  /** False: nobody is let in who could send a log. */
  readonly syslog?: false
  readonly snmp?: boolean
  readonly wording?: AnaloguePhoneOptions['wording']
  readonly phone?: Partial<AnalogueOptions['phone']>
  readonly limits?: Partial<AnalogueLimits>
  readonly cadence?: AnaloguePhoneOptions['cadence']
  /** The community that the driver believes. */
  readonly community?: string
  /** False: the test starts the driver itself. */
  readonly start?: false
}

export interface AnalogueBench {
  readonly phone: EmulatedAdapter
  readonly driver: AnaloguePhone
  readonly facts: readonly Fact[]
  /** The facts about calls, a sentence each. */
  said(): readonly string[]
  of<Type extends Fact['type']>(type: Type): readonly (Fact & { type: Type })[]
  /** Lets this much of the driver's time go by at once. */
  skip(ms: number): void
  /** Every line of the log so far has arrived. */
  settle(): Promise<void>
  /** What the bridge says now: its own counting is done by `createCounter`. */
  readonly counter: Counter
  /** The exchange begins to tell of the telephone, or does not any more. */
  sight(tells: boolean, reason?: string): void
}

/** What a microcontroller on the two wires would say, counted as it counts: a status at every change. Not the real one, which has tests of its own. */
export interface Counter {
  readonly line: NonNullable<AnaloguePhoneOptions['line']>
  readonly bridge: NonNullable<AnalogueOptions['bridge']>
  status(changes?: Partial<BridgeStatus>, restarted?: boolean): void
  lose(fault: BridgeFault): void
}

function createCounter(): Counter {
  let now: BridgeStatus = { ringing: false, rings: 0, offHook: false, occupied: true, flashes: 0, uptimeMs: 60_000 }
  const listeners: ((status: BridgeStatus, restarted: boolean) => void)[] = []
  const lost: ((fault: BridgeFault) => void)[] = []
  const status = (changes: Partial<BridgeStatus> = {}, restarted = false): void => {
    now = { ...now, ...changes }
    for (const listener of listeners) listener(now, restarted)
  }
  return {
    line: {
      ring: (on) => status(on ? { ringing: true, rings: now.rings + 1 } : { ringing: false }),
      hook: (off) => status(off ? { offHook: true, ringing: false, rings: 0 } : { offHook: false }),
      flash: () => status({ flashes: now.flashes + 1 }),
    },
    bridge: { onStatus: (listener) => void listeners.push(listener), onLost: (listener) => void lost.push(listener) },
    status,
    lose: (fault) => {
      for (const listener of lost) listener(fault)
    },
  }
}

export async function createAnalogueBench(options: AnalogueBenchOptions = {}): Promise<AnalogueBench> {
  const facts: Fact[] = []
  let skippedMs = 0
  const counter = createCounter()
  const sights: ((tells: boolean, reason?: string) => void)[] = []
  const server = {
    address: '127.0.0.1',
    get port() {
      return driver.syslogPort() ?? 0
    },
  }
  const phone = createAnaloguePhone({
    mac: adapterMac,
    model: 'HT802',
    firmware: '1.0.10.6',
    server,
    random: createRandom(7),
    now: () => performance.now() + skippedMs,
    ...(options.wording === undefined ? {} : { wording: options.wording }),
    ...(options.bridge === true ? { line: counter.line } : {}),
    ...(options.cadence === undefined ? {} : { cadence: options.cadence }),
    ...(options.snmp === true ? { snmp: { community } } : {}),
    ...(options.phone?.port === undefined ? {} : { port: options.phone.port }),
  })
  await phone.start()
  const snmpPort = phone.snmpPort()
  const driver: AnaloguePhone = createAnalogue({
    phone: { mac: adapterMac, port: 1, patterns: {}, ...options.phone },
    ...(options.syslog === false ? {} : { syslog: { host: '127.0.0.1', port: 0, allow: ['127.0.0.1'] } }),
    ...(options.sight === undefined ? {} : { sight: { onTells: (listener) => void sights.push(listener) } }),
    ...(options.bridge === true ? { bridge: counter.bridge } : {}),
    ...(snmpPort === undefined ? {} : { snmp: { address: '127.0.0.1', port: snmpPort, community: options.community ?? community } }),
    emit: (fact) => void facts.push(fact),
    log: { debug() {}, info() {}, warn() {} },
    now: () => performance.now() + skippedMs,
    limits: { snmpTimeoutMs: 4000, snmpAgainMs: 20, ...options.limits },
  })
  if (options.start !== false) await driver.start()
  if (options.bridge === true) counter.status()
  onTestFinished(async () => {
    await driver.stop()
    await driver.stop()
    await phone.stop()
  })
  return {
    phone,
    driver,
    facts,
    counter,
    sight: (tells, reason) => {
      for (const each of sights) each(tells, reason)
    },
    said: () => facts.filter(({ type }) => type.startsWith('call.')).map(sentence),
    of: <Type extends Fact['type']>(type: Type) => facts.filter((fact): fact is Fact & { type: Type } => fact.type === type),
    skip: (ms) => {
      skippedMs += ms
    },
    async settle() {
      await phone.settled()
      // What has been sent on loopback is there; it is read in the next turns of the loop.
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
