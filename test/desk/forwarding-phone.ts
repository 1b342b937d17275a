import type { Stamped } from '../../src/desk/desk.ts'
import type { Fact, ForwardOutcome } from '../../src/desk/event.ts'

/** How a phone takes an order to forward: as it should, or in one of the ways of the world. */
export type Manners =
  /** Does it, and a reading shows it. */
  | 'obeys'
  /** Takes it, and nothing comes of it: a reading shows so. */
  | 'ignores'
  /** Does it, cannot be read, and says so by itself a moment later. */
  | 'tells'
  /** Does it, and neither can be read nor says anything. */
  | 'mute'
  /** Nothing at all comes back: no answer, no reading; it does nothing. */
  | 'dead'
  /** Does it, and the answer is lost. */
  | 'deaf'
  | Extract<ForwardOutcome, 'refused' | 'unsupported' | 'busy' | 'unjournalled' | 'unreachable' | 'foreign'>

type Kind = 'always' | 'no-answer' | 'busy'
const kinds: readonly Kind[] = ['always', 'no-answer', 'busy']

/** A phone as the desk sees it: orders and looks go in, and facts come back after a while. */
export interface ForwardingPhone {
  manners: Manners
  /** What it does now. */
  readonly on: Map<Kind, string>
  /** All orders, as they came. */
  readonly orders: Extract<Stamped, { type: 'phone.forward' }>[]
  looks: number
  /** What comes back for this, and after how long. */
  take(effect: Stamped): readonly { readonly afterMs: number; readonly fact: Fact }[]
  /** Its words about all that it does, as a reading brings them. */
  words(): readonly Fact[]
}

export function forwardingPhone(answerMs = 0): ForwardingPhone {
  const phone: ForwardingPhone = {
    manners: 'obeys',
    on: new Map(),
    orders: [],
    looks: 0,
    words: () =>
      kinds.map((kind): Fact => {
        const target = phone.on.get(kind)
        return target === undefined
          ? { type: 'phone.forwarding', kind, on: false, read: true }
          : { type: 'phone.forwarding', kind, on: true, target, read: true }
      }),
    take(effect) {
      if (effect.type === 'phone.look') {
        phone.looks += 1
        if (phone.manners === 'dead') return []
        const isHidden = phone.manners === 'mute' || phone.manners === 'tells'
        const isRead = !isHidden && phone.manners !== 'unreachable'
        const looked: Fact = { type: 'forward.looked', ok: isRead, ...(isHidden ? { hidden: true } : {}) }
        return [...(isRead ? phone.words() : []), looked].map((fact) => ({ afterMs: answerMs, fact }))
      }
      if (effect.type !== 'phone.forward') return []
      phone.orders.push(effect)
      const { order, on, kind, target } = effect
      const answer = (outcome: ForwardOutcome): { afterMs: number; fact: Fact } => ({ afterMs: answerMs, fact: { type: 'forward.answered', order, outcome } })
      const now = phone.on.get(kind)
      // To undo, the driver reads first: what is off already is done, and what is another's stays.
      if (!on && (phone.manners === 'obeys' || phone.manners === 'ignores') && now !== target) return [answer(now === undefined ? 'confirmed' : 'foreign')]
      const turnedDown = ['dead', 'ignores', 'refused', 'unsupported', 'busy', 'unjournalled', 'unreachable', 'foreign'].includes(phone.manners)
      if (!turnedDown) {
        if (on) phone.on.set(kind, target)
        else phone.on.delete(kind)
      }
      switch (phone.manners) {
        case 'obeys':
          return [answer('confirmed')]
        case 'ignores':
          return [answer('contradicted')]
        case 'tells':
          return [answer('sent'), { afterMs: answerMs + 500, fact: { type: 'phone.forwarding', kind, on, ...(on ? { target } : {}) } }]
        case 'mute':
          return [answer('sent')]
        case 'dead':
        case 'deaf':
          return []
        default:
          return [answer(phone.manners)]
      }
    },
  }
  return phone
}
