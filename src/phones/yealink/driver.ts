import type { PhoneReading } from '../../agent/ports.ts'
import type { CallRef, Fact, HoldOutcome } from '../../desk/event.ts'
import { createActionUrls } from '../action-url.ts'
import { createMemory, type PhoneOptions, type PostingPhone } from '../driver.ts'
import { type Answer, createHttpClient } from '../http-client.ts'
import { createReader } from '../reader.ts'
import { yealinkFacts } from './action-url.ts'
import { parsePhoneConfig } from './phonecfg.ts'

/** The first firmware that takes `HOLD:<call id>` (reference/yealink.md §2.2): the second number of `66.81.0.25`. */
const holdByIdSince = 81
/** A reading after the phone has said that it started: its web server comes up a little later. */
const readAfterStartMs = 1000

/** How a phone is told to hold. `HOLD:<id>` names the call and cannot resume it; `F_HOLD` presses the key, which resumes a held one. */
type HoldForm = 'by-id' | 'key'

/**
 * A Yealink desk phone: action URLs in, Action URI out.
 *
 * The hold is the dangerous verb: a key press sent once too often takes a caller out of the music into an empty room. So the key is pressed only where
 * nothing sent before it can have worked, and never twice. `HOLD:<id>` may be said again. Which form a model and firmware obeys is learnt from the
 * phone's own `hold` event and remembered: a `HOLD:<id>` that was answered but never confirmed makes the *next* hold press the key.
 */
