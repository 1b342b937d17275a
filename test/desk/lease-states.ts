import type { Fact, ForwardOutcome } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { forwardingPhone } from './forwarding-phone.ts'
import { type Script, script } from './script.ts'

export const minute = 60_000
export const awayMs = 600_000
export const empty: Fact = { type: 'seat.seen', occupied: false }
export const seated: Fact = { type: 'seat.seen', occupied: true }
export const tick: Fact = { type: 'tick' }
export const takes = (desk: string, takesCalls = true, standsInFor?: readonly string[]): Fact =>
  standsInFor === undefined ? { type: 'substitute.seen', desk, takesCalls } : { type: 'substitute.seen', desk, takesCalls, standsInFor }

/** When the desk of these tests is told to forward: the seat has been empty for ten minutes. */
export const askedAt = awayMs

/** A desk that is left at once, with a phone that answers nothing by itself from the order on: what comes is the test's. */
export function leaving(): Script {
  const desk = script({
    desk: 'usc-12',
    substitutes: [
      { desk: 'usc-14', number: '6014' },
      { desk: 'usc-15', number: '6015' },
    ],
  })
  desk.phone = forwardingPhone()
  desk.at(0, { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] }, takes('usc-14'), takes('usc-15'), empty)
  desk.phone.manners = 'deaf'
  desk.at(askedAt, tick)
  desk.phone.manners = 'dead'
  return desk
}

const answer =
  (outcome: ForwardOutcome) =>
  ({ desk: { lease, lastOrder = 0 } }: Script): Fact => ({ type: 'forward.answered', order: lease?.order ?? lastOrder, outcome })

/** The lease in each of its states, with the instant at which the words of the matrix come. */
export const states = {
  asked: () => ({ desk: leaving(), at: askedAt + 1000 }),
  'held, echoes may come': () => ({ desk: confirmed(), at: askedAt + 2000 }),
  held: () => ({ desk: confirmed(), at: askedAt + limits.forwardEchoMs }),
  releasing: () => ({ desk: confirmed().at(askedAt + 2 * minute, seated), at: askedAt + 2 * minute + 1000 }),
  'releasing, in vain': () => ({
    desk: confirmed()
      .at(askedAt + 2 * minute, seated)
      .at(askedAt + 3 * minute, tick),
    at: askedAt + 3 * minute + 1000,
  }),
  unknown: () => ({ desk: confirmed().at(askedAt + 2 * minute, { type: 'phone.restarted' }), at: askedAt + 2 * minute + 1000 }),
  'none, echoes may come': () => ({ desk: released(), at: askedAt + 2 * minute + 2000 }),
} as const satisfies Readonly<Record<string, () => { desk: Script; at: number }>>

function confirmed(): Script {
  const desk = leaving()
  return desk.at(askedAt + 1000, answer('confirmed')(desk))
}

function released(): Script {
  const desk = confirmed().at(askedAt + 2 * minute, seated)
  return desk.at(askedAt + 2 * minute + 1000, answer('confirmed')(desk))
}

const word =
  (on: boolean, target: string | undefined, read?: true, kind: 'no-answer' | 'always' | 'unknown' = 'no-answer') =>
  (): Fact => ({ type: 'phone.forwarding', kind, on, ...(target === undefined ? {} : { target }), ...(read === undefined ? {} : { read }) })

/** Everything that may come in about a forwarding. */
export const words = {
  'the phone says: on, ours': word(true, '6014'),
  'a reading: on, ours': word(true, '6014', true),
  'the phone says: on, to another': word(true, '6099'),
  'a reading: on, to another': word(true, '6099', true),
  'the phone says: on, and not to whom': word(true, undefined),
  'a reading: on, and never to whom': word(true, undefined, true),
  'the phone says: off': word(false, undefined),
  'a reading: off': word(false, undefined, true),
  'the phone says: on, of no kind': word(true, undefined, undefined, 'unknown'),
  'the phone says: off, of no kind': word(false, undefined, undefined, 'unknown'),
  'the phone says: another kind on': word(true, '6099', undefined, 'always'),
  'the phone says: another kind off': word(false, undefined, undefined, 'always'),
  confirmed: answer('confirmed'),
  sent: answer('sent'),
  contradicted: answer('contradicted'),
  foreign: answer('foreign'),
  busy: answer('busy'),
  unjournalled: answer('unjournalled'),
  refused: answer('refused'),
  unsupported: answer('unsupported'),
  unreachable: answer('unreachable'),
  'the answer to an earlier order': (): Fact => ({ type: 'forward.answered', order: 0, outcome: 'confirmed' }),
  'read, and nothing was said of it': (): Fact => ({ type: 'forward.looked', ok: true }),
  'not read': (): Fact => ({ type: 'forward.looked', ok: false }),
  'the phone restarts': (): Fact => ({ type: 'phone.restarted' }),
  'the agent restarts': (): Fact => ({ type: 'agent.started', version: 'test' }),
  'the phone is back': (): Fact => ({ type: 'phone.reachable', reachable: true }),
  'the seat is taken': (): Fact => seated,
  'the seat is not known': (): Fact => ({ type: 'seat.lost' }),
  'the substitute leaves': (): Fact => takes('usc-14', false),
  evacuation: (): Fact => ({ type: 'command.freeze', on: true }),
  'the agent stops': (): Fact => ({ type: 'agent.stopping', reason: 'test' }),
} as const satisfies Readonly<Record<string, (desk: Script) => Fact>>

/** What a word comes to: the lease's state, what goes out, and whose the forwarding is from then on. */
export function outcomeOf(state: keyof typeof states, name: keyof typeof words, ...before: readonly Fact[]): string {
  const { desk, at } = states[state]()
  desk.at(at - 1, name === 'the phone is back' ? { type: 'phone.reachable', reachable: false } : tick)
  desk.at(at - 1, ...before)
  const said = desk.effects.length
  desk.at(at, words[name](desk))
  const out = desk.effects.slice(said).flatMap((effect) => {
    if (effect.type === 'phone.forward') return [effect.on ? `order ${effect.target}` : 'undo']
    if (effect.type === 'phone.look') return ['look']
    return effect.type === 'notice' && effect.name.startsWith('forwarding.') ? [effect.name.slice('forwarding.'.length)] : []
  })
  const { lease, cover, doubt } = desk.desk
  return [lease?.state ?? 'none', ...(cover?.byHand ? ['by hand'] : []), ...(doubt === undefined ? [] : ['doubt']), ...out].join(', ')
}
