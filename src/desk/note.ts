import { countDay } from './day.ts'
import type { Desk } from './desk.ts'
import type { Effect, Notice } from './effect.ts'
import type { Policy } from './policy.ts'
import { replace } from './record-call.ts'
import { noteForward, noteLook } from './record-lease.ts'

/** What the desk has asked or said is a fact from then on, too: rules remember nothing, the desk does. */
export function note(desk: Desk, effects: readonly Effect[], policy: Policy): Desk {
  return effects.length === 0
    ? desk
    : countDay(
        effects.reduce((noted, effect) => noteOne(noted, effect, policy), desk),
        effects,
        policy,
      )
}

function noteOne(desk: Desk, effect: Effect, policy: Policy): Desk {
  switch (effect.type) {
    case 'phone.hold':
      return noteHold(desk, effect.call, effect.attempt)
    case 'phone.forward':
      return noteForward(desk, effect, policy)
    case 'phone.look':
      return noteLook(desk)
    case 'notice':
      return noteNotice(desk, effect)
    default:
      return desk
  }
}

function noteHold(desk: Desk, id: string, attempt: 1 | 2): Desk {
  const call = desk.calls.find((one) => one.id === id)
  if (call === undefined) return desk
  const { leftAt } = desk.seat
  const byPerson = call.hold?.state === 'wanted' || (attempt === 2 && call.hold?.leftAt === undefined)
  const firstAt = attempt === 2 && call.hold !== undefined ? call.hold.firstAt : desk.at
  return replace(desk, call, { ...call, hold: { at: desk.at, firstAt, attempt, state: 'asked', ...(byPerson || leftAt === undefined ? {} : { leftAt }) } })
}

function noteNotice(desk: Desk, said: Notice): Desk {
  switch (said.name) {
    case 'phone.silent':
      return { ...desk, hearing: { ...desk.hearing, said: true } }
    case 'hold.forced':
      return withAction(desk, 'confirmed')
    case 'hold.unconfirmed': {
      const call = desk.calls.find((one) => one.id === said.data.call)
      const given = withAction(desk, 'unconfirmed')
      return call?.hold === undefined ? given : replace(given, call, { ...call, hold: { ...call.hold, state: 'given-up' } })
    }
    case 'callback.reassigned':
      return { ...desk, cover: { failures: 0, ...desk.cover, reassigned: [...(desk.cover?.reassigned ?? []), said.data.callback] } }
    case 'callback.due':
    case 'callback.overdue': {
      const mark = said.name === 'callback.due' ? { due: true as const } : { overdue: true as const }
      return {
        ...desk,
        callbacks: desk.callbacks.map((callback) => (callback.id === said.data.callback ? { ...callback, said: { ...callback.said, ...mark } } : callback)),
      }
    }
    default:
      return desk
  }
}

type ActionOutcome = NonNullable<Desk['phone']['lastAction']>['outcome']

/** What came of the last thing that the phone was told to do. */
export function withAction(desk: Desk, outcome: ActionOutcome): Desk {
  return { ...desk, phone: { ...desk.phone, lastAction: { action: 'hold', outcome, at: desk.at } } }
}
