import type { PhoneReading } from '../../agent/ports.ts'
import type { CallRef, Fact, HoldOutcome } from '../../desk/event.ts'
import { keyPart, type PhoneOptions, type PostingPhone } from '../driver.ts'
import { createOrderedForwarder } from '../forward-order.ts'
import { bestWayOf, portBy } from '../forward-way.ts'
import { capabilitiesOf, createFrame } from '../frame.ts'
import type { Answer } from '../http-client.ts'
import { phoneLimits } from '../limits.ts'
import { yealinkFacts } from './action-url.ts'
import { type Meaning, mayHaveWorked, meaning } from './answer.ts'
import { createCallBook, type HoldForm } from './call-book.ts'
import { yealinkPorts } from './forwarding.ts'
import { planHold, preferredForm, usableId } from './hold-plan.ts'
import { createSettings } from './settings.ts'

/**
 * A Yealink desk phone: action URLs in, Action URI out.
 *
 * The hold is the dangerous verb: a key press sent once too often takes a caller out of the music into an empty room. So the key is pressed only where
 * nothing sent before it can have worked (`hold-plan.ts`), and `HOLD:<id>`, which cannot resume, is said first and may be said again. Which form a
 * model and firmware obeys is learnt from the phone's own `hold` event and remembered.
 */
export function createYealink(options: PhoneOptions): PostingPhone {
  const { emit, now } = options
  const limits = { ...phoneLimits, ...options.limits }
  const frame = createFrame(options, { vendor: 'yealink', toFacts: yealinkFacts, httpLogin: true, read, onEvent })
  const book = createCallBook(limits.callsMax, limits.confirmWithinMs)
  const settings = createSettings(frame.client)
  const port = portBy(options.forwardBy ?? bestWayOf('yealink'), yealinkPorts, { client: frame.client, settings })
  const own = port === undefined ? undefined : createOrderedForwarder(port, frame.forwardDeps)
  const forwarder = options.forwarder ?? own
  const capabilities = capabilitiesOf(forwarder)
  const counts = { holds: 0, confirmed: 0, byNotify: 0 }
  let model = options.model
  let firmware: string | undefined
  let holding: Promise<unknown> = Promise.resolve()

  const memoryKey = (): string => `hold-form/yealink/${keyPart(model)}/${keyPart(firmware)}`

  function onEvent(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (fact.type === 'phone.described') describe(fact)
      const confirmed = book.note(fact, now())
      if (confirmed === undefined) continue
      counts.confirmed += 1
      if (frame.memory.recall(memoryKey()) !== confirmed) frame.memory.remember(memoryKey(), confirmed)
    }
  }

  function describe(fact: { readonly model?: string; readonly firmware?: string }): void {
    model = options.model ?? fact.model ?? model
    firmware = fact.firmware ?? firmware
  }

  async function hold({ phoneId }: CallRef, attempt: 1 | 2): Promise<HoldOutcome> {
    if (attempt === 1) counts.holds += 1
    const remembered = frame.memory.recall(memoryKey())
    const plan = planHold({ phoneId, attempt, preferred: preferredForm(remembered, firmware), book })
    if ('outcome' in plan) return plan.outcome
    if (plan.form === 'key') return outcomes[meaning(await press('F_HOLD', phoneId, 'key'))]
    const said = book.unsettled(phoneId) === 'by-id'
    const answer = await press(`HOLD:${usableId(phoneId) ?? ''}`, phoneId, 'by-id')
    if (meaning(answer) === 'unknown-key') {
      // The phone itself says that it did nothing, so at the next attempt the key can resume nothing.
      frame.memory.remember(memoryKey(), 'key')
      return 'unreachable'
    }
    // Said twice and answered twice, and still no word of the phone that it holds: the next call is tried by the key.
    if (said && remembered !== 'by-id' && meaning(answer) === 'done' && book.unsettled(phoneId) === 'by-id') frame.memory.remember(memoryKey(), 'key')
    return outcomes[meaning(answer)]
  }

  /** `key` comes first in the query and nothing after it, or the phone does nothing (reference/yealink.md §2.1). */
  async function press(key: string, phoneId: string | undefined, form: HoldForm): Promise<Answer> {
    let undo = (): void => {}
    const answer = await frame.client.ask({
      path: `/servlet?key=${key}`,
      command: true,
      goAhead() {
        // The clerk may have been quicker.
        if (book.isHeld(phoneId)) return false
        undo = book.sending(phoneId, form, now())
        return true
      },
    })
    if (!mayHaveWorked(answer)) undo()
    return isShut(answer) ? pressOtherwise(key, phoneId, form, answer) : answer
  }

  /** By NOTIFY, where the way over HTTP is shut: nothing has gone through there, so that this press is the first. */
  async function pressOtherwise(key: string, phoneId: string | undefined, form: HoldForm, before: Answer): Promise<Answer> {
    if (options.pressKey === undefined) return before
    if (book.isHeld(phoneId)) return { kind: 'withdrawn' }
    counts.byNotify += 1
    const undo = book.sending(phoneId, form, now())
    const pressed = await options.pressKey(key)
    if (pressed === 'done') return { kind: 'answered', status: 200, headers: {}, body: '' }
    if (pressed === 'unclear') return { kind: 'unreachable', reason: 'no answer to the key that was pressed by NOTIFY', sent: true }
    undo()
    return before
  }

  async function read(): Promise<PhoneReading> {
    const undisturbed = own?.undisturbed()
    const answer = await settings()
    const known = model === undefined ? {} : { model }
    if ('outcome' in answer) return { reachable: answer.outcome !== 'unreachable', ...known, fault: answer.fault }
    const { reading } = answer
    describe(reading)
    emit({ type: 'phone.described', ...known, ...(firmware === undefined ? {} : { firmware }) })
    if (reading.dnd !== undefined) emit({ type: 'phone.dnd', on: reading.dnd })
    if (undisturbed?.() !== false) for (const forwarding of reading.forwarding) emit({ type: 'phone.forwarding', ...forwarding, read: true })
    return { reachable: true, ...known, ...reading, forwarding: [...reading.forwarding] }
  }

  return {
    vendor: 'yealink',
    capabilities,
    ...(forwarder === undefined ? {} : { forwarder }),
    receive: frame.urls.receive,
    recognises: frame.urls.recognises,
    async start() {
      frame.start(capabilities)
    },
    async stop() {
      frame.stop()
      await Promise.all([holding, own?.settled()])
    },
    hold(ref, attempt) {
      // A second attempt may be asked for while the first is still on its way.
      const outcome = holding.then(() => hold(ref, attempt))
      holding = outcome
      return outcome
    },
    read,
    health: () => ({ ...frame.health(), ...counts }),
  }
}

/** The phone has surely not been told: it turned us down, or nothing reached it. */
function isShut(answer: Answer): boolean {
  return answer.kind === 'refused' || (answer.kind === 'unreachable' && !answer.sent)
}

const outcomes: Readonly<Record<Meaning, HoldOutcome>> = {
  done: 'sent',
  'unknown-key': 'unsupported',
  unclear: 'unreachable',
  refused: 'refused',
  unreachable: 'unreachable',
  withdrawn: 'already-held',
}
