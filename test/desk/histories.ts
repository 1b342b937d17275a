import fc from 'fast-check'
import { absenceKinds } from '../../src/desk/absence.ts'
import { type Desk, due, emptyDesk, type Stamped, take } from '../../src/desk/desk.ts'
import type { Event, Fact } from '../../src/desk/event.ts'
import { limits, type Policy } from '../../src/desk/policy.ts'
import { mondayNine, policy } from './script.ts'

/** Waits that meet the procedure's limits to the millisecond, and some between. */
const limitsMs = [
  0,
  100,
  policy.hangUpWindowMs,
  limits.reorderMs,
  policy.holdConfirmMs,
  limits.settleMs,
  3000,
  policy.ringPeriodMs,
  policy.seatWarningMs,
  policy.seatGraceMs,
  policy.seatEvidenceMaxAgeMs,
  limits.unresolvedMs,
  policy.longHoldMs,
  policy.overdueHoldMs,
  limits.alertingMaxMs,
  policy.absenceMs,
  3_600_000,
  86_400_000,
]
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...limitsMs), fc.integer({ min: -1, max: 1 })).map(([ms, by]) => Math.max(0, ms + by)) },
)

const remotes = ['0857654321', '+48 600 700 800', '6014', '112', '858797979', '$remote', 'anonymous'] as const
const ref = fc.oneof(
  fc.constantFrom('1', '2', '3').map((phoneId) => ({ phoneId })),
  fc.record({ phoneId: fc.constantFrom('1', '2', '3'), remote: fc.constantFrom(...remotes) }),
  fc.record({ remote: fc.constantFrom(...remotes) }),
  fc.constant({}),
  fc.constant({ withheld: true }),
)
const on = fc.boolean()
const call = fc.constantFrom('c1', 'c2', 'c3')
const cause = fc.constantFrom(
  'unknown',
  'missed',
  'cancelled',
  'rejected',
  'diverted',
  'answered-elsewhere',
  'busy',
  'no-answer',
  'local-bye',
  'remote-bye',
  'error',
)
const reading = fc.record({ ref, state: fc.constantFrom('alerting', 'initiated', 'connected', 'held'), conference: on }, { requiredKeys: ['ref', 'state'] })
/** No phone shows one id on two lines; lines without one may look alike. */
const readings = fc.uniqueArray(reading, { maxLength: 3, selector: ({ ref: of }) => ('phoneId' in of ? of.phoneId : Symbol('another')) })

export const outcomes = ['confirmed', 'sent', 'contradicted', 'foreign', 'busy', 'unjournalled', 'refused', 'unsupported', 'unreachable'] as const

