import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Call, isLive } from '../../src/desk/call.ts'
import { type Desk, due, emptyDesk, take } from '../../src/desk/desk.ts'
import type { Event } from '../../src/desk/event.ts'
import { isEmergency } from '../../src/desk/number.ts'
import { limits, type Mobility } from '../../src/desk/policy.ts'
import { absent, departure, factTypes, foundOnce, history, live, liveStepwise, office, type Step, start } from './histories.ts'

const anything = fc.oneof({ weight: 1, arbitrary: history }, { weight: 1, arbitrary: departure })
/** The same histories each time, so that a failure is a change's and not chance's; another seed by THIRD_RING_SEED. */
const seed = Number(process.env['THIRD_RING_SEED'] ?? 20_261_123)
const runs = { numRuns: 150, seed }

/** The same list, to the last letter: many times faster than a deep comparison, which is made only to show the difference. */
function expectSame(one: readonly unknown[], other: readonly unknown[]): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) expect(one).toEqual(other)
}

interface Hold {
  readonly call: Call | undefined
  /** The desk that it was asked on. */
  readonly desk: Desk
  readonly attempt: number
  readonly commanded: boolean
}

/** Every hold of a history. */
function holdsIn(events: readonly Event[], mobility: Mobility = 'fixed'): readonly Hold[] {
  return liveStepwise(events, { ...office, mobility }).flatMap(({ after, effects }) =>
    effects.flatMap((effect): Hold[] => {
      if (effect.type !== 'phone.hold') return []
      const call = after.calls.find(({ id }) => id === effect.call)
      return [{ call, desk: after, attempt: effect.attempt, commanded: call?.hold?.leftAt === undefined }]
    }),
  )
}

const holdsOf = foundOnce(holdsIn)
const stepsOf = foundOnce(liveStepwise)
/** Lived through once, for properties of one life; those that compare two live through both. */
const lived = foundOnce(live)

test('every kind of fact is in the histories', () => {
  const told = new Set(fc.sample(history, { numRuns: 300, seed: 1 }).flatMap((events) => events.map(({ type }) => type)))
  expect(factTypes.filter((type) => !told.has(type as Event['type']))).toEqual([])
})

describe('INV-5: no hold unless everything speaks for it', () => {
  test('the histories do come to holds, so that what follows says something', () => {
    const counts = fc.sample(departure, { numRuns: 200, seed: 1 }).map((events) => holdsOf(events).filter(({ commanded }) => !commanded).length)
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(40)
  })

  test('never when idle, ringing, dialling, held or over: only an established call', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { call } of holdsOf(events)) expect(call?.state).toBe('connected')
      }),
      runs,
    )
  })

  test('never in a conference, and never while the other side holds', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { call, desk } of holdsOf(events)) {
          expect(call).toMatchObject({ conference: false, heldByThem: false })
          expect(desk.calls.filter(({ state }) => state === 'connected')).toHaveLength(1)
        }
      }),
      runs,
    )
  })

  test('never on an emergency call', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { call } of holdsOf(events)) expect(isEmergency(call?.ref.remote, office.emergencyNumbers, office.numbers)).toBe(false)
      }),
      runs,
    )
  })

  test('never on a call that the phone has not named since the agent or the phone restarted', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { call } of holdsOf(events)) expect(call?.proven).toBe(true)
      }),
      runs,
    )
  })

  test('never while frozen, and never on a phone that cannot hold', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { desk, attempt } of holdsOf(events)) {
          expect(desk.frozen).toBe(false)
          if (attempt === 1) expect(desk.phone.canHold).toBe(true)
        }
      }),
      runs,
    )
  })

  test('for an empty seat: only one that is plausible, seen empty just now, and left during this call', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { desk, call, commanded } of holdsOf(events)) {
          if (commanded) continue
          expect(desk.seat).toMatchObject({ occupied: false, plausible: true })
          expect(desk.at - desk.seat.seenAt).toBeLessThanOrEqual(office.seatEvidenceMaxAgeMs)
          expect(desk.at - (desk.seat.leftAt ?? Number.NaN)).toBeGreaterThanOrEqual(office.seatGraceMs)
          expect(call?.since).toBeLessThanOrEqual(desk.seat.leftAt ?? Number.NaN)
        }
      }),
      runs,
    )
  })

  test.each(['headset', 'standing'] as const)('for an empty seat: never where the desk is %s', (mobility) => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { commanded } of holdsIn(events, mobility)) expect(commanded).toBe(true)
      }),
      runs,
    )
  })
})

