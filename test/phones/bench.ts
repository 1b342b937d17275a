import { onTestFinished } from 'vitest'
import type { ForwardWay } from '../../src/config/config.ts'
import type { CallRef, Fact } from '../../src/desk/event.ts'
import type { Numbering } from '../../src/desk/number.ts'
import { createListener } from '../../src/http/listener.ts'
import { createMemory, type PhoneMemory, type PhoneOptions, type PostingPhone } from '../../src/phones/driver.ts'
import { phoneDrivers } from '../../src/phones/index.ts'
import type { PhoneLimits } from '../../src/phones/limits.ts'
import { grandstreamFile } from '../../src/provisioning/grandstream-file.ts'
import type { PhoneDesk } from '../../src/provisioning/phone-desk.ts'
import { yealinkFile } from '../../src/provisioning/yealink-file.ts'
import {
  actionUrlsIn,
  createGrandstreamPhone,
  createYealinkPhone,
  type EmulatedPhone,
  type GrandstreamOptions,
  type ReceivedControl,
  type YealinkOptions,
} from '../../src/simulator/phones/index.ts'
import { createRandom } from '../../src/simulator/random.ts'

export type Vendor = 'yealink' | 'grandstream'

export interface BenchOptions {
  readonly firmware?: string
  readonly authentication?: YealinkOptions['authentication']
  readonly lockAfterWrong?: number
  readonly login?: GrandstreamOptions['login']
  /** What the driver believes; the phone's own is `secret`. */
  readonly password?: string
  /** Both that it has while one is being changed. */
  readonly passwords?: readonly string[]
  readonly memory?: PhoneMemory
  readonly mac?: string
  readonly timeoutMs?: number
  /** The phone loads the file that we would write for it, instead of posting everything as it likes. */
  readonly provisioned?: true
  readonly limits?: Partial<PhoneLimits>
  /** By which way it is forwarded, and what the phone makes of that. */
  readonly forwardBy?: ForwardWay
  readonly forwardMode?: YealinkOptions['forwardMode']
  readonly showsForwarding?: YealinkOptions['showsForwarding']
  readonly settings?: GrandstreamOptions['settings']
  readonly targetIsInForce?: boolean
  readonly callsToSayCodes?: boolean
  /** How the office writes numbers. */
  readonly numbering?: Numbering
  /** Told of each fact as it comes. */
  readonly onFact?: (fact: Fact) => void
  /** A second way to press a key. */
  readonly pressKey?: PhoneOptions['pressKey']
}

/** One emulated phone and the driver beside it, over real HTTP both ways. */
export interface Bench {
  readonly phone: EmulatedPhone
  readonly driver: PostingPhone
  readonly memory: PhoneMemory
  /** All that the driver has said, in order. */
  readonly facts: readonly Fact[]
  /** The facts about calls, a sentence each. */
  said(): readonly string[]
  of<Type extends Fact['type']>(type: Type): readonly (Fact & { type: Type })[]
  /** Control requests that press, hold or resume: all that is more than looking. */
  commands(): readonly ReceivedControl[]
  /** The driver's time, and to let this much of it go by at once. */
  now(): number
  skip(ms: number): void
  /** Every event of the phone so far has arrived and has become facts. */
  settle(): Promise<void>
}

const mac = '001565aabbcc'
/** So that a liar is found out within a test's patience. */
const quickForwarding = { forwardReadBackMs: 300, forwardReadEveryMs: 40, forwardLateMs: 600 }
export const silent = { debug: (): void => {}, info: (): void => {}, warn: (): void => {}, error: (): void => {} }

