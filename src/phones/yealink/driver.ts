import type { PhoneReading } from '../../agent/ports.ts'
import type { CallRef, Fact, HoldOutcome } from '../../desk/event.ts'
import { keyPart, type PhoneOptions, type PostingPhone } from '../driver.ts'
import { createFrame } from '../frame.ts'
import type { Answer } from '../http-client.ts'
import { phoneLimits } from '../limits.ts'
import { yealinkFacts } from './action-url.ts'
import { createCallBook, type HoldForm } from './call-book.ts'
import { planHold, preferredForm, usableId } from './hold-plan.ts'
import { parsePhoneConfig } from './phonecfg.ts'

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
  const counts = { holds: 0, confirmed: 0 }
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
    return answer
  }

  async function read(): Promise<PhoneReading> {
    const answer = await frame.client.ask({ path: '/servlet?phonecfg=get&accounts=1&dnd=1&fw=1' })
    const known = model === undefined ? {} : { model }
    if (answer.kind === 'withdrawn' || answer.kind === 'unreachable') return { reachable: false, ...known, fault: 'reason' in answer ? answer.reason : '' }
    if (answer.kind === 'refused') return { reachable: true, ...known, fault: answer.reason }
    const reading = meaning(answer) === 'done' ? parsePhoneConfig(answer.body) : undefined
    if (reading === undefined) return { reachable: true, ...known, fault: unreadable(answer.status) }
    describe(reading)
    emit({ type: 'phone.described', ...known, ...(firmware === undefined ? {} : { firmware }) })
    if (reading.dnd !== undefined) emit({ type: 'phone.dnd', on: reading.dnd })
    for (const forwarding of reading.forwarding) emit({ type: 'phone.forwarding', ...forwarding })
    return { reachable: true, ...known, ...reading, forwarding: [...reading.forwarding] }
  }

  return {
    vendor: 'yealink',
    capabilities: { hold: true, forward: [] },
    receive: frame.urls.receive,
    recognises: frame.urls.recognises,
    async start() {
      frame.start()
    },
    async stop() {
      frame.stop()
      await holding
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

type Meaning = 'done' | 'unknown-key' | 'unclear' | 'refused' | 'unreachable' | 'withdrawn'

/** 200 says that the phone has read the command, not that it has obeyed (reference/yealink.md §2.2). */
function meaning(answer: Answer): Meaning {
  if (answer.kind !== 'answered') return answer.kind
  const { status } = answer
  if (status >= 200 && status < 300) return 'done'
  return (status >= 400 && status < 500) || status === 501 ? 'unknown-key' : 'unclear'
}

/** A server's error may come after the deed; a redirect comes instead of it. */
function mayHaveWorked(answer: Answer): boolean {
  if (answer.kind === 'unreachable') return answer.sent
  return answer.kind === 'answered' && (meaning(answer) === 'done' || answer.status >= 500) && answer.status !== 501
}

const outcomes: Readonly<Record<Meaning, HoldOutcome>> = {
  done: 'sent',
  'unknown-key': 'unsupported',
  unclear: 'unreachable',
  refused: 'refused',
  unreachable: 'unreachable',
  withdrawn: 'already-held',
}

function unreadable(status: number): string {
  if (status >= 300 && status < 400) return 'the phone sends us elsewhere: if its web page is reached by https only, write phone.url so'
  return `the phone answered ${status} without its settings: is remote control by Action URI enabled?`
}
