import type { PhoneReading } from '../../agent/ports.ts'
import type { CallRef, Fact, HoldOutcome } from '../../desk/event.ts'
import type { ToFacts } from '../action-url.ts'
import { keyPart, type PhoneOptions, type PostingPhone } from '../driver.ts'
import { createOrderedForwarder, type OrderedForwarder } from '../forward-order.ts'
import { bestWayOf, portBy } from '../forward-way.ts'
import { capabilitiesOf, createFrame } from '../frame.ts'
import { phoneLimits } from '../limits.ts'
import { grandstreamFacts } from './action-url.ts'
import { grandstreamPorts } from './forwarding.ts'
import { decideHold, type Line, parseLines, toLineReadings } from './line-status.ts'
import { createOwnDialling } from './own-dialling.ts'
import { type CtiAnswer, createSession } from './session.ts'
import { createValues } from './values.ts'

type Reading = { readonly lines: readonly Line[] } | { readonly fault: string; readonly outcome: 'unreachable' | 'refused' | 'unsupported' }

/**
 * A Grandstream desk phone: action URLs in, CTI out. `holdcall` is a toggle (reference/grandstream.md §2.3): the lines are read before it, and it is
 * sent only for a call that a fresh reading shows connected, once; then they are read again. Nothing is ever resumed.
 */