test('INV-6: at most one hold a departure, and one retry', () => {
  fc.assert(
    fc.property(anything, (events) => {
      const asked = new Map<string, number[]>()
      for (const { call, attempt, commanded } of holdsOf(events)) {
        if (commanded) continue
        const key = `${call?.id} ${call?.hold?.leftAt}`
        asked.set(key, [...(asked.get(key) ?? []), attempt])
      }
      for (const attempts of asked.values()) expect([[1], [1, 2]]).toContainEqual(attempts)
    }),
    runs,
  )
})

test('INV-7: nothing that goes out resumes, ends or places a call', () => {
  fc.assert(
    fc.property(anything, (events) => {
      for (const { type } of lived(events).effects) expect(['phone.hold', 'phone.forward', 'phone.look', 'lamp', 'notice']).toContain(type)
    }),
    runs,
  )
})

test('a bridge that comes and goes changes nothing at the phone: lamp, holds and every other notice are the same', () => {
  fc.assert(
    fc.property(anything, (events) => {
      const ofPhone = lived(events).effects.filter((effect) => effect.type !== 'notice' || !effect.name.startsWith('bridge.'))
      expectSame(ofPhone, live(events.filter(({ type }) => !type.startsWith('bridge.'))).effects)
    }),
    runs,
  )
})

/** A restart of the agent takes away what was known of the seat: only what a person has declared or ordered outlives it. */
test('INV-4: where nothing is known of the seat, and nobody has declared or ordered anything, nothing of ours stays set', () => {
  fc.assert(
    fc.property(absent, (events) => {
      for (const { after } of lived(events).steps) {
        const { seat, absence, ordered, lease } = after
        const isKnown = seat.occupied === false || absence !== undefined || ordered !== undefined
        if (!isKnown && lease !== undefined && lease.state !== 'releasing') expect.fail(`${lease.state} with nobody known to be away`)
      }
    }),
    runs,
  )
})

test('INV-4: without a fact that the clerk is away, the forwarding wanted is never "on"', () => {
  fc.assert(
    fc.property(anything, (events) => {
      const known = events.filter((event) => !['command.absence', 'command.forward'].includes(event.type) && !(event.type === 'seat.seen' && !event.occupied))
      for (const effect of live(known).effects) if (effect.type === 'phone.forward') expect(effect.on).toBe(false)
    }),
    runs,
  )
})

