import type { CallRef, Fact } from '../../desk/event.ts'

/** How a phone is told to hold. `HOLD:<id>` names the call and cannot resume it; `F_HOLD` presses the key, which resumes a held one. */
export type HoldForm = 'by-id' | 'key'

/** A hold that was sent and that the phone has neither confirmed nor disproved: the call may be on hold. */
interface SentHold {
  readonly form: HoldForm
  readonly at: number
}

export interface CallBook {
  /** A fact of the phone's own. Returns the form of the hold that it confirms, if it confirms one. */
  note(fact: Fact, now: number): HoldForm | undefined
  isHeld(phoneId: string | undefined): boolean
  /** Whether some call other than this one talks, by the phone's word: a key would be meant for that one. */
  othersTalk(phoneId: string | undefined): boolean
  /** The form of a hold that was sent for this call, if nothing has been heard of it since. */
  unsettled(phoneId: string | undefined): HoldForm | undefined
  /** A hold goes out: to be said before it does, since the phone's word may overtake its answer. The result takes it back: the phone did nothing. */
  sending(phoneId: string | undefined, form: HoldForm, now: number): () => void
  /** Whether the last hold meant for this call is known to have done nothing. */
  didNothing(phoneId: string | undefined): boolean
}

/** What was said or sent about a call that the phone gave no id stands under this name; it may be about any call. */
const unnamed = ''

/**
 * What a Yealink's own words and our own commands say about its calls, as far as it matters for one question: could pressing the hold key now resume
 * a caller into an empty room? The phone cannot be asked (reference/yealink.md §2.5), so this is the freshest reading that there is. Ids come again
 * only after the phone has restarted, which empties the book.
 */
export function createCallBook(callsMax: number, confirmWithinMs: number): CallBook {
  const known = new Map<string, 'connected' | 'held'>()
  const sent = new Map<string, SentHold>()
  const vain = new Map<string, true>()

  /** The phone has said whether this call is held: what was sent for it is settled. A word that names no call may be about any. */
  function settle(phoneId: string | undefined): void {
    if (phoneId === undefined) sent.clear()
    sent.delete(phoneId ?? unnamed)
    sent.delete(unnamed)
    vain.delete(phoneId ?? unnamed)
  }

  function held({ phoneId }: CallRef, now: number): HoldForm | undefined {
    const hold = phoneId === undefined ? [...sent.values()].at(-1) : (sent.get(phoneId) ?? sent.get(unnamed))
    settle(phoneId)
    keep(known, phoneId ?? unnamed, 'held', callsMax)
    return hold !== undefined && now - hold.at <= confirmWithinMs ? hold.form : undefined
  }

  function note(fact: Fact, now: number): HoldForm | undefined {
    switch (fact.type) {
      case 'call.held':
        return held(fact.ref, now)
      case 'call.retrieved':
        settle(fact.ref.phoneId)
        known.delete(unnamed)
        keep(known, fact.ref.phoneId ?? unnamed, 'connected', callsMax)
        return undefined
      case 'call.established':
        // A late or doubled word does not take a call off hold.
        if (!known.has(fact.ref.phoneId ?? unnamed)) keep(known, fact.ref.phoneId ?? unnamed, 'connected', callsMax)
        return undefined
      case 'call.cleared':
        for (const book of [known, sent, vain]) book.delete(fact.ref.phoneId ?? unnamed)
        return undefined
      case 'phone.idle':
        if (fact.idle) {
          known.clear()
          sent.delete(unnamed)
        }
        return undefined
      case 'phone.restarted':
        for (const book of [known, sent, vain]) book.clear()
        return undefined
      default:
        return undefined
    }
  }

  return {
    note,
    isHeld: (phoneId) => known.get(phoneId ?? unnamed) === 'held' || known.get(unnamed) === 'held',
    othersTalk: (phoneId) => [...known].filter(([id, state]) => id !== phoneId && state === 'connected').length > (phoneId === undefined ? 1 : 0),
    unsettled: (phoneId) => (phoneId === undefined ? [...sent.values()].at(-1) : (sent.get(phoneId) ?? sent.get(unnamed)))?.form,
    sending(phoneId, form, now) {
      const name = phoneId ?? unnamed
      const before = sent.get(name)
      const hold = { form, at: now }
      keep(sent, name, hold, callsMax)
      vain.delete(name)
      return () => {
        if (sent.get(name) !== hold) return
        sent.delete(name)
        // What was sent before may have worked all the same.
        if (before === undefined) keep(vain, name, true, callsMax)
        else keep(sent, name, before, callsMax)
      }
    },
    didNothing: (phoneId) => vain.has(phoneId ?? unnamed),
  }
}

/** Puts an entry last and lets the oldest go when there are too many. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}
