import type { PhoneReading } from '../../agent/ports.ts'
import type { CallRef, Fact, HoldOutcome } from '../../desk/event.ts'
import { createActionUrls } from '../action-url.ts'
import type { PhoneOptions, PostingPhone } from '../driver.ts'
import { createHttpClient } from '../http-client.ts'
import { createReader } from '../reader.ts'
import { grandstreamFacts } from './action-url.ts'
import { type Line, parseAnswer, parseLineStatus, saysUnauthorized, toLineReadings } from './line-status.ts'
import { createSession } from './session.ts'

/** After an event about a call, the lines are read: the events carry no call's id, and may overtake each other. */
const lookAfterEventMs = 300
/** While there are calls, and never longer than so many times without news. */
const pollEveryMs = 5000
const pollsMax = 2880
/** How long the phone may take to show that the call is held, and how often it is looked at meanwhile. */
const heldWithinMs = 1200
const heldLookEveryMs = 200

type Read = { readonly lines: readonly Line[] } | { readonly fault: string; readonly outcome: HoldOutcome }

/**
 * A Grandstream desk phone: action URLs in, CTI out. `holdcall` is a toggle (reference/grandstream.md §2.3): the lines are read before it, and it is
 * sent only for a call that a fresh reading shows connected, once; then they are read again. Nothing is ever resumed.
 */
export function createGrandstream(options: PhoneOptions): PostingPhone {
  const { emit, log, now } = options
  let poll: NodeJS.Timeout | undefined
  let pollsLeft = 0
  let stopped = false
  const counts = { holds: 0, polls: 0 }
  const client = createHttpClient({
    url: options.url,
    now,
    onRefused(reason, retryMs) {
      log.warn({ reason, retryMs }, 'the phone turned us down; nothing more is sent until the back-off is over')
      emit({ type: 'phone.refused', reason, retryMs })
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const session = createSession({ client, url: options.url, username: options.username, password: options.password })
  const reader = createReader(read, emit, options.readEveryMs)
  const urls = createActionUrls(
    { vendor: 'grandstream', token: options.token, toFacts: grandstreamFacts, emit, onEvent, ...(options.mac === undefined ? {} : { mac: options.mac }) },
    now,
  )

  function onEvent(facts: readonly Fact[]): void {
    reader.heard()
    if (facts.some((fact) => fact.type === 'phone.restarted')) reader.soon(pollEveryMs)
    if (facts.some((fact) => fact.type.startsWith('call.'))) look(lookAfterEventMs, pollsMax)
  }

  /** Looks at the lines after a while, and again as long as there is a call on one of them. */
  function look(delayMs: number, left: number): void {
    clearTimeout(poll)
    pollsLeft = left
    if (stopped || left <= 0) return
    poll = setTimeout(() => {
      counts.polls += 1
      void readLines().then((reading) => {
        const busy = 'lines' in reading && reading.lines.some((line) => line.state !== 'idle')
        if (busy) look(pollEveryMs, pollsLeft - 1)
      })
    }, delayMs)
  }

  /** One reading; what it shows goes to the desk, too, at once or when the caller says so. */
  async function readLines(tell = true): Promise<Read> {
    const answer = await session.ask('api-get_line_status', '', false)
    if (answer.kind === 'unreachable') return { fault: answer.reason, outcome: 'unreachable' }
    if (answer.kind === 'refused') return { fault: answer.reason, outcome: 'refused' }
    const status = parseLineStatus(answer.body)
    if (status.kind !== 'lines') return { fault: `the phone answered ${answer.status} without its lines`, outcome: 'unreachable' }
    if (tell) emit({ type: 'phone.lines', lines: toLineReadings(status.lines) })
    return status
  }

  async function hold(ref: CallRef, attempt: 1 | 2): Promise<HoldOutcome> {
    if (attempt === 1) counts.holds += 1
    const before = await readLines(false)
    if ('outcome' in before) return before.outcome
    // The desk hears of this reading after our answer: a call that the clerk held was not held by us.
    setImmediate(() => emit({ type: 'phone.lines', lines: toLineReadings(before.lines) }))
    const busy = before.lines.filter((line) => line.state !== 'idle')
    const target = targetOf(busy, ref)
    if (target === 'held') return 'already-held'
    if (target === undefined) return busy.filter((line) => line.state === 'connected').length > 1 ? 'unsafe' : 'not-connected'
    const answer = await session.ask('api-phone_operation', 'cmd=holdcall', true)
    if (answer.kind === 'unreachable') return 'unreachable'
    if (answer.kind === 'refused') return 'refused'
    const body = parseAnswer(answer.body)
    if (body === undefined || saysUnauthorized(body) || body.response !== 'success') return 'unsupported'
    await untilHeld(target)
    return 'sent'
  }

  /** Reads the lines until the call shows as held; each reading tells the desk by itself. */
  async function untilHeld(target: Line): Promise<void> {
    for (let waitedMs = 0; waitedMs < heldWithinMs && !stopped; waitedMs += heldLookEveryMs) {
      await new Promise((resolve) => setTimeout(resolve, heldLookEveryMs))
      const reading = await readLines()
      if ('outcome' in reading || reading.lines.some((line) => line.line === target.line && line.state !== 'connected')) return
    }
  }

  async function read(): Promise<PhoneReading> {
    const reading = await readLines()
    if ('outcome' in reading) return { reachable: reading.outcome !== 'unreachable', fault: reading.fault }
    return { reachable: true, ...(options.model === undefined ? {} : { model: options.model }) }
  }

  return {
    vendor: 'grandstream',
    capabilities: { hold: true, forward: false },
    receive: urls.receive,
    async start() {
      emit({ type: 'phone.capable', hold: true, forward: false })
      reader.start()
    },
    async stop() {
      stopped = true
      clearTimeout(poll)
      reader.stop()
      client.stop()
    },
    hold,
    read,
    health: () => ({
      ...urls.counters,
      ...counts,
      login: session.variant() ?? 'unknown',
      reachable: reader.reachable() ?? 'unknown',
      refused: client.refused() ?? false,
    }),
  }
}

/**
 * The connected line of this call, `held` if it is on hold already, nothing if it cannot be told. `holdcall` acts on the phone's active call: with
 * several connected lines only the one marked active may be meant.
 */
function targetOf(busy: readonly Line[], ref: CallRef): Line | 'held' | undefined {
  const mine = busy.filter((line) => mayBe(line, ref))
  const connected = mine.filter((line) => line.state === 'connected')
  if (connected.length === 0) return mine.some((line) => line.state === 'held') ? 'held' : undefined
  const all = busy.filter((line) => line.state === 'connected')
  const [only, ...others] = all.length > 1 ? connected.filter((line) => line.active) : connected
  return only !== undefined && others.length === 0 ? only : undefined
}

/** A line that names nobody may be anybody's; one that names somebody is nobody else's. */
function mayBe({ remote }: Line, ref: CallRef): boolean {
  const named = remote !== undefined && /\d/.test(remote)
  if (ref.remote === undefined) return ref.withheld !== true || !named
  return remote === undefined || (named && sameDigits(remote, ref.remote))
}

/** The phone may write one number in two ways; the last nine digits are the subscriber's. */
function sameDigits(one: string, other: string): boolean {
  const tail = (text: string): string => text.replace(/\D/g, '').slice(-9)
  return tail(one) === tail(other)
}