describe('INV-3: every forwarding of ours has a lease', () => {
  const ordersOf = ({ effects }: Step) => effects.flatMap((effect) => (effect.type === 'phone.forward' ? [effect] : []))
  const leaseRuns = { ...runs, numRuns: 200 }

  test('the histories do come to leases in every state', () => {
    const states = new Set(fc.sample(absent, { numRuns: 200, seed: 1 }).flatMap((events) => stepsOf(events).map(({ after }) => after.lease?.state ?? 'none')))
    expect([...states].sort()).toEqual(['asked', 'held', 'none', 'releasing', 'unknown'])
  })

  test('an order to set goes out only with a new lease of its number, kind and target, and with an end', () => {
    fc.assert(
      fc.property(absent, (events) => {
        for (const step of stepsOf(events)) {
          const { before, after } = step
          const orders = ordersOf(step)
          expect(orders.length).toBeLessThanOrEqual(1)
          for (const { on, order, kind, target } of orders) {
            expect(order).toBe((before.lastOrder ?? 0) + 1)
            if (on) expect(after.lease).toMatchObject({ state: 'asked', order, kind, target, until: after.at + office.leaseMs })
            else expect(after.lease).toMatchObject({ state: 'releasing', order, kind, target })
          }
        }
      }),
      leaseRuns,
    )
  })

  test('no lease is held past its end, and none without a reading for longer than it lasts', () => {
    fc.assert(
      fc.property(absent, (events) => {
        for (const { after } of stepsOf(events)) {
          if (after.lease === undefined || after.lease.state === 'releasing') continue
          const leftMs = after.lease.until - after.at
          if (leftMs <= 0 || leftMs > office.leaseMs) expect.fail(`${leftMs} ms are left of a lease that is ${after.lease.state}`)
        }
      }),
      leaseRuns,
    )
  })

  test('never an order to set in answer to a word of the phone, whatever echoes come', () => {
    fc.assert(
      fc.property(absent, (events) => {
        for (const step of stepsOf(events)) {
          const { before, event } = step
          const orders = ordersOf(step)
          // That what was to be undone is undone may free the way to the next substitute; that is the wish's order, not the word's.
          if (event.type === 'phone.forwarding' && before.lease?.state !== 'releasing' && before.lease?.state !== 'unknown')
            if (orders.some(({ on }) => on)) expect(orders).toEqual([])
        }
      }),
      leaseRuns,
    )
  })

  test('what is shown as ours is what the lease says', () => {
    fc.assert(
      fc.property(absent, (events) => {
        for (const { after } of stepsOf(events)) {
          const { lease, forwarding } = after
          const isOurs = forwarding.kind === lease?.kind && forwarding.target === lease?.target && forwarding.until === lease?.until
          if (forwarding.owner === 'agent' ? !isOurs : lease !== undefined && forwarding.owner !== 'foreign') expect(forwarding).toEqual(lease)
        }
      }),
      leaseRuns,
    )
  })

  test('nothing of a person’s is ever ordered away: an order to undo names the kind and target that were ordered before', () => {
    fc.assert(
      fc.property(absent, (events) => {
        const set = new Set<string>()
        for (const { on, kind, target } of stepsOf(events).flatMap(ordersOf)) {
          if (on) set.add(`${kind} ${target}`)
          else expect(set).toContain(`${kind} ${target}`)
        }
      }),
      leaseRuns,
    )
  })
})

describe('INV-9: durations know nothing of the wall clock', () => {
  test('a clock that is set wrong, or steps, changes no ring, no hold and no verdict', () => {
    const durations = new Set(['call.ring', 'call.answered', 'hold.warned', 'hold.long', 'hold.overdue', 'call.hung-up-first', 'call.missed', 'call.ended'])
    const timed = ({ effects }: ReturnType<typeof live>): unknown[] =>
      effects.flatMap((effect) => (effect.type === 'phone.hold' || (effect.type === 'notice' && durations.has(effect.name)) ? [effect] : []))
    fc.assert(
      fc.property(anything, fc.integer({ min: -86_400_000, max: 86_400_000 }), (events, byMs) => {
        const shifted = events.map((event): Event => (event.type === 'clock.set' ? { ...event, wall: event.wall + byMs, synced: !event.synced } : event))
        expectSame(timed(live(shifted)), timed(lived(events)))
      }),
      runs,
    )
  })
})

/** Whether the phone says which call it means; a word for "a call" told twice may rightly mean two of them. */
function namesItsCall(event: Event): boolean {
  return !('ref' in event) || event.ref.phoneId !== undefined
}

test('INV-10: a word of the phone or of the sensor told twice changes nothing', () => {
  const counted = new Set(['phone.restarted', 'agent.started', 'security.refused', 'journal.incomplete'])
  fc.assert(
    fc.property(anything, (events) => {
      const doubled = events.flatMap((event) =>
        counted.has(event.type) || event.type.startsWith('command.') || !namesItsCall(event) ? [event] : [event, event],
      )
      const [single, twice] = [lived(events), live(doubled)]
      expectSame(twice.effects, single.effects)
      expect(twice.desk.calls).toEqual(single.desk.calls)
    }),
    runs,
  )
})