export function createGrandstream(options: PhoneOptions): PostingPhone {
  const { emit, username, now, forwardBy = bestWayOf('grandstream') } = options
  const dialling = createOwnDialling(now, { ...phoneLimits, ...options.limits })
  const toFacts: ToFacts = (event, params) => grandstreamFacts(event, params)?.filter((fact) => !dialling.isEcho(fact))
  const frame = createFrame(options, { vendor: 'grandstream', toFacts, httpLogin: false, read, onEvent })
  const { limits, client, memory, passwords } = frame
  const session = createSession({ client, url: options.url, username, passwords, memory, goodbyeMs: limits.goodbyeMs, onLogin: describe })
  const own = createForwarding()
  const forwarder = options.forwarder ?? own
  const capabilities = capabilitiesOf(forwarder)
  const counts = { holds: 0, looks: 0 }
  let model = options.model
  let firmware: string | undefined
  let look: NodeJS.Timeout | undefined
  let looksLeft = 0
  let stopped = false
  /** Words of the phone about calls so far; a reading that one of them overtook is out of date. */
  let words = 0
  /** The reading that the desk heard last, unless a word about a call came after it. */
  let told: string | undefined
  let holding: Promise<unknown> = Promise.resolve()

  function createForwarding(): OrderedForwarder | undefined {
    const values = createValues(session, memory, options.url)
    const proven = (): boolean => memory.recall(provenKey()) === 'in-force'
    const port = portBy(forwardBy, grandstreamPorts, { session, values, dialling, proven })
    return port === undefined ? undefined : createOrderedForwarder(port, frame.forwardDeps)
  }

  /** Whether a target that is stored is in force on this model and firmware. */
  function provenKey(): string {
    return `forward-by-target/grandstream/${keyPart(model)}/${keyPart(firmware)}`
  }

  function onEvent(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (fact.type === 'phone.described') note(fact)
      if (forwardBy === 'configuration' && fact.type === 'phone.forwarding' && fact.on && own?.toldToForward() === true)
        memory.remember(provenKey(), 'in-force')
      if (!fact.type.startsWith('call.') && fact.type !== 'phone.restarted') continue
      words += 1
      told = undefined
      looksLeft = limits.pollsMax
      lookIn(limits.lookAfterEventMs)
    }
  }

  function note(described: { readonly model?: string; readonly firmware?: string }): void {
    model = options.model ?? described.model ?? model
    firmware = described.firmware ?? firmware
  }

  function describe(described: { readonly firmware?: string }): void {
    note(described)
    if (described.firmware !== undefined) emit({ type: 'phone.described', ...described, ...(model === undefined ? {} : { model }) })
  }

  function lookIn(delayMs: number): void {
    clearTimeout(look)
    if (!stopped && looksLeft > 0) look = setTimeout(() => void lookNow(), delayMs)
  }

  /** Looks again as long as there is a call; a phone that does not answer may still have one. */
  async function lookNow(): Promise<void> {
    counts.looks += 1
    looksLeft -= 1
    await readLines()
  }

  /** One fresh reading of the lines. What it shows goes to the desk, if it is news: at once, or when the caller says so. */
  async function readLines(deliver: (lines: readonly Line[]) => void = tell): Promise<Reading> {
    for (let left = limits.readingsMax; ; left -= 1) {
      const before = words
      const reading = toReading(await session.ask('api-get_line_status', { line: '-1' }))
      if ('outcome' in reading) {
        lookIn(limits.pollEveryMs)
        return reading
      }
      // An event came while the phone was answering: the answer may be older than the event, and the desk must not believe it.
      if (before !== words && left > 1) continue
      if (before === words) deliver(reading.lines)
      return reading
    }
  }

  /** The desk hears of the reading after our answer: a call that the clerk held was not held by us. */
  function tellLater(lines: readonly Line[]): void {
    const before = words
    setImmediate(() => {
      if (before === words) tell(lines)
    })
  }

  function tell(all: readonly Line[]): void {
    const lines = all.filter(({ ref }) => !dialling.isOurs(ref))
    const readings = toLineReadings(lines)
    if (readings !== undefined && JSON.stringify(readings) !== told) {
      told = JSON.stringify(readings)
      looksLeft = limits.pollsMax
      emit({ type: 'phone.lines', lines: readings })
    }
    if (lines.every(({ state }) => state === 'idle')) {
      clearTimeout(look)
      looksLeft = 0
      return
    }
    lookIn(limits.pollEveryMs)
  }

  async function hold(ref: CallRef, attempt: 1 | 2): Promise<HoldOutcome> {
    if (attempt === 1) counts.holds += 1
    const before = await readLines(tellLater)
    if ('outcome' in before) return before.outcome
    const decision = decideHold(before.lines, ref)
    if ('outcome' in decision) return decision.outcome
    const answer = await session.ask('api-phone_operation', { cmd: 'holdcall' }, { command: true })
    if (answer.kind === 'refused') return 'refused'
    if (answer.kind === 'unreadable') return 'unsupported'
    // Whatever the phone says of it, only its lines show what has become of the call.
    const held = await untilHeld(decision.hold)
    return answer.kind === 'unreachable' && !held ? 'unreachable' : 'sent'
  }

  async function untilHeld(target: Line): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < limits.heldWithinMs && !stopped; waitedMs += limits.heldLookEveryMs) {
      await new Promise((resolve) => setTimeout(resolve, limits.heldLookEveryMs))
      const reading = await readLines()
      if ('outcome' in reading) return false
      const line = reading.lines.find((each) => each.line === target.line)
      if (line?.state !== 'connected') return line?.state === 'held'
    }
    return false
  }

  async function read(): Promise<PhoneReading> {
    const reading = await readLines()
    const known = { ...(model === undefined ? {} : { model }), ...(firmware === undefined ? {} : { firmware }) }
    if ('outcome' in reading) return { reachable: reading.outcome !== 'unreachable', ...known, fault: reading.fault }
    return { reachable: true, ...known }
  }

  return {
    vendor: 'grandstream',
    capabilities,
    ...(forwarder === undefined ? {} : { forwarder }),
    receive: frame.urls.receive,
    recognises: frame.urls.recognises,
    async start() {
      frame.start(capabilities)
    },
    async stop() {
      if (stopped) return
      stopped = true
      clearTimeout(look)
      // A phone that is not there cannot be taken leave of.
      if (frame.reader.reachable() !== false) await session.leave()
      frame.stop()
      await Promise.all([holding, own?.settled()])
    },
    hold(ref, attempt) {
      // A second attempt may be asked for while the first still looks whether it has worked.
      const outcome = holding.then(() => hold(ref, attempt))
      holding = outcome
      return outcome
    },
    read,
    health: () => ({ ...frame.health(), ...counts, login: session.variant() ?? 'unknown' }),
  }
}

function toReading(answer: CtiAnswer): Reading {
  if (answer.kind === 'unreachable' || answer.kind === 'refused') return { fault: answer.reason, outcome: answer.kind }
  const lines = answer.kind === 'success' ? parseLines(answer.body) : undefined
  if (lines !== undefined) return { lines }
  return { fault: 'the phone answered without its lines: does its firmware have the CTI functions?', outcome: 'unsupported' }
}