export async function createBench(vendor: Vendor, options: BenchOptions = {}): Promise<Bench> {
  const facts: Fact[] = []
  const memory = options.memory ?? createMemory()
  let skippedMs = 0
  const listener = createListener({ host: '127.0.0.1', port: 0, allow: ['127.0.0.1'], log: silent, onRequest: (request) => driver.receive(request) })
  await listener.start()
  const phone = phones[vendor]({
    mac,
    model: vendor === 'yealink' ? 'T46U' : 'GRP2612',
    firmware: options.firmware ?? (vendor === 'yealink' ? '108.86.0.20' : '1.0.9.103'),
    agentUrl: `http://127.0.0.1:${listener.port}/${vendor}/token`,
    ...(options.provisioned === undefined ? {} : { actionUrls: provision(vendor, listener.port) }),
    username: 'admin',
    password: 'secret',
    random: createRandom(7),
    firstId: 33_093,
    ...(options.authentication === undefined ? {} : { authentication: options.authentication }),
    ...(options.lockAfterWrong === undefined ? {} : { lockAfterWrong: options.lockAfterWrong }),
    ...(options.login === undefined ? {} : { login: options.login }),
    ...(options.forwardMode === undefined ? {} : { forwardMode: options.forwardMode }),
    ...(options.showsForwarding === undefined ? {} : { showsForwarding: options.showsForwarding }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...(options.targetIsInForce === undefined ? {} : { targetIsInForce: options.targetIsInForce }),
    ...(options.callsToSayCodes === undefined ? {} : { callsToSayCodes: options.callsToSayCodes }),
  })
  await phone.start()
  const driver = phoneDrivers[vendor]({
    url: phone.url(),
    username: 'admin',
    password: options.password ?? 'secret',
    token: 'token',
    ...(options.passwords === undefined ? {} : { passwords: () => options.passwords ?? [] }),
    mac: options.mac ?? mac,
    emit(fact) {
      facts.push(fact)
      options.onFact?.(fact)
    },
    log: silent,
    now: () => performance.now() + skippedMs,
    memory,
    ...(options.forwardBy === undefined ? {} : { forwardBy: options.forwardBy }),
    ...(options.numbering === undefined ? {} : { numbering: options.numbering }),
    ...(options.pressKey === undefined ? {} : { pressKey: options.pressKey }),
    limits: { ...quickForwarding, timeoutMs: options.timeoutMs ?? 2000, heldWithinMs: 400, heldLookEveryMs: 50, lookAfterEventMs: 100, ...options.limits },
  })
  onTestFinished(async () => {
    await driver.stop()
    await phone.stop()
    await listener.stop()
  })
  return {
    phone,
    driver,
    memory,
    facts,
    said: () => facts.filter(({ type }) => type.startsWith('call.')).map(sentence),
    of: <Type extends Fact['type']>(type: Type) => facts.filter((fact): fact is Fact & { type: Type } => fact.type === type),
    commands: () => phone.commands.filter(({ request }) => /key=|phone_operation|make_call|config_update|values\.post/.test(request)),
    now: () => performance.now() + skippedMs,
    skip: (ms) => {
      skippedMs += ms
    },
    async settle() {
      await phone.settled()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** The action URLs that our own provisioning file would give this phone. */
function provision(vendor: Vendor, port: number): Readonly<Record<string, string>> {
  const desk: PhoneDesk = { vendor, desk: 'usc-12', mac, agentUrl: `http://127.0.0.1:${port}`, token: 'token', agentAddress: '127.0.0.1' }
  return actionUrlsIn(vendor === 'yealink' ? yealinkFile(desk) : grandstreamFile(desk))
}

const phones = { yealink: createYealinkPhone, grandstream: createGrandstreamPhone } as const

/** `call.cleared 857221122 missed`: what is said of which call. */
export function sentence(fact: Fact): string {
  const { type, ...rest } = fact
  return [type, ...Object.values(rest).map((value) => (typeof value === 'object' && !Array.isArray(value) ? party(value as CallRef) : String(value)))].join(' ')
}

function party({ remote, withheld }: CallRef): string {
  return remote ?? (withheld === true ? 'withheld' : '-')
}

/** How the phone itself sees the call, which is all that counts in the end. */
export function stateOf({ phone }: Bench, id: string): string | undefined {
  return phone.calls().find((call) => call.id === id)?.state
}

/** A call that rang and was answered, and how the desk would point at it. */
export async function talk(bench: Bench, number = '857221122'): Promise<{ readonly id: string; readonly ref: CallRef }> {
  const id = bench.phone.ring({ number })
  bench.phone.answer(id)
  await bench.settle()
  const established = bench.of('call.established').findLast(({ ref }) => ref.remote === number)
  return { id, ref: established?.ref ?? {} }
}