test('INV-11: nothing but a notice’s own field for the desk holds a number, and what is closed holds none', () => {
  fc.assert(
    fc.property(anything, (events) => {
      const { desk, effects } = lived(events)
      const outward = effects.flatMap((effect) => (effect.type === 'notice' ? [JSON.stringify(effect.data)] : []))
      for (const text of outward) expect(text).not.toMatch(/7654321|600 ?700|8797979/)
      for (const callback of desk.callbacks) if (callback.closed !== undefined) expect(callback.number).toBeUndefined()
    }),
    runs,
  )
})

test('INV-12: whatever happened, after a day of silence no call is left and no question is open', () => {
  fc.assert(
    fc.property(anything, (events) => {
      const { desk } = lived(events)
      const quiet = take(desk, { type: 'tick', at: desk.at + limits.talkingMaxMs + limits.unresolvedMs }, office).desk
      expect(quiet.calls.filter(isLive)).toEqual([])
      expect(quiet.calls).toEqual([])
      expect(quiet.lastCaller).toBeUndefined()
    }),
    runs,
  )
})

describe('the desk as a value', () => {
  test('take never throws, and the next deadline is always ahead', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { after } of lived(events).steps) {
          const next = due(after, office)
          if (next !== undefined) expect(next).toBeGreaterThan(after.at)
        }
      }),
      { numRuns: 300, seed },
    )
  })

  test('how often the agent wakes never changes what it does', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.nat({ max: 100_000 }), { maxLength: 30 }), (events, wakes) => {
        const sleepy = lived(events)
        const last = events.at(-1)?.at ?? start
        const restless: Event[] = events.map((event) => event)
        for (const wake of wakes) restless.push({ type: 'tick', at: start + Math.floor(((last - start) * wake) / 100_000) })
        restless.sort((one, other) => one.at - other.at)
        // Only the agent's start is not lived through: what is due before it must not be woken for.
        const gaps = restless.filter((event, index) => !(event.type === 'tick' && restless.slice(index).some((later) => later.type === 'agent.started')))
        const awake = live(gaps)
        expectSame(awake.effects, sleepy.effects)
        expect(awake.desk).toEqual(sleepy.desk)
      }),
      runs,
    )
  })

  test('waking at the very instant of each deadline and of each event is no different', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const awake = events.flatMap((event): Event[] =>
          event.type === 'agent.started' ? [event] : [{ type: 'tick', at: event.at }, event, { type: 'tick', at: event.at }],
        )
        expectSame(live(awake).effects, lived(events).effects)
      }),
      runs,
    )
  })

  test('written down as JSON and read again at any point, it goes on as if nothing had been', () => {
    fc.assert(
      fc.property(anything, fc.nat(), (events, point) => {
        const cut = point % events.length
        const whole = lived(events)
        let { desk } = live(events.slice(0, cut))
        desk = JSON.parse(JSON.stringify(desk)) as Desk
        const effects = []
        for (const event of events.slice(cut)) {
          const taken = take(desk, event, office)
          desk = taken.desk
          effects.push(...taken.effects)
        }
        expect(effects).toEqual(whole.steps.slice(cut).flatMap((step) => step.effects))
        expect(desk).toEqual(whole.desk)
      }),
      runs,
    )
  })

  test('the same history twice is the same to the last letter', () => {
    fc.assert(
      fc.property(anything, (events) => {
        expect(JSON.stringify(live(events))).toBe(JSON.stringify(lived(events)))
      }),
      runs,
    )
  })

  test('nothing that take was given is changed', () => {
    const frozen = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
      Object.freeze(value)
      for (const inner of Object.values(value)) frozen(inner)
    }
    frozen(office)
    fc.assert(
      fc.property(anything, (events) => {
        let desk = emptyDesk(start)
        for (const event of events) {
          frozen(desk)
          frozen(event)
          desk = take(desk, event, office).desk
        }
      }),
      runs,
    )
  })

  test('an event from before what the desk knows is our own mistake, and ends the program', () => {
    expect(() => take(emptyDesk(start), { type: 'tick', at: start - 1 }, office)).toThrow('an event cannot come before')
  })
})