export function createYealink(options: PhoneOptions): PostingPhone {
  const { emit, log, now, memory = createMemory() } = options
  let model = options.model
  let firmware: string | undefined
  let asked: { form: HoldForm; refusedById: boolean; phoneId: string | undefined } | undefined
  /** Calls that a command of ours may have put on hold without our hearing of it: pressing the key for one of them could take it back. */
  const maybeHeld = new Set<string>()
  const counts = { holds: 0, confirmed: 0 }
  const client = createHttpClient({
    url: options.url,
    credentials: { username: options.username, password: options.password },
    now,
    onRefused(reason, retryMs) {
      log.warn({ reason, retryMs }, 'the phone turned us down; nothing more is sent until the back-off is over')
      emit({ type: 'phone.refused', reason, retryMs })
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const reader = createReader(read, emit, options.readEveryMs)
  const urls = createActionUrls(
    { vendor: 'yealink', token: options.token, toFacts: yealinkFacts, emit, onEvent, ...(options.mac === undefined ? {} : { mac: options.mac }) },
    now,
  )

  const memoryKey = (): string => `hold-form/yealink/${model ?? 'unknown'}/${firmware ?? 'unknown'}`

  function onEvent(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (fact.type === 'phone.described') {
        model = options.model ?? fact.model ?? model
        firmware = fact.firmware ?? firmware
      }
      if (fact.type === 'phone.restarted') reader.soon(readAfterStartMs)
      if (fact.type === 'call.held' && asked !== undefined && (fact.ref.phoneId ?? asked.phoneId) === asked.phoneId) {
        memory.remember(memoryKey(), asked.form)
        counts.confirmed += 1
        asked = undefined
      }
      if (fact.type === 'call.retrieved' || fact.type === 'call.cleared') maybeHeld.delete(fact.ref.phoneId ?? '')
      if (fact.type === 'phone.restarted' || (fact.type === 'phone.idle' && fact.idle)) maybeHeld.clear()
    }
    reader.heard()
  }

  /** The form for a first attempt: what this model and firmware has obeyed, else what its firmware should obey. */
  function formFor(phoneId: string | undefined): HoldForm {
    if (phoneId === undefined) return 'key'
    const learnt = memory.recall(memoryKey())
    if (learnt === 'by-id' || learnt === 'key') return learnt
    const version = Number(firmware?.split('.')[1])
    return Number.isFinite(version) && version < holdByIdSince ? 'key' : 'by-id'
  }

  async function hold({ phoneId }: CallRef, attempt: 1 | 2): Promise<HoldOutcome> {
    const form = attempt === 1 || asked === undefined ? formFor(phoneId) : asked.form
    if (attempt === 2 && form === 'key' && asked?.refusedById !== true) return 'unsafe'
    if (attempt === 1) counts.holds += 1
    if (form === 'key' || phoneId === undefined) return pressKey(phoneId)
    const confirmedBefore = memory.recall(memoryKey()) === 'by-id'
    asked = { form: 'by-id', refusedById: false, phoneId }
    const answer = await press(`HOLD:${encodeURIComponent(phoneId)}`)
    if (isOk(answer) || answer.kind === 'unreachable') maybeHeld.add(phoneId)
    if (answer.kind === 'answered' && !isOk(answer)) {
      // The phone itself says that it did nothing: pressing the key now, or at the second attempt, can resume nothing.
      memory.remember(memoryKey(), 'key')
      asked = { form: 'key', refusedById: attempt === 1, phoneId }
      return attempt === 1 ? 'unreachable' : pressKey(phoneId)
    }
    if (attempt === 2 && !confirmedBefore && isOk(answer)) memory.remember(memoryKey(), 'key')
    return outcomeOf(answer)
  }

  /** The key acts on the call in front. With a call that we may have put on hold already, pressing it could take that one back: then not. */
  async function pressKey(phoneId: string | undefined): Promise<HoldOutcome> {
    if (maybeHeld.has(phoneId ?? '')) return 'unsafe'
    asked = { form: 'key', refusedById: false, phoneId }
    const answer = await press('F_HOLD')
    if (isOk(answer) || answer.kind === 'unreachable') maybeHeld.add(phoneId ?? '')
    return outcomeOf(answer)
  }

  /** `key` comes first in the query and nothing after it, or the phone does nothing (reference/yealink.md §2.1). */
  function press(key: string): Promise<Answer> {
    return client.ask({ path: `/servlet?key=${key}`, command: true })
  }

  async function read(): Promise<PhoneReading> {
    const answer = await client.ask({ path: '/servlet?phonecfg=get&accounts=1&dnd=1&fw=1' })
    if (answer.kind === 'unreachable') return { reachable: false, fault: answer.reason }
    if (answer.kind === 'refused') return { reachable: true, fault: answer.reason }
    const reading = isOk(answer) ? parsePhoneConfig(answer.body) : undefined
    if (reading === undefined)
      return {
        reachable: true,
        fault: `the phone answered ${answer.status} without its settings: is Action URI enabled?`,
        ...(model === undefined ? {} : { model }),
      }
    firmware = reading.firmware ?? firmware
    if (firmware !== undefined) emit({ type: 'phone.described', firmware, ...(model === undefined ? {} : { model }) })
    if (reading.dnd !== undefined) emit({ type: 'phone.dnd', on: reading.dnd })
    for (const { kind, on, target } of reading.forwarding) emit({ type: 'phone.forwarding', kind, on, ...(target === undefined ? {} : { target }) })
    return {
      reachable: true,
      ...(model === undefined ? {} : { model }),
      ...(firmware === undefined ? {} : { firmware }),
      ...(reading.dnd === undefined ? {} : { dnd: reading.dnd }),
      forwarding: [...reading.forwarding],
    }
  }

  return {
    vendor: 'yealink',
    capabilities: { hold: true, forward: false },
    receive: urls.receive,
    async start() {
      emit({ type: 'phone.capable', hold: true, forward: false })
      reader.start()
    },
    async stop() {
      reader.stop()
      client.stop()
    },
    hold,
    read,
    health: () => ({ ...urls.counters, ...counts, reachable: reader.reachable() ?? 'unknown', refused: client.refused() ?? false }),
  }
}

function isOk(answer: Answer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}

function outcomeOf(answer: Answer): HoldOutcome {
  if (answer.kind === 'unreachable') return 'unreachable'
  if (answer.kind === 'refused') return 'refused'
  return isOk(answer) ? 'sent' : 'unsupported'
}