/** Every fact that can come in, those of calls and of the seat most often. */
const fact: fc.Arbitrary<Fact> = fc.oneof(
  { weight: 4, arbitrary: ref.map((of): Fact => ({ type: 'call.delivered', ref: of })) },
  { weight: 2, arbitrary: ref.map((of): Fact => ({ type: 'call.originated', ref: of })) },
  { weight: 6, arbitrary: ref.map((of): Fact => ({ type: 'call.established', ref: of })) },
  { weight: 3, arbitrary: ref.map((of): Fact => ({ type: 'call.held', ref: of })) },
  { weight: 2, arbitrary: ref.map((of): Fact => ({ type: 'call.retrieved', ref: of })) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('call.cleared' as const), ref, cause }) },
  { weight: 8, arbitrary: on.map((occupied): Fact => ({ type: 'seat.seen', occupied })) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'seat.lost' }) },
  { weight: 1, arbitrary: fc.constantFrom('absent', 'unplugged', 'silent').map((reason): Fact => ({ type: 'bridge.lost', reason })) },
  { weight: 1, arbitrary: fc.constantFrom<Fact>({ type: 'bridge.back' }, { type: 'bridge.back', firmware: '1.0.0' }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('call.ring' as const), ref, ring: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('call.muted' as const), ref, on }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('call.held-by-them' as const), ref, on }) },
  { weight: 1, arbitrary: ref.map((of): Fact => ({ type: 'call.conferenced', ref: of })) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('call.transferred' as const),
      ref,
      kind: fc.constantFrom('blind', 'attended', 'unknown'),
      outcome: fc.constantFrom('started', 'finished', 'failed'),
    }),
  },
  { weight: 1, arbitrary: readings.map((lines): Fact => ({ type: 'phone.lines', lines })) },
  { weight: 2, arbitrary: fc.constantFrom('on', 'off').map((hook): Fact => ({ type: 'phone.hook', hook })) },
  { weight: 1, arbitrary: fc.constantFrom('handset', 'headset', 'speaker').map((path): Fact => ({ type: 'phone.audio', path })) },
  { weight: 1, arbitrary: on.map((idle): Fact => ({ type: 'phone.idle', idle })) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'phone.restarted' }) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        type: fc.constant('phone.forwarding' as const),
        kind: fc.constantFrom('always', 'busy', 'no-answer', 'unknown'),
        on,
        target: fc.constantFrom('6014', '6099'),
        read: fc.constant(true as const),
      },
      { requiredKeys: ['type', 'kind', 'on', 'target'] },
    ),
  },
  { weight: 1, arbitrary: on.map((reachable): Fact => ({ type: 'phone.reachable', reachable })) },
  { weight: 2, arbitrary: fc.constant<Fact>({ type: 'phone.heard' }) },
  { weight: 1, arbitrary: on.map((value): Fact => ({ type: 'phone.dnd', on: value })) },
  { weight: 1, arbitrary: on.map((registered): Fact => ({ type: 'phone.registered', registered })) },
  { weight: 1, arbitrary: fc.constantFrom('SIP-T46U', 'SIP-T54W').map((model): Fact => ({ type: 'phone.described', model, firmware: '108.86.0.20' })) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'phone.refused', reason: 'password', retryMs: 300_000 }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('phone.capable' as const),
      hold: on,
      forward: fc.constantFrom([], ['no-answer' as const], ['no-answer' as const, 'always' as const]),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('hold.answered' as const),
      call,
      attempt: fc.constantFrom(1 as const, 2 as const),
      outcome: fc.constantFrom('sent', 'already-held', 'not-connected', 'unsafe', 'refused', 'unsupported', 'unreachable'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ byMs: fc.constantFrom(0, 1, -3_600_000, 3_600_000, 86_400_000), synced: on })
      .map(({ byMs, synced }): Fact => ({ type: 'clock.set', wall: mondayNine + byMs, synced })),
  },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'agent.started', version: 'test' }) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'agent.stopping', reason: 'test' }) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'security.refused', reason: 'token', count: 3 }) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'journal.incomplete', cause: 'medium', count: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Fact>(
      { type: 'command.answered', command: 'hold', id: 'q' },
      { type: 'command.answered', command: 'unknown', code: 'TOO_LARGE' },
    ),
  },
  { weight: 1, arbitrary: on.map((takesCalls): Fact => ({ type: 'substitute.seen', desk: 'usc-14', takesCalls })) },
  { weight: 1, arbitrary: call.map((id): Fact => ({ type: 'command.hold', call: id })) },
  { weight: 1, arbitrary: fc.constantFrom<Fact>({ type: 'command.lamp-test' }, { type: 'command.identify' }, { type: 'command.hold' }) },
  { weight: 1, arbitrary: fc.constantFrom('b1', 'b2').map((callback): Fact => ({ type: 'command.callback-done', callback, by: 'clerk' })) },
  {
    weight: 1,
    arbitrary: fc.record(
      { type: fc.constant('command.callback-promise' as const), call, callback: fc.constantFrom('b1', 'b2'), promisedAt: fc.constant(mondayNine + 3_600_000) },
      { requiredKeys: ['type'] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      { type: fc.constant('command.absence' as const), on, kind: fc.constantFrom(...absenceKinds), until: fc.constant(mondayNine + 3_600_000) },
      { requiredKeys: ['type', 'on'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('command.forward' as const), on, target: fc.constant('usc-14') }, { requiredKeys: ['type', 'on'] }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('forward.answered' as const), order: fc.integer({ min: 1, max: 4 }), outcome: fc.constantFrom(...outcomes) }),
  },
  { weight: 3, arbitrary: on.map((ok): Fact => ({ type: 'forward.looked', ok })) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'forward.looked', ok: false, hidden: true }) },
  { weight: 1, arbitrary: on.map((answers): Fact => ({ type: 'warden.seen', answers })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((order): Fact => ({ type: 'warden.freed', order })) },
  { weight: 1, arbitrary: fc.constant<Fact>({ type: 'directory.seen', version: 1, substitutes: [{ desk: 'usc-15', number: '6015' }] }) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        type: fc.constant('command.callback-accept' as const),
        from: fc.constantFrom('usc-14', 'usc-15'),
        callback: fc.constantFrom('b1', 'b2'),
        cause: fc.constantFrom('promise', 'missed'),
        promisedAt: fc.constant(mondayNine + 3_600_000),
      },
      { requiredKeys: ['type', 'from', 'callback', 'cause'] },
    ),
  },
  { weight: 1, arbitrary: on.map((value): Fact => ({ type: 'command.freeze', on: value })) },
)

/** Their kinds; one that is new is missed here by the compiler. */
const kinds: Readonly<Record<Fact['type'], true>> = {
  'agent.started': true,
  'agent.stopping': true,
  'bridge.back': true,
  'bridge.lost': true,
  'call.cleared': true,
  'call.conferenced': true,
  'call.delivered': true,
  'call.established': true,
  'call.held': true,
  'call.held-by-them': true,
  'call.muted': true,
  'call.originated': true,
  'call.retrieved': true,
  'call.ring': true,
  'call.transferred': true,
  'clock.set': true,
  'command.absence': true,
  'command.answered': true,
  'command.callback-accept': true,
  'command.callback-done': true,
  'command.callback-promise': true,
  'command.forward': true,
  'command.freeze': true,
  'command.hold': true,
  'command.identify': true,
  'command.lamp-test': true,
  'directory.seen': true,
  'forward.answered': true,
  'forward.looked': true,
  'hold.answered': true,
  'journal.incomplete': true,
  'phone.audio': true,
  'phone.capable': true,
  'phone.described': true,
  'phone.dnd': true,
  'phone.forwarding': true,
  'phone.heard': true,
  'phone.hook': true,
  'phone.idle': true,
  'phone.lines': true,
  'phone.reachable': true,
  'phone.refused': true,
  'phone.registered': true,
  'phone.restarted': true,
  'seat.lost': true,
  'seat.seen': true,
  'security.refused': true,
  'substitute.seen': true,
  tick: true,
  'warden.freed': true,
  'warden.seen': true,
}
export const factTypes: readonly string[] = Object.keys(kinds)

/** A desk as it is in the morning: able to hold and to forward, the clerk in the chair, the clock right. */
const morning: readonly Fact[] = [
  { type: 'agent.started', version: 'test' },
  { type: 'clock.set', wall: mondayNine, synced: true },
  { type: 'phone.reachable', reachable: true },
  { type: 'phone.capable', hold: true, forward: ['no-answer', 'always'] },
  { type: 'seat.seen', occupied: true },
  { type: 'substitute.seen', desk: 'usc-14', takesCalls: true },
]
export const start = 3_600_000
export const office: Policy = { ...policy, substitutes: [{ desk: 'usc-14', number: '6014' }] }

/** Anything that may happen at a desk, in any order: sensible, doubled, impossible. */
export const history: fc.Arbitrary<readonly Event[]> = fc.array(fc.tuple(wait, fact), { minLength: 1, maxLength: 40 }).map((steps) => {
  let at = start
  const events: Event[] = morning.map((one) => ({ ...one, at }))
  for (const [ms, one] of steps) {
    at += ms
    events.push({ ...one, at })
  }
  events.push({ type: 'tick', at: at + 7_200_000 })
  return events
})

/** A history in which somebody is surely being talked to when the seat falls empty: what the rule of holding is about. */
export const departure: fc.Arbitrary<readonly Event[]> = fc
  .record({
    before: fc.array(fc.tuple(wait, fact), { maxLength: 4 }),
    remote: fc.constantFrom('0857654321', '0857654321', '0857654321', '112', '998'),
    talkMs: fc.integer({ min: 0, max: 20_000 }),
    between: fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fact), { maxLength: 3 }),
    seenEveryMs: fc.constantFrom(1000, 4000, 60_000),
    after: fc.array(fc.tuple(wait, fact), { maxLength: 12 }),
  })
  .map(({ before, remote, talkMs, between, seenEveryMs, after }) => {
    let at = start
    const events: Event[] = morning.map((one) => ({ ...one, at }))
    const tell = (ms: number, one: Fact): void => {
      at += ms
      events.push({ ...one, at })
    }
    for (const [ms, one] of before) tell(ms, one)
    tell(0, { type: 'seat.seen', occupied: true })
    tell(0, { type: 'call.originated', ref: { phoneId: '9', remote } })
    tell(3000, { type: 'call.established', ref: { phoneId: '9' } })
    tell(talkMs, { type: 'seat.seen', occupied: false })
    for (const [ms, one] of between) tell(ms, one)
    for (let ms = 0; ms < 12_000; ms += seenEveryMs) tell(Math.min(seenEveryMs, 12_000), { type: 'seat.seen', occupied: false })
    for (const [ms, one] of after) tell(ms, one)
    tell(7_200_000, { type: 'tick' })
    return events
  })

/** A history about a forwarding: the clerk is away, the phone is read, orders are answered and echoed, and anything else happens between. */
export const absent: fc.Arbitrary<readonly Event[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(wait, fact) },
      {
        weight: 6,
        arbitrary: fc.tuple(
          fc.constantFrom(0, 1, 500, 9_999, 10_000, 15_000, 300_000, 600_000),
          fc.oneof(
            fc.record({ type: fc.constant('forward.answered' as const), order: fc.integer({ min: 1, max: 3 }), outcome: fc.constantFrom(...outcomes) }),
            fc.record({ type: fc.constant('forward.answered' as const), order: fc.integer({ min: 1, max: 3 }), outcome: fc.constant('confirmed' as const) }),
            fc.record(
              {
                type: fc.constant('phone.forwarding' as const),
                kind: fc.constantFrom('no-answer' as const, 'unknown' as const, 'always' as const),
                on,
                target: fc.constantFrom('6014', '6099'),
                read: fc.constant(true as const),
              },
              { requiredKeys: ['type', 'kind', 'on'] },
            ),
            fc.constantFrom<Fact>(
              { type: 'forward.looked', ok: true },
              { type: 'forward.looked', ok: true },
              { type: 'forward.looked', ok: false },
              { type: 'seat.seen', occupied: false },
              { type: 'command.absence', on: true, kind: 'leave' },
              { type: 'phone.restarted' },
            ),
          ),
        ),
      },
    ),
    { minLength: 3, maxLength: 30 },
  )
  .map((steps) => {
    let at = start
    const away: readonly Fact[] = [
      ...morning,
      { type: 'phone.forwarding', kind: 'no-answer', on: false, read: true },
      { type: 'command.absence', on: true, kind: 'leave' },
      { type: 'forward.looked', ok: true },
    ]
    const events: Event[] = away.map((one) => ({ ...one, at }))
    for (const [ms, one] of steps) {
      at += ms
      events.push({ ...one, at })
    }
    events.push({ type: 'tick', at: at + 7_200_000 })
    return events
  })

export interface Step {
  readonly before: Desk
  readonly event: Event
  readonly after: Desk
  readonly effects: readonly Stamped[]
}

/** Lives through a history, one `take` an event; what was due on the way is taken apart into steps of its own. */
export function live(events: readonly Event[], rules: Policy = office): { desk: Desk; effects: Stamped[]; steps: Step[] } {
  let desk = emptyDesk(start)
  const effects: Stamped[] = []
  const steps: Step[] = []
  for (const event of events) {
    const taken = take(desk, event, rules)
    steps.push({ before: desk, event, after: taken.desk, effects: taken.effects })
    effects.push(...taken.effects)
    desk = taken.desk
  }
  return { desk, effects, steps }
}

/** The same, with what is due on the way at its own instant and as a step of its own: `before` is the moment before it. */
export function liveStepwise(events: readonly Event[], rules: Policy = office): Step[] {
  const steps: Step[] = []
  let desk = emptyDesk(start)
  const one = (event: Event): void => {
    const { desk: after, effects } = take(desk, event, rules)
    steps.push({ before: desk, event, after, effects })
    desk = after
  }
  for (const event of events) {
    if (event.type !== 'agent.started')
      for (let next = due(desk, rules); next !== undefined && next <= event.at; next = due(desk, rules)) one({ type: 'tick', at: next })
    one(event)
  }
  return steps
}

/** What a history comes to, found once for all the properties that only look at it: to live through one takes far longer than to look. */
export function foundOnce<Found>(find: (events: readonly Event[]) => Found): (events: readonly Event[]) => Found {
  const known = new Map<string, Found>()
  return (events) => {
    const key = JSON.stringify(events)
    const found = known.has(key) ? (known.get(key) as Found) : find(events)
    known.set(key, found)
    return found
  }
}
